//! `resight audit`.

use std::fmt::Write as _;
use std::fs;

use resight_imaging::{RgbImage, encode_jpeg};
use resight_testkit::animals::animal;
use resight_testkit::bundles::PROJECTION;
use serde_json::Value;

use crate::study::World;

const TABLE: &str = "study/metadata.csv";

fn audited(world: &World, more: &[&str]) -> Value {
    let fast = ["audit", TABLE, "--bundle", PROJECTION, "--effort", "fast"];
    world.json(&[&fast, more].concat()).remove(0)
}

/// Rewrites the rows of the table.
fn rewrite(world: &World, row: impl Fn(&str) -> String) {
    let table = fs::read_to_string(world.path(TABLE)).unwrap();
    let rows: Vec<String> = table.lines().map(row).collect();
    fs::write(world.path(TABLE), rows.join("\n")).unwrap();
}

#[test]
fn right_names_raise_nothing() {
    let world = World::without_catalog(16, 5);
    let found = audited(&world, &[]);
    assert_eq!((&found["photos"], &found["individuals"]), (&80.into(), &16.into()));
    for kind in [
        "wrong_names",
        "one_animal",
        "impossible_journeys",
        "twice_in_one_photo",
        "same_photo",
        "species_conflicts",
    ] {
        assert_eq!(found[kind].as_array().map(Vec::len), Some(0), "{kind}: {found}");
    }
    assert!(
        found["without_animal"]["not-looked-at"]
            .as_str()
            .unwrap()
            .contains("no photo of one animal has a box")
    );
    assert!(found["mirrored"]["measured"]["as_they_are"]["value"].as_f64().unwrap() > 0.9, "{found}");
    let shown = world.text(&["audit", TABLE, "--bundle", PROJECTION, "--effort", "fast"]);
    assert!(shown.contains("Nothing was found that contradicts the names"), "{shown}");
    let few = World::without_catalog(3, 2);
    let shown = few.text(&["audit", TABLE, "--bundle", PROJECTION, "--effort", "fast", "--html", "few.html"]);
    let page = fs::read_to_string(few.path("few.html")).unwrap();
    for said in [shown, page] {
        assert!(said.contains("No name could be judged: too little to calibrate on"), "{said}");
        assert!(!said.contains("Nothing was found"), "{said}");
        assert!(!said.contains("finds more") && said.matches("--detector mask").count() <= 1, "{said}");
    }
}

