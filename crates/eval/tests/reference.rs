//! Metric values against the reference Python implementations: `fixtures/reference/eval/make.py`.
#![allow(clippy::unwrap_used, missing_docs)]

use resight_eval::Clustering;
use resight_eval::openset::{Stated, auroc, balanced_accuracy, calibration_error, normalized_accuracy};
use resight_eval::retrieval::{average_precision, map_at_k, top_k};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../../../fixtures/reference/eval/metrics.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn ids(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
}

fn flags(value: &Value) -> Vec<bool> {
    value.as_array().unwrap().iter().map(|flag| flag.as_bool().unwrap()).collect()
}

#[track_caller]
fn assert_near(found: Option<f64>, expected: &Value) {
    let (found, expected) = (found.unwrap(), expected.as_f64().unwrap());
    assert!((found - expected).abs() < 1e-9, "found {found}, expected {expected}");
}

#[test]
fn map_at_5_and_top_k_as_kaggle_scores_them() {
    let reference = &reference()["retrieval"];
    let guesses = reference["guesses"].as_array().unwrap();
    let rank = |(right, guesses): (i64, &Value)| {
        ids(guesses).iter().position(|guess| *guess == right).map(|place| place as u32 + 1)
    };
    let ranks: Vec<Option<u32>> = ids(&reference["truth"]).into_iter().zip(guesses).map(rank).collect();
    assert_near(map_at_k(&ranks, 5), &reference["map@5"]);
    assert_near(top_k(&ranks, 1), &reference["top1"]);
    assert_near(top_k(&ranks, 5), &reference["top5"]);
}

#[test]
fn average_precision_as_scikit_learn() {
    for case in reference()["annotations"].as_array().unwrap() {
        let similarities: Vec<f32> = numbers(&case["similarity"]).iter().map(|value| *value as f32).collect();
        assert_near(average_precision(&similarities, &flags(&case["relevant"])), &case["average_precision"]);
    }
}

#[test]
fn open_set_metrics_as_wildlife_datasets_and_scikit_learn() {
    let reference = &reference()["open_set"];
    let (truth, predicted) = (ids(&reference["truth"]), ids(&reference["predicted"]));
    let is_new = flags(&reference["is_new"]);
    let of = |new: bool| {
        let queries = truth.iter().zip(&predicted).zip(&is_new).filter(move |(_, is)| **is == new);
        let right = |truth: i64, predicted: i64| if new { predicted == -1 } else { predicted == truth };
        queries.map(|((t, p), _)| (*t as u32, right(*t, *p))).unzip::<u32, bool, Vec<u32>, Vec<bool>>()
    };
    let ((known, known_right), (new, new_right)) = (of(false), of(true));
    assert_near(balanced_accuracy(&known, &known_right), &reference["baks"]);
    assert_near(balanced_accuracy(&known, &known_right), &reference["balanced_accuracy_known"]);
    assert_near(balanced_accuracy(&new, &new_right), &reference["baus"]);
    let normalized = normalized_accuracy(&known_right, &new_right, 0.3);
    assert_near(normalized, &reference["normalized_accuracy_0.3"]);
    let scores: Vec<f64> = numbers(&reference["best_similarity"]).iter().map(|best| -best).collect();
    assert_near(auroc(&scores, &is_new), &reference["auroc_new_wildlife"]);
    assert_near(auroc(&scores, &is_new), &reference["auroc_new_sklearn"]);
}

#[test]
fn calibration_error_over_fifteen_bins() {
    let reference = &reference()["calibration"];
    let said = numbers(&reference["probability"]);
    let came_true = flags(&reference["came_true"]);
    let statements = said.iter().zip(&came_true).map(|(probability, true_then)| Stated {
        probability: *probability,
        true_then: *true_then,
        weight: 1.0,
    });
    assert_near(calibration_error(statements, 15), &reference["ece_15"]);
}

#[test]
fn clusters_agree_with_individuals_as_scikit_learn_says() {
    for case in reference()["clustering"].as_array().unwrap() {
        let photos = ids(&case["truth"]).into_iter().zip(ids(&case["found"]));
        let counted = Clustering::of(photos.map(|(truth, found)| (truth as u32, found as usize)));
        let once = vec![1.0; counted.individuals()];
        assert_near(counted.adjusted_rand_index(&once), &case["adjusted_rand"]);
        assert_near(counted.pair_precision(&once), &case["pair_precision"]);
        match case["pair_recall"].is_null() {
            true => assert_eq!(counted.pair_recall(&once), None),
            false => assert_near(counted.pair_recall(&once), &case["pair_recall"]),
        }
    }
}
