//! Evaluations of small tables with a network that knows nothing but colors.

mod colors;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use resight_core::{LearntPart, LearntPhoto, LearntRecord};
use resight_dataset::{SplitRule, read_source};
use resight_eval::{Hide, Protocol};
use serde_json::Value;
use tempfile::TempDir;

use self::colors::{Colors, Shot, colored, write_table};
use super::division::Division;
use super::{EvaluateRequest, Evaluation, Tools, html, measure};
use crate::{CancelToken, EngineError, Silent};

fn evaluate(
    request: &EvaluateRequest,
    network: &Colors,
    cache: Option<PathBuf>,
) -> Result<Evaluation, EngineError> {
    evaluate_trained(request, network, cache, &LearntRecord::default())
}

/// As [`evaluate`], with a network that has learnt something.
fn evaluate_trained(
    request: &EvaluateRequest,
    network: &Colors,
    cache: Option<PathBuf>,
    learnt: &LearntRecord,
) -> Result<Evaluation, EngineError> {
    let table = read_source(&request.source, &request.read)?;
    let division = Division::of(&table.rows, request)?;
    let detector = resight_model::WholePicture;
    let tools = Tools {
        embedder: network,
        detector: &detector,
        least_pixels: 8,
        cache,
        learnt,
        local: &[],
        closer: None,
        normaliser: None,
    };
    measure(request, table, &division, &tools, &Silent, &CancelToken::default())
}

/// Individuals of like color, each met in bursts: photos of one burst differ by less than individuals do.
fn bursts(individuals: u8, encounters: u8, photos: u8) -> Vec<Shot> {
    let mut shots = Vec::new();
    for (who, when, which) in (0..individuals).flat_map(|who| {
        (0..encounters).flat_map(move |when| (0..photos).map(move |which| (who, when, which)))
    }) {
        // The light of the encounter hides more than the individual shows.
        let light = (usize::from(who) * 5 + usize::from(when) * 11) % 17;
        let color = [
            90 + 2 * who + u8::try_from(light).expect("small"),
            60 + 7 * when + which,
            200 - 3 * who + which,
        ];
        shots.push(Shot {
            identity: Some(format!("w{who:02}")),
            encounter: Some(format!("{who}-{when}")),
            viewpoint: if when % 2 == 0 { "left" } else { "right" },
            date: format!("20{:02}-05-01", 10 + when),
            split: if when == 0 { "train" } else { "test" },
            color,
            seed: u64::from(who) * 10_000 + u64::from(when) * 100 + u64::from(which),
        });
    }
    shots
}

fn world(shots: &[Shot]) -> (TempDir, EvaluateRequest) {
    let folder = tempfile::tempdir().expect("a folder");
    let table = write_table(folder.path(), shots);
    let request = EvaluateRequest { replicates: 50, seed: 7, ..EvaluateRequest::of(table) };
    (folder, request)
}

fn value(evaluation: &Evaluation, name: &str) -> (f64, f64) {
    (evaluation.strict.metrics[name].value, evaluation.optimistic.metrics[name].value)
}

#[test]
fn bursts_flatter_and_the_strict_view_is_not_flattered() {
    let (_folder, request) = world(&bursts(12, 3, 3));
    let evaluation = evaluate(&request, &Colors::new(), None).expect("evaluated");
    for name in ["map@5", "top1", "top5", "balanced_accuracy"] {
        let (strict, optimistic) = value(&evaluation, name);
        assert!(strict <= optimistic, "{name}: {strict} and {optimistic}");
    }
    let (strict, optimistic) = value(&evaluation, "map@5");
    assert!(optimistic > 0.9 && strict < optimistic - 0.1, "{strict} and {optimistic}");
    let interval = evaluation.strict.metrics["map@5"];
    assert!(interval.low <= interval.value && interval.value <= interval.high);
    assert_eq!(evaluation.strict.n_answerable, 12 * 3 * 3);
}

#[test]
fn with_nothing_hidden_both_views_are_one() {
    let (_folder, request) = world(&bursts(6, 2, 2));
    let request = EvaluateRequest { hide: Hide::NOTHING, ..request };
    let evaluation = evaluate(&request, &Colors::new(), None).expect("evaluated");
    assert!(!evaluation.hides_something());
    assert_eq!(evaluation.strict, evaluation.optimistic);
}

#[test]
fn the_object_has_the_keys_that_are_promised() {
    let (_folder, request) = world(&bursts(12, 3, 2));
    let evaluation = evaluate(&request, &Colors::new(), None).expect("evaluated");
    let object = serde_json::to_value(evaluation.summary()).expect("an object");
    for key in
        ["protocol", "bundle", "hide", "n_photos", "n_queries", "n_answerable", "metrics", "optimistic"]
    {
        assert!(object.get(key).is_some(), "{key} in {object}");
    }
    assert_eq!(object["protocol"], "leave-one-out");
    assert_eq!(object["hide"], "encounter,duplicates");
    assert_eq!(object["n_photos"], 72);
    for view in [&object["metrics"], &object["optimistic"]["metrics"]] {
        for name in
            ["map@5", "top1", "top5", "top10", "map@5_new", "map_annotation", "balanced_accuracy", "ece"]
        {
            let interval = &view[name];
            let keys: Vec<&String> = interval.as_object().expect(name).keys().collect();
            assert_eq!(keys, ["high", "low", "value"], "{name}");
            assert!(interval["value"].as_f64().is_some_and(f64::is_finite), "{name}: {interval}");
        }
    }
    assert_eq!(object["failures"], Value::Array(Vec::new()));
}

