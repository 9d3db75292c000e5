//! How strongly the layer is held back, how sure it may be, and what is "not known": found on animals that were not learnt.

use rand::seq::SliceRandom as _;
use resight_core::{ClassifierRule, ClassifierTask, Said};
use resight_eval::{ClassificationMetrics, ClassifiedAnimal, measure_classification};
use serde::Serialize;

use super::features::Features;
use super::rows::ClassifierRows;
use crate::cache::CacheError;
use crate::folds::FOLDS;
use crate::generator;
use crate::linear::{Penalty, fit};
use crate::trainer::TrainError;

/// What is tried.
const PENALTIES: [Penalty; 3] = [Penalty(1e-3), Penalty(1e-4), Penalty(1e-5)];

/// A wrong label costs as much as so many animals without one.
const PRICE_OF_WRONG: f64 = 10.0;
/// Share of the animals that are taken to be of a label that was never seen, where it can be found out what is said of such.
const STRANGERS: f64 = 0.05;
/// Animals of a label that stand for strangers, and of every other that they are asked against, at most.
const MOST_STRANGERS: usize = 200;
/// Labels that are left out in turn, at most.
const MOST_LEFT_OUT: usize = 8;

/// Resamplings for the intervals, and their seed.
const REPLICATES: (usize, u64) = (1000, 7);

/// What is said of animals of a label that was never seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stranger {
    /// The label that was left out.
    pub label: String,
    /// Animals of it.
    pub animals: usize,
    /// Share of them that were given another label nevertheless: the less the better.
    pub given_a_label: f64,
}

/// What was found.
pub(super) struct Judged {
    pub(super) penalty: Penalty,
    pub(super) rule: ClassifierRule,
    pub(super) measured: ClassificationMetrics,
    pub(super) strangers: Vec<Stranger>,
}

/// The scores of an animal by a layer that has not learnt it.
struct Asked {
    scores: Vec<f32>,
    /// The right label; none for a stranger, whose label is not among the scores.
    right: Option<usize>,
    fold: usize,
}

/// Finds out all of it.
///
/// # Errors
/// It was stopped.
pub(super) fn judge(
    features: &Features,
    rows: &ClassifierRows,
    task: ClassifierTask,
    stopped: &(dyn Fn() -> Option<CacheError> + Sync),
) -> Result<Judged, TrainError> {
    let mut best: Option<(f64, Penalty, Vec<Asked>)> = None;
    for penalty in PENALTIES {
        let asked = out_of_fold(features, rows, penalty, stopped)?;
        let loss = loss(&asked.iter().collect::<Vec<_>>(), 1.0);
        if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
            best = Some((loss, penalty, asked));
        }
    }
    let Some((_, penalty, known)) = best else {
        return Err(TrainError::TooLittle("there is no penalty to try".to_owned()));
    };
    let strangers = strangers(features, rows, penalty, stopped)?;
    // Of all strangers but those that pass.
    let foreign_but = |is_left_out: &dyn Fn(usize, &Asked) -> bool| -> Vec<&Asked> {
        let all = strangers.iter().flat_map(|(label, asked)| asked.iter().map(move |one| (*label, one)));
        all.filter(|(label, one)| !is_left_out(*label, one)).map(|(_, one)| one).collect()
    };
    let rule_without = |fold: Option<usize>| {
        let others: Vec<&Asked> = known.iter().filter(|one| Some(one.fold) != fold).collect();
        rule_of(task, &others, &foreign_but(&|_, one| Some(one.fold) == fold))
    };
    let rule = rule_without(None);
    let by_fold: Vec<ClassifierRule> = (0..FOLDS).map(|fold| rule_without(Some(fold))).collect();
    let animals: Vec<ClassifiedAnimal> = known
        .iter()
        .zip(&rows.items)
        .map(|(one, item)| {
            let rule = &by_fold[one.fold];
            let likeliest = rule.likeliest(&one.scores).unwrap_or(Said { label: 0, confidence: 0.0 });
            ClassifiedAnimal {
                right: one.right,
                likeliest,
                is_said: rule.says(&one.scores).is_some(),
                group: item.group,
            }
        })
        .collect();
    let (replicates, seed) = REPLICATES;
    let measured = measure_classification(&animals, rows.labels.len(), replicates, seed)
        .ok_or_else(|| TrainError::TooLittle("there is no animal to judge by".to_owned()))?;
    let strangers = strangers
        .iter()
        .map(|(label, asked)| {
            // By a rule that these have had no part in.
            let others: Vec<&Asked> = known.iter().collect();
            let rule = rule_of(task, &others, &foreign_but(&|other, _| other == *label));
            let said = asked.iter().filter(|one| rule.says(&one.scores).is_some()).count();
            let given_a_label = said as f64 / asked.len().max(1) as f64;
            Stranger { label: rows.labels[*label].clone(), animals: asked.len(), given_a_label }
        })
        .collect();
    Ok(Judged { penalty, rule, measured, strangers })
}

