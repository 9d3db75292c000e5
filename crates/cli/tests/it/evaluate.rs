//! `resight evaluate` and `resight submit`.

use std::fs;
use std::process::Output;

use resight_testkit::bundles::TINY;

use crate::study::World;
use crate::workplace::{Workplace, lines_of_json, text, write_photo};

const FOLDERS: [&str; 6] = ["evaluate", "photos", "--kind", "folder-per-individual", "--bundle", TINY];

/// Eight individuals with three photos each.
fn workplace() -> Workplace {
    let place = Workplace::new();
    place.photos("photos", 8, 3);
    place
}

fn evaluate(place: &Workplace, more: &[&str]) -> Output {
    place.run(&[&FOLDERS, more].concat())
}

#[test]
fn json_is_one_object_and_nothing_else_even_where_photos_are_broken() {
    let place = workplace();
    fs::write(place.path("photos/animal-00/broken.jpg"), "no photo").unwrap();
    let output = evaluate(&place, &["--hide", "encounter", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let objects = lines_of_json(&output);
    assert_eq!(objects.len(), 1);
    let found = &objects[0];
    assert_eq!((&found["protocol"], &found["hide"]), (&"leave-one-out".into(), &"encounter".into()));
    assert_eq!((&found["n_photos"], &found["n_queries"]), (&24.into(), &24.into()));
    assert!(found["bundle"].as_str().unwrap().starts_with(TINY));
    for metrics in [&found["metrics"], &found["optimistic"]["metrics"]] {
        for name in ["map@5", "top1", "map@5_new"] {
            let value = metrics[name]["value"].as_f64().unwrap_or_else(|| panic!("{name}: {found}"));
            assert!(metrics[name]["low"].as_f64().unwrap() <= value, "{name}");
            assert!(metrics[name]["high"].as_f64().unwrap() >= value, "{name}");
        }
    }
    assert!(found["failures"][0]["about"].as_str().unwrap().ends_with("broken.jpg"));
}

#[test]
fn the_optimistic_answer_stands_beside_the_strict_one() {
    let place = workplace();
    let both = evaluate(&place, &[]);
    assert!(both.status.success(), "{}", text(&both.stderr));
    let shown = text(&both.stdout);
    assert!(shown.contains("strict") && shown.contains("optimistic") && shown.contains("map@5"), "{shown}");
    assert!(text(&both.stderr).contains("state neither encounter, date nor time"), "{}", text(&both.stderr));
    let one = text(&evaluate(&place, &["--hide", "none"]).stdout);
    assert!(one.contains("nothing hidden") && !one.contains("optimistic"), "{one}");
}

#[test]
fn the_page_is_written_beside_the_answer() {
    let place = workplace();
    let output = evaluate(&place, &["--html", "report.html", "--json"]);
    assert_eq!(lines_of_json(&output).len(), 1);
    let page = fs::read_to_string(place.path("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("(CMC)") && page.contains("animal-07"));
    let refused = evaluate(&place, &["--html", "no/such/folder/report.html"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("cannot write"), "{}", text(&refused.stderr));
}

#[test]
fn what_makes_no_sense_is_refused_before_the_work() {
    let place = workplace();
    let cases: [(&[&str], i32, &str); 5] = [
        (&["--hide", "none,encounter"], 1, "--hide none"),
        (&["--hide", "bursts"], 2, "bursts"),
        (&["--new-rate", "1"], 1, "between 0 and 1"),
        (&["--protocol", "time-cutoff", "--cut", "soon"], 1, "neither a date nor a share"),
        (&["--protocol", "time-cutoff"], 1, "are there dates"),
    ];
    for (arguments, code, says) in cases {
        let output = evaluate(&place, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let missing = place.run(&["evaluate", "no/such/table.csv", "--bundle", TINY]);
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn a_submission_answers_every_image() {
    let place = workplace();
    fs::create_dir(place.path("test_images")).unwrap();
    for image in 0..3 {
        write_photo(&place.path(&format!("test_images/{image}.jpg")), image * 1000 + 77);
    }
    fs::write(place.path("test_images/broken.jpg"), "no photo").unwrap();
    let arguments = ["photos", "test_images", "--output", "submission.csv", "--bundle", TINY];
    let output =
        place.run(&[&["submit", "--kind", "folder-per-individual", "--json"], &arguments[..]].concat());
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert_eq!(lines_of_json(&output)[0]["images"], 4);
    let written = fs::read_to_string(place.path("submission.csv")).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "image,predictions");
    assert_eq!(lines.len(), 5, "{written}");
    assert!(lines.contains(&"broken.jpg,new_individual"), "{written}");
    assert!(
        lines[1..].iter().all(|line| line.contains("animal-") || line.starts_with("broken")),
        "{written}"
    );
}

#[test]
fn a_catalog_is_measured_with_its_own_bundle_and_prices() {
    let world = World::new(12, 3);
    assert_eq!(world.code(&["calibrate", "zebras", "--price-ask", "0.2", "--new-rate", "0.4"]), 0);
    let summary = world.json(&["evaluate", "zebras"]).remove(0);
    assert!(summary["bundle"].as_str().unwrap().starts_with("projection"), "{}", summary["bundle"]);
    assert_eq!((&summary["policy"]["price_ask"], &summary["policy"]["new_rate"]), (&0.2.into(), &0.4.into()));
    assert_eq!(summary["n_queries"], 36);
    // It is called by its name, and its own folder is no place for a page.
    let told = world.run(&["evaluate", "zebras", "--html", "page.html"]);
    assert_eq!((told.status.code(), text(&told.stderr).contains("leads out")), (Some(0), false));
    let page = fs::read_to_string(world.path("page.html")).unwrap();
    assert!(page.contains("zebras") && !page.contains("table.csv"));
    let (code, complaint) = world.complaint(&["evaluate", "zebras", "--html", "zebras/thumbs/x.html"]);
    assert!(code == 1 && !world.path("zebras/thumbs/x.html").exists(), "{complaint}");
    let said = world.json(&["evaluate", "zebras", "--price-ask", "0.3", "--new-rate", "0.2"]).remove(0);
    assert_eq!((&said["policy"]["price_ask"], &said["policy"]["new_rate"]), (&0.3.into(), &0.2.into()));
}
