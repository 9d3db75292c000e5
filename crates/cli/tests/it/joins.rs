//! A table taken in by shares, and catalogs put together.

use std::fs;

use serde_json::Value;

use resight_testkit::bundles::PROJECTION;

use crate::study::World;

/// What a catalog says of photos: the decision, who comes first, and how alike each is. Probabilities hang on who is hidden in
/// turn, which goes by the order in which photos came.
fn answers(world: &World, catalog: &str) -> Vec<String> {
    let photos: Vec<String> = (0..6).map(|who| world.new_photo(who, 9)).collect();
    let asked = photos.iter().map(String::as_str);
    let command: Vec<&str> = ["identify", catalog].into_iter().chain(asked).collect();
    let candidate = |one: &Value| format!("{} {} {}", one["individual"], one["similarity"], one["evidence"]);
    let answer = |answer: &Value| {
        let candidates: Vec<String> =
            answer["candidates"].as_array().unwrap().iter().map(candidate).collect();
        format!("{} {} {candidates:?}", answer["photo"], answer["decision"])
    };
    world.json(&command).iter().map(answer).collect()
}

fn shares<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["shares", "zebras", "--of", "3"][..], more].concat()
}

fn ask<'a>(more: &[&'a str]) -> Vec<&'a str> {
    shares(&[more, &["--", "study/metadata.csv", "--by", "it's Ada"]].concat())
}

#[test]
fn a_script_takes_shares_in_and_joins_them_once_all_are_there() {
    let world = World::without_catalog(12, 3);
    fs::write(world.path("study/photos/no photo.jpg"), "text").unwrap();
    let mut table = fs::read_to_string(world.path("study/metadata.csv")).unwrap();
    table += "broken,photos/no photo.jpg,Ada,zebra,left,b,2024-05-01 12:00:00\n";
    fs::write(world.path("study/metadata.csv"), table).unwrap();
    assert_eq!(world.code(&["init", "zebras", "--bundle", PROJECTION]), 0);
    // What would fail in every share is told at once.
    for (words, said) in [
        ([ask(&["--script", "shell"]), vec!["--no-calibrate"]].concat(), "no place here"),
        ([ask(&["--script", "shell"]), vec!["--species", "?"]].concat(), "names nothing"),
        (shares(&["--script", "shell", "--", "gone.csv"]), "no such file: gone.csv"),
        (shares(&["--join"]), "3 of 3 shares: 1, 2, 3"),
    ] {
        let (code, complaint) = world.complaint(&words);
        assert!(code == 1 && complaint.contains(said), "{complaint}");
    }
    let ray = world.text(&ask(&["--script", "ray"]));
    assert!(ray.contains("share-3") && ray.contains("--join"), "{ray}");
    let slurm = world.text(&ask(&["--script", "slurm", "--scratch", "else where"]));
    assert!(slurm.contains("--array=1-3") && slurm.contains("afterok"), "{slurm}");

    // The first share is taken in before, on another disk.
    assert_eq!(world.code(&ask(&["--share", "1", "--scratch", "else where"])), 0);
    assert!(world.path("zebras-shares/1-of-3/catalog/catalog.sqlite").is_file());
    fs::write(world.path("shares.sh"), world.text(&ask(&["--script", "shell"]))).unwrap();
    let run = || {
        let mut command = std::process::Command::new("sh");
        command.arg("shares.sh").current_dir(world.folder.path());
        command.env("RESIGHT_HOME", world.path("home")).env("RESIGHT_RUNTIME", "rten");
        let done = command.output().unwrap();
        let told = [done.stdout, done.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        (done.status.code(), told)
    };
    let (code, told) = run();
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("share 1/3 is taken in already"), "{told}");
    assert!(told.contains("36 photos taken over") && told.contains("no photo.jpg"), "{told}");
    let (_, told) = run();
    assert!(told.contains("36 there already"), "{told}");
    assert_eq!(world.code(&["verify", "zebras"]), 0);

    // A share that was begun under other settings is not gone on with, and a stranger's folder is left alone.
    fs::remove_file(world.path("zebras-shares/2-of-3/done.json")).unwrap();
    fs::create_dir_all(world.path("zebras-shares/1-of-2")).unwrap();
    fs::write(world.path("zebras-shares/1-of-2/mine.txt"), "mine").unwrap();
    let stranger = ["shares", "zebras", "--of", "2", "--share", "1", "--", "study/metadata.csv"];
    let (code, complaint) = world.complaint(&stranger);
    assert!(code == 1 && complaint.contains("1-of-2"), "{complaint}");
    fs::write(world.path("types.toml"), "bundle = \"projection\"\n[types]\nequids = [\"zebra\"]\n").unwrap();
    assert_eq!(world.code(&["route", "set", "zebras", "types.toml"]), 0);
    let (code, complaint) = world.complaint(&ask(&["--share", "2"]));
    assert!(code == 1 && complaint.contains("set otherwise"), "{complaint}");
}

