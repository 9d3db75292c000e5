//! A run that is stopped and goes on ends as one that was never stopped: the same numbers to the last bit.

use resight_runs::run::log::EndReason;
use resight_runs::run::log::{Record, Step};
use resight_runs::run::read_log;

use crate::rows::{Rows, Slowly, Wish, recipe};

/// What differs from a plain run with ArcFace.
const RECIPES: [(&str, &str); 27] = [
    ("arcface", ""),
    ("arcface with a ramp", "schedule = { margin-ramp = 0.5 }"),
    ("sub-centres", "loss = { kind = \"sub-center-arcface\" }"),
    ("cosface", "loss = { kind = \"cosface\" }"),
    ("normface", "loss = { kind = \"normface\" }"),
    ("softmax", "loss = { kind = \"softmax\" }"),
    ("margins drawn anew", "loss = { kind = \"elasticface\" }"),
    ("a loss with a running mean", "loss = { kind = \"curricularface\" }"),
    ("proxies", "loss = { kind = \"proxy-anchor\" }"),
    ("circle", "loss = { kind = \"circle\" }\nsampler = { kind = \"p-by-k\" }"),
    ("supcon", "loss = { kind = \"supcon\" }\nsampler = { kind = \"p-by-k\" }"),
    (
        "multi-similarity with its miner",
        "loss = { kind = \"multi-similarity\" }\nminer = { kind = \"multi-similarity\" }\nsampler = { kind = \"p-by-k\" }",
    ),
    ("siamese", "loss = { kind = \"contrastive\" }\nsampler = { kind = \"p-by-k\" }"),
    (
        "triplets",
        "loss = { kind = \"triplet\" }\nminer = { kind = \"semi-hard\" }\nsampler = { kind = \"p-by-k\", photos-per-individual = 2 }",
    ),
    (
        "soft triplets, drawn by distance",
        "loss = { kind = \"triplet\", margin = \"soft\" }\nminer = { kind = \"distance-weighted\" }\nsampler = { kind = \"p-by-k\" }",
    ),
    (
        "random triplets",
        "loss = { kind = \"triplet\" }\nminer = { kind = \"chosen\", positive = \"random\", negative = \"random\" }",
    ),
    ("memory", "loss = { kind = \"contrastive\" }\nmemory = { size = 40, after-steps = 3 }"),
    (
        "memory and a miner",
        "loss = { kind = \"triplet\" }\nminer = { kind = \"batch-hard\", within-species = true }\nmemory = { size = 50 }",
    ),
    ("hard pairs", "loss = { kind = \"contrastive\" }\nsampler = { kind = \"hard-pairs\", rounds = 2 }"),
    ("balanced", "sampler = { kind = \"balanced\" }"),
    ("species head", "species = {}"),
    ("classes by viewpoint", "classes = { by-viewpoint = true }"),
    ("moving average", "optimizer = { ema = 0.9 }"),
    ("gradients of three batches", "optimizer = { accumulate = 3 }"),
    ("SGD", "optimizer = { kind = \"sgd\", rate = 0.1, head-factor = 1.0 }"),
    ("dropout and layer norm", "neck = { dropout = 0.3, norm = \"layer-norm\" }"),
    ("patience", "schedule = { epochs = 12 }\nvalidation = { patience = 1 }"),
];

