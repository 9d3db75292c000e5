//! What may not go out does not, whatever the format.

use std::path::PathBuf;

use proptest::prelude::*;

use super::world::{
    ATTRIBUTE, FOLDER, NOTE, PERSON, PHOTOGRAPHER, STATION, UNCONFIRMED, all_text, everything, least, world,
};
use crate::exchange::*;

/// The marks of this small world that stand for something sensitive.
const MARKS: [(Sensitive, &str); 7] = [
    (Sensitive::Photographers, PHOTOGRAPHER),
    (Sensitive::Stations, STATION),
    (Sensitive::People, PERSON),
    (Sensitive::Notes, NOTE),
    (Sensitive::Attributes, ATTRIBUTE),
    (Sensitive::Folders, FOLDER),
    (Sensitive::Unconfirmed, UNCONFIRMED),
];

#[test]
fn a_format_gives_away_what_it_says_that_it_does_and_nothing_else() {
    let mut world = world();
    // Keys of encounters hold the station too, and are no field of it.
    for (number, shared) in (1..).zip(&mut world.sightings) {
        shared.encounter = shared.encounter.as_ref().map(|_| format!("e{number}"));
        shared.sighting = shared.sighting.as_ref().map(|_| "trip".to_owned());
    }
    // A day, or SOCPROG has no place for it.
    world.sightings[4].photo.capture_time = "2024-05-14".parse().ok();
    for format in ExportFormat::ALL {
        let text = all_text(&export(&world, &everything(), *format).unwrap());
        let told = disclosed(&world, &everything(), *format);
        for (what, mark) in MARKS {
            let is_told = told.iter().any(|one| one.what == what);
            assert_eq!(text.contains(mark), is_told, "{format}: {what:?}");
        }
    }
}

#[test]
fn the_least_gives_away_no_names_of_places_people_or_folders() {
    for format in ExportFormat::ALL {
        let text = all_text(&export(&world(), &least(), *format).unwrap());
        for mark in [PHOTOGRAPHER, STATION, PERSON, FOLDER, UNCONFIRMED] {
            assert!(!text.contains(mark), "{format}: {mark}");
        }
        let told = disclosed(&world(), &least(), *format);
        assert!(told.iter().all(|one| one.what != Sensitive::Positions), "{told:?}");
    }
}

#[test]
fn days_alone_take_the_times_along() {
    let options = ExportOptions { times: TimesShown::DayAlone, ..everything() };
    for format in ExportFormat::ALL {
        let text = all_text(&export(&world(), &options, *format).unwrap());
        assert!(!text.contains("14:02") && !text.contains("04:05"), "{format}");
        assert!(disclosed(&world(), &options, *format).iter().all(|one| one.what != Sensitive::Times));
    }
}

#[test]
fn crops_and_copies_of_photos_lose_their_metadata_unless_all_may_go_out() {
    let copies = |options: &ExportOptions| export(&world(), options, ExportFormat::Wildbook).unwrap().photos;
    assert!(copies(&least()).iter().all(|copy| copy.metadata == Metadata::Dropped));
    assert!(copies(&everything()).iter().all(|copy| copy.metadata == Metadata::Kept));
}

#[test]
fn attributes_that_name_people_or_places_stay_with_those() {
    let mut world = world();
    for name in ["Observer", "station_name", "scars"] {
        world.sightings[0].attributes.insert(name.to_owned(), format!("value of {name}"));
    }
    let text = all_text(&export(&world, &least(), ExportFormat::WildlifeDatasets).unwrap());
    assert!(!text.contains("value of Observer") && !text.contains("value of station_name"));
    assert!(text.contains("value of scars"));
    let text = all_text(&export(&world, &everything(), ExportFormat::WildlifeDatasets).unwrap());
    assert!(text.contains("value of Observer") && text.contains("value of station_name"));
}

#[test]
fn a_package_without_positions_has_blank_cells_and_says_so() {
    let written = export(&world(), &least(), ExportFormat::CamtrapDp).unwrap();
    assert!(written.notes.iter().any(|note| note.kind == NoteKind::NoPosition));
    let text = all_text(&written);
    assert!(text.contains("place-1,,,,,,2024-05-01T00:00:00Z,"), "{text}");
    assert!(text.contains("\"geometries\": []"), "{text}");
}

#[test]
fn two_photos_never_share_a_name() {
    let mut world = world();
    world.sightings[1].photo.paths = vec![PathBuf::from("/photos/other/IMG_1.JPG")];
    let written = export(&world, &least(), ExportFormat::WildlifeDatasets).unwrap();
    let text = all_text(&written);
    assert!(text.contains("IMG_1.JPG") && text.contains("IMG_1-020202020202.JPG"), "{text}");
    assert!(written.notes.iter().any(|note| note.kind == NoteKind::SameFileName));
}

