//! `doctor` and `demo` on a machine where nothing is installed.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;

use crate::workplace::{Workplace, lines_of_json, text};

/// Runs the program where neither models nor pip nor npm can be found.
fn bare(workplace: &Workplace, arguments: &[&str]) -> Output {
    fs::create_dir_all(workplace.path("empty")).unwrap();
    let mut program = workplace.resight(arguments);
    program.env("RESIGHT_HOME", workplace.path("empty-home")).env("PATH", workplace.path("empty"));
    program.output().unwrap()
}

#[test]
fn the_doctor_finds_all_that_is_needed_where_nothing_is_installed() {
    let workplace = Workplace::new();
    let output = bare(&workplace, &["doctor", "--fast", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let found = &lines_of_json(&output)[0];
    assert_eq!(found["problems"].as_array().map(Vec::len), Some(0), "{}", found["problems"]);
    assert!(found["programs"].as_array().unwrap().iter().all(|program| program["called"].is_null()));
    assert!(found["speed"].is_null());
    assert!(!workplace.path("empty-home").exists(), "looking makes nothing");
    let runtimes = found["runtimes"].as_array().unwrap();
    let serving: Vec<&str> = runtimes
        .iter()
        .filter(|runtime| runtime["serves"] == true)
        .map(|runtime| runtime["name"].as_str().unwrap())
        .collect();
    assert!(serving.len() == 1 && serving[0].starts_with("rten"), "{serving:?}");
}

#[test]
fn the_doctor_measures_unless_told_not_to() {
    let workplace = Workplace::new();
    let output = workplace.run(&["doctor", "--json"]);
    let speed = &lines_of_json(&output)[0]["speed"];
    assert!(speed["photos_decoded_per_second"].as_f64().unwrap() > 0.0, "{speed}");
    assert!(speed["rows_searched_per_second"].as_f64().unwrap() > 0.0, "{speed}");
    assert!(speed["crops_embedded_per_second"].as_f64().unwrap() > 0.0, "{speed}");
}

#[test]
fn a_catalog_is_made_and_asked_where_nothing_is_installed() {
    let workplace = Workplace::new();
    let output = bare(&workplace, &["init", "herd"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let kept = fs::read_dir(workplace.path("empty-home/models")).unwrap();
    let names: BTreeSet<_> = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let carried = ["resight-base", "rootsift", "xfeat"].map(str::to_owned);
    assert_eq!(names, BTreeSet::from(carried), "the catalog's bundles outlive the program that carried them");
}

#[test]
fn the_demo_leaves_a_folder_alone_that_is_not_its_own() {
    let workplace = Workplace::new();
    fs::create_dir(workplace.path("thesis")).unwrap();
    fs::write(workplace.path("thesis/chapter.txt"), "years of work").unwrap();
    let output = bare(&workplace, &["demo", "thesis"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("resight demo FOLDER"), "{}", text(&output.stderr));
    assert_eq!(fs::read_dir(workplace.path("thesis")).unwrap().count(), 1);
}
