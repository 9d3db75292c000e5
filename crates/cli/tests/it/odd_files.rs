//! The odd files of the field: catalogs among photos, camera raw, edited metadata, names written in two ways.

use std::fs;

use resight_imaging::encode_jpeg;
use resight_testkit::bundles::TINY;
use resight_testkit::exif::{Directory, Value, block, into_jpeg};
use resight_testkit::photos::scene;

use crate::workplace::{Workplace, text, write_photo};

#[test]
fn a_catalog_among_the_photos_is_no_photo() {
    let place = Workplace::new();
    place.photos("photos", 2, 1);
    let made = place.run(&["init", "photos/catalog", "--bundle", TINY]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let ingest = ["ingest", "photos/catalog", "photos", "--kind", "folder-per-individual", "--no-calibrate"];
    assert_eq!(place.json(&ingest)[0]["stored"], 2);
    let again = &place.json(&ingest)[0];
    assert_eq!((&again["stored"], &again["already_there"]), (&0.into(), &2.into()));
    assert!(again["warnings"].to_string().contains("a folder of resight"), "{again}");
    let itself = place.run(&["ingest", "photos/catalog", "photos/catalog", "--no-calibrate"]);
    assert_eq!(itself.status.code(), Some(1));
    assert!(text(&itself.stderr).contains("a catalog of resight"), "{}", text(&itself.stderr));
}

/// The smallest camera raw file: TIFF inside, of a sensor's pixels, with the name of its maker.
fn camera_raw() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
    };
    let [low, high] = 32_803_u16.to_le_bytes();
    let fields = [entry(0x0106, 3, 1, [low, high, 0, 0]), entry(0x010F, 2, 4, *b"SONY")].concat();
    [&b"II*\0\x08\0\0\0\x02\0"[..], &fields, &[0; 4]].concat()
}

#[test]
fn camera_raw_is_refused_by_name_and_is_one_photo_with_its_jpeg() {
    let place = Workplace::new();
    place.init();
    fs::create_dir(place.path("shots")).unwrap();
    fs::write(place.path("shots/DSC_1.ARW"), camera_raw()).unwrap();
    let alone = place.run(&["ingest", "catalog", "shots", "--no-calibrate"]);
    assert_eq!(alone.status.code(), Some(3));
    let said = text(&alone.stderr);
    assert!(said.contains("a camera raw file (Sony ARW): export it as JPEG"), "{said}");
    write_photo(&place.path("shots/DSC_1.JPG"), 1);
    let both = &place.json(&["ingest", "catalog", "shots", "--no-calibrate"])[0];
    assert_eq!((&both["photos_found"], &both["stored"]), (&1.into(), &1.into()));
    assert!(both["warnings"].to_string().contains("camera raw with a JPEG"), "{both}");
}

/// Writes keywords into a JPEG, as a program that manages photos does.
fn write_keywords(path: &std::path::Path) {
    let jpeg = fs::read(path).unwrap();
    let keywords = b"\xFF\xED\x00\x0Bkeywords!".as_slice();
    fs::write(path, [&jpeg[..2], keywords, &jpeg[2..]].concat()).unwrap();
}

#[test]
fn a_photo_whose_metadata_was_edited_is_the_same_photo() {
    let place = Workplace::new();
    place.init();
    place.photos("photos", 2, 2);
    let ingest = ["ingest", "catalog", "photos", "--kind", "folder-per-individual", "--no-calibrate"];
    assert_eq!(place.json(&ingest)[0]["stored"], 4);
    write_keywords(&place.path("photos/animal-00/0.jpg"));
    write_keywords(&place.path("photos/animal-01/1.jpg"));
    let again = &place.json(&ingest)[0];
    assert_eq!((&again["stored"], &again["already_there"]), (&0.into(), &4.into()));
    assert_eq!((&again["metadata_edited"], &again["near_duplicates"]), (&2.into(), &serde_json::json!([])));
    let shown = place.run(&ingest);
    assert!(
        text(&shown.stdout).contains("2 of those there already have other metadata"),
        "{}",
        text(&shown.stdout)
    );
    assert_eq!(place.json(&["status", "catalog"])[0]["photos"], 4);
    // It is known wherever photos are named, and still good to make everything anew from.
    place.json(&["new", "catalog", "photos/animal-00/0.jpg", "--name", "Luna"]);
    fs::remove_dir_all(place.path("catalog/thumbs")).unwrap();
    place.json(&["rebuild", "catalog"]);
    place.json(&["verify", "catalog", "--originals"]);
}

