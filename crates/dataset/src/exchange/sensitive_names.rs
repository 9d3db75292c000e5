//! Names of attributes that tell where an animal is, or who saw it.

/// Words for coordinates.
const COORDINATES: [&str; 16] = [
    "lat",
    "latitude",
    "lon",
    "long",
    "lng",
    "longitude",
    "gps",
    "utm",
    "easting",
    "northing",
    "coordinate",
    "coordinates",
    "coords",
    "position",
    "geohash",
    "wkt",
];

/// Words for places that have a name.
const SITES: [&str; 12] = [
    "station",
    "site",
    "location",
    "locality",
    "place",
    "camera",
    "deployment",
    "country",
    "county",
    "region",
    "park",
    "reserve",
];

/// Words for people.
const PEOPLE: [&str; 14] = [
    "observer",
    "observers",
    "photographer",
    "recorder",
    "recordist",
    "owner",
    "person",
    "people",
    "email",
    "phone",
    "contact",
    "submitter",
    "collector",
    "guide",
];

/// Whether an attribute of this name names a person.
pub(super) fn tells_a_person(name: &str) -> bool {
    has_a_word(name, &PEOPLE, &["identifiedby", "recordedby", "photographer", "observer"])
}

/// Whether an attribute of this name holds coordinates.
pub(super) fn tells_a_place(name: &str) -> bool {
    has_a_word(name, &COORDINATES, &["latitude", "longitude", "coordinate", "geom"])
}

/// Whether an attribute of this name holds the name of a site.
pub(super) fn tells_a_site(name: &str) -> bool {
    has_a_word(name, &SITES, &["locality", "location"])
}

/// Whether one of the name's words is in the list, or the name holds one of these parts: `decimalLatitude`, `GPS_lat`,
/// `verbatimLocality`.
fn has_a_word(name: &str, words: &[&str], parts: &[&str]) -> bool {
    let lower = name.to_lowercase();
    let mut split = lower.split(|c: char| !c.is_alphabetic());
    split.any(|word| words.contains(&word)) || parts.iter().any(|part| lower.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_tell_a_place_or_a_person_are_known() {
        for name in ["lat", "GPS_lat", "decimalLatitude", "Longitude (E)", "utm easting", "start coordinates"]
        {
            assert!(tells_a_place(name), "{name}");
        }
        for name in ["Station", "camera_id", "verbatimLocality", "study site"] {
            assert!(tells_a_site(name) && !tells_a_place(name), "{name}");
        }
        for name in ["Observer", "recordedBy", "owner_email"] {
            assert!(tells_a_person(name), "{name}");
        }
        for name in ["plate", "length", "belong", "scars", "composite", "sparkle", "age"] {
            assert!(!tells_a_place(name) && !tells_a_site(name) && !tells_a_person(name), "{name}");
        }
    }
}
