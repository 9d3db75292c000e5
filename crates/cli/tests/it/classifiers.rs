//! Classifiers: learnt from a table or a catalog, measured, and asked by a catalog for what nobody has said.

use std::fs;

use resight_imaging::encode_jpeg;
use resight_testkit::photos::scene;
use serde_json::Value;

use crate::workplace::{Workplace, lines_of_json, text};

/// An animal whose bright head is on one side, of a kind that its colour tells.
fn write_animal(place: &Workplace, name: &str, seed: u64, side: &str, colour: [u8; 3]) {
    let mut photo = scene(96, 64, seed);
    let head = if side == "left" { 20.0 } else { 76.0 };
    for (x, y, pixel) in photo.enumerate_pixels_mut() {
        let (x, y) = (f64::from(x), f64::from(y));
        let body = ((x - 48.0) / 40.0).powi(2) + ((y - 32.0) / 20.0).powi(2) < 1.0;
        let in_head = (x - head).powi(2) + (y - 32.0).powi(2) < 150.0;
        if in_head {
            pixel.0 = [250, 250, 250];
        } else if body {
            pixel.0 = colour;
        }
    }
    fs::write(place.path(name), encode_jpeg(&photo, 90).unwrap()).unwrap();
}

const KINDS: [(&str, [u8; 3]); 3] =
    [("red deer", [200, 40, 30]), ("blue hare", [30, 50, 210]), ("green newt", [20, 190, 40])];

/// Photos of animals of three kinds, each from both sides, and tables of them: `known.csv` with four animals of each
/// kind, `asked.csv` with two others.
fn workplace() -> Workplace {
    let place = Workplace::new();
    fs::create_dir(place.path("photos")).unwrap();
    let head = "path,identity,species,viewpoint\n".to_owned();
    let (mut known, mut asked) = (head.clone(), head);
    for (kind, (species, colour)) in KINDS.iter().enumerate() {
        for animal in 0..6 {
            for side in ["left", "right"] {
                let name = format!("photos/{kind}{animal}{side}.jpg");
                let seed = (kind * 100 + animal * 10 + side.len()) as u64;
                write_animal(&place, &name, seed, side, *colour);
                let row = format!("{name},a{kind}{animal},{species},{side}\n");
                if animal < 4 { &mut known } else { &mut asked }.push_str(&row);
            }
        }
    }
    fs::write(place.path("known.csv"), known).unwrap();
    fs::write(place.path("asked.csv"), asked).unwrap();
    place
}

fn train(place: &Workplace, source: &str, task: &str, run: &str) -> Value {
    place.json(&["train", source, "--task", task, "--run", run]).remove(0)
}

fn value(figures: &Value, name: &str) -> f64 {
    figures[name]["value"].as_f64().unwrap_or_else(|| panic!("no {name}: {figures}"))
}

#[test]
fn sides_and_kinds_are_learnt_measured_and_said_where_nobody_else_has() {
    let place = workplace();
    let side = train(&place, "known.csv", "viewpoint", "runs/side");
    assert_eq!(side["labels"][0]["label"], "left");
    assert_eq!(side["measured"]["animals"], 24, "{side}");
    assert!(value(&side["measured"], "right") > 0.9, "{side}");
    assert_eq!(side["strangers"], serde_json::json!([]), "with two labels nobody can be left out");
    let kind = train(&place, "known.csv", "species", "runs/kind");
    assert_eq!(kind["strangers"].as_array().unwrap().len(), 3, "{kind}");

    // Learning again gives the same bundle, bit for bit.
    let again = train(&place, "known.csv", "viewpoint", "again/side");
    assert_eq!(again["bundle"][0], side["bundle"][0]);

    // Photos of other animals, measured by what the table says of them.
    let classify = ["classify", "asked.csv", "--with", "runs/side", "--with", "runs/kind"];
    let said = &place.json(&classify)[0];
    assert_eq!(said["animals"].as_array().unwrap().len(), 12);
    for measured in said["measured"].as_array().unwrap() {
        assert_eq!(measured["measured"]["animals"], 12, "{measured}");
        assert!(value(&measured["measured"], "right") > 0.9, "{measured}");
    }
    // What was learnt from is no evidence.
    let learnt = &place.json(&["classify", "known.csv", "--with", "runs/side"])[0]["measured"][0];
    assert_eq!((&learnt["learnt"], learnt.get("measured")), (&24.into(), None), "{learnt}");

    // The table with labels is one that a catalog takes in.
    let bare: String = fs::read_to_string(place.path("asked.csv"))
        .unwrap()
        .lines()
        .map(|line| format!("{}\n", line.split(',').take(2).collect::<Vec<_>>().join(",")))
        .collect();
    fs::write(place.path("bare.csv"), bare).unwrap();
    let written = place.run(&["classify", "bare.csv", "--with", "runs/side", "--csv", "labelled.csv"]);
    assert!(written.status.success(), "{}", text(&written.stderr));
    let labelled = fs::read_to_string(place.path("labelled.csv")).unwrap();
    assert!(labelled.lines().next().unwrap().contains("viewpoint_confidence"), "{labelled}");
    let lefts = labelled.lines().filter(|line| line.contains(",left,")).count();
    assert!((4..=7).contains(&lefts), "{labelled}");
}

