//! The whole job at head depth: from a table of photos to a bundle that answers.

use std::path::Path;

use resight_core::{LearntPart, LearntRecord};
use resight_dataset::{ReadOptions, Table, read_source};
use resight_model::{Bundle, RuntimeChoice, load_network};
use resight_runs::run::log::EndReason;
use resight_runs::run::{RESULT, best_beside};
use resight_synth::{CountRange, World, WorldSettings};
use resight_testkit::bundles::projection_bundle;
use resight_train::data::division::{Division, Part, Question, Shares, look_alikes};
use resight_train::job::TrainReport;

use crate::studies::{STUDY, divided, recipe, trained, trained_in_two_parts};

const LONGER: &str =
    "schedule = { epochs = 12 }\nvalidation = { background = true }\nneck = { dimension = 32 }";

#[test]
fn a_head_learns_and_its_bundle_answers_as_it_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut request = STUDY.request(recipe(LONGER), projection_bundle(), &run);
    request.table = easy_world(&folder.path().join("world"));
    request.division = divided(&request.table);
    let report = trained(&request).unwrap();
    assert_eq!(report.end.reason, EndReason::Done);
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    let (before, after) = (report.untrained, report.end.validation);
    println!("untrained {before:?}, learnt {after:?}, parity {:?}", report.parity);
    assert!(after.map5 > before.map5 + 0.01, "untrained {before:?}, learnt {after:?}");

    let (id, path) = report.bundle.unwrap();
    let bundle = Bundle::open(&path).unwrap().vouched();
    bundle.verify().unwrap();
    assert_eq!(bundle.id().to_string(), id);
    assert_eq!((bundle.manifest().dimension, bundle.manifest().name.as_str()), (32, "test"));
    let network = load_network(&bundle, RuntimeChoice::Rten, 1).unwrap();
    let answer = network.run(&[0.5; 3 * 16 * 16], 1).unwrap();
    assert_eq!(answer[0].values.len(), 32);
    let parity = report.parity.unwrap();
    assert!(parity.photos == 8 && parity.difference < 1e-3, "{parity:?}");

    let test = report.test.unwrap();
    assert!(test.queries > 40 && test.individuals == 35, "{test:?}");
    assert!(test.learnt.keys().eq(test.untrained.keys()) && !test.learnt.is_empty(), "{test:?}");
    assert!(is_result(&run) && run.join("report.html").is_file() && run.join("log.jsonl").is_file());
    let another = folder.path().join("another");
    assert_eq!(best_beside(&another, &report.asked), Some(after));
    assert_eq!(best_beside(&another, "other questions"), None);
}

/// The easy world of made-up animals, in small pictures, each animal met a few times more.
fn easy_world(folder: &Path) -> Table {
    let easy = WorldSettings::easy();
    let settings = WorldSettings { encounters: CountRange::between(4, 5), width: 160, height: 120, ..easy };
    World::new(1, settings).unwrap().write(folder, &|_, _| {}).unwrap();
    read_source(&folder.join("metadata.csv"), &ReadOptions::default()).unwrap()
}

fn is_result(run: &Path) -> bool {
    let text = std::fs::read(run.join(RESULT)).unwrap();
    let result: serde_json::Value = serde_json::from_slice(&text).unwrap();
    result["end"]["reason"] == "done" && result["bundle"][0].is_string() && result["test"]["queries"].is_u64()
}

#[test]
fn the_same_seed_makes_the_same_bundle_also_in_two_parts() {
    let folder = tempfile::tempdir().unwrap();
    let request = |changes: &str, name: &str| {
        STUDY.request(recipe(changes), projection_bundle(), &folder.path().join(name))
    };
    let made = |report: resight_train::job::TrainReport| {
        let (id, path) = report.bundle.unwrap();
        (id, std::fs::read(path.join("model.onnx")).unwrap())
    };
    let one = made(trained(&request("", "one")).unwrap());
    assert!(one == made(trained(&request("", "two")).unwrap()), "the same seed makes another bundle");
    let mut alone = request("", "alone");
    alone.threads = 1;
    assert!(one == made(trained(&alone).unwrap()), "one thread makes another bundle");
    assert!(one == made(trained_in_two_parts(request("", "parts"), 7)), "two parts make another bundle");
    let other = made(trained(&request("seed = 2", "other")).unwrap());
    assert!(one.0 != other.0 && one.1 != other.1, "another seed makes the same bundle");
}

#[test]
fn photos_that_cannot_be_used_are_left_out_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = STUDY.table.clone();
    let broken = folder.path().join("broken.jpg");
    let mut bytes = std::fs::read(&table.rows[3].path).unwrap();
    bytes.truncate(40);
    std::fs::write(&broken, bytes).unwrap();
    table.rows[3].path = broken.clone();
    table.rows[20].path = folder.path().join("missing.jpg");
    let mut request = STUDY.request(recipe(""), projection_bundle(), &folder.path().join("run"));
    request.division = divided(&table);
    request.table = table;
    let report = trained(&request).unwrap();
    assert_eq!(report.end.reason, EndReason::Done);
    let about: Vec<&str> = report.warnings.iter().map(|warning| warning.about.as_str()).collect();
    assert_eq!(about.len(), 2, "{about:?}");
    for name in ["missing.jpg", "broken.jpg"] {
        assert!(about.iter().any(|path| path.ends_with(name)), "{about:?}");
    }
}

