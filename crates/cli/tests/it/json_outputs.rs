//! What `--json` writes, held fast: programs of strangers read it, so a field that is renamed must be meant.
//!
//! One snapshot a command beside this file, on made-up animals; what differs between machines and runs is put out of
//! sight first. A change that is meant is accepted as CONTRIBUTING.md says.

mod redact;

use std::fs;

use resight_testkit::animals::write_photo;
use resight_testkit::bundles::PROJECTION;
use serde_json::Value;

use self::redact::Redaction;
use crate::study::{RECIPE, World};

/// Runs a command and compares what it writes with the snapshot of that name. Exit code 3 is right as well: the
/// doctor of a run may see something.
fn holds(world: &World, name: &str, arguments: &[&str]) -> Vec<Value> {
    with(world, name, arguments, Redaction::of(&world.path("")))
}

fn with(world: &World, name: &str, arguments: &[&str], redaction: Redaction) -> Vec<Value> {
    let output = world.run(&[arguments, &["--json"]].concat());
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{arguments:?}: {complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown = Value::Array(lines.iter().map(|line| redaction.apply(line)).collect());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "json_outputs" }, {
        insta::assert_json_snapshot!(name, redact::short(shown));
    });
    lines
}

#[test]
fn of_a_catalog_and_its_questions() {
    let world = World::without_catalog(12, 3);
    let photo = |individual, meeting| world.new_photo(individual, meeting);
    holds(&world, "init", &["init", "zebras", "--bundle", PROJECTION]);
    fs::write(world.path("study/photos/broken.jpg"), "no photo").unwrap();
    let table = fs::read_to_string(world.path("study/metadata.csv")).unwrap();
    let broken = "broken,photos/broken.jpg,Ada,zebra,left,Ada-9,2024-05-09 12:00:00\n";
    fs::write(world.path("study/metadata.csv"), table + broken).unwrap();
    holds(&world, "ingest", &["ingest", "zebras", "study/metadata.csv", "--by", "Ada"]);
    holds(&world, "detect", &["detect", "study/metadata.csv", "--detector", "whole-picture"]);
    holds(&world, "calibrate", &["calibrate", "zebras"]);
    holds(&world, "identify", &["identify", "zebras", &photo(3, 40), &photo(14, 40)]);
    holds(
        &world,
        "identify_encounter",
        &["identify", "zebras", &photo(3, 40), &photo(3, 41), "--encounter", "--add"],
    );
    holds(&world, "status", &["status", "zebras"]);
    holds(&world, "verify", &["verify", "zebras"]);
    holds(&world, "rebuild", &["rebuild", "zebras"]);
    holds(&world, "reembed", &["reembed", "zebras"]);
    holds(&world, "root", &["root", "zebras"]);
    holds(&world, "export_table", &["export-table", "zebras", "out.csv"]);
}

#[test]
fn of_steps_and_the_journal() {
    let world = World::new(4, 3);
    let photo = |name: &str| format!("study/photos/{name}.jpg");
    holds(&world, "individual_list", &["individual", "list", "zebras"]);
    holds(&world, "individual_show", &["individual", "show", "zebras", "Ada"]);
    holds(&world, "individual_rename", &["individual", "rename", "zebras", "Ada", "Luna"]);
    holds(&world, "assign", &["assign", "zebras", &photo("Ada_0"), "Bo"]);
    holds(&world, "new", &["new", "zebras", &photo("Cy_0"), "--name", "Rex"]);
    holds(&world, "separate", &["separate", "zebras", &photo("Cy_1"), "--name", "Max"]);
    holds(&world, "merge", &["merge", "zebras", "Max", "Rex"]);
    holds(&world, "label", &["label", "zebras", &photo("Bo_0"), "--viewpoint", "left", "--quality", "good"]);
    holds(&world, "remove", &["remove", "zebras", &photo("Bo_1")]);
    holds(&world, "undo", &["undo", "zebras"]);
    holds(&world, "journal", &["journal", "zebras"]);
    holds(&world, "journal_step", &["journal", "zebras", "step-3"]);
}

#[test]
fn of_measuring() {
    let world = World::without_catalog(12, 3);
    let asked = ["evaluate", "study/metadata.csv", "--bundle", PROJECTION];
    holds(&world, "evaluate", &asked);
    holds(&world, "evaluate_open_set", &[&asked[..], &["--protocol", "open-set"]].concat());
    holds(&world, "audit", &["audit", "study/metadata.csv", "--bundle", PROJECTION]);
    write_photo(&world.path("asked"), 3, 40).unwrap();
    let submit = ["submit", "study/metadata.csv", "asked", "--bundle", PROJECTION, "--output", "s.csv"];
    holds(&world, "submit", &submit);
}

#[test]
fn of_models_and_the_machine() {
    let world = World::without_catalog(1, 1);
    holds(&world, "models_list", &["models", "list"]);
    holds(&world, "models_show", &["models", "show", PROJECTION]);
    holds(&world, "models_show_registry", &["models", "show", "efficientnet-lite0"]);
    holds(&world, "models_verify", &["models", "verify"]);
    let network = world.path("home/models").join(PROJECTION).join("model.onnx");
    fs::copy(network, world.path("own.onnx")).unwrap();
    holds(&world, "models_pack", &["models", "pack", PROJECTION, "own.resight"]);
    holds(&world, "models_add", &["models", "add", "own.onnx", "--name", "own", "--size", "16"]);
    holds(&world, "models_remove", &["models", "remove", "own"]);
    let machine = Redaction::of(&world.path("")).without_values();
    with(&world, "doctor", &["doctor"], machine);
}

#[test]
fn of_learning() {
    let world = World::without_catalog(12, 4);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    // What is learnt depends, in its last digits, on the processor, and which epoch was the best on them.
    let learnt = || Redaction::of(&world.path("")).without_values();
    let table = ["study/metadata.csv", "--recipe", "quick.toml"];
    with(&world, "train", &[&["train"], &table[..]].concat(), learnt());
    with(&world, "train_compare", &["train", "--compare", "runs/quick"], learnt());
    with(&world, "train_doctor", &["train", "doctor", "runs/quick"], learnt());
    with(&world, "tune", &[&["tune"], &table[..], &["--trials", "2"]].concat(), learnt());
    let ladder = ["train", "ladder", "--recipe", "quick.toml", "--from", "easy"];
    with(&world, "train_ladder", &ladder, learnt());
}

#[test]
fn of_the_demo() {
    let world = World::without_catalog(1, 1);
    with(&world, "demo", &["demo", "--small"], Redaction::of(&world.path("")).without_values());
}
