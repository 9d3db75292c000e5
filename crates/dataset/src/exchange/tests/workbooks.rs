//! What is in the workbooks, and what else no file is compared for.

use std::collections::BTreeSet;
use std::path::Path;

use resight_core::ImageSize;

use super::world::{all_text, everything, identity, least, sighting, unpacked, world};
use crate::exchange::*;

fn names(written: &Written) -> Vec<&str> {
    written.files.iter().map(|file| file.name.as_str()).collect()
}

fn has(written: &Written, kind: NoteKind) -> bool {
    written.notes.iter().any(|note| note.kind == kind)
}

#[test]
fn wildbook_has_the_columns_that_have_values_and_no_others() {
    let written = export(&world(), &everything(), ExportFormat::Wildbook).unwrap();
    assert_eq!(names(&written), ["wildbook.xlsx", "photos.csv"]);
    let text = unpacked("wildbook.xlsx", &written.files[0].bytes);
    for column in ["Encounter.mediaAsset0", "Encounter.mediaAsset1", "Encounter.genus", "Encounter.year"] {
        assert!(text.contains(&format!(">{column}<")), "{column}: {text}");
    }
    for column in ["Encounter.mediaAsset2", "Encounter.submitterID", "Encounter.individualID"] {
        assert!(!text.contains(&format!(">{column}<")), "{column}: {text}");
    }
    assert!(text.contains(">Lynx<") && text.contains(">lynx<") && text.contains(">unapproved<"));
    assert!(text.contains(">IMG 1.JPG<"), "an underscore is no letter for it");
    let copies: Vec<_> = written.photos.iter().map(|copy| copy.name.as_str()).collect();
    assert_eq!(
        copies,
        ["photos/IMG 1.JPG", "photos/IMG 2.JPG", "photos/IMG 3.JPG", "photos/IMG 5.JPG", "photos/IMG 6.JPG"]
    );
    assert!(has(&written, NoteKind::NameChanged));
    let without = export(&world(), &least(), ExportFormat::Wildbook).unwrap();
    assert!(!unpacked("wildbook.xlsx", &without.files[0].bytes).contains("decimalLatitude"));
}

#[test]
fn wildbook_takes_two_hundred_rows_a_file_and_no_row_that_its_validator_refuses() {
    let mut world = world();
    world.sightings.clear();
    for number in 0..203 {
        let mut shared = sighting(1);
        shared.annotation.0 = number;
        shared.photo.paths = vec![format!("/photos/{number}.jpg").into()];
        shared.encounter = Some(format!("e{number}"));
        world.sightings.push(shared);
    }
    world.sightings[0].photo.capture_time = None;
    world.sightings[1].photo.capture_time = "2030-01-01".parse().ok();
    world.sightings[2].species = None;
    let refused = |world: &Exported| {
        let written = export(world, &everything(), ExportFormat::Wildbook).unwrap();
        let kinds: BTreeSet<_> = written.notes.iter().map(|note| note.kind).collect();
        (names(&written).len(), kinds)
    };
    let (n_files, kinds) = refused(&world);
    assert_eq!(n_files, 2);
    for kind in [NoteKind::NoYear, NoteKind::FutureDate, NoteKind::NoScientificName] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    world.sightings[0].photo.capture_time = "2024".parse().ok();
    let written = export(&world, &everything(), ExportFormat::Wildbook).unwrap();
    assert_eq!(names(&written), ["wildbook-1.xlsx", "wildbook-2.xlsx", "photos.csv"]);
    assert!(has(&written, NoteKind::SeveralFiles));
}

#[test]
fn socprog_has_letters_and_digits_for_ids_and_knows_who_is_new() {
    let written = export(&world(), &everything(), ExportFormat::Socprog).unwrap();
    let text = unpacked("socprog.xlsx", &written.files[0].bytes);
    for found in
        [">Luna<", ">NickOBrien<", ">New<", ">Resight<", ">NaN<", ">ElevationOrDepth<", ">RecaptureStatus<"]
    {
        assert!(text.contains(found), "{found}: {text}");
    }
    assert!(has(&written, NoteKind::NameChanged) && has(&written, NoteKind::NobodyIdentified));
    assert!(has(&written, NoteKind::NoDay), "a month is no day");
}