#[test]
fn every_protocol_takes_the_rows_it_means() {
    let (_folder, request) = world(&bursts(10, 4, 1));
    let taking_part = |rule: SplitRule| {
        let request = EvaluateRequest { rule, ..request.clone() };
        let report = evaluate(&request, &Colors::new(), None).expect("evaluated").strict;
        (report.n_photos, report.n_queries, report.n_answerable)
    };
    assert_eq!(taking_part(SplitRule::LeaveOneOut), (40, 40, 40));
    assert_eq!(taking_part(SplitRule::ClosedSet { train_share: 0.75 }), (40, 10, 10));
    let column = SplitRule::Column { train: Vec::new(), test: Vec::new() };
    assert_eq!(taking_part(column), (40, 30, 30));
    let cut = resight_dataset::TimeCut::At("2013-01-01".parse().expect("a date"));
    assert_eq!(taking_part(SplitRule::TimeCutoff { cut }), (40, 10, 10));
    let (photos, queries, answerable) = taking_part(SplitRule::DisjointSet { test_share: 0.5 });
    assert_eq!((photos, queries), (20, 20), "the other side is for a learner");
    assert_eq!(answerable, 20);
    let (photos, queries, answerable) = taking_part(SplitRule::OpenSet { train_share: 0.6, new_share: 0.2 });
    assert_eq!(photos, 40);
    assert_eq!(queries - answerable, 8, "two individuals of ten are new");
}

#[test]
fn only_the_same_viewpoint_answers() {
    let (_folder, request) = world(&bursts(8, 2, 1));
    let same = resight_eval::Same { viewpoint: true, species: false };
    let request = EvaluateRequest { same, ..request };
    let report = evaluate(&request, &Colors::new(), None).map(|found| found.strict.n_answerable);
    assert_eq!(report.expect("evaluated"), 0, "each individual was seen once from either side");
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_goes_on() {
    let mut shots = bursts(6, 2, 2);
    shots[3].identity = None;
    let (folder, request) = world(&shots);
    let photo = |shot: usize| folder.path().join(format!("{shot}.png"));
    fs::write(photo(0), b"not a photo").expect("written");
    fs::remove_file(photo(1)).expect("removed");
    fs::write(photo(2), colored(4, 4, [9, 9, 9], 1)).expect("written");
    let evaluation = evaluate(&request, &Colors::new(), None).expect("evaluated");
    let about: Vec<&str> = evaluation.failures.iter().map(|failure| failure.about.as_str()).collect();
    let expected: Vec<String> = (0..3).map(|shot| photo(shot).display().to_string()).collect();
    assert_eq!(about, expected);
    assert!(evaluation.failures[2].message.contains('4'), "{:?}", evaluation.failures[2]);
    assert_eq!((evaluation.unidentified, evaluation.strict.n_photos), (1, 20));
    let page = html(&evaluation).expect("a page");
    assert!(page.contains("could not be used") && page.contains("1.png"));
}

#[test]
fn a_table_that_names_nobody_is_refused_with_a_hint() {
    let mut shots = bursts(2, 2, 1);
    shots.iter_mut().for_each(|shot| shot.identity = None);
    let (_folder, request) = world(&shots);
    let refused = evaluate(&request, &Colors::new(), None).expect_err("nobody is named");
    assert!(refused.to_string().contains("none of the 4 rows"), "{refused}");
    assert_eq!(refused.hint(), Some(&crate::Hint::IdentityColumn));
}

#[test]
fn hostile_tables_end_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let tables: [(&str, &[u8]); 7] = [
        ("empty", b""),
        ("binary", b"\0\0\0\0"),
        ("no path", b"identity,species\na,b\n"),
        ("only a head", b"path,identity\n"),
        ("ragged", b"path,identity\na.jpg\n,,,,\n"),
        ("never closed", b"path,identity\n\"a.jpg,b\n"),
        ("nothing there", b"path,identity\nno/such.jpg,a\nno/other.jpg,a\n"),
    ];
    for (name, bytes) in tables {
        let table = folder.path().join(format!("{name}.csv"));
        fs::write(&table, bytes).expect("written");
        let refused = evaluate(&EvaluateRequest::of(&table), &Colors::new(), None).expect_err(name);
        assert_ne!(refused.kind(), crate::ErrorKind::Internal, "{name}: {refused}");
        assert!(!refused.to_string().is_empty());
    }
}

