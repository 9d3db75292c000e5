//! Detectors from elsewhere: added, asked, measured, and used by a catalog.

use std::fs;
use std::path::{Path, PathBuf};

use resight_testkit::bundles::TINY;
use resight_testkit::skip::skipped;
use serde_json::Value;

use crate::workplace::{Workplace, lines_of_json, text, write_photo};

/// A network that finds two animals side by side and a person in every photo: `fixtures/reference/model/two_boxes.py` made it.
fn network() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/reference/model/two_boxes.onnx");
    path.display().to_string()
}

/// A workplace with two photos of 96 × 64 pixels and the detector `pair`.
fn workplace() -> Workplace {
    let place = Workplace::new();
    fs::write(place.path("labels.txt"), "person\nzebra\n").unwrap();
    fs::create_dir(place.path("photos")).unwrap();
    for number in 1..=2 {
        write_photo(&place.path(&format!("photos/p{number}.jpg")), number);
    }
    let network = network();
    let how = ["--purpose", "detector", "--boxes", "corners", "--labels", "labels.txt", "--animals", "zebra"];
    let added =
        place.run(&[&["models", "add", &network, "--name", "pair", "--size", "64"], &how[..]].concat());
    assert!(added.status.success(), "{}", text(&added.stderr));
    place
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn animals_are_found_written_and_taken_in_and_people_are_not() {
    let place = workplace();
    fs::create_dir(place.path("out")).unwrap();
    fs::write(place.path("photos/torn.jpg"), "no photo").unwrap();
    let arguments = ["detect", "photos", "--detector", "objects:pair", "--csv", "out/boxes.csv"];
    let others =
        ["--megadetector", "found.json", "--coco", "out/coco.json", "--picture", "found.jpg", "--json"];
    let output = place.run(&[&arguments[..], &others].concat());
    assert_eq!(output.status.code(), Some(3), "one of the photos is none: {}", text(&output.stderr));
    let found = lines_of_json(&output);
    let animals = found[0]["photos"][0]["found"].as_array().unwrap();
    assert_eq!(animals.len(), 2, "{found:?}");
    assert_eq!((&animals[0]["label"], &animals[0]["region"]["x"]), (&"zebra".into(), &6.0.into()));

    let written: Value = serde_json::from_slice(&fs::read(place.path("found.json")).unwrap()).unwrap();
    assert_eq!(written["detection_categories"], serde_json::json!({ "1": "animal", "4": "zebra" }));
    let first = &written["images"][0]["detections"][0];
    assert_eq!(numbers(&first["bbox"]), [0.0625, 0.125, 0.375, 0.75]);
    assert_eq!((&first["category"], &first["conf"]), (&"4".into(), &0.9.into()));

    let images = written["images"].as_array().unwrap();
    let torn: Vec<&Value> = images.iter().filter(|image| image.get("failure").is_some()).collect();
    assert!(images.len() == 3 && torn[0]["file"] == "photos/torn.jpg", "{written}");

    let coco: Value = serde_json::from_slice(&fs::read(place.path("out/coco.json")).unwrap()).unwrap();
    assert_eq!(
        numbers(&coco["annotations"][1]["bbox"]),
        numbers(&serde_json::json!([54.0, 8.0, 36.0, 48.0]))
    );
    assert_eq!(
        (&coco["annotations"][1]["image_id"], &coco["categories"][0]["name"]),
        (&1.into(), &"zebra".into())
    );
    assert!(fs::read(place.path("found.jpg")).unwrap().starts_with(&[0xff, 0xd8]));

    // Both files are sources themselves: the same animals.
    for (number, file) in [(0, "found.json"), (1, "out/coco.json")] {
        let name = format!("from-json-{number}");
        assert!(place.run(&["init", &name, "--bundle", TINY, "--no-local-features"]).status.success());
        let ingested = place.run(&["ingest", &name, file]);
        assert!(ingested.status.success(), "{}", text(&ingested.stderr));
        let status = &place.json(&["status", &name])[0];
        assert_eq!((&status["photos"], &status["annotations"]), (&2.into(), &4.into()), "{file}: {status}");
    }

    // The table is one that a catalog takes in, an animal a row.
    assert!(place.run(&["init", "herd", "--bundle", TINY, "--no-local-features"]).status.success());
    let ingested = place.run(&["ingest", "herd", "out/boxes.csv", "--json"]);
    assert!(ingested.status.success(), "{}", text(&ingested.stderr));
    let status = &place.json(&["status", "herd"])[0];
    assert_eq!((&status["photos"], &status["annotations"]), (&2.into(), &4.into()), "{status}");

    // What is there already stays.
    fs::write(place.path("mine.csv"), "my notes").unwrap();
    let refused = place.run(&["detect", "photos", "--detector", "objects:pair", "--csv", "mine.csv"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(fs::read(place.path("mine.csv")).unwrap(), b"my notes");
}

#[test]
fn a_catalog_finds_animals_by_the_detector_it_was_made_with() {
    let place = workplace();
    let made = ["init", "herd", "--bundle", TINY, "--no-local-features", "--detector", "objects:pair"];
    assert!(place.run(&made).status.success());
    assert!(place.run(&["ingest", "herd", "photos"]).status.success());
    let status = &place.json(&["status", "herd"])[0];
    assert_eq!((&status["photos"], &status["annotations"]), (&2.into(), &4.into()), "{status}");
    assert!(status["settings"]["detector"].as_str().unwrap().starts_with("objects:pair@"), "{status}");
    let answers = lines_of_json(&place.run(&["identify", "herd", "photos/p1.jpg", "--json"]));
    assert_eq!(answers.iter().filter(|answer| answer.get("decision").is_some()).count(), 2, "{answers:?}");
}

#[test]
fn a_detector_is_measured_by_the_boxes_of_a_table() {
    let place = workplace();
    // One animal where the detector sees it, one where it sees none; the second photo has the first animal alone.
    let table = "path,encounter,bbox\nphotos/p1.jpg,a,\"[6, 8, 36, 48]\"\nphotos/p1.jpg,a,\"[40, 0, 8, 8]\"\n\
                 photos/p2.jpg,b,\"[6, 8, 36, 48]\"\n";
    fs::write(place.path("drawn.csv"), table).unwrap();
    let found = &place.json(&["detect", "drawn.csv", "--detector", "objects:pair"])[0];
    let measured = &found["measured"];
    assert_eq!(
        (&measured["photos"], &measured["animals"], &measured["groups"]),
        (&2.into(), &3.into(), &2.into())
    );
    let value = |name: &str| measured[name]["value"].as_f64().unwrap();
    assert!(
        (value("recall") - 2.0 / 3.0).abs() < 1e-9 && (value("average_precision") - 2.0 / 3.0).abs() < 1e-9
    );
    let shown = place.run(&["detect", "drawn.csv", "--detector", "objects:pair"]);
    assert!(text(&shown.stdout).contains("against the table's 3 boxes"), "{}", text(&shown.stdout));
}

#[test]
fn what_a_detector_does_not_say_or_says_wrongly_is_an_error_with_a_way_out() {
    let place = workplace();
    let network = network();
    let add = |more: &[&str]| {
        let all =
            [&["models", "add", &network, "--name", "other", "--size", "64", "--purpose", "detector"], more];
        let refused = place.run(&all.concat());
        (refused.status.code(), text(&refused.stderr))
    };
    assert_eq!(add(&["--labels", "coco"]).0, Some(2), "the form of the boxes is not to be guessed");
    let (code, said) = add(&["--boxes", "corners", "--labels", "labels.txt", "--animals", "whale"]);
    assert!(code == Some(1) && said.contains("`whale` is none of the labels"), "{said}");
    let (code, said) = add(&["--boxes", "corners", "--labels", "no-such-file"]);
    assert!(code == Some(1) && said.contains("no-such-file"), "{said}");

    let (code, said) = add(&["--boxes", "corners", "--labels", "labels.txt"]);
    assert!(code == Some(1) && said.contains("`--animals deer,fox`"), "{said}");
    // Boxes of another form, or with other labels, are not taken for boxes.
    let (code, said) = add(&["--boxes", "yolov8", "--labels", "labels.txt", "--animals", "zebra"]);
    assert!(code == Some(1) && said.contains("for 2 labels"), "{said}");
    let as_embedder = ["models", "add", &network, "--name", "other", "--size", "64", "--boxes", "corners"];
    let refused = place.run(&as_embedder);
    assert!(text(&refused.stderr).contains("--purpose detector"), "{}", text(&refused.stderr));
    let unknown = place.run(&["detect", "photos", "--detector", "objects"]);
    assert!(text(&unknown.stderr).contains("`objects:NAME`"), "{}", text(&unknown.stderr));
}

#[test]
fn yolox_finds_zebras_on_real_photos() {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let Some(photos) = folder("RESIGHT_PHOTOS") else { return skipped("photos", "no real photos") };
    let (network, table) = (photos.join("models/yolox_nano.onnx"), photos.join("zebra_boxes/metadata.csv"));
    if !network.is_file() || !table.is_file() {
        return skipped("photos", "no photos of zebras, or no YOLOX-Nano");
    }
    let place = Workplace::new();
    let (network, table) = (network.display().to_string(), table.display().to_string());
    let how = [
        "--boxes",
        "yolox",
        "--labels",
        "coco",
        "--range",
        "byte",
        "--mean",
        "0,0,0",
        "--deviation",
        "1,1,1",
    ];
    let fit = ["--color", "bgr", "--resize", "letterbox", "--purpose", "detector"];
    let add =
        [&["models", "add", &network, "--name", "yolox-nano", "--size", "416"], &how[..], &fit[..]].concat();
    let added = place.run(&add);
    assert!(added.status.success(), "{}", text(&added.stderr));
    let as_yolov5: Vec<&str> =
        add.iter().map(|word| if *word == "yolox" { "yolov5" } else { word }).collect();
    let as_other = as_yolov5.iter().map(|word| if *word == "yolox-nano" { "other" } else { word });
    let refused = place.run(&as_other.collect::<Vec<_>>());
    assert!(text(&refused.stderr).contains("YOLOX alone has one a cell"), "{}", text(&refused.stderr));
    let found = &place.json(&["detect", &table, "--detector", "objects:yolox-nano"])[0];
    let precision = found["measured"]["average_precision"]["value"].as_f64().unwrap();
    assert!(precision > 0.8, "{}", found["measured"]);
}

/// A photo with an animal, a bright disc on a dull scene, at a place that the seed decides; its box.
fn write_field_photo(path: &Path, seed: u64) -> [f64; 4] {
    let (width, height) = (160_u32, 120_u32);
    let (x, y) = (30.0 + (seed * 37 % 90) as f64, 30.0 + (seed * 53 % 50) as f64);
    let mut photo = resight_testkit::photos::scene(width, height, seed);
    for (across, down, pixel) in photo.enumerate_pixels_mut() {
        pixel.0 = pixel.0.map(|value| value / 3);
        if (f64::from(across) - x).powi(2) + (f64::from(down) - y).powi(2) < 400.0 {
            pixel.0 = [240, 230, 90];
        }
    }
    fs::write(path, resight_imaging::encode_jpeg(&photo, 90).unwrap()).unwrap();
    [x - 20.0, y - 20.0, 40.0, 40.0]
}

#[test]
fn a_detector_is_learnt_from_boxes_and_finds_animals_in_other_photos() {
    let place = Workplace::new();
    fs::create_dir(place.path("photos")).unwrap();
    let table = |name: &str, seeds: std::ops::Range<u64>| {
        let mut text = "path,species,encounter,bbox\n".to_owned();
        for seed in seeds {
            let photo = format!("photos/{seed}.jpg");
            let drawn =
                write_field_photo(&place.path(&photo), seed).map(|number| number.to_string()).join(", ");
            text += &format!("{photo},red deer,{},\"[{drawn}]\"\n", seed / 2);
        }
        fs::write(place.path(name), text).unwrap();
    };
    table("drawn.csv", 0..16);
    table("others.csv", 16..24);
    let learn = |run: &str, threads: &str| {
        place
            .json(&["train", "drawn.csv", "--task", "detector", "--run", run, "--threads", threads])
            .remove(0)
    };
    let report = learn("runs/deer", "1");
    assert_eq!(
        (&report["label"], &report["photos"], &report["animals"]),
        (&"red_deer".into(), &16.into(), &16.into())
    );
    assert!(report["measured"]["recall"]["value"].as_f64().unwrap() > 0.7, "{report}");
    assert_eq!(
        learn("again/deer", "3")["bundle"][0],
        report["bundle"][0],
        "the same, bit for bit, with any number of threads"
    );

    let found = &place.json(&["detect", "others.csv", "--detector", "objects:runs/deer"])[0];
    let value = |name: &str| found["measured"][name]["value"].as_f64().unwrap();
    assert!(value("recall") > 0.7 && value("best_overlap") > 0.5, "{found}");
    assert_eq!(found["photos"][0]["found"][0]["label"], "red_deer");
    // What was learnt from is no evidence.
    let learnt = &place.json(&["detect", "drawn.csv", "--detector", "objects:runs/deer"])[0];
    assert_eq!((&learnt["learnt"], learnt.get("measured")), (&16.into(), None));

    let refused = |arguments: &[&str]| {
        let output = place.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        text(&output.stderr)
    };
    table("few.csv", 0..4);
    let said = refused(&["train", "few.csv", "--task", "detector", "--run", "runs/few"]);
    assert!(said.contains("10 at least"), "{said}");
    let unknown = ["train", "drawn.csv", "--task", "detector", "--run", "runs/tiny", "--bundle", TINY];
    assert!(refused(&unknown).contains("does not name an architecture"), "{}", refused(&unknown));
    assert!(
        place
            .run(&["init", "herd", "--detector", "objects:runs/deer", "--no-local-features"])
            .status
            .success()
    );
    let said = refused(&["train", "herd", "--task", "detector"]);
    assert!(said.contains("resight export-table"), "{said}");
}

#[test]
fn the_demo_of_many_finds_tells_apart_and_names_most_animals_of_field_photos() {
    let place = Workplace::new();
    let output = place.run(&["demo", "--many", "--small", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = &lines_of_json(&output)[0];
    let all = &said["kinds"]["all"];
    let share = |part: &str, of: &[&str]| {
        let of: f64 = of.iter().map(|of| all[*of].as_f64().unwrap()).sum();
        all[part].as_f64().unwrap() / of
    };
    assert!(share("found", &["animals"]) > 0.75, "{said}");
    assert!(share("kind_right", &["kind_right", "kind_wrong"]) > 0.9, "{said}");
    assert!(share("side_right", &["side_right", "side_wrong"]) > 0.9, "{said}");
    assert!(share("named_right", &["known"]) > 0.6, "{said}");
    for name in ["found.jpg", "answers.html"] {
        assert!(place.path("resight-demo-many").join(name).is_file(), "{name}");
    }
    // A plain demo does not take the folder for its own.
    assert_eq!(place.run(&["demo", "resight-demo-many"]).status.code(), Some(1));
}