#[test]
fn indices_of_association_count_groups() {
    let mut world = world();
    world.sightings.truncate(4);
    // Both on one trip; Luna once without.
    let written = export(&world, &everything(), ExportFormat::Edges).unwrap();
    let text = String::from_utf8(written.files[0].bytes.clone()).unwrap();
    let row = text.lines().nth(1).unwrap();
    assert!(row.starts_with("'=Nick O'Brien,Luna,1,0,1,0.5,0.6666666666666666,0"), "{text}");
    world.sightings[3].identity.as_mut().unwrap().standing = Standing::Unconfirmed;
    let written = export(&world, &everything(), ExportFormat::Edges).unwrap();
    let text = String::from_utf8(written.files[0].bytes.clone()).unwrap();
    assert!(text.lines().nth(1).unwrap().ends_with(",1"), "{text}");
}

#[test]
fn a_sidecar_that_is_there_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    let photo = folder.path().join("a.jpg");
    world.sightings.truncate(1);
    world.sightings[0].photo.paths = vec![photo.clone()];
    let written = export(&world, &everything(), ExportFormat::Xmp).unwrap();
    assert_eq!(written.sidecars[0].path, folder.path().join("a.jpg.xmp"));
    std::fs::write(folder.path().join("a.jpg.xmp"), "mine").unwrap();
    let written = export(&world, &everything(), ExportFormat::Xmp).unwrap();
    assert!(written.sidecars.is_empty() && has(&written, NoteKind::SidecarThere));
}

#[test]
fn regions_of_a_turned_photo_are_of_the_stored_picture() {
    let mut world = world();
    let mut shared = sighting(5);
    shared.identity = Some(identity(1, "Luna"));
    shared.photo.upright_size = Some(ImageSize { width: 1000, height: 500 });
    shared.photo.exif_orientation = 6;
    // Middle at 0.2 across and 0.3 down, 0.2 wide and 0.4 high.
    shared.region = Some(resight_core::PixelBox::at(100.0, 50.0, 200.0, 200.0));
    world.sightings = vec![shared];
    let text = all_text(&export(&world, &everything(), ExportFormat::Xmp).unwrap());
    assert!(text.contains("stDim:w=\"500\" stDim:h=\"1000\""), "{text}");
    let area = "stArea:x=\"0.300000\" stArea:y=\"0.800000\" stArea:w=\"0.400000\" stArea:h=\"0.200000\"";
    assert!(text.contains(area), "{text}");
}

#[test]
fn an_occurrence_is_one_line() {
    let mut world = world();
    world.individuals[0].notes = "two\r\nlines\tand a tab".to_owned();
    let written = export(&world, &everything(), ExportFormat::DarwinCore).unwrap();
    let text = unpacked("occurrence.csv", &written.files[0].bytes);
    assert!(text.contains(",two lines and a tab,"), "{text}");
    assert_eq!(text.lines().count(), 6);
}

#[test]
fn crops_lie_in_folders_that_every_system_takes() {
    let mut world = world();
    for (place, name) in [(0, "../../Luna"), (1, "luna"), (2, "LUNA"), (3, "unidentified")] {
        world.sightings[place].identity = Some(identity(i64::try_from(place).unwrap() + 20, name));
    }
    let written = export(&world, &everything(), ExportFormat::Crops).unwrap();
    let names: Vec<_> = written.crops.iter().map(|crop| crop.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "_.._Luna/IMG_1-ann-1.jpg",
            "luna/IMG_2-ann-2.jpg",
            "LUNA-2/IMG_3-ann-3.jpg",
            "unidentified-2/IMG_3-ann-4.jpg",
            "unconfirmed/Mara/IMG_5-ann-5.jpg",
            "unidentified/IMG_6-ann-6.jpg",
        ]
    );
    assert!(written.crops.iter().all(|crop| Path::new(&crop.photo).starts_with("/photos")));
}
