//! The whole evaluation on simulated embeddings: individuals are points, photos lie around them, bursts close together.
#![allow(clippy::unwrap_used, missing_docs)]

use resight_core::Distance;
use resight_eval::{CalibrateOptions, cross_fit, evaluate, fit_slots};
use resight_eval::{EvalError, EvaluateOptions, Evaluation, Gallery, LabelledRow, Protocol, SlotKey, View};
use resight_vector::{Rows, f16};

const DIM: usize = 12;
const INDIVIDUALS: u32 = 40;

struct Dice(u64);

impl Dice {
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    }

    fn near(&mut self, point: &[f32], noise: f32) -> Vec<f32> {
        point.iter().map(|x| x + noise * (self.uniform() + self.uniform() + self.uniform())).collect()
    }
}

/// 40 individuals, each met three times, two photos a meeting; the last eight are met once.
fn world() -> (Vec<LabelledRow>, Vec<f16>) {
    let mut dice = Dice(5);
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for individual in 0..INDIVIDUALS {
        let point = dice.near(&[0.0; DIM], 1.0);
        for meeting in 0..if individual < 32 { 3 } else { 1 } {
            let seen = dice.near(&point, 0.7);
            for _ in 0..2 {
                let mut photo = dice.near(&seen, 0.05);
                assert!(Distance::Cosine.normalize(&mut photo));
                values.extend(photo.into_iter().map(f16::from_f32));
                rows.push(LabelledRow {
                    individual: Some(individual),
                    encounter: Some(individual * 3 + meeting),
                    species: Some(individual % 2),
                    viewpoint: Some(u32::from(individual == 7)),
                    ..LabelledRow::default()
                });
            }
        }
    }
    (rows, values)
}

fn evaluated(options: &EvaluateOptions) -> Result<Evaluation, EvalError> {
    let (rows, values) = world();
    let parts = [Rows::new(DIM, &values).unwrap()];
    evaluate(
        &Gallery { rows: &rows, embeddings: &parts, distance: Distance::Cosine },
        &Protocol::LeaveOneOut,
        options,
    )
}

fn few() -> EvaluateOptions {
    EvaluateOptions { replicates: 100, ..EvaluateOptions::default() }
}

#[test]
fn a_burst_flatters_the_optimistic_answer_only() {
    let found = evaluated(&few()).unwrap();
    let value = |report: &resight_eval::Report, name: &str| report.metrics[name].value;
    assert_eq!((found.strict.n_queries, found.strict.n_answerable), (208, 192));
    assert_eq!(found.optimistic.n_answerable, 208);
    assert_eq!(value(&found.optimistic, "top1"), 1.0);
    assert!(value(&found.strict, "top1") < 0.95, "{}", value(&found.strict, "top1"));
    assert!(value(&found.strict, "top1") > 0.3);
}

#[test]
fn reported_probabilities_mean_what_they_say() {
    let found = evaluated(&few()).unwrap().strict;
    assert_eq!((found.uncalibrated_queries, &found.uncalibrated_reason), (0, &None));
    assert!(found.metrics["ece"].value < 0.1, "{:?}", found.metrics["ece"]);
    assert!(found.metrics["ece_new"].value < 0.1, "{:?}", found.metrics["ece_new"]);
    assert!(found.metrics["auroc_new"].value > 0.5);
    for interval in found.metrics.values() {
        assert!(
            interval.low <= interval.value + 0.1 && interval.high >= interval.value - 0.1,
            "{interval:?}"
        );
    }
    let share: f64 = found.reliability.iter().map(|bin| bin.share).sum();
    assert!((share - 1.0).abs() < 1e-9);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    assert_eq!(evaluated(&few()).unwrap(), evaluated(&few()).unwrap());
}

#[test]
fn the_report_reads_as_json_by_the_published_names() {
    let found = evaluated(&few()).unwrap().strict;
    let json = serde_json::to_value(&found).unwrap();
    for name in
        ["map@5", "top1", "top5", "top10", "map@5_new", "baks", "baus", "baks_baus", "auroc_new", "ece"]
    {
        assert!(json["metrics"][name]["low"].is_number(), "{name}");
    }
    assert_eq!(serde_json::from_value::<resight_eval::Report>(json).unwrap().cmc, found.cmc);
}

#[test]
fn a_small_slot_is_served_by_a_wider_one_and_an_empty_catalog_by_none() {
    let ranked = evaluated(&few()).unwrap().ranked;
    let options = CalibrateOptions::default();
    let all: Vec<_> = ranked.iter().collect();
    let fitted = fit_slots(&all, &options);
    let rare = SlotKey { species: Some(1), viewpoint: Some(1) };
    assert_eq!(fitted.serving(rare).unwrap().0, SlotKey { species: Some(1), viewpoint: None });
    let common = SlotKey { species: Some(0), viewpoint: Some(0) };
    assert_eq!(fitted.serving(common).unwrap().0, common);
    let reason = fit_slots(&all[..4], &options).serving(common).unwrap_err().to_string();
    assert!(reason.starts_with("too little to calibrate on: 4 photos of 1 individuals"), "{reason}");
    let judged = cross_fit(&ranked[..40], View::Strict, 0.1, 5, &options);
    assert!(judged.iter().all(Result::is_err));
}

#[test]
fn a_senseless_share_of_newcomers_is_refused() {
    let refused = evaluated(&EvaluateOptions { new_rate: 1.0, ..few() });
    assert_eq!(refused.err(), Some(EvalError::NewRate(1.0)));
}
