//! Sightings of one individual that cannot both be right.

use std::collections::BTreeMap;

use resight_core::{PhotoId, PixelBox, TimePrecision, distance_km, one_clock};
use serde::Serialize;

use super::PhotoFacts;
use crate::Row;

/// Boxes of which less than this share of the smaller one is in both show two animals: a fin lies in the box of its body.
const APART: f64 = 0.3;

const DAY_HOURS: f64 = 24.0;

/// Two photos of one individual, too far from each other for the time between them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImpossibleJourney {
    /// Label of the individual.
    pub identity: String,
    /// The two rows, the earlier one first.
    pub rows: [u32; 2],
    /// How far from each other they were taken.
    pub kilometers: f64,
    /// The longest time that can lie between them, in hours: a date without a time of day is anywhere in its day.
    pub hours: f64,
}

/// Two boxes of one photo that are given one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TwiceInOnePhoto {
    /// Label of the individual.
    pub identity: String,
    /// The two rows.
    pub rows: [u32; 2],
}

/// Where and when a row was taken: (earliest and latest moment in hours, place).
type Sighting = ((f64, f64), (f64, f64));

/// `seconds` are those of the row's date on the clock of its individual.
fn sighting(row: &Row, seconds: f64) -> Option<Sighting> {
    let start = seconds / 3600.0;
    let end = match row.date?.precision {
        TimePrecision::TimeOfDay => start,
        _ => start + DAY_HOURS,
    };
    Some(((start, end), (row.latitude?, row.longitude?)))
}

/// Neighbouring sightings of each individual between which it would have had to move faster than `fastest` kilometres an
/// hour, and of each such pair of sightings the first two photos.
pub(super) fn impossible_journeys(rows: &[Row], fastest: f64) -> Vec<ImpossibleJourney> {
    let mut seen: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (place, row) in (0..).zip(rows) {
        let dated = row.date.is_some_and(|date| date.seconds_of_a_day().is_some());
        if let Some(identity) = row.identity.as_deref().filter(|_| dated && row.latitude.is_some()) {
            seen.entry(identity).or_default().push(place);
        }
    }
    let mut found = Vec::new();
    for (identity, places) in seen {
        let dates: Vec<_> = places.iter().map(|place| rows[*place as usize].date).collect();
        let mut sightings: Vec<(Sighting, u32)> = places
            .iter()
            .zip(one_clock(&dates))
            .filter_map(|(place, seconds)| Some((sighting(&rows[*place as usize], seconds?)?, *place)))
            .collect();
        sightings.sort_by(|((a, _), row_a), ((b, _), row_b)| a.0.total_cmp(&b.0).then(row_a.cmp(row_b)));
        for pair in sightings.windows(2) {
            let [((earlier, from), first), ((later, to), second)] = pair else { continue };
            let hours = (later.1 - earlier.0).max(earlier.1 - later.0);
            let kilometers = distance_km(*from, *to);
            if kilometers > fastest * hours.max(LEAST_HOURS) {
                let rows = [*first, *second];
                found.push(ImpossibleJourney { identity: identity.to_owned(), rows, kilometers, hours });
            }
        }
    }
    found
}

/// Two clocks, or a clock and a receiver, may well differ by so much.
const LEAST_HOURS: f64 = 0.25;

/// Pairs of boxes of one photo that lie apart and are given one name.
pub(super) fn twice_in_one_photo(rows: &[Row], facts: &[PhotoFacts]) -> Vec<TwiceInOnePhoto> {
    let mut seen: BTreeMap<(PhotoId, &str), Vec<(u32, PixelBox)>> = BTreeMap::new();
    for ((place, row), facts) in (0..).zip(rows).zip(facts) {
        if let (Some(photo), Some(identity), [given]) =
            (facts.photo_id, row.identity.as_deref(), &row.boxes[..])
        {
            seen.entry((photo, identity)).or_default().push((place, given.bounds));
        }
    }
    let mut found = Vec::new();
    for ((_, identity), boxes) in seen {
        for (at, (first, one)) in boxes.iter().enumerate() {
            for (second, other) in &boxes[at + 1..] {
                if shared(one, other) < APART {
                    found.push(TwiceInOnePhoto { identity: identity.to_owned(), rows: [*first, *second] });
                }
            }
        }
    }
    found
}

/// Boxes of which this much of the union is in both are one box.
const ONE_BOX: f64 = 0.9;