#[test]
fn individuals_of_one_name_are_told_apart() {
    let mut world = world();
    world.sightings[5].identity = Some(super::world::identity(9, "Luna"));
    let written = export(&world, &everything(), ExportFormat::CamtrapDp).unwrap();
    assert!(all_text(&written).contains("Luna (ind-9)"));
    assert!(written.notes.iter().any(|note| note.kind == NoteKind::SameNameTwice));
}

#[test]
fn what_has_no_path_or_an_odd_one_is_told() {
    let mut world = world();
    world.sightings[0].photo.paths.clear();
    let written = export(&world, &everything(), ExportFormat::Coco).unwrap();
    assert!(written.notes.iter().any(|note| note.kind == NoteKind::NoPath));
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        world.sightings[0].photo.paths = vec![std::ffi::OsStr::from_bytes(b"/photos/\xff.jpg").into()];
        let written = export(&world, &everything(), ExportFormat::Coco).unwrap();
        assert!(written.notes.iter().any(|note| note.kind == NoteKind::PathNotUtf8));
    }
}

/// The world at this place, which attributes tell too.
fn world_at(latitude: f64, longitude: f64) -> Exported {
    let mut world = world();
    for shared in &mut world.sightings {
        shared.photo.position = Some((latitude, longitude));
        shared.attributes.insert("GPS_lat".to_owned(), latitude.to_string());
        shared.attributes.insert("decimalLongitude".to_owned(), longitude.to_string());
    }
    for card in &mut world.individuals {
        card.attributes.insert("first coordinates".to_owned(), format!("{latitude} {longitude}"));
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn without_positions_no_digit_of_one_is_written(
        latitude in 11_000_000..89_999_999_i32,
        longitude in 101_000_000..179_999_999_i32,
    ) {
        // With all digits, so that none is a short number that could stand anywhere.
        let (latitude, longitude) = (f64::from(latitude | 1) / 1e6, f64::from(longitude | 1) / 1e6);
        let marks = [format!("{latitude:.6}"), format!("{longitude:.6}")].map(|text| text[..text.len() - 4].to_owned());
        let options = ExportOptions { positions: PositionPrecision::None, ..everything() };
        for format in ExportFormat::ALL {
            let text = all_text(&export(&world_at(latitude, longitude), &options, *format).unwrap());
            for mark in &marks {
                prop_assert!(!text.contains(mark), "{}: {}", format, mark);
            }
            // The marks are there where places may go out.
            let exact = all_text(&export(&world_at(latitude, longitude), &everything(), *format).unwrap());
            let carries = format.carries().iter().any(|(what, _)| *what == Sensitive::Positions);
            prop_assert!(!carries || marks.iter().all(|mark| exact.contains(mark)), "{}", format);
        }
    }

    #[test]
    fn no_text_breaks_a_format(
        texts in proptest::collection::vec(any::<String>(), 8),
        region in (any::<f64>(), any::<f64>(), any::<f64>(), any::<f64>()),
        odd in any::<f64>(),
    ) {
        let mut world = world();
        for (shared, text) in world.sightings.iter_mut().zip(&texts) {
            shared.encounter = Some(text.clone());
            shared.photo.station = Some(text.clone());
            shared.photo.photographer = Some(text.clone());
            shared.photo.paths = vec![PathBuf::from(format!("/photos/{text}"))];
            shared.photo.position = Some((odd, odd));
            shared.photo.exif_orientation = 9;
            shared.species = resight_core::Species::parse(text);
            shared.identity.iter_mut().for_each(|identity| identity.name.clone_from(text));
            shared.attributes.insert(text.clone(), text.clone());
            shared.detection_confidence = Some(odd);
            let (x, y, width, height) = region;
            let region = resight_core::PixelBox::at(x, y, width, height);
            shared.region = Some(resight_core::PixelBox { rotation: odd, ..region });
        }
        world.about.title.clone_from(&texts[6]);
        world.individuals[0].notes.clone_from(&texts[7]);
        for format in ExportFormat::ALL {
            for options in [everything(), least()] {
                for file in export(&world, &options, *format).unwrap().files {
                    if file.name.ends_with(".json") {
                        serde_json::from_slice::<serde_json::Value>(&file.bytes).unwrap();
                    }
                }
            }
        }
    }

    #[test]
    fn generalized_positions_are_the_same_for_all_of_a_cell(
        cell_north in -90..90_i32,
        cell_east in -180..180_i32,
        first in (0.01..0.99_f64, 0.01..0.99_f64),
        second in (0.01..0.99_f64, 0.01..0.99_f64),
    ) {
        let at = |(north, east): (f64, f64)| {
            (f64::from(cell_north) / 10.0 + north / 10.0, f64::from(cell_east) / 10.0 + east / 10.0)
        };
        let options = ExportOptions { positions: PositionPrecision::Tenth, ..everything() };
        for format in ExportFormat::ALL {
            let of = |place| {
                let (latitude, longitude) = at(place);
                export(&world_at(latitude, longitude), &options, *format).unwrap()
            };
            prop_assert_eq!(of(first), of(second), "{}", format);
        }
    }
}
