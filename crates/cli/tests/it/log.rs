//! `--log`: what each stage took.

use crate::study::World;

/// Runs a command and returns what it writes to standard error.
fn complaint(world: &World, arguments: &[&str]) -> String {
    let (code, complaint) = world.complaint(arguments);
    assert_eq!(code, 0, "{arguments:?}: {complaint}");
    complaint
}

fn says_what_each_took(log: &str, stages: &[&str]) {
    for stage in stages {
        let mut lines = log.lines().filter(|line| line.contains("close") && line.contains("time.busy="));
        let named = |line: &str| line.split([' ', ':', '{']).any(|word| word == *stage);
        assert!(lines.any(named), "{stage} is missing:\n{log}");
    }
}

#[test]
fn every_stage_of_an_answer_is_named_with_the_time_it_took() {
    let world = World::new(4, 2);
    let photo = world.new_photo(1, 40);
    let log = complaint(&world, &["identify", "zebras", &photo, "--add", "--log", "debug"]);
    let stages = ["read", "decode", "detect", "crop", "embed", "search", "decide", "write", "identify"];
    says_what_each_took(&log, &stages);
    assert!(!log.contains("study/photos") && !log.contains("Bo"), "numbers alone: {log}");
}

#[test]
fn rooms_and_levels_narrow_it() {
    let world = World::new(4, 2);
    let photo = world.new_photo(1, 40);
    let whole = complaint(&world, &["identify", "zebras", &photo, "--log", "info"]);
    assert!(whole.contains("identify") && !whole.contains("decode"), "{whole}");
    let room = complaint(&world, &["identify", "zebras", &photo, "--log", "resight_catalog=debug"]);
    assert!(room.contains("search") && !room.contains("decode"), "{room}");
    let (code, refused) = world.complaint(&["identify", "zebras", &photo, "--log", "loud"]);
    assert!(code == 2 && refused.contains("none of off, error, warn, info, debug, trace"), "{refused}");
}

#[test]
fn without_it_nothing_is_said() {
    let world = World::new(4, 2);
    let photo = world.new_photo(1, 40);
    assert_eq!(complaint(&world, &["identify", "zebras", &photo, "--quiet"]), "");
    let answer = world.text(&["identify", "zebras", &photo]);
    assert_eq!(
        world.text(&["identify", "zebras", &photo, "--log", "debug"]),
        answer,
        "the answer is as it was"
    );
}
