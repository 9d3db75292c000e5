//! The whole evaluation on simulated embeddings: individuals are points, photos lie around them, bursts close together.
#![allow(clippy::unwrap_used, missing_docs)]

mod simulated;

use resight_core::{Distance, Policy, PolicyError, Same};
use resight_eval::{
    AsPhotosAreAdded, Asking, CalibrateOptions, CrossFit, Hide, Learnt, RankOptions, evaluate, fit_slots,
    rank,
};
use resight_eval::{EvalError, EvaluateOptions, Evaluation, Gallery, LabelledRow, Protocol, SlotKey, View};
use resight_vector::{Rows, f16};

use self::simulated::Dice;

const DIM: usize = 12;
const INDIVIDUALS: u32 = 40;

/// 40 individuals, each met three times, two photos a meeting; the last eight are met once.
fn world() -> (Vec<LabelledRow>, Vec<f16>) {
    world_of(0.7, 0.05)
}

/// The same, with so much that sets meetings apart, and photos of a meeting.
fn world_of(meetings: f32, photos: f32) -> (Vec<LabelledRow>, Vec<f16>) {
    let mut dice = Dice(5);
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for individual in 0..INDIVIDUALS {
        let point = dice.near(&[0.0; DIM], 1.0);
        for meeting in 0..if individual < 32 { 3 } else { 1 } {
            let seen = dice.near(&point, meetings);
            for _ in 0..2 {
                let mut photo = dice.near(&seen, photos);
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
    evaluated_rows(&rows, &values, options)
}

fn evaluated_rows(
    rows: &[LabelledRow],
    values: &[f16],
    options: &EvaluateOptions,
) -> Result<Evaluation, EvalError> {
    let parts = [Rows::new(DIM, values).unwrap()];
    evaluate(
        &Gallery { rows, embeddings: &parts, distance: Distance::Cosine },
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
    // Fifteen bins of what is said of 104 meetings: that much is chance.
    assert!(found.metrics["ece"].value < 0.12, "{:?}", found.metrics["ece"]);
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

const BOTH: Same = Same { species: true, viewpoint: true };

fn ranked(same: Same) -> Vec<resight_eval::RankedQuery> {
    let (rows, values) = world();
    let parts = [Rows::new(DIM, &values).unwrap()];
    let gallery = Gallery { rows: &rows, embeddings: &parts, distance: Distance::Cosine };
    let options = RankOptions { hide: Hide::STRICT, same, ..RankOptions::default() };
    rank(&gallery, &Protocol::LeaveOneOut, &options).unwrap()
}

#[test]
fn a_small_slot_is_served_by_a_wider_one_under_the_same_filters() {
    let options = CalibrateOptions::default();
    let ranked = ranked(BOTH);
    let all: Vec<_> = ranked.iter().collect();
    let fitted = fit_slots(&all, &options);
    let rare = SlotKey { same: BOTH, species: Some(1), viewpoint: Some(1) };
    assert_eq!(fitted.serving(&rare).unwrap().0, SlotKey { viewpoint: None, ..rare.clone() });
    let common = SlotKey { same: BOTH, species: Some(0), viewpoint: Some(0) };
    assert_eq!(fitted.serving(&common).unwrap().0, common);
    let unfiltered = SlotKey::default();
    assert!(fitted.serving(&unfiltered).is_err(), "another filter, another candidate set");
}

#[test]
fn too_little_to_speak_gives_a_reason() {
    let options = CalibrateOptions::default();
    let ranked = ranked(Same::default());
    let few: Vec<_> = ranked.iter().take(4).collect();
    let reason = fit_slots(&few, &options).serving(&SlotKey::default()).unwrap_err().to_string();
    assert_eq!(
        reason,
        "too little to calibrate on: 4 photos of 1 individuals have another photo to be found by, where 30 are needed of \
         8 individuals, and 8 individuals to stand for newcomers"
    );
    let questions: Vec<Vec<_>> = ranked[..40].iter().map(|query| vec![query]).collect();
    let judged = CrossFit::of(&ranked[..40], 5, &options).judge(&questions, View::Strict, 0.1);
    assert!(judged.iter().all(Result::is_err));
}

#[test]
fn a_catalog_of_a_few_animals_leans_on_a_prior_until_it_stands() {
    let ranked = ranked(Same::default());
    let cases = |from: usize| {
        let queries: Vec<_> = ranked.iter().filter(|query| query.individual as usize >= from).collect();
        let labelled = resight_eval::calibration_cases(&queries, &CalibrateOptions::default());
        labelled.into_iter().map(|one| one.case).collect::<Vec<_>>()
    };
    let prior = resight_core::Calibration::fit_prior(&[cases(12), cases(20)]).unwrap().calibration;
    let options = CalibrateOptions { prior: Some(prior), ..CalibrateOptions::default() };
    let fitted = |individuals: u32| {
        let of_these = ranked.iter().filter(|query| query.individual < individuals);
        fit_slots(&of_these.step_by(3).collect::<Vec<_>>(), &options)
    };
    let widest = SlotKey::default();
    assert!(fitted(7).serving(&widest).is_err(), "a prior alone serves nobody");
    assert!(fitted(8).serving(&widest).is_ok() && fitted(8).lean_on_prior.contains(&widest));
    assert!(fitted(24).serving(&widest).is_ok() && !fitted(24).lean_on_prior.contains(&widest));
    let without = CalibrateOptions { prior: None, ..options.clone() };
    let many: Vec<_> = ranked.iter().collect();
    assert_eq!(
        fit_slots(&many, &options).by_slot,
        fit_slots(&many, &without).by_slot,
        "it has no part in many"
    );
}

#[test]
fn what_the_network_has_learnt_is_no_evidence() {
    let (mut rows, values) = world();
    for row in &mut rows {
        let individual = row.individual.unwrap();
        let first_meeting = row.encounter == Some(individual * 3);
        row.learnt = match individual {
            0..20 if first_meeting => Learnt::Photo,
            0..20 => Learnt::Individual,
            _ => Learnt::Nothing,
        };
    }
    let found = evaluated_rows(&rows, &values, &few()).unwrap();
    assert_eq!((found.strict.n_learnt, found.strict.n_queries), (40, 168));
    assert_eq!(found.strict.n_answerable, 192 - 40);
    let asked_twice = found.ranked.iter().filter(|query| query.may_be_newcomer()).count();
    let cases = resight_eval::calibration_cases(
        &found.ranked.iter().collect::<Vec<_>>(),
        &CalibrateOptions { halvings: 0, ..CalibrateOptions::default() },
    );
    let new = cases.iter().filter(|case| case.case.truth.is_none()).count();
    assert_eq!(new, asked_twice, "no learnt individual stands for a newcomer");
    assert!(cases.iter().all(|case| rows[case.row as usize].learnt != Learnt::Photo));
    let learnt = |case: &&resight_eval::LabelledCase| case.individual < 20 && case.case.truth.is_some();
    let weight: f64 = cases.iter().filter(learnt).map(|case| case.case.weight).sum();
    assert!((weight - 120.0).abs() < 1e-9, "its next photo comes as often as any other's: {weight}");
    rows.iter_mut().for_each(|row| row.learnt = Learnt::Photo);
    assert_eq!(evaluated_rows(&rows, &values, &few()).err(), Some(EvalError::AllLearnt { photos: 208 }));
}

#[test]
fn decisions_prices_and_chance_are_reported() {
    let found = evaluated(&few()).unwrap().strict;
    let value = |name: &str| found.metrics[name].value;
    let known = ["known_right", "known_false_match", "known_new", "known_asked"].map(value);
    assert!((known.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{known:?}");
    let new = ["new_right", "new_false_match", "new_asked"].map(value);
    assert!((new.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{new:?}");
    assert!(value("price") < 100.0 * Policy::default().price_ask, "better than always asking");
    let (made, stated) = (value("false_matches"), value("stated_false_matches"));
    assert!((made - stated).abs() < 5.0, "{made} false matches, {stated} stated");
    let chance = found.chance.unwrap();
    assert!((chance.top1 - 1.0 / 40.0).abs() < 1e-9, "{chance:?}");
}

#[test]
fn too_few_individuals_have_no_figures() {
    let (rows, values) = world();
    let found = evaluated_rows(&rows[..24], &values[..24 * DIM], &few()).unwrap();
    assert!(found.strict.metrics.is_empty());
    assert!(found.strict.withheld.unwrap().starts_with("4 individuals have a photo"));
    assert!(evaluated_rows(&rows[..30], &values[..30 * DIM], &few()).unwrap().strict.withheld.is_none());
}

#[test]
fn probabilities_of_too_few_individuals_have_no_figures_either() {
    let (rows, values) = world();
    let mut withheld = 0;
    // Each individual has six photos. Around the least that is calibrated on, some folds are and others are not.
    for individuals in 7..=16 {
        let end = individuals * 6;
        let report = evaluated_rows(&rows[..end], &values[..end * DIM], &few()).unwrap().strict;
        let judged = report.n_queries - report.uncalibrated_queries;
        let is_given = |name: &str| report.metrics.contains_key(name);
        assert!(is_given("map@5"), "{individuals}");
        if (1..=4 * 6).contains(&judged) {
            withheld += 1;
            assert!(!is_given("ece") && !is_given("known_right") && !is_given("price"), "{individuals}");
        }
        if let Some(ece) = report.metrics.get("ece") {
            assert!(ece.low <= ece.value && ece.value < ece.high, "{individuals}: {ece:?}");
        }
    }
    assert!(withheld > 0, "no case of it");
}

#[test]
fn by_encounter_more_is_known_than_by_photo() {
    let (rows, values) = world_of(0.4, 0.6);
    let asked = |asking| evaluated_rows(&rows, &values, &EvaluateOptions { asking, ..few() }).unwrap().strict;
    let (together, alone) = (asked(Asking::Encounter), asked(Asking::Photo));
    assert_eq!((together.n_queries, alone.n_queries), (104, 208));
    assert!(together.metrics["top1"].value >= alone.metrics["top1"].value);
    assert!(together.metrics["price"].value <= alone.metrics["price"].value + 0.5);
    assert!(together.metrics["ece"].value < 0.12, "{:?}", together.metrics["ece"]);
}

#[test]
fn newcomers_become_clearly_new_as_their_photos_are_added() {
    let (rows, values) = world_of(0.4, 0.6);
    let asked = |asking| evaluated_rows(&rows, &values, &EvaluateOptions { asking, ..few() }).unwrap().strict;
    assert!(asked(Asking::Photo).as_photos_are_added.is_empty());
    let found = asked(Asking::Encounter).as_photos_are_added;
    let [one, two] = found.as_slice() else { panic!("two photos a meeting: {found:?}") };
    assert_eq!(
        (one.photos, two.photos, one.encounters, two.encounters),
        (1, 2, 96, 96),
        "who was met once has no right answer left"
    );
    assert!(two.known_right.value >= one.known_right.value);
    let apart = |at: &AsPhotosAreAdded| at.new_of_newcomers.value - at.new_of_known.value;
    assert!(apart(two) > apart(one), "{found:?}");
}

#[test]
fn photos_of_unknown_encounters_do_not_flatter_where_most_are_known() {
    let (mut rows, values) = world();
    let all = evaluated_rows(&rows, &values, &few()).unwrap();
    rows.iter_mut().step_by(5).for_each(|row| row.encounter = None);
    let most = evaluated_rows(&rows, &values, &few()).unwrap();
    assert_eq!(most.strict.n_queries, all.strict.n_queries);
    let elsewhere = |row: &LabelledRow| {
        let other = |other: &LabelledRow| {
            other.individual == row.individual
                && other.encounter.is_some_and(|other| Some(other) != row.encounter)
        };
        row.encounter.is_some() && rows.iter().any(other)
    };
    assert_eq!(most.strict.n_answerable, rows.iter().filter(|row| elsewhere(row)).count());
    assert!(most.strict.metrics["top1"].value <= all.strict.metrics["top1"].high);
    assert_eq!(most.optimistic.n_answerable, all.optimistic.n_answerable);
}

#[test]
fn a_senseless_share_of_newcomers_is_refused() {
    let policy = Policy { new_rate: 1.0, ..Policy::default() };
    let refused = evaluated(&EvaluateOptions { policy, ..few() });
    assert_eq!(refused.err(), Some(EvalError::Policy(PolicyError::Rate(1.0))));
}

#[test]
fn a_filter_makes_no_more_false_matches_than_are_stated() {
    let (rows, values) = world_of(0.7, 0.4);
    let false_matches = |same: Same| {
        let rank = RankOptions { same, ..RankOptions::default() };
        let found = evaluated_rows(&rows, &values, &EvaluateOptions { rank, ..few() }).unwrap().strict;
        let value = |name: &str| found.metrics[name].value;
        (value("false_matches"), value("stated_false_matches"))
    };
    for same in [Same::default(), Same { species: true, viewpoint: false }] {
        let (made, stated) = false_matches(same);
        assert!(made < 1.5 * stated + 1.0, "{same:?}: {made} of 100, {stated} stated");
    }
}
