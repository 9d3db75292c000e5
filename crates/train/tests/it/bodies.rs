//! Jobs in which the network itself learns: its last stages, fast or layer by layer, and all of it.

use burn::tensor::FloatDType;
use resight_model::Bundle;
use resight_runs::run::log::EndReason;
use resight_train::device::{OpenDevice, PrecisionChoice};
use resight_train::job::{TrainRequest, prepare};
use resight_train::learner::Body;
use resight_train::network::Mode;
use resight_train::trainer::Setup;

use crate::rows::Slowly;
use crate::studies::{STUDY, divided, recipe, seeded_bundle, trained, trained_in_two_parts};

/// Few steps: what is tested is that all parts fit together.
const SHORT: &str = "optimizer = { rate = 0.003 }\nschedule = { epochs = 1, batch = 12 }\n";

/// The same job whole and in two parts; says which body it had.
fn learns(name: &str, bundle: &Bundle, changes: &str) -> Option<bool> {
    let folder = tempfile::tempdir().unwrap();
    let request = |part: &str| -> TrainRequest {
        STUDY.request(recipe(&format!("{SHORT}{changes}")), bundle.clone(), &folder.path().join(part))
    };
    let whole = trained(&request("whole")).unwrap();
    assert_eq!(whole.end.reason, EndReason::Done, "{name}");
    let parity = whole.parity.unwrap();
    println!("{name}: untrained {:?}, learnt {:?}, {parity:?}", whole.untrained, whole.end.validation);
    assert!(parity.difference < 2e-3, "{name}: {parity:?}");
    let (id, path) = whole.bundle.unwrap();
    let made = Bundle::open(&path).unwrap();
    made.verify().unwrap();
    assert!(made.model_bytes() != bundle.model_bytes(), "{name}: nothing was learnt");
    let parts = trained_in_two_parts(request("parts"), 5);
    assert_eq!((parts.bundle.unwrap().0, parts.end.validation), (id, whole.end.validation), "{name}");

    let watch = Slowly::not();
    let prepared = prepare(&request("look"), &watch, &watch.cancel).unwrap();
    let part = prepared.parts.learning().unwrap().clone();
    Some(matches!(Body::of(&part.layers, part.input, Mode::FROZEN, FloatDType::F32), Body::Fast(_)))
}

#[test]
fn the_last_stages_learn_by_matrix_products() {
    let bundle = seeded_bundle("efficientnet-lite0", 64);
    let is_fast = learns("fast tail", &bundle, "depth = \"tail\"\ntrunk = { cut = \"stage7\" }");
    assert_eq!(is_fast, Some(true));
}

#[test]
fn the_last_stages_learn_layer_by_layer() {
    let bundle = seeded_bundle("efficientnetv2-b0", 64);
    let cut = "depth = \"tail\"\ntrunk = { cut = \"stage6\" }";
    assert_eq!(learns("plain tail", &bundle, cut), Some(false));
}

#[test]
fn a_pooling_that_is_learnt_comes_into_the_bundle() {
    let bundle = seeded_bundle("resnet-mini", 64);
    let cut =
        "depth = \"tail\"\ntrunk = { cut = \"stage4\", pooling = { kind = \"gem\", p = 2.0, learn = true } }";
    assert!(learns("learnt pooling", &bundle, cut).is_some());
}

#[test]
fn a_whole_network_learns() {
    let bundle = seeded_bundle("resnet-mini", 64);
    assert_eq!(learns("full", &bundle, "depth = \"full\""), Some(false));
}

#[test]
fn a_whole_network_learns_without_the_photos_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = STUDY.table.clone();
    let broken = folder.path().join("broken.jpg");
    std::fs::write(&broken, b"\xff\xd8\xff\xe0 no photo").unwrap();
    table.rows[7].path = broken;
    let full = format!("{SHORT}depth = \"full\"");
    let bundle = seeded_bundle("resnet-mini", 64);
    let mut request = STUDY.request(recipe(&full), bundle, &folder.path().join("run"));
    request.division = divided(&table);
    request.table = table;
    let report = trained(&request).unwrap();
    assert_eq!((report.end.reason, report.warnings.len()), (EndReason::Done, 1));
    assert!(report.warnings[0].about.ends_with("broken.jpg"), "{:?}", report.warnings);
}

#[test]
fn what_is_computed_again_is_what_was_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = seeded_bundle("resnet-mini", 64);
    let learnt = |name: &str, trunk: &str| {
        let recipe = recipe(&format!("{SHORT}depth = \"full\"\n{trunk}"));
        let report = trained(&STUDY.request(recipe, bundle.clone(), &folder.path().join(name))).unwrap();
        let made = Bundle::open(&report.bundle.unwrap().1).unwrap();
        (report.end.validation, made.model_bytes().to_vec())
    };
    let kept = learnt("kept", "");
    assert!(kept == learnt("again", "trunk = { recompute = true }"), "other numbers");
}

#[test]
fn a_network_learns_in_the_numbers_that_the_recipe_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let full = recipe(&format!("{SHORT}depth = \"full\"\ntrunk = {{ precision = \"half\" }}"));
    let request = STUDY.request(full, seeded_bundle("resnet-mini", 64), &folder.path().join("run"));
    let refused = trained(&request).unwrap_err().to_string();
    assert!(refused.contains("CPU does not gain by half precision"), "{refused}");

    // The processor computes with brain floats where it is made to: slowly, and rounded otherwise.
    let watch = Slowly::not();
    let prepared = prepare(&request, &watch, &watch.cancel).unwrap();
    let learnt = |name: &str, precision: FloatDType| {
        let device = OpenDevice { precision, ..request.device.open(PrecisionChoice::Single).unwrap() };
        let setup = Setup {
            recipe: &request.recipe,
            data: &prepared.data,
            classes: &prepared.classes,
            inputs: &*prepared.inputs,
            has_photos: true,
            trunk: prepared.trunk.name().to_owned(),
            inputs_id: prepared.inputs_id.clone(),
            learning: prepared.parts.learning().cloned(),
            pooled: prepared.parts.pooled(),
            device,
            best_so_far: None,
            watch: &watch,
            cancel: &watch.cancel,
        };
        let outcome = setup.begin(&folder.path().join(name)).unwrap().run().unwrap();
        assert_eq!(outcome.end.reason, EndReason::Done, "{name}");
        outcome.best.arrays()
    };
    let (single, half) = (learnt("single", FloatDType::F32), learnt("half", FloatDType::BF16));
    assert!(single != half, "nothing was computed in half precision");
    assert!(half.values().flatten().all(|value| value.is_finite()));
}