#[test]
fn a_catalog_asks_its_classifiers_and_a_persons_word_stands() {
    let place = workplace();
    train(&place, "known.csv", "viewpoint", "runs/side");
    let made = place.run(&["init", "herd", "--no-local-features", "--classifier", "runs/side"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    fs::create_dir(place.path("new")).unwrap();
    for number in 0..4_u64 {
        let side = if number < 2 { "left" } else { "right" };
        write_animal(&place, &format!("new/{number}.jpg"), 900 + number, side, KINDS[0].1);
    }
    let ingested = &place.json(&["ingest", "herd", "new", "--no-calibrate"])[0];
    assert_eq!((&ingested["stored"], &ingested["labels_by_models"]), (&4.into(), &4.into()), "{ingested}");
    let shown = place.run(&["status", "herd"]);
    assert!(text(&shown.stdout).contains("side@"), "{}", text(&shown.stdout));

    // A person corrects one; the classifier does not take it back.
    assert!(place.run(&["label", "herd", "new/0.jpg", "--viewpoint", "right"]).status.success());
    let again = &place.json(&["classify", "herd"])[0];
    assert_eq!((&again["looked_at"], &again["labels"]), (&3.into(), &serde_json::json!({})), "{again}");
    let table = |name: &str| {
        assert!(place.run(&["export-table", "herd", name]).status.success());
        fs::read_to_string(place.path(name)).unwrap()
    };
    assert_eq!(table("one.csv").matches(",right,").count(), 3);

    // Whoever asks gets its word too, with how sure it is; one who says it is not asked.
    write_animal(&place, "asked.jpg", 950, "right", KINDS[1].1);
    let answer = |more: &[&str]| {
        let output = place.run(&[&["identify", "herd", "asked.jpg", "--json"], more].concat());
        lines_of_json(&output).remove(0)
    };
    let asked = answer(&[]);
    assert_eq!(asked["viewpoint"], "right", "{asked}");
    assert_eq!(asked["said_by_models"][0]["label"], "viewpoint");
    assert!(asked["said_by_models"][0]["confidence"].as_f64().unwrap() > 0.5);
    assert_eq!(answer(&["--viewpoint", "left"]).get("said_by_models"), None);

    // Another one takes the place of the first, what it said is put right, and all of it can be undone.
    train(&place, "asked.csv", "viewpoint", "runs/other");
    let other = &place.json(&["classify", "herd", "--with", "runs/other"])[0];
    assert_eq!(other["looked_at"], 3, "{other}");
    assert!(other["classifiers"][0].as_str().unwrap().starts_with("other@"));
    let entry = other["entry"].as_str().unwrap();
    assert!(place.run(&["undo", "herd", entry]).status.success());

    // A file that is another photo by now says nothing of the one that was taken in.
    write_animal(&place, "new/3.jpg", 990, "left", KINDS[2].1);
    let changed = place.run(&["classify", "herd"]);
    assert_eq!(changed.status.code(), Some(3), "{}", text(&changed.stdout));
    assert!(text(&changed.stderr).contains("other bytes"), "{}", text(&changed.stderr));

    let none = &place.json(&["classify", "herd", "--none"])[0];
    assert_eq!(none["classifiers"], serde_json::json!([]));
    assert_eq!(answer(&[]).get("viewpoint"), None);
}

#[test]
fn a_catalog_teaches_a_classifier_with_what_people_said_alone() {
    let place = workplace();
    train(&place, "known.csv", "viewpoint", "runs/side");
    assert!(
        place.run(&["init", "herd", "--no-local-features", "--classifier", "runs/side"]).status.success()
    );
    assert!(place.run(&["ingest", "herd", "asked.csv", "--no-calibrate"]).status.success());
    // Four more, of which only the classifier says something.
    for number in 0..4_u64 {
        write_animal(&place, &format!("photos/new{number}.jpg"), 900 + number, "left", KINDS[0].1);
        let photo = format!("photos/new{number}.jpg");
        assert!(place.run(&["ingest", "herd", &photo, "--no-calibrate"]).status.success());
    }
    let learnt = train(&place, "herd", "viewpoint", "runs/own");
    assert_eq!(learnt["measured"]["animals"], 12, "{learnt}");
}

#[test]
fn what_cannot_be_learnt_or_asked_is_an_error_with_a_way_out() {
    let place = workplace();
    let refused = |arguments: &[&str]| {
        let output = place.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
        text(&output.stderr)
    };
    fs::write(place.path("bare.csv"), "path,identity\nphotos/00left.jpg,a\n").unwrap();
    let said = refused(&["train", "bare.csv", "--task", "species"]);
    assert!(said.contains("a column `species`"), "{said}");
    assert!(!place.path("runs").exists(), "nothing is made before all has proved right");
    fs::write(place.path("few.csv"), "path,identity,species\nphotos/00left.jpg,a,deer\n").unwrap();
    let said = refused(&["train", "few.csv", "--task", "species", "--run", "runs/few"]);
    assert!(said.contains("no species has photos of 3 individuals"), "{said}");
    let said = refused(&["train", "known.csv", "--task", "species", "--recipe", "head"]);
    assert!(said.contains("`--recipe` is for learning embeddings"), "{said}");

    train(&place, "known.csv", "viewpoint", "runs/side");
    let said = refused(&["train", "known.csv", "--task", "viewpoint", "--run", "runs/side"]);
    assert!(said.contains("there is a run already"), "{said}");
    let said = refused(&["train", "known.csv", "--bundle", "tiny", "--run", "runs/side"]);
    assert!(said.contains("there is a run already"), "an embedding would take its place: {said}");
    let said = refused(&["classify", "known.csv", "--with", "tiny"]);
    assert!(said.contains("an embedder"), "{said}");
    let said = refused(&["classify", "known.csv"]);
    assert!(said.contains("`--with`"), "{said}");
    let said = refused(&["classify", "known.csv", "--with", "runs/side", "--with", "again/side"]);
    assert!(said.contains("again/side"), "{said}");
    train(&place, "known.csv", "viewpoint", "again/side");
    let said = refused(&["classify", "known.csv", "--with", "runs/side", "--with", "again/side"]);
    assert!(said.contains("two classifiers tell the viewpoint"), "{said}");
    let said = refused(&["init", "other", "--bundle", "runs/side"]);
    assert!(said.contains("a classifier"), "{said}");
}

#[test]
fn a_classifier_that_is_gone_stops_no_answer_and_is_told() {
    let place = workplace();
    train(&place, "known.csv", "viewpoint", "runs/side");
    assert!(
        place.run(&["init", "herd", "--no-local-features", "--classifier", "runs/side"]).status.success()
    );
    assert!(place.run(&["ingest", "herd", "asked.csv", "--no-calibrate"]).status.success());
    let kept: Vec<_> = fs::read_dir(place.path("home/models"))
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("side")))
        .collect();
    assert!(!kept.is_empty(), "the catalog's classifier lies in the store");
    kept.iter().for_each(|path| fs::remove_dir_all(path).unwrap());
    let asked = place.run(&["identify", "herd", "photos/00left.jpg"]);
    assert!(asked.status.success(), "{}", text(&asked.stderr));
    assert!(text(&asked.stderr).contains("classifiers: they cannot serve"), "{}", text(&asked.stderr));
    let refused = place.run(&["ingest", "herd", "known.csv"]);
    assert_eq!(refused.status.code(), Some(1), "photos are not taken in half");
    assert!(text(&refused.stderr).contains("side"), "{}", text(&refused.stderr));
}