/// Every animal, asked of a layer that has learnt the other four fifths.
fn out_of_fold(
    features: &Features,
    rows: &ClassifierRows,
    penalty: Penalty,
    stopped: &(dyn Fn() -> Option<CacheError> + Sync),
) -> Result<Vec<Asked>, TrainError> {
    let labels = rows.labels.len();
    let mut asked: Vec<Option<Asked>> = rows.items.iter().map(|_| None).collect();
    for fold in 0..FOLDS {
        let (held_back, learnt): (Vec<usize>, Vec<usize>) =
            (0..rows.items.len()).partition(|item| rows.folds[*item] == fold);
        if held_back.is_empty() {
            continue;
        }
        let layer = fit(&features.rows, &rows.shown(features, &learnt), labels, penalty, stopped)?;
        let scores = layer.says(&features.rows, &held_back);
        for (item, scores) in held_back.iter().zip(scores.chunks_exact(labels)) {
            let right = Some(rows.items[*item].label);
            asked[*item] = Some(Asked { scores: scores.to_vec(), right, fold });
        }
    }
    Ok(asked.into_iter().flatten().collect())
}

/// Animals of each label, asked of a layer that has never seen the label; labels beside which fewer than two are left stand for
/// nobody.
fn strangers(
    features: &Features,
    rows: &ClassifierRows,
    penalty: Penalty,
    stopped: &(dyn Fn() -> Option<CacheError> + Sync),
) -> Result<Vec<(usize, Vec<Asked>)>, TrainError> {
    let labels = rows.labels.len();
    let few_of = |label: usize| {
        let mut items: Vec<usize> =
            (0..rows.items.len()).filter(|item| rows.items[*item].label == label).collect();
        items.shuffle(&mut generator(1, "strangers", &[label as u64]));
        items.truncate(MOST_STRANGERS);
        items
    };
    let chosen: Vec<Vec<usize>> = (0..labels).map(few_of).collect();
    // Those of which there are most say most.
    let mut left_out: Vec<usize> = (0..labels).collect();
    left_out.sort_by_key(|label| (std::cmp::Reverse(chosen[*label].len()), *label));
    left_out.truncate(MOST_LEFT_OUT);
    left_out.sort_unstable();
    let mut all = Vec::new();
    for label in left_out {
        // The other side would know its mirror image: both are left out.
        let mirrored = rows.items.iter().find(|item| item.label == label).and_then(|item| item.mirrored);
        let is_out = |other: usize| other == label || Some(other) == mirrored;
        let known: Vec<usize> = (0..labels).filter(|other| !is_out(*other)).collect();
        if known.len() < 2 {
            continue;
        }
        let learnt: Vec<usize> = known.iter().flat_map(|other| &chosen[*other]).copied().collect();
        let shown = rows.shown(features, &learnt);
        let layer = fit(&features.rows, &shown, labels, penalty, stopped)?;
        let scores = layer.says(&features.rows, &chosen[label]);
        let asked = chosen[label].iter().zip(scores.chunks_exact(labels)).map(|(item, scores)| Asked {
            scores: known.iter().map(|other| scores[*other]).collect(),
            right: None,
            fold: rows.folds[*item],
        });
        all.push((label, asked.collect()));
    }
    Ok(all)
}

/// The temperature that makes the scores mean what they say, and the least confidence that keeps what wrong labels and missing
/// ones cost least.
fn rule_of(task: ClassifierTask, asked: &[&Asked], strangers: &[&Asked]) -> ClassifierRule {
    let temperature = temperature(asked);
    let rule = ClassifierRule { task, temperature: temperature as f32, least_confidence: 0.0 };
    let share = if strangers.is_empty() { 0.0 } else { STRANGERS };
    let statement = |one: &&Asked, weight: f64| {
        let likeliest = rule.likeliest(&one.scores).unwrap_or(Said { label: 0, confidence: 0.0 });
        (likeliest.confidence, one.right == Some(likeliest.label), weight)
    };
    let of_known = (1.0 - share) / asked.len().max(1) as f64;
    let of_strangers = share / strangers.len().max(1) as f64;
    let mut statements: Vec<(f32, bool, f64)> = asked
        .iter()
        .map(|one| statement(one, of_known))
        .chain(strangers.iter().map(|one| statement(one, of_strangers)))
        .collect();
    statements.sort_by(|one, other| other.0.total_cmp(&one.0));
    ClassifierRule { least_confidence: least_confidence(&statements), ..rule }
}

