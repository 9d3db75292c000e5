//! The grade of a photo: measured, overruled by a person, and what nobody is named by is not identifiable.

use std::fmt::Write as _;
use std::fs;

use resight_imaging::{RgbImage, encode_jpeg, resized};
use resight_testkit::animals::{animal, name};
use resight_testkit::bundles::PROJECTION;
use serde_json::Value;

use crate::study::World;

/// A photo of an animal, sharp, or so blurred that all look alike.
fn write(world: &World, folder: &str, individual: u64, meeting: u64) -> String {
    let path = format!("{folder}/{}_{meeting}.jpg", name(individual));
    fs::create_dir_all(world.path(folder)).unwrap();
    let photo = match folder {
        "blurred" => resized(&resized(&animal(77, individual * 100 + meeting), 4, 4), 288, 288),
        _ => {
            let small = animal(individual, meeting);
            RgbImage::from_fn(288, 288, |x, y| *small.get_pixel(x / 3, y / 3))
        }
    };
    fs::write(world.path(&path), encode_jpeg(&photo, 92).unwrap()).unwrap();
    path
}

/// A table of photos of everybody at these meetings.
fn table(world: &World, folder: &str, meetings: std::ops::Range<u64>) -> String {
    let mut table = "path,identity,species,encounter\n".to_owned();
    for (individual, meeting) in (0..24).flat_map(|who| meetings.clone().map(move |when| (who, when))) {
        let (path, name) = (write(world, folder, individual, meeting), name(individual));
        let _ = writeln!(table, "{path},{name},zebra,{name}-{meeting}");
    }
    fs::write(world.path(&format!("{folder}.csv")), table).unwrap();
    format!("{folder}.csv")
}

fn ask(world: &World, photo: &str, more: &[&str]) -> Value {
    world.json(&[&["identify", "zebras", photo], more].concat())[0].clone()
}

#[test]
fn photos_of_a_grade_that_names_nobody_are_not_identifiable() {
    let world = World::without_catalog(1, 1);
    assert_eq!(world.code(&["init", "zebras", "--bundle", PROJECTION, "--no-local-features"]), 0);
    assert_eq!(world.code(&["ingest", "zebras", &table(&world, "sharp", 0..3)]), 0);
    let sharp = write(&world, "sharp", 1, 9);
    let answer = ask(&world, &sharp, &[]);
    assert_eq!((&answer["quality"], &answer["decision"]), (&"excellent".into(), &"match".into()), "{answer}");
    let blurred = write(&world, "blurred", 1, 9);
    let answer = ask(&world, &blurred, &[]);
    let grade = answer["quality"].as_str().unwrap().to_owned();
    assert!(["junk", "poor", "fair"].contains(&grade.as_str()), "{answer}");
    assert_ne!(answer["decision"], "not-identifiable", "{answer}");

    // Photos of everybody by which nobody can be told are taken in.
    let blurred_ones = table(&world, "blurred", 5..6);
    assert_eq!(world.code(&["ingest", "zebras", &blurred_ones, "--no-calibrate"]), 0);
    let calibrated = &world.json(&["calibrate", "zebras"])[0]["quality"];
    let named = calibrated["named"].as_array().unwrap();
    let (best, blurred_ones) = named.split_last().unwrap();
    assert_eq!((&best["quality"], &best["asked"]), (&"excellent".into(), &72.into()), "{calibrated}");
    assert!(blurred_ones.iter().all(|grade| grade["right"] == 0), "{calibrated}");
    let worst = blurred_ones.last().unwrap()["quality"].as_str().unwrap().to_owned();
    assert_eq!((worst.as_str(), &calibrated["least"]), ("fair", &"good".into()), "{calibrated}");
    let words = world.text(&["calibrate", "zebras"]);
    assert!(words.contains("photos below good are not identifiable"), "{words}");

    let answer = ask(&world, &blurred, &[]);
    assert_eq!(answer["decision"], "not-identifiable", "{answer}");
    let why = format!("too blurred: by {grade} photos");
    assert!(answer["reason"].as_str().unwrap().starts_with(&why), "{answer}");
    assert_ne!(ask(&world, &blurred, &["--any-quality"])["decision"], "not-identifiable");
    assert_eq!(ask(&world, &sharp, &[])["decision"], "match");
    // Such a photo is stored with what the network made of it, and a person's word counts from then on.
    assert_eq!(world.code(&["identify", "zebras", &blurred, "--add"]), 3);
    assert_eq!(ask(&world, &blurred, &[])["decision"], "not-identifiable");
    assert_eq!(world.code(&["label", "zebras", &blurred, "--quality", "excellent"]), 0);
    let answer = ask(&world, &blurred, &[]);
    assert!(answer["quality"] == "excellent" && answer["decision"] != "not-identifiable", "{answer}");
    let journal = world.text(&["journal", "zebras"]);
    assert!(journal.contains("label        1  ada"), "{journal}");
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}
