//! What leaves a catalog for other programs, and what stays at home.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::study::World;

/// Forms that go into a folder of their own.
const FOLDERS: [&str; 9] = [
    "wildlife-datasets",
    "coco",
    "megadetector",
    "camtrap-dp",
    "darwin-core",
    "wildbook",
    "socprog",
    "edges",
    "crops",
];
/// Capture histories that need no places.
const HISTORIES: [&str; 5] = ["mark", "rmark", "rcapture", "multimark", "capture"];

/// Files below a folder, in order.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn every_form_is_written_once_and_discloses_no_place_unasked() {
    let world = World::without_marks(6, 3);
    for form in FOLDERS {
        let asked = ["export", "zebras", "--as", form, "-o", form];
        let planned = &world.json(&[&asked[..], &["--dry-run"]].concat())[0];
        assert!(!world.path(form).exists(), "{form}: a dry run writes nothing");
        assert!([0, 3].contains(&world.code(&asked)), "{form}");
        let written = below(&world.path(form));
        let promised =
            planned["files"].as_array().unwrap().len() + planned["crops"].as_u64().unwrap() as usize;
        assert_eq!(written.len(), promised, "{form}: {written:?}");
        let disclosed = planned["discloses"].to_string();
        assert!(!disclosed.contains("position"), "{form}: {disclosed}");
        let (code, complaint) = world.complaint(&asked);
        assert!(code == 1 && complaint.contains("not empty"), "{form}: {complaint}");
        assert_eq!(below(&world.path(form)), written);
    }
    let without_place = world.complaint(&["export", "zebras", "--as", "coco"]);
    assert!(without_place.1.contains("--output PLACE"), "{without_place:?}");
    assert_ne!(world.code(&["export", "zebras", "--as", "coco", "-o", "c2", "--positions", "0.2"]), 0);
    assert_eq!(world.code(&["export", "zebras", "--as", "coco", "-o", "c2", "--positions", "0.01"]), 0);
}

#[test]
fn sidecars_lie_beside_the_photos_and_those_of_others_stay() {
    let world = World::without_marks(4, 2);
    let photos: Vec<PathBuf> = below(&world.path("study"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|x| x == "jpg"))
        .collect();
    let bytes: Vec<Vec<u8>> = photos.iter().map(|path| fs::read(path).unwrap()).collect();
    let sidecar = |photo: &Path| PathBuf::from(format!("{}.xmp", photo.display()));
    fs::write(sidecar(&photos[0]), "a caption that took an evening").unwrap();

    assert_eq!(world.code(&["export", "zebras", "--as", "xmp", "-o", "elsewhere"]), 1);
    let report = &world.json(&["export", "zebras", "--as", "xmp"])[0];
    assert_eq!(report["sidecars"].as_u64(), Some(photos.len() as u64 - 1), "{report}");
    assert_eq!(report["notes"][0]["kind"], "sidecar-there", "{report}");
    assert_eq!(fs::read_to_string(sidecar(&photos[0])).unwrap(), "a caption that took an evening");
    for (photo, bytes) in photos.iter().zip(&bytes) {
        assert_eq!(fs::read(photo).unwrap(), *bytes);
        assert!(sidecar(photo).is_file(), "{}", photo.display());
    }
    // What was written is read: names come back from the keywords.
    fs::remove_file(world.path("study/metadata.csv")).unwrap();
    assert_eq!(world.code(&["init", "second", "--like", "zebras"]), 0);
    let taken = world.run(&["ingest", "second", "study", "--no-calibrate"]);
    assert!([Some(0), Some(3)].contains(&taken.status.code()), "{}", String::from_utf8_lossy(&taken.stderr));
    let named = |catalog: &str| world.json(&["status", catalog])[0]["individuals"].clone();
    assert_eq!(named("second"), named("zebras"));
}

#[test]
fn capture_histories_count_every_named_animal_and_keep_what_is_there() {
    let world = World::without_marks(6, 3);
    for form in HISTORIES {
        let asked = ["export", "zebras", "--as", form, "-o", form, "--occasions", "month"];
        let report: &Value = &world.json(&asked)[0];
        assert!(report["summary"]["individuals"].as_u64().is_some_and(|count| count > 0), "{form}: {report}");
        let page = world.path(&format!("{form}.html"));
        assert!(fs::read_to_string(&page).unwrap().contains("<svg"), "{form}");
        assert_eq!(world.code(&asked), 1, "{form}: it is there already");
        assert!([0, 3].contains(&world.code(&[&asked[..], &["--force"]].concat())), "{form}");
    }
    let (code, complaint) = world.complaint(&["export", "zebras", "--as", "secr", "-o", "secr"]);
    assert!(code == 1 && complaint.contains("station"), "{complaint}");
}

#[test]
fn a_packed_catalog_is_the_same_one_elsewhere() {
    let world = World::without_marks(5, 2);
    assert_eq!(world.code(&["pack", "zebras", "mail.zip", "--photos"]), 0);
    assert_eq!(world.code(&["pack", "zebras", "mail.zip", "--photos"]), 1);
    assert_eq!(world.code(&["unpack", "mail.zip", "elsewhere/zebras"]), 0);
    assert_eq!(world.code(&["verify", "elsewhere/zebras", "--originals"]), 0);
    assert_eq!(world.code(&["unpack", "mail.zip", "elsewhere/zebras"]), 1);
    let state = |catalog: &str| world.json(&["status", catalog])[0]["individuals"].clone();
    assert_eq!(state("elsewhere/zebras"), state("zebras"));
    let cut = fs::read(world.path("mail.zip")).unwrap();
    fs::write(world.path("cut.zip"), &cut[..cut.len() / 2]).unwrap();
    assert_eq!(world.code(&["unpack", "cut.zip", "third"]), 1);
    assert!(!world.path("third/catalog.sqlite").exists());
}

#[test]
fn of_two_networks_neither_is_called_better_by_chance() {
    let world = World::without_catalog(8, 3);
    let asked = [
        "models",
        "compare",
        "study/metadata.csv",
        "--effort",
        "fast",
        "--bundle",
        "projection",
        "--bundle",
        "resight-base",
    ];
    let told = world.run(&asked);
    assert!([Some(0), Some(3)].contains(&told.status.code()), "{}", String::from_utf8_lossy(&told.stderr));
    let text = String::from_utf8_lossy(&told.stdout);
    assert!(text.contains("projection") && text.contains("resight-base"), "{text}");
    let page = world.run(&[&asked[..], &["--html", "compared.html"]].concat());
    assert!([Some(0), Some(3)].contains(&page.status.code()), "{}", String::from_utf8_lossy(&page.stderr));
    assert!(fs::read_to_string(world.path("compared.html")).unwrap().contains("<svg"));
}