#[test]
fn names_from_a_table_stay_text_on_the_page() {
    let mut shots = bursts(6, 3, 2);
    let hostile = "<script>alert('x')</script>";
    shots.iter_mut().filter(|shot| shot.identity.as_deref() == Some("w00")).for_each(|shot| {
        shot.identity = Some(hostile.to_owned());
        shot.encounter = shot.encounter.as_ref().map(|encounter| format!("<b>{encounter}"));
    });
    let (_folder, request) = world(&shots);
    let evaluation = evaluate(&request, &Colors::new(), None).expect("evaluated");
    let page = html(&evaluation).expect("a page");
    assert!(!page.contains("<script") && !page.contains("<b>0-"));
    assert!(page.contains("data:image/jpeg;base64,"), "mistakes are shown");
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org").count()
    );
    assert!(!page.contains("https://"));
}

#[test]
fn a_second_evaluation_embeds_nothing_and_says_the_same() {
    let (folder, request) = world(&bursts(6, 2, 2));
    let kept = Some(folder.path().join("kept"));
    let first = Colors::new();
    let before = evaluate(&request, &first, kept.clone()).expect("evaluated");
    assert_eq!(first.embedded.load(Ordering::Relaxed), 24);
    let second = Colors::new();
    let after = evaluate(&request, &second, kept.clone()).expect("evaluated");
    assert_eq!(second.embedded.load(Ordering::Relaxed), 0);
    assert_eq!((before.strict, before.optimistic), (after.strict, after.optimistic));
    fs::write(folder.path().join("0.png"), colored(32, 32, [1, 2, 3], 5)).expect("written");
    evaluate(&request, &second, kept).expect("evaluated");
    assert_eq!(second.embedded.load(Ordering::Relaxed), 1, "a photo that has changed is embedded anew");
}

#[test]
fn a_split_that_lost_photos_keeps_its_sides() {
    let table = Path::new("t.csv");
    let rows: Vec<resight_dataset::Row> = (0..6_u64)
        .map(|line| {
            let mut row = resight_dataset::Row::of_photo(line, line.to_string(), PathBuf::from("p"));
            row.identity = Some((line / 2).to_string());
            row.split = Some(if line % 2 == 0 { "train" } else { "test" }.to_owned());
            row
        })
        .collect();
    let rule = SplitRule::Column { train: Vec::new(), test: Vec::new() };
    let division =
        Division::of(&rows, &EvaluateRequest { rule, ..EvaluateRequest::of(table) }).expect("divided");
    let protocol = division.protocol(&[0, 1, 3, 4]);
    assert_eq!(protocol, Protocol::Split { queries: vec![1, 2], gallery: vec![0, 3] });
}

/// A record in which the photos of these identities were learnt, by their bytes.
fn learnt_of(request: &EvaluateRequest, is_learnt: impl Fn(&str) -> bool) -> LearntRecord {
    let table = read_source(&request.source, &request.read).unwrap();
    let learnt = table.rows.iter().filter(|row| is_learnt(row.identity.as_deref().unwrap_or_default()));
    LearntRecord::new(learnt.zip(0..).map(|(row, number)| LearntPhoto {
        photo: resight_imaging::photo_id(&fs::read(&row.path).unwrap()),
        individual: number,
        part: LearntPart::Train,
        look: None,
    }))
}

#[test]
fn what_the_bundle_has_learnt_is_told_and_does_not_ask() {
    let (_folder, request) = world(&bursts(12, 3, 1));
    let learnt = learnt_of(&request, |name| name < "w04");
    let evaluation = evaluate_trained(&request, &Colors::new(), None, &learnt).unwrap();
    let summary = evaluation.summary();
    assert_eq!((summary.n_learnt_photos, summary.n_learnt_individuals), (12, 4));
    let said: Vec<String> = summary.warnings.iter().map(|warning| warning.message.clone()).collect();
    assert!(said.iter().any(|said| said.starts_with("12 of 36 identified photos were learnt")), "{said:?}");
    let page = html(&evaluation).unwrap();
    assert!(page.contains("12 photos and 4 individuals"), "the page says it too");

    let untrained = evaluate(&request, &Colors::new(), None).unwrap().summary();
    assert_eq!((untrained.n_learnt_photos, untrained.n_learnt_individuals), (0, 0));
    assert!(untrained.warnings.iter().all(|warning| !warning.message.contains("learnt")));
}

#[test]
fn where_all_was_learnt_nothing_is_measured() {
    let (_folder, request) = world(&bursts(6, 3, 1));
    let learnt = learnt_of(&request, |_| true);
    let error = evaluate_trained(&request, &Colors::new(), None, &learnt).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::User);
    assert!(error.to_string().starts_with("nothing is left to ask: 18 photos"), "{error}");
    assert_eq!(error.hint(), Some(&crate::Hint::MeasureOnOthers));

    // Those that it learnt may answer, and one that it did not asks.
    let but_one = learnt_of(&request, |name| name != "w00");
    evaluate_trained(&request, &Colors::new(), None, &but_one).unwrap();
}
