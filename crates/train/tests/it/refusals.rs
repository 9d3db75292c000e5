//! What cannot be trained ends in words.

use resight_core::{Hint, RoomError as _};
use resight_runs::doctor::{Ailment, Severity};
use resight_runs::run::RunError;
use resight_runs::run::log::EndReason;
use resight_train::data::Classes;
use resight_train::recipe::{OptimizerKind, Recipe};
use resight_train::trainer::TrainError;

use crate::rows::{Rows, Slowly, Wish, recipe};

#[test]
fn a_run_goes_on_only_with_its_own_recipe_and_photos() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let rows = Rows::of(Wish::default());
    let begun = rows.learn(&recipe(""), &run, false, &Slowly::stopping_after(8)).unwrap();
    assert_eq!(begun.end.reason, EndReason::Interrupted);
    let log = std::fs::read(run.join("log.jsonl")).unwrap();

    let other = rows.learn(&recipe("seed = 2"), &run, true, &Slowly::not()).unwrap_err();
    assert!(other.to_string().contains("another recipe"), "{other}");
    let mut relabelled = rows.clone();
    relabelled.data.annotations[0].individual = 1;
    let mut divided_anew = rows.clone();
    divided_anew.data.train.pop();
    for changed in [relabelled, divided_anew] {
        let error = changed.learn(&recipe(""), &run, true, &Slowly::not()).unwrap_err();
        assert!(error.to_string().contains("other photos"), "{error}");
    }
    assert_eq!(std::fs::read(run.join("log.jsonl")).unwrap(), log, "a refusal changed the log");
    let new = rows.learn(&recipe(""), &run, false, &Slowly::not()).unwrap_err();
    assert_eq!(new.hint(), Some(Hint::ResumeOrOtherFolder), "{new}");
    assert_eq!(rows.learn(&recipe(""), &run, true, &Slowly::not()).unwrap().end.reason, EndReason::Done);
}

#[test]
fn a_run_is_trained_by_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let (rows, recipe, watch) = (Rows::of(Wish::default()), recipe(""), Slowly::not());
    let classes = Classes::of(&rows.data, &recipe.classes, false);
    let first = rows.trainer(&recipe, &classes, &run, false, &watch).unwrap();
    for resume in [true, false] {
        let second = rows.trainer(&recipe, &classes, &run, resume, &watch).map(|_| ()).unwrap_err();
        assert!(matches!(second, TrainError::Run(RunError::Busy(_))), "{second}");
        assert!(second.to_string().contains("another process"), "{second}");
    }
    assert_eq!(first.run().unwrap().end.reason, EndReason::Done);
}

#[test]
fn a_run_that_cannot_begin_says_why_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let rows = Rows::of(Wish::default());
    let mut nobody_asks = rows.clone();
    nobody_asks.data.validation.clear();
    let mut one_animal = rows.clone();
    one_animal.data.train.truncate(4);
    let pairless = "sampler = { kind = \"p-by-k\" }\nclasses = { by-viewpoint = true }";
    let single = Rows::of(Wish { photos: 1, encounters: 2, ..Wish::default() });
    let cases = [
        (&nobody_asks, "", "no photo is left for the validation"),
        (&one_animal, "", "two individuals at least"),
        (&rows, "classes = { least-photos = 9 }", "least-photos"),
        (&single, pairless, "two photos"),
        (&rows, "loss = { kind = \"arcface\", scale = -1.0 }", "scale"),
    ];
    for (rows, changes, word) in cases {
        let error = rows.learn(&recipe(changes), &run, false, &Slowly::not()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert!(!run.exists(), "a folder is left: {error}");
    }
}

#[test]
fn a_run_that_diverges_ends_with_an_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Rows::of(Wish::default());
    let lost = |warmup: f64| {
        let mut recipe: Recipe = recipe("loss = { kind = \"softmax\" }\nneck = { norm = \"none\" }");
        recipe.optimizer.kind = OptimizerKind::Sgd;
        (recipe.optimizer.rate, recipe.optimizer.clip_norm, recipe.schedule.warmup) = (1e6, 0.0, warmup);
        recipe
    };
    for (name, warmup) in [("at-once", 0.0), ("later", 1.0)] {
        let run = folder.path().join(name);
        let outcome = rows.learn(&lost(warmup), &run, false, &Slowly::not()).unwrap();
        assert_eq!(outcome.end.reason, EndReason::Diverged, "{name}");
        let is_alarm = |one: &&resight_runs::doctor::Finding| one.severity == Severity::Alarm;
        let alarm = outcome.findings.iter().filter(is_alarm).find(|one| one.ailment == Ailment::RateTooHigh);
        assert!(alarm.is_some(), "{name}: {:?}", outcome.findings);
        assert!(run.join("report.html").is_file(), "{name}");
    }
}