/// Goes from the surest statement down, and stops where what is said so far costs least; of equals at the surest.
fn least_confidence(surest_first: &[(f32, bool, f64)]) -> f32 {
    let (mut cost, mut least, mut at) = (0.0, 0.0, 1.0_f32);
    for (place, (confidence, is_right, weight)) in surest_first.iter().enumerate() {
        // Beside not saying it.
        cost += if *is_right { -weight } else { (PRICE_OF_WRONG - 1.0) * weight };
        let is_last_of_equals = surest_first.get(place + 1).is_none_or(|next| next.0 < *confidence);
        if is_last_of_equals && cost < least - 1e-12 {
            (least, at) = (cost, *confidence);
        }
    }
    at
}

/// The temperature of least loss, between a twentieth and twenty, by golden section of its logarithm (J. Kiefer, "Sequential
/// minimax search for a maximum", 1953).
fn temperature(asked: &[&Asked]) -> f64 {
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.05_f64.ln(), 20.0_f64.ln());
    for _ in 0..40 {
        let (one, other) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(asked, one.exp()) <= loss(asked, other.exp()) {
            high = other;
        } else {
            low = one;
        }
    }
    f64::midpoint(low, high).exp()
}

/// The mean loss at a temperature. The right label is taken for right but once more than was seen: where all is told apart
/// nothing becomes certain (J. Platt, "Probabilistic outputs for support vector machines", 1999).
fn loss(asked: &[&Asked], temperature: f64) -> f64 {
    let doubt = 1.0 / (asked.len() as f64 + 2.0);
    let of_one = |one: &&Asked| {
        let labels = one.scores.len() as f64;
        let most = one.scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let scaled = |score: f32| f64::from(score - most) / temperature;
        let sum: f64 = one.scores.iter().map(|score| scaled(*score).exp()).sum();
        let others: f64 = one
            .scores
            .iter()
            .enumerate()
            .map(|(label, score)| {
                let share =
                    if one.right == Some(label) { 1.0 - doubt } else { doubt / (labels - 1.0).max(1.0) };
                share * scaled(*score)
            })
            .sum();
        sum.ln() - others
    };
    asked.iter().map(of_one).sum::<f64>() / asked.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(scores: &[f32], right: Option<usize>) -> Asked {
        Asked { scores: scores.to_vec(), right, fold: 0 }
    }

    #[test]
    fn the_temperature_makes_scores_mean_what_they_say() {
        // Scores of 4 that are right three times in four: the odds are 3, so the temperature 4 / ln 3.
        let all: Vec<Asked> =
            (0..4000).map(|at| asked(&[4.0, 0.0], Some(usize::from(at % 4 == 0)))).collect();
        let found = temperature(&all.iter().collect::<Vec<_>>());
        assert!((found - 4.0 / 3.0_f64.ln()).abs() < 0.02, "{found}");
    }

    #[test]
    fn where_all_is_told_apart_nothing_becomes_certain() {
        let all: Vec<Asked> = (0..50).map(|_| asked(&[1.0, -1.0], Some(0))).collect();
        let rule = rule_of(ClassifierTask::Viewpoint, &all.iter().collect::<Vec<_>>(), &[]);
        let sure = rule.likeliest(&[1.0, -1.0]).unwrap().confidence;
        assert!((0.95..0.995).contains(&sure), "one in fifty-two may be wrong: {sure}");
        assert!(rule.says(&[1.0, -1.0]).is_some());
    }

    #[test]
    fn a_wrong_label_costs_ten_missing_ones() {
        let statement = |confidence: f32, is_right: bool| (confidence, is_right, 1.0);
        // Eleven right below one wrong are worth it, nine are not.
        let below = |n: usize| {
            let mut all = vec![statement(0.99, true), statement(0.9, false)];
            all.extend((0..n).map(|_| statement(0.8, true)));
            least_confidence(&all)
        };
        assert_eq!((below(9), below(11)), (0.99, 0.8));
        assert_eq!(least_confidence(&[statement(0.9, false)]), 1.0, "nothing is worth saying");
    }

    #[test]
    fn strangers_raise_what_is_asked_for() {
        let known: Vec<Asked> =
            (0..100_u8).map(|at| asked(&[f32::from(at) / 20.0, 0.0, 0.0], Some(0))).collect();
        let strangers: Vec<Asked> = (0..100).map(|_| asked(&[2.0, 0.0], None)).collect();
        let known: Vec<&Asked> = known.iter().collect();
        let alone = rule_of(ClassifierTask::Species, &known, &[]);
        let among = rule_of(ClassifierTask::Species, &known, &strangers.iter().collect::<Vec<_>>());
        assert!(among.least_confidence > alone.least_confidence, "{among:?} {alone:?}");
        assert!(among.says(&[2.0, 0.0]).is_none());
    }
}
