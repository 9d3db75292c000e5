//! `status`, `verify` and `rebuild`: what a catalog says of itself, and how it is made good.

use std::fs;
use std::path::PathBuf;

use crate::workplace::{Workplace, text};

fn with_catalog() -> Workplace {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("named", 3, 2);
    workplace.json(&["ingest", "catalog", "named", "--kind", "folder-per-individual"]);
    workplace
}

fn segment(workplace: &Workplace) -> PathBuf {
    let bundle = fs::read_dir(workplace.catalog().join("vectors")).unwrap().next().unwrap().unwrap().path();
    let mut segments = fs::read_dir(bundle).unwrap().map(|entry| entry.unwrap().path());
    segments.find(|path| path.extension().is_some_and(|end| end == "f16")).unwrap()
}

#[test]
fn status_counts_what_is_there_and_says_what_to_do() {
    let workplace = with_catalog();
    fs::write(workplace.path("broken.jpg"), b"no photo").unwrap();
    assert_eq!(workplace.run(&["ingest", "catalog", "broken.jpg"]).status.code(), Some(3));
    let status = &workplace.json(&["status", "catalog"])[0];
    assert_eq!((&status["photos"], &status["individuals"]), (&6.into(), &3.into()));
    assert_eq!((&status["annotations"], &status["unidentified"]), (&6.into(), &0.into()));
    assert_eq!(status["bundles"][0]["missing"], 0);
    assert!(status["failures"][0]["about"].as_str().unwrap().ends_with("broken.jpg"));
    assert!(status["bundle_problem"].is_null());
    let advice = status["advice"].to_string();
    assert!(advice.contains("no probabilities yet"), "{advice}");
    let shown = workplace.run(&["status", "catalog"]);
    assert!(text(&shown.stdout).contains("individuals") && text(&shown.stderr).contains("broken.jpg"));
}

#[test]
fn status_says_when_the_model_is_gone_and_when_the_calibration_is_old() {
    let workplace = with_catalog();
    workplace.photos("more", 5, 2);
    let ingest = ["ingest", "catalog", "more", "--kind", "folder-per-individual", "--no-calibrate"];
    workplace.json(&ingest);
    fs::remove_dir_all(workplace.path("home")).unwrap();
    let status = &workplace.json(&["status", "catalog"])[0];
    assert!(status["bundle_problem"]["what"].as_str().unwrap().contains("tiny"), "{status}");
    let advice = status["advice"].to_string();
    assert!(advice.contains("fitted on 6 identified annotations, there are 10 now"), "{advice}");
    assert!(advice.contains("{\"do\":\"calibrate\"}") && !advice.contains("resight "), "{advice}");
    let for_people = text(&workplace.run(&["status", "catalog"]).stderr);
    assert!(for_people.contains("there are 10 now; `resight calibrate` does it"), "{for_people}");
}

#[test]
fn a_sound_catalog_is_said_to_be_sound_with_its_originals() {
    let workplace = with_catalog();
    let report = &workplace.json(&["verify", "catalog", "--originals"])[0];
    // An embedding and two rows of local features each.
    assert_eq!((&report["sound"], &report["embeddings"]), (&true.into(), &18.into()));
    assert_eq!((&report["originals_read"], &report["originals_lost"]), (&6.into(), &serde_json::json!([])));
}

#[test]
fn lost_and_changed_originals_are_warnings() {
    let workplace = with_catalog();
    fs::remove_file(workplace.path("named/animal-00/0.jpg")).unwrap();
    fs::write(workplace.path("named/animal-01/0.jpg"), b"something else").unwrap();
    assert!(
        workplace.run(&["verify", "catalog"]).status.success(),
        "they are not looked at unless asked for"
    );
    let output = workplace.run(&["verify", "catalog", "--originals"]);
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(said.contains("not there any more") && said.contains("other bytes"), "{said}");
}

#[test]
fn damaged_embeddings_are_found_and_made_again_and_the_answer_stays() {
    let workplace = with_catalog();
    let identify = ["identify", "catalog", "named/animal-02/1.jpg"];
    let before = workplace.json(&identify);
    let segment = segment(&workplace);
    let mut bytes = fs::read(&segment).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x40;
    fs::write(&segment, bytes).unwrap();
    let found = workplace.run(&["verify", "catalog", "--json"]);
    assert_eq!(found.status.code(), Some(1));
    assert!(text(&found.stdout).contains("\"vectors\""), "{}", text(&found.stdout));
    let rebuilt = &workplace.json(&["rebuild", "catalog"])[0];
    assert!(rebuilt["repaired"][0]["lost"].as_u64().unwrap() >= 1, "{rebuilt}");
    assert_eq!(rebuilt["problems"], serde_json::json!([]));
    assert!(workplace.run(&["verify", "catalog"]).status.success());
    assert_eq!(workplace.json(&identify)[0]["candidates"], before[0]["candidates"]);
}

#[test]
fn all_that_is_derived_can_be_deleted_and_made_again() {
    let workplace = with_catalog();
    for derived in ["vectors", "thumbs"] {
        fs::remove_dir_all(workplace.catalog().join(derived)).unwrap();
    }
    assert_eq!(workplace.run(&["verify", "catalog"]).status.code(), Some(1));
    let rebuilt = &workplace.json(&["rebuild", "catalog"])[0];
    assert_eq!((&rebuilt["thumbnails"], &rebuilt["reembedded"]["embedded"]), (&6.into(), &6.into()));
    assert!(workplace.run(&["verify", "catalog"]).status.success());
    let again = &workplace.json(&["rebuild", "catalog"])[0];
    assert_eq!((&again["thumbnails"], &again["reembedded"]), (&0.into(), &serde_json::Value::Null));
}

#[test]
fn what_cannot_be_rebuilt_is_named() {
    let workplace = with_catalog();
    fs::remove_dir_all(workplace.catalog().join("thumbs")).unwrap();
    fs::remove_file(workplace.path("named/animal-00/0.jpg")).unwrap();
    let output = workplace.run(&["rebuild", "catalog"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("animal-00"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("missing-thumbnail"), "{}", text(&output.stdout));
}

#[test]
fn a_folder_that_is_no_catalog_is_said_to_be_none() {
    let workplace = Workplace::new();
    for command in ["status", "verify", "rebuild"] {
        let output = workplace.run(&[command, "nowhere"]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(text(&output.stderr).contains("resight init"), "{command}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}
