//! A table taken in by shares, and catalogs put together.

use std::fs;

use serde_json::Value;

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