#[test]
fn flip_policies_and_samplers_that_look_learn_from_photos() {
    let folder = tempfile::tempdir().unwrap();
    let policies = [
        ("twins", "views = { flip = \"mirrored-twin\" }"),
        (
            "twins-in-hard-pairs",
            "views = { flip = \"mirrored-twin\" }\nloss = { kind = \"contrastive\" }\nsampler = { kind = \"hard-pairs\" }",
        ),
        ("keep", "views = { flip = \"keep-identity\" }\nsampler = { kind = \"hard-pairs\" }"),
        ("sides", "classes = { by-viewpoint = true }\nvalidation = { background = true }"),
    ];
    for (name, changes) in policies {
        let request = |part: &str| {
            STUDY.request(recipe(changes), projection_bundle(), &folder.path().join(format!("{name}-{part}")))
        };
        let whole = trained(&request("whole")).unwrap();
        assert_eq!(whole.end.reason, EndReason::Done, "{name}");
        let parts = trained_in_two_parts(request("parts"), 6);
        assert_eq!(parts.end.validation, whole.end.validation, "{name}");
        assert_eq!(parts.bundle.unwrap().0, whole.bundle.unwrap().0, "{name}");
    }
}

#[test]
fn a_run_that_diverges_at_once_leaves_no_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut recipe =
        recipe("loss = { kind = \"softmax\" }\nneck = { norm = \"none\" }\noptimizer = { kind = \"sgd\" }");
    (recipe.optimizer.rate, recipe.optimizer.clip_norm, recipe.schedule.warmup) = (1e12, 0.0, 0.0);
    let report = trained(&STUDY.request(recipe, projection_bundle(), &run)).unwrap();
    assert_eq!((report.end.reason, report.bundle.is_none()), (EndReason::Diverged, true));
    assert!(!run.join("bundle").exists() && run.join(RESULT).is_file());
    assert!(!report.findings.is_empty());
}

fn record_of(report: TrainReport) -> LearntRecord {
    Bundle::open(&report.bundle.unwrap().1).unwrap().learnt().clone()
}

#[test]
fn the_bundle_says_what_the_division_says_also_when_the_run_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let shares = Shares { validation: 0.2, test: 0.2, newcomers: 0.2 };
    let rows = &STUDY.table.rows;
    let found = look_alikes(rows, 0);
    let division = Division::make(rows, &vec![None; rows.len()], Question::Known, shares, 1).unwrap();
    let request = |name: &str| {
        let mut request = STUDY.request(recipe(""), projection_bundle(), &folder.path().join(name));
        request.division = division.clone();
        request
    };
    let mut knowing = request("whole");
    knowing.looks = found.looks.clone();
    let whole = record_of(trained(&knowing).unwrap());
    for (part, learnt) in [
        (Part::Train, LearntPart::Train),
        (Part::Validation, LearntPart::Validation),
        (Part::Test, LearntPart::Test),
        (Part::Newcomer, LearntPart::Newcomer),
    ] {
        let n = whole.photos().iter().filter(|one| one.part == learnt).count();
        assert_eq!(n, division.rows(part).len(), "{part:?}");
        assert!(n > 0, "{part:?}");
        for row in division.rows(part) {
            let bytes = std::fs::read(&rows[*row as usize].path).unwrap();
            let photo = resight_imaging::photo_id(&bytes);
            let one = whole.photos().iter().find(|one| one.photo == photo).unwrap();
            assert_eq!((one.part, one.look), (learnt, found.looks.get(&photo).copied()));
            assert!(one.look.is_some());
        }
    }
    assert_eq!((whole.n_learnt_photos(), whole.n_learnt_individuals()), (division.train.len(), 13));
    assert_eq!(
        record_of(trained_in_two_parts(request("parts"), 7)),
        whole,
        "looks are found where they are missing"
    );
}

#[test]
fn a_bundle_trained_from_a_trained_one_knows_what_both_have_learnt() {
    let folder = tempfile::tempdir().unwrap();
    let first = STUDY.request(recipe(""), projection_bundle(), &folder.path().join("first"));
    let path = trained(&first).unwrap().bundle.unwrap().1;
    let mut second = STUDY.request(
        recipe("seed = 2"),
        Bundle::open(&path).unwrap().vouched(),
        &folder.path().join("second"),
    );
    // What was learnt first and what is learnt now have nothing in common but the animals.
    let Division { train, test, .. } = STUDY.division.clone();
    second.division = Division { train: test, test: train, ..STUDY.division.clone() };
    let both = record_of(trained(&second).unwrap());
    let learnt = STUDY.division.train.len() + STUDY.division.test.len();
    assert_eq!((both.n_learnt_photos(), both.n_learnt_individuals()), (learnt, 16));
}
