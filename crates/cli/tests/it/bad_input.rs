//! Photos, tables and models that are not what they say: a clear failure or a right answer, never a crash.

use resight_testkit::photos::{Expected, make_corpus};

use crate::workplace::{Workplace, lines_of_json, text, write_photo};

#[test]
fn every_photo_of_the_hostile_corpus_is_stored_or_refused_as_it_should_be() {
    let workplace = Workplace::new();
    workplace.init();
    let corpus = make_corpus(&workplace.path("corpus"), 7).unwrap();
    let output = workplace.run(&["ingest", "catalog", "corpus", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let report = &lines_of_json(&output)[0];
    let failed: Vec<&str> =
        report["failures"].as_array().unwrap().iter().map(|f| f["about"].as_str().unwrap()).collect();
    for photo in &corpus {
        let name = photo.path.file_name().unwrap().to_string_lossy().into_owned();
        let refused = failed.iter().any(|path| path.ends_with(&name));
        // Files without the name of a photo may be left out by the reader of the folder; they are never stored.
        match photo.expected {
            Expected::Right(_) => assert!(!refused, "{name} was refused"),
            Expected::Failure(_) => assert!(refused || !is_called_a_photo(&name), "{name} was not refused"),
        }
    }
    let verified = workplace.run(&["verify", "catalog"]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

fn is_called_a_photo(name: &str) -> bool {
    [".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"].iter().any(|end| name.to_lowercase().ends_with(end))
}

#[test]
fn a_file_that_is_no_photo_is_not_identifiable_a_missing_one_is_told_and_the_others_are_answered() {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("named", 3, 2);
    workplace.json(&["ingest", "catalog", "named", "--kind", "folder-per-individual"]);
    std::fs::write(workplace.path("broken.jpg"), b"no photo").unwrap();
    write_photo(&workplace.path("good.jpg"), 1);
    let output = workplace.run(&["identify", "catalog", "broken.jpg", "missing.jpg", "good.jpg", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let answers = lines_of_json(&output);
    let decisions: Vec<&str> = answers.iter().map(|answer| answer["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["not-identifiable", "ask"]);
    assert!(answers[1]["new_probability"].is_null(), "too little to calibrate on");
    assert!(answers[1]["reason"].as_str().unwrap().contains("too little"));
    assert_eq!(answers[1]["candidates"].as_array().unwrap().len(), 3, "the ranking stands");
    let told = text(&output.stderr);
    assert!(told.contains("missing.jpg: there is no such file"), "{told}");
}

#[test]
fn a_missing_photo_alone_is_an_error_that_names_it() {
    let workplace = Workplace::new();
    workplace.init();
    let output = workplace.run(&["identify", "catalog", "missing.jpg", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("error: there is no such file: missing.jpg") && output.stdout.is_empty(), "{told}");
}

#[test]
fn errors_name_the_thing_and_say_what_to_do() {
    let workplace = Workplace::new();
    for (arguments, said) in [
        (vec!["identify", "nowhere", "a.jpg"], "resight init"),
        (vec!["init", "catalog", "--bundle", "efficientnet-lite0"], "resight models pull efficientnet-lite0"),
        (vec!["models", "add", "a.onnx", "--name", "resight-base", "--size", "224"], "another name"),
        (vec!["init", "catalog", "--bundle", "tinny"], "tiny"),
        (vec!["init", "catalog", "--bundle", "tiny", "--detector", "magic"], "whole-picture"),
        (vec!["init", "catalog", "--bundle", "tiny", "--new-rate", "2"], "new_rate"),
    ] {
        let output = workplace.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}: data on stdout");
    }
}

#[test]
fn hostile_models_are_refused() {
    let workplace = Workplace::new();
    std::fs::write(workplace.path("evil.pth"), b"\x80\x02cos\nsystem\nU\x04true\x85R.").unwrap();
    std::fs::write(workplace.path("junk.onnx"), [0xff_u8; 4096]).unwrap();
    std::fs::write(workplace.path("junk.resight"), b"PK\x03\x04 not a zip").unwrap();
    for source in ["evil.pth", "junk.onnx", "junk.resight"] {
        let output = workplace.run(&["models", "add", source, "--name", "x", "--size", "32"]);
        assert_eq!(output.status.code(), Some(1), "{source}: {}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with("error: "), "{source}: {}", text(&output.stderr));
    }
    let listed = workplace.json(&["models", "list"]);
    assert!(listed.iter().all(|model| model["name"] != "x"), "nothing of it stays");
}

#[test]
fn hostile_tables_are_warnings_or_errors() {
    let workplace = Workplace::new();
    workplace.init();
    write_photo(&workplace.path("a.jpg"), 1);
    let rows = "image_id,path,identity,bbox\n1,a.jpg,=cmd|' /C calc'!A0,\"[1, 2, __import__('os'), 4]\"\n2,gone.jpg,B,\n3,\0,C,\n4\n";
    std::fs::write(workplace.path("t.csv"), rows).unwrap();
    let output = workplace.run(&["ingest", "catalog", "t.csv", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let report = &lines_of_json(&output)[0];
    assert_eq!(report["stored"], 1);
    assert_eq!(report["left_out"].as_array().unwrap().len(), 3, "{report}");
    assert_eq!(report["warnings"].as_array().unwrap().len(), 1, "{report}");
    std::fs::write(workplace.path("binary.csv"), [0_u8; 5000]).unwrap();
    let output = workplace.run(&["ingest", "catalog", "binary.csv"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
}