#[test]
fn shares_taken_in_apart_and_joined_are_the_catalog_that_one_process_makes() {
    let world = World::new(16, 3);
    for part in ["part-1", "part-2", "part-3"] {
        assert_eq!(world.code(&["init", part, "--like", "zebras"]), 0);
        let share = format!("{}/3", &part[5..]);
        let ingest = ["ingest", part, "study/metadata.csv", "--shard", &share, "--no-calibrate"];
        let report = &world.json(&ingest)[0];
        assert_eq!(report["stored"], 16, "{report}");
    }
    assert_eq!(world.code(&["init", "whole", "--like", "zebras"]), 0);
    let joined = &world.json(&["join", "whole", "part-1", "part-2", "part-3"])[0];
    assert_eq!(
        (&joined["stored"], &joined["identified"], &joined["individuals"]),
        (&48.into(), &48.into(), &16.into())
    );
    assert_eq!(joined["already_there"], 0);
    assert_eq!(world.code(&["verify", "whole"]), 0);
    // Nothing was looked at again, and nothing is missing.
    let status = &world.json(&["status", "whole"])[0];
    for bundle in status["bundles"].as_array().unwrap() {
        assert_eq!((&bundle["embeddings"], &bundle["missing"]), (&48.into(), &0.into()), "{bundle}");
    }
    assert_eq!(status["encounters"], world.json(&["status", "zebras"])[0]["encounters"]);
    assert_eq!(answers(&world, "whole"), answers(&world, "zebras"));
    // The same command again, as after an interruption.
    let again = &world.json(&["join", "whole", "part-1"])[0];
    assert_eq!((&again["stored"], &again["already_there"]), (&0.into(), &16.into()));
}

#[test]
fn what_people_said_comes_along_and_stands_before_a_table() {
    let world = World::new(4, 2);
    assert_eq!(
        world.code(&[
            "label",
            "zebras",
            "study/photos/Ada_0.jpg",
            "--viewpoint",
            "front",
            "--quality",
            "good"
        ]),
        0
    );
    assert_eq!(world.code(&["init", "whole", "--like", "zebras"]), 0);
    assert_eq!(world.code(&["join", "whole", "zebras", "--no-calibrate"]), 0);
    let table = |catalog: &str| {
        let file = format!("{catalog}.csv");
        world.text(&["export-table", catalog, &file]);
        let text = fs::read_to_string(world.path(&file)).unwrap();
        // Without the number of the annotation.
        let mut lines: Vec<String> =
            text.lines().map(|line| line.split_once(',').unwrap().1.to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(table("whole"), table("zebras"));
    // A table's word does not take a person's place, as it would not there.
    let report =
        &world.json(&["ingest", "whole", "study/metadata.csv", "--no-calibrate", "--take", "old"])[0];
    assert_eq!(report["offers"].as_array().unwrap().len(), 1, "{report}");
}

#[test]
fn catalogs_of_other_bundles_are_left_alone() {
    let world = World::new(4, 2);
    assert_eq!(world.code(&["init", "other"]), 0);
    let (code, complaint) = world.complaint(&["join", "other", "zebras"]);
    assert!(code == 1 && complaint.contains("another bundle") && complaint.contains("hint: "), "{complaint}");
    assert_eq!(world.json(&["status", "other"])[0]["photos"], 0);
    let (code, complaint) = world.complaint(&["join", "zebras", "nowhere"]);
    assert!(code == 1 && complaint.contains("nowhere"), "{complaint}");
}

#[test]
fn names_that_two_catalogs_made_up_are_two_animals() {
    let world = World::new(3, 2);
    assert_eq!(world.code(&["init", "boat", "--like", "zebras"]), 0);
    for (catalog, who) in [("zebras", 7), ("boat", 8)] {
        let photo = world.new_photo(who, 1);
        assert_eq!(world.code(&["ingest", catalog, &photo, "--no-calibrate"]), 0);
        assert!(world.text(&["new", catalog, &photo]).contains("new-0001"));
    }
    assert_eq!(world.code(&["join", "zebras", "boat", "--no-calibrate"]), 0);
    let names = world.text(&["individual", "list", "zebras"]);
    assert!(names.contains("new-0001 (boat)") && names.matches("new-0001").count() == 2, "{names}");
}