/// Pairs of boxes of one photo that are one box and are given two names.
pub(super) fn one_box_two_names(rows: &[Row], facts: &[PhotoFacts]) -> Vec<[u32; 2]> {
    let mut seen: BTreeMap<PhotoId, Vec<(u32, &str, PixelBox)>> = BTreeMap::new();
    for ((place, row), facts) in (0..).zip(rows).zip(facts) {
        if let (Some(photo), Some(identity), [given]) =
            (facts.photo_id, row.identity.as_deref(), &row.boxes[..])
        {
            seen.entry(photo).or_default().push((place, identity, given.bounds));
        }
    }
    let mut found = Vec::new();
    for boxes in seen.values() {
        for (at, (first, name, one)) in boxes.iter().enumerate() {
            let others = boxes[at + 1..].iter();
            let same = others.filter(|(_, other, region)| other != name && one.iou(region) > ONE_BOX);
            found.extend(same.map(|(second, ..)| [*first, *second]));
        }
    }
    found
}

/// Which share of the smaller box both have in common.
fn shared(one: &PixelBox, other: &PixelBox) -> f64 {
    let iou = one.iou(other);
    let both = iou * (one.area() + other.area()) / (1.0 + iou);
    both / one.area().min(other.area()).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use resight_core::GivenBox;

    use super::*;

    fn row(identity: &str, date: &str, place: Option<(f64, f64)>) -> Row {
        Row {
            identity: Some(identity.to_owned()),
            date: date.parse().ok(),
            latitude: place.map(|(latitude, _)| latitude),
            longitude: place.map(|(_, longitude)| longitude),
            ..Row::of_photo(0, String::new(), "a.jpg".into())
        }
    }

    const AZORES: Option<(f64, f64)> = Some((38.5, -28.6));
    const AZORES_BAY: Option<(f64, f64)> = Some((38.55, -28.65));
    const NORWAY: Option<(f64, f64)> = Some((69.6, 18.9));

    #[test]
    fn nobody_is_at_both_ends_of_an_ocean_within_a_day() {
        let rows = [
            row("Ada", "2024-05-01 10:00:00", AZORES),
            row("Bo", "2024-05-01 11:00:00", NORWAY),
            row("Ada", "2024-05-01 18:00:00", NORWAY),
            row("Ada", "2024-05-01 10:30:00", AZORES_BAY),
            row("Ada", "2024-05-01 12:00:00", None),
        ];
        let found = impossible_journeys(&rows, 50.0);
        assert_eq!(found.iter().map(|one| (&*one.identity, one.rows)).collect::<Vec<_>>(), [("Ada", [3, 2])]);
        assert!((4000.0..5500.0).contains(&found[0].kilometers) && (found[0].hours - 7.5).abs() < 1e-9);
    }

    #[test]
    fn what_is_known_of_the_time_decides() {
        let pair = |first: &str, second: &str| {
            impossible_journeys(&[row("Ada", first, AZORES), row("Ada", second, NORWAY)], 50.0).len()
        };
        assert_eq!(pair("2024-05-01", "2024-05-02"), 1, "at most two days");
        assert_eq!(pair("2024-05-01", "2024-05-06"), 0, "at least four");
        assert_eq!(pair("2024-05", "2024-05-02"), 0, "a month is no day");
        let clocks = ["2024-05-01 10:00:00", "2024-05-05 10:30:00+12:00"];
        assert_eq!(pair(clocks[0], clocks[1]), 0, "one clock: four days");
        assert_eq!(pair("2024-05-01 10:00:00", "2024-05-01 22:30:00+12:00"), 1, "half a day");
    }

    #[test]
    fn nobody_is_twice_in_one_photo_but_a_fin_is_in_its_body() {
        let facts = [PhotoFacts { photo_id: Some(PhotoId([1; 32])), ..PhotoFacts::default() }; 4];
        let boxed = |identity: &str, x: f64, side: f64| Row {
            boxes: vec![GivenBox::upright(PixelBox::at(x, 0.0, side, side))],
            ..row(identity, "", None)
        };
        let rows = [
            boxed("Ada", 0.0, 100.0),
            boxed("Ada", 10.0, 20.0),
            boxed("Ada", 200.0, 90.0),
            boxed("Bo", 300.0, 90.0),
        ];
        let found = twice_in_one_photo(&rows, &facts);
        assert_eq!(found.iter().map(|one| one.rows).collect::<Vec<_>>(), [[0, 2], [1, 2]]);
        assert_eq!(one_box_two_names(&rows, &facts), [[0_u32; 2]; 0]);
        let rows = [boxed("Ada", 0.0, 100.0), boxed("Bo", 1.0, 100.0), boxed("Ada", 1.0, 100.0)];
        assert_eq!(one_box_two_names(&rows, &facts), [[0, 1], [1, 2]]);
    }
}