#[test]
fn whatever_the_recipe_a_stopped_run_ends_as_one_that_was_not() {
    let rows = Rows::of(Wish::default());
    let folder = tempfile::tempdir().unwrap();
    for (place, (what, changes)) in RECIPES.into_iter().enumerate() {
        let recipe = recipe(changes);
        let at_once = folder.path().join(format!("{place}-at-once"));
        let watch = Slowly::not();
        let whole = rows.learn(&recipe, &at_once, false, &watch).unwrap();
        assert!(steps(&at_once).iter().all(|step| step.loss.is_some()), "{what}: the loss is no number");
        assert!(whole.end.best_epoch > 0 && whole.end.validation.map5 > 0.0, "{what}");

        let in_parts = folder.path().join(format!("{place}-in-parts"));
        // In the first epoch, in a later one, and right at an epoch's end (an epoch has six steps).
        let mut part = rows.learn(&recipe, &in_parts, false, &Slowly::stopping_after(4)).unwrap();
        assert_eq!(part.end.reason, EndReason::Interrupted, "{what}");
        for more in [5, 3] {
            part = rows.learn(&recipe, &in_parts, true, &Slowly::stopping_after(more)).unwrap();
        }
        if part.end.reason == EndReason::Interrupted {
            part = rows.learn(&recipe, &in_parts, true, &Slowly::not()).unwrap();
        }
        assert_eq!(part.end.reason, whole.end.reason, "{what}");
        assert_eq!(part.end.best_epoch, whole.end.best_epoch, "{what}");
        assert_eq!(part.end.validation, whole.end.validation, "{what}");
        assert!(part.best.arrays() == whole.best.arrays(), "{what}: other parameters");
        assert_eq!(validations(&in_parts), validations(&at_once), "{what}");
        let count = |run| steps(run).iter().map(|step| u64::from(step.steps)).sum::<u64>();
        assert_eq!(count(&in_parts), count(&at_once), "{what}: steps are missing in the log, or there twice");
    }
}

#[test]
fn another_seed_learns_other_numbers() {
    let rows = Rows::of(Wish::default());
    let folder = tempfile::tempdir().unwrap();
    let learnt = |seed: u64, name: &str| {
        let recipe = recipe(&format!("seed = {seed}"));
        rows.learn(&recipe, &folder.path().join(name), false, &Slowly::not()).unwrap().best.arrays()
    };
    let first = learnt(1, "one");
    assert!(first == learnt(1, "again"), "the same seed gives other numbers");
    assert!(first != learnt(2, "two"), "another seed gives the same numbers");
}

#[test]
fn a_run_that_is_done_stays_as_it_is() {
    let rows = Rows::of(Wish::default());
    let folder = tempfile::tempdir().unwrap();
    for (name, changes) in
        [("done", ""), ("stale", "schedule = { epochs = 12 }\nvalidation = { patience = 1 }")]
    {
        let (run, recipe) = (folder.path().join(name), recipe(changes));
        let done = rows.learn(&recipe, &run, false, &Slowly::not()).unwrap();
        let watch = Slowly::not();
        let again = rows.learn(&recipe, &run, true, &watch).unwrap();
        assert_eq!(watch.steps.into_inner(), 0, "{name}: it went on learning");
        assert_eq!(
            (again.end.reason, again.end.best_epoch),
            (done.end.reason, done.end.best_epoch),
            "{name}"
        );
        assert!(again.best.arrays() == done.best.arrays(), "{name}");
        let ends =
            read_log(&run).unwrap().into_iter().filter(|record| matches!(record, Record::End(_))).count();
        assert_eq!(ends, 1, "{name}");
    }
}

fn steps(run: &std::path::Path) -> Vec<Step> {
    let records = read_log(run).unwrap();
    records
        .into_iter()
        .filter_map(|record| if let Record::Step(step) = record { Some(step) } else { None })
        .collect()
}

/// Epoch, MAP@5 and mean loss of each validation.
fn validations(run: &std::path::Path) -> Vec<(u32, f64, Option<f64>)> {
    let of = |record| match record {
        Record::Epoch(epoch) => Some((epoch.epoch, epoch.validation.map5, epoch.loss)),
        _ => None,
    };
    read_log(run).unwrap().into_iter().filter_map(of).collect()
}

#[test]
fn a_run_whose_time_is_over_asks_the_validation_before_it_ends() {
    let rows = Rows::of(Wish::default());
    let folder = tempfile::tempdir().unwrap();
    let recipe =
        recipe("schedule = { epochs = 100000, budget-seconds = 1 }\nvalidation = { every = 100000 }");
    let outcome = rows.learn(&recipe, &folder.path().join("run"), false, &Slowly::not()).unwrap();
    assert_eq!(outcome.end.reason, EndReason::Budget);
    assert!(outcome.end.best_epoch > 0 && outcome.end.best_epoch < 100_000, "{:?}", outcome.end);
}