#[test]
fn a_date_put_right_in_a_known_photo_is_told() {
    let place = Workplace::new();
    place.init();
    let photo = |time: &str| {
        let jpeg = encode_jpeg(&scene(96, 64, 3), 90).unwrap();
        let fields = [(Directory::Exif, 0x9003, Value::Text(time.to_owned()))];
        fs::write(place.path("p.jpg"), into_jpeg(&jpeg, &block(&fields))).unwrap();
    };
    photo("2020:06:01 10:00:00");
    assert_eq!(place.json(&["ingest", "catalog", "p.jpg", "--no-calibrate"])[0]["stored"], 1);
    photo("2021:06:01 10:00:00");
    let again = place.run(&["ingest", "catalog", "p.jpg", "--no-calibrate"]);
    assert_eq!(again.status.code(), Some(3), "{}", text(&again.stderr));
    let told = text(&again.stdout) + &text(&again.stderr);
    assert!(told.contains("2021-06-01") && told.contains("2020-06-01"), "{told}");
}

#[test]
fn names_are_normalised_and_those_alike_are_told() {
    let place = Workplace::new();
    place.init();
    for number in 1..=5 {
        write_photo(&place.path(&format!("p{number}.jpg")), number);
    }
    let table = "path,identity\np1.jpg,Jose\u{301}\np2.jpg,José\np3.jpg,Luna\np4.jpg,luna\n";
    fs::write(place.path("t.csv"), table).unwrap();
    let first = &place.json(&["ingest", "catalog", "t.csv", "--no-calibrate"])[0];
    let told = first["warnings"].to_string();
    assert!(told.contains("`Luna` and `luna`") && !told.contains("Jos"), "{told}");
    assert_eq!(place.json(&["individual", "list", "catalog"]).len(), 3);
    fs::write(place.path("u.csv"), "path,identity\np5.jpg,LUNA\n").unwrap();
    let second = place.run(&["ingest", "catalog", "u.csv", "--no-calibrate"]);
    assert_eq!(second.status.code(), Some(0), "{}", text(&second.stderr));
    assert!(text(&second.stderr).contains("though the catalog has `Luna`"), "{}", text(&second.stderr));
    place.json(&["individual", "show", "catalog", "Jose\u{301}"]);
}

#[test]
fn years_stay_years_and_the_line_that_states_the_delimiter_is_no_header() {
    let place = Workplace::new();
    place.init();
    write_photo(&place.path("p1.jpg"), 1);
    write_photo(&place.path("p2.jpg"), 2);
    fs::write(place.path("t.csv"), "sep=;\npath;identity;date\np1.jpg;Luna;2019\np2.jpg;Luna;2019-07\n")
        .unwrap();
    let report = &place.json(&["ingest", "catalog", "t.csv", "--no-calibrate"])[0];
    assert_eq!((&report["identified"], &report["encounters"]["not_known"]), (&2.into(), &2.into()));
    place.json(&["export-table", "catalog", "out.csv"]);
    let exported = fs::read_to_string(place.path("out.csv")).unwrap();
    assert!(exported.contains(",2019,") && exported.contains(",2019-07,"), "{exported}");
}

#[test]
fn what_is_said_of_a_table_is_true() {
    let place = Workplace::new();
    place.init();
    place.photos("photos", 1, 1);
    place.json(&["ingest", "catalog", "photos", "--kind", "folder-per-individual", "--no-calibrate"]);
    let photo = place.path("new.jpg");
    fs::write(&photo, encode_jpeg(&scene(96, 64, 77), 90).unwrap()).unwrap();
    let table = format!("path\n{}\ngone.jpg\n", photo.display());
    fs::write(place.path("t.csv"), table).unwrap();
    let output = place.run(&["ingest", "catalog", "t.csv", "--no-calibrate"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("missing: there is no such file"), "{said}");
    assert!(!said.contains("leads out"), "{said}");
    assert!(!said.contains("nobody is named"), "{said}");
}
