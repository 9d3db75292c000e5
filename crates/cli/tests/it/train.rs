//! `train`, its companions and `tune`, on made-up animals: head depth with a network of one layer.

use std::fs;
use std::path::PathBuf;

use resight_files::{FolderKind, FolderMark, HeldFolder};
use resight_testkit::bundles::PROJECTION;
use serde_json::Value;

use crate::study::{RECIPE, World};

/// Twelve animals, met four times each, and the recipe.
fn world() -> World {
    let world = World::without_catalog(12, 4);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    world
}

const TRAIN: [&str; 4] = ["train", "study/metadata.csv", "--recipe", "quick.toml"];

/// A run at `runs/quick`, whose report is returned. Two exit codes are right: the doctor may see an alarm.
fn trained(world: &World) -> Value {
    let output = world.run(&[&TRAIN[..], &["--json"]].concat());
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!([Some(0), Some(3)].contains(&output.status.code()), "{complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "one value and nothing else: {text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_table_becomes_a_bundle_with_log_and_page_and_the_test_is_asked() {
    let world = world();
    let report = trained(&world);
    assert_eq!(report["end"]["reason"], "done");
    assert!(report["bundle"][0].as_str().unwrap().starts_with("quick@"), "{report}");
    assert!(report["test"]["queries"].as_u64().unwrap() > 0, "{report}");
    let map5 = report["end"]["validation"]["map5"].as_f64().unwrap();
    assert!(
        (0.0..=1.0).contains(&map5) && map5 > 0.2,
        "these animals are told apart by their pixels: {map5}"
    );
    let run = world.path("runs/quick");
    for file in
        ["recipe.toml", "log.jsonl", "division.csv", "report.html", "result.json", "bundle/model.onnx"]
    {
        assert!(run.join(file).is_file(), "{file}");
    }
    let epochs = log(&world, "runs/quick").into_iter().filter(|record| record["kind"] == "epoch").count();
    assert_eq!(epochs, 4, "the state before the first step, and three epochs");
}

fn log(world: &World, run: &str) -> Vec<Value> {
    let text = fs::read_to_string(world.path(run).join("log.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_same_table_and_recipe_give_the_same_bundle() {
    let (one, other) = (world(), world());
    let id = |world: &World| trained(world)["bundle"][0].as_str().unwrap().to_owned();
    assert_eq!(id(&one), id(&other));
}

#[test]
fn a_catalog_is_learnt_from_brought_over_to_the_bundle_and_identifies_with_it() {
    let world = World::new(12, 4);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    let output = world.run(&["train", "zebras", "--recipe", "quick.toml", "--run", "runs/own", "--json"]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(world.path("runs/own/table.csv").is_file());
    let start = &log(&world, "runs/own")[0];
    assert!(start["n_photos"].as_u64().unwrap() >= 20, "{start}");

    assert_eq!(world.code(&["reembed", "zebras", "--bundle", "runs/own"]), 0);
    let id = report["bundle"][0].as_str().unwrap();
    let status = &world.json(&["status", "zebras"])[0];
    assert!(status["bundle_problem"].is_null(), "{status}");
    assert!(status.to_string().contains(id), "{status}");
    // The catalog needs neither the run nor its folder any more.
    fs::remove_dir_all(world.path("runs")).unwrap();
    let photo = world.new_photo(3, 9);
    let answer = &world.json(&["identify", "zebras", &photo])[0];
    assert!(!answer["candidates"].as_array().unwrap().is_empty(), "{answer}");
    // The former bundle's embeddings are kept until somebody lets them go.
    let of_bundles = || fs::read_dir(world.path("zebras/vectors")).unwrap().count();
    assert_eq!((status["bundles"].as_array().unwrap().len(), of_bundles()), (4, 4));
    let report = &world.json(&["reembed", "zebras", "--drop-others"])[0];
    assert!(report["dropped"][0].as_str().unwrap().starts_with(PROJECTION), "{report}");
    assert_eq!(
        (world.json(&["status", "zebras"])[0]["bundles"].as_array().unwrap().len(), of_bundles()),
        (3, 3)
    );
    assert_eq!(world.code(&["verify", "zebras"]), 0);
    assert_eq!(&world.json(&["identify", "zebras", &photo])[0]["candidates"], &answer["candidates"]);
}

#[test]
fn a_second_run_of_the_same_name_serves_a_catalog_beside_the_first() {
    let world = World::new(8, 3);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    for (run, seed) in [("runs/a", "seed=1"), ("runs/b", "seed=2")] {
        let command =
            ["train", "study/metadata.csv", "--recipe", "quick.toml", "--set", seed, "--run", run, "--quiet"];
        assert!([0, 3].contains(&world.code(&command)));
        assert_eq!(world.code(&["reembed", "zebras", "--bundle", run]), 0);
    }
    let photo = world.new_photo(2, 9);
    assert_eq!(world.json(&["identify", "zebras", &photo]).len(), 1);
    let names: Vec<String> = models(&world);
    assert!(names.contains(&"quick".to_owned()) && names.contains(&"quick-2".to_owned()), "{names:?}");
}

fn models(world: &World) -> Vec<String> {
    let folders = fs::read_dir(world.path("home/models")).unwrap();
    folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_run_that_is_there_is_neither_overwritten_nor_touched() {
    let world = World::new(8, 3);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    let command = ["train", "zebras", "--recipe", "quick.toml", "--quiet"];
    assert!([0, 3].contains(&world.code(&command)));
    let table = world.path("runs/quick/table.csv");
    fs::write(&table, "as it was").unwrap();
    let (code, complaint) = world.complaint(&["train", "zebras", "--recipe", "quick.toml"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("--resume") && complaint.contains("runs/quick"), "{complaint}");
    assert_eq!(fs::read_to_string(&table).unwrap(), "as it was");
}

#[test]
fn a_finished_run_is_resumed_to_the_same_end_and_an_unknown_one_refused() {
    let world = world();
    let first = trained(&world);
    let output = world.run(&["train", "--resume", "runs/quick", "--json"]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    let again: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(again["bundle"][0], first["bundle"][0]);
    assert_eq!(again["end"]["validation"], first["end"]["validation"]);
    let (code, complaint) = world.complaint(&["train", "--resume", "runs/none"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("runs/none"), "{complaint}");
    for change in [["--set", "schedule.epochs=9"], ["--recipe", "head"], ["--preview", "views.png"]] {
        let (code, complaint) =
            world.complaint(&[&["train", "--resume", "runs/quick"][..], &change].concat());
        assert!(code == 2 && complaint.contains("cannot be used with"), "{complaint}");
    }
}

#[test]
fn a_run_that_was_stopped_while_its_photos_were_looked_at_is_taken_up() {
    let world = world();
    let first = trained(&world);
    // What a kill before the first step leaves behind.
    for entry in fs::read_dir(world.path("runs/quick")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap();
        } else if !["request.json", "division.csv", ".resight"].iter().any(|name| path.ends_with(name)) {
            fs::remove_file(&path).unwrap();
        }
    }
    let output = world.run(&["train", "--resume", "runs/quick", "--json"]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    let again: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(again["bundle"][0], first["bundle"][0]);
}

#[test]
fn a_run_that_another_process_prepares_is_left_alone() {
    let world = world();
    let _held = HeldFolder::claim(FolderMark(FolderKind::Run), &world.path("runs/quick")).unwrap();
    for command in [&TRAIN[..], &["train", "--resume", "runs/quick"]] {
        let (code, complaint) = world.complaint(command);
        assert!(code == 1 && complaint.contains("another process trains in this folder"), "{complaint}");
    }
    assert!(!world.path("runs/quick/division.csv").exists());
}

#[test]
fn a_preview_of_a_catalog_writes_nothing_but_its_picture() {
    let world = World::new(8, 3);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    fs::write(world.path("table.csv"), "somebody's labels").unwrap();
    assert_eq!(world.code(&["train", "zebras", "--recipe", "quick.toml", "--preview", "views.png"]), 0);
    assert!(world.path("views.png").is_file());
    assert_eq!(fs::read_to_string(world.path("table.csv")).unwrap(), "somebody's labels");
}

#[test]
fn runs_are_compared_in_words_in_json_and_on_a_page() {
    let world = world();
    trained(&world);
    let longer = ["--run", "runs/longer", "--set", "schedule.epochs=5", "--quiet"];
    assert!([0, 3].contains(&world.code(&[&TRAIN[..], &longer[..]].concat())));
    let rows = world.json(&["train", "--compare", "runs/quick", "runs/longer"]);
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["best"]["map5"].is_number()), "{rows:?}");
    let shown = world.text(&["train", "--compare", "runs/quick", "runs/longer", "--html", "both.html"]);
    assert!(shown.contains("MAP@5") && shown.contains("runs/longer"), "{shown}");
    assert!(fs::read_to_string(world.path("both.html")).unwrap().contains("runs/longer"));
    let (code, complaint) = world.complaint(&["train", "--compare", "runs/quick", "study"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("study"), "{complaint}");
}

#[test]
fn the_doctor_sees_a_sampler_that_brings_no_pairs() {
    // Two photos an animal: of a batch of four, hardly one in thirty has its partner beside it.
    let world = World::without_catalog(60, 2);
    let recipe = format!("{RECIPE}loss = {{ kind = \"triplet\" }}\n").replace("batch = 16", "batch = 4");
    fs::write(world.path("quick.toml"), recipe).unwrap();
    let code = world.code(&[&TRAIN[..], &["--question", "new", "--test-share", "0", "--quiet"]].concat());
    assert_eq!(code, 3, "an alarm is a reason to look");
    let output = world.run(&["train", "doctor", "runs/quick", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stdout).unwrap();
    let findings: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found = findings.iter().find(|finding| finding["ailment"] == "almost-no-positives");
    assert!(found.is_some_and(|finding| finding["severity"] == "alarm"), "{text}");
    let shown = world.run(&["train", "doctor", "runs/quick"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("alarm"), "{shown:?}");
    let (code, complaint) = world.complaint(&["train", "doctor", "study"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("no run is there"), "{complaint}");
}

#[test]
fn a_mistyped_key_is_refused_with_the_one_that_was_meant_before_anything_is_written() {
    let world = world();
    for (change, meant) in [("schedule.epoch=3", "`epochs`"), ("optimizer.rat=3.0", "`rate`")] {
        let (code, complaint) = world.complaint(&[&TRAIN[..], &["--set", change]].concat());
        assert_eq!(code, 1, "{complaint}");
        assert!(complaint.contains(meant), "{complaint}");
    }
    let (code, complaint) = world.complaint(&["train", "study/metadata.csv", "--recipe", "haed"]);
    assert!(code == 1 && complaint.contains("head, tail, tail-strong, full"), "{complaint}");
    let (code, complaint) = world.complaint(&["train"]);
    assert!(code == 1 && complaint.contains("--resume"), "{complaint}");
    let (code, complaint) = world.complaint(&["train", "study/none.csv", "--recipe", "quick.toml"]);
    assert!(code == 1 && complaint.contains("study/none.csv"), "{complaint}");
    fs::create_dir_all(world.path("named/zebra-1")).unwrap();
    fs::write(world.path("named/zebra-1/a.jpg"), "no photo").unwrap();
    let (code, complaint) = world.complaint(&["train", "named", "--recipe", "quick.toml"]);
    assert!(code == 1 && complaint.contains("--kind folder-per-individual"), "{complaint}");
    assert!(!world.path("runs").exists());
}

#[test]
fn a_preview_is_a_picture_and_begins_no_run() {
    let world = world();
    assert_eq!(world.code(&[&TRAIN[..], &["--preview", "views.png"]].concat()), 0);
    let bytes = fs::read(world.path("views.png")).unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 1000);
    assert!(!world.path("runs").exists());
}

#[test]
fn a_bundle_that_does_not_exist_is_said_to_be_missing() {
    let world = world();
    let (code, complaint) = world.complaint(&[&TRAIN[..], &["--bundle", "efficientnet-lite0"]].concat());
    assert_eq!(code, 1);
    assert!(complaint.contains("resight models pull efficientnet-lite0"), "{complaint}");
    assert!(models(&world) == [PROJECTION]);
}

const TUNE: [&str; 6] = ["tune", "study/metadata.csv", "--recipe", "quick.toml", "--trials", "5"];

#[test]
fn a_search_writes_a_recipe_that_trains_and_the_same_command_goes_on_where_it_was() {
    let world = world();
    let report = &world.json(&TUNE)[0];
    assert!(report["stopped"].is_null() && report["ranges"].as_array().unwrap().len() >= 4, "{report}");
    let trials = report["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 5);
    let trainings = |trial: &Value| trial["trainings"].as_array().unwrap().len();
    let given = trials.iter().find(|trial| trial["number"] == 0).unwrap();
    assert_eq!(trainings(given), 3, "the given recipe stays to the end: {report}");
    assert!(trials.iter().any(|trial| trainings(trial) == 1), "{report}");
    let longest = trials[0]["trainings"].as_array().unwrap().last().unwrap();
    assert_eq!(longest["epochs"], 3);
    assert_eq!(report["best"], trials[0]["number"]);

    let written = fs::read_to_string(world.path("runs/quick-tune/best.toml")).unwrap();
    assert!(written.contains("# Searched") && written.contains("test photos were not asked"), "{written}");
    let trial_runs = || fs::read_dir(world.path("runs/quick-tune/trials")).unwrap().count();
    let log = log_of_a_trial(&world);
    let length = || fs::metadata(&log).unwrap().len();
    let before = (trial_runs(), length());
    let again = &world.json(&TUNE)[0];
    assert_eq!(again["best"], report["best"]);
    assert_eq!((trial_runs(), length()), before, "what is over is read, not trained again");

    let best = "runs/quick-tune/best.toml";
    let command = ["train", "study/metadata.csv", "--recipe", best, "--quiet", "--run", "runs/best"];
    assert!([0, 3].contains(&world.code(&command)));
}

fn log_of_a_trial(world: &World) -> PathBuf {
    let trials = fs::read_dir(world.path("runs/quick-tune/trials")).unwrap();
    let mut trials: Vec<PathBuf> = trials.map(|trial| trial.unwrap().path()).collect();
    trials.sort();
    assert!(!trials[0].join("latest.safetensors").exists(), "checkpoints of what is over take no room");
    trials[0].join("log.jsonl")
}

#[test]
fn a_search_keeps_to_its_time_and_to_its_recipe() {
    let world = world();
    let hasty = world.run(&[&TUNE[..], &["--minutes", "0.0001", "--json"]].concat());
    let report: Value = serde_json::from_slice(&hasty.stdout).unwrap();
    assert_eq!((hasty.status.code(), &report["stopped"]), (Some(3), &"time".into()), "{report}");
    assert!(report["recipe"].is_null());
    let (code, complaint) = world.complaint(&[&TUNE[..], &["--set", "seed=7"]].concat());
    assert_eq!(code, 1);
    assert!(complaint.contains("choose another folder"), "{complaint}");
    let (code, complaint) = world.complaint(&[&TUNE[..], &["--minutes", "-3"]].concat());
    assert!(code == 1 || code == 2, "{complaint}");
    let full =
        ["tune", "study/metadata.csv", "--recipe", "quick.toml", "--set", "depth=full", "--run", "runs/f"];
    let (code, complaint) = world.complaint(&full);
    assert!(code == 1 && complaint.contains("head or tail depth"), "{complaint}");
}

#[test]
fn what_a_bundle_has_learnt_is_no_evidence_afterwards() {
    let world = World::without_marks(40, 4);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    let before = &world.json(&["calibrate", "zebras"])[0];
    assert_eq!(
        (before["learnt"]["identified"].as_u64(), before["learnt"]["photos"].as_u64()),
        (Some(160), Some(0))
    );
    let output = world.run(&["train", "zebras", "--recipe", "quick.toml", "--run", "runs/own"]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("8 individuals with 32 photos are kept back as newcomers"), "{said}");
    let division = fs::read_to_string(world.path("runs/own/division.csv")).unwrap();
    let n = |part: &str| division.lines().filter(|line| line.ends_with(part)).count() as u64;
    assert_eq!(n(",newcomer"), 32);

    assert_eq!(world.code(&["reembed", "zebras", "--bundle", "runs/own"]), 0);
    let learnt = &world.json(&["calibrate", "zebras"])[0]["learnt"];
    assert_eq!(learnt["photos"].as_u64(), Some(n(",train")));
    assert_eq!(learnt["individuals"].as_u64(), Some(32));
    let sentence = format!("{} of 160 identified photos were learnt by this bundle", n(",train"));
    assert!(world.text(&["calibrate", "zebras"]).contains(&sentence));
    let status = &world.json(&["status", "zebras"])[0];
    assert!(status["advice"].to_string().contains(&sentence), "{status}");

    // The catalog remembers when run and bundle are gone, and whatever the animals are called.
    fs::remove_dir_all(world.path("home/models/quick")).unwrap();
    assert_eq!(world.json(&["calibrate", "zebras"])[0]["learnt"]["photos"].as_u64(), Some(n(",train")));

    let evaluated =
        world.json(&["evaluate", "study/metadata.csv", "--bundle", "runs/own", "--effort", "fast"]);
    assert_eq!(evaluated[0]["n_learnt_photos"].as_u64(), Some(n(",train")), "{}", evaluated[0]);
    assert_eq!(evaluated[0]["n_learnt_individuals"].as_u64(), Some(32));
}

#[test]
fn a_table_that_was_learnt_whole_is_not_evaluated() {
    let world = world();
    let table = fs::read_to_string(world.path("study/metadata.csv")).unwrap();
    trained(&world);
    let learnt = fs::read_to_string(world.path("runs/quick/division.csv")).unwrap();
    let learnt: Vec<&str> = learnt.lines().filter_map(|line| line.strip_suffix(",train")).collect();
    let is_learnt = |line: &&str| learnt.iter().any(|name| line.contains(name));
    let head = table.lines().next().unwrap();
    let kept: Vec<&str> = std::iter::once(head).chain(table.lines().skip(1).filter(is_learnt)).collect();
    assert_eq!(kept.len(), learnt.len() + 1, "{learnt:?}");
    fs::write(world.path("study/learnt.csv"), kept.join("\n")).unwrap();
    let (code, said) = world.complaint(&["evaluate", "study/learnt.csv", "--bundle", "runs/quick"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("nothing is left to ask"), "{said}");
}

#[test]
fn without_a_share_nobody_is_kept_back() {
    let world = world();
    let output = world.run(&[&TRAIN[..], &["--newcomer-share", "0"]].concat());
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!fs::read_to_string(world.path("runs/quick/division.csv")).unwrap().contains("newcomer"));
}