#[test]
fn wrong_names_second_names_and_impossible_sightings_are_found_and_drawn() {
    let world = World::without_catalog(24, 6);
    rewrite(&world, |row| {
        if row.starts_with("image_id") {
            return format!("{row},latitude,longitude");
        }
        let row = match row.split(',').next().unwrap() {
            // Shows Dot.
            "Dot2" => row.replace(",Dot,zebra", ",Hal,zebra"),
            // Fay has a second name.
            "Fay3" | "Fay4" | "Fay5" => row.replace(",Fay,zebra", ",Nova,zebra"),
            // Both at noon of one day, far from each other.
            "Jo1" => row.replace("2024-05-02", "2024-05-01"),
            _ => row.to_owned(),
        };
        let place = if row.starts_with("Jo1") { "-10.0,33.0" } else { "-24.0,31.5" };
        format!("{row},{place}")
    });
    let found = audited(&world, &["--no-altered", "--share-wrong", "0.02"]);
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{found}")).to_owned();
    let wrong = found["wrong_names"].as_array().unwrap();
    let told = |one: &Value| [&one["photo"], &one["individual"], &one["shows"]].map(text);
    assert_eq!(wrong.iter().map(told).collect::<Vec<_>>(), [["Dot2", "Hal", "Dot"]], "{found}");
    let animals = found["one_animal"].as_array().unwrap();
    assert_eq!(animals.len(), 1, "{found}");
    assert_eq!(animals[0]["individuals"], serde_json::json!(["Fay", "Nova"]));
    let journeys = found["impossible_journeys"].as_array().unwrap();
    assert_eq!((journeys.len(), text(&journeys[0]["individual"])), (1, "Jo".to_owned()), "{found}");
    assert!(found["without_animal"].is_null());

    let asked = ["audit", TABLE, "--bundle", PROJECTION, "--effort", "fast", "--share-wrong", "0.02"];
    let shown = world.text(&[&asked[..], &["--html", "audit.html"]].concat());
    for words in [
        "photos that show somebody else: 1",
        "individuals that are one animal: 1",
        "too far from each other: 1",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let page = fs::read_to_string(world.path("audit.html")).unwrap();
    assert!(
        page.contains("Dot2 (Dot_2.jpg) is named Hal and shows Dot")
            && page.contains("Fay and Nova are one animal")
    );
    assert_eq!(page.matches("<svg class=\"matches\"").count(), 2, "each with its two photos");
}

#[test]
fn a_catalog_is_audited_by_what_it_compares() {
    let world = World::new(12, 3);
    let found = world.json(&["audit", "zebras", "--no-altered", "--html", "audit.html"]).remove(0);
    assert_eq!((&found["source"], &found["photos"]), (&"zebras".into(), &36.into()));
    assert_eq!(found["wrong_names"].as_array().map(Vec::len), Some(0), "{found}");
    assert!(world.path("audit.html").is_file());
    let (code, complaint) = world.complaint(&["audit", "zebras", "--share-wrong", "0"]);
    assert!(code == 1 && complaint.contains("share of wrong names"), "{complaint}");
}

/// Photos of animals before backgrounds, one box each; `background` says which by individual and meeting.
fn write_scenes(world: &World, background: impl Fn(u64, u64) -> (u64, u64)) {
    let mut table = "image_id,path,identity,encounter,bbox\n".to_owned();
    fs::create_dir_all(world.path("scenes")).unwrap();
    for individual in 0..12 {
        for meeting in 0..4 {
            let (scenery, light) = background(individual, meeting);
            let (behind, before) = (animal(scenery, light), animal(individual, meeting));
            let scene = RgbImage::from_fn(192, 192, |x, y| {
                let inside = (64..128).contains(&x) && (64..128).contains(&y);
                match inside {
                    true => *before.get_pixel((x - 64) * 3 / 2, (y - 64) * 3 / 2),
                    false => *behind.get_pixel(x / 2, y / 2),
                }
            });
            fs::write(
                world.path(&format!("scenes/{individual}_{meeting}.jpg")),
                encode_jpeg(&scene, 95).unwrap(),
            )
            .unwrap();
            let _ = writeln!(
                table,
                "{individual}_{meeting},{individual}_{meeting}.jpg,animal-{individual},{individual}-{meeting},\"[64, 64, 64, 64]\""
            );
        }
    }
    fs::write(world.path("scenes/metadata.csv"), table).unwrap();
}

#[test]
fn a_background_that_gives_animals_away_is_told_from_one_that_does_not() {
    let world = World::without_catalog(1, 1);
    let asked = |world: &World| {
        let asked = ["audit", "scenes/metadata.csv", "--bundle", PROJECTION, "--effort", "fast"];
        let found = world.json(&asked).remove(0);
        let shares = found["without_animal"]["measured"].clone();
        (shares["altered"]["value"].as_f64().unwrap(), world.text(&asked))
    };
    // Everybody is always seen at the same place.
    write_scenes(&world, |individual, meeting| (100 + individual, meeting));
    let (right, shown) = asked(&world);
    assert!(right > 0.8 && shown.contains("The background gives animals away"), "{right}: {shown}");
    write_scenes(&world, |individual, meeting| (100 + (5 * individual + 7 * meeting) % 48, individual));
    let (right, shown) = asked(&world);
    assert!(right < 0.3 && !shown.contains("The background gives animals away"), "{right}: {shown}");
}
