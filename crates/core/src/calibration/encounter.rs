//! Several photos of one encounter, answered together.
//!
//! # The rule
//!
//! Photos of one encounter are evidence of one animal, and dependent evidence: the light, the water, the angle that make
//! one photo resemble the wrong animal make the next one resemble it too. So m photos count for more than one
//! and for less than m independent ones, and how much is learned:
//!
//! - an individual: `m^gain · (mean of its utilities over the photos)`; `gain` 1 would be independent photos (their
//!   likelihoods multiplied), 0 is the mean photo;
//! - the first of them besides: `lead · ln m`, for who comes first by several photos is likelier right than who comes first by
//!   one;
//! - new: the mean of its utilities over the photos `+ shift · ln m`.
//!
//! With one photo all are what they are for one photo. Raising the individuals' utilities alone would make "new"
//! likelier or less likely by the place of their zero; `shift` takes that up, so that "new" is called as often as
//! it comes true. Without `lead`, first answers of several photos were right more often than they said (cattle: .38 where
//! .24 was stated). All three are fitted by maximum likelihood on the catalog's own encounters of several photos, with
//! the coefficients of single photos kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::logit::{self, Alternative, COEFFICIENTS, Choice, FIRST, NEW, Pull};
use super::{Calibration, Posterior, RankedSimilarities, real};
use crate::Similarity;

/// How several photos of one encounter add up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeveralPhotos {
    /// m photos raise the individuals' utilities m^gain-fold; 0 to 1.
    pub gain: f64,
    /// Utility that "new" gains as the photos become e times as many.
    pub shift: f64,
    /// Utility that the first candidate gains likewise; never negative.
    pub lead: f64,
    /// Encounters of several photos that it was learned on, known and new; 0 where there were too few.
    pub encounters: usize,
}

impl Default for SeveralPhotos {
    /// What serves until a catalog has encounters of its own to learn from: near what was learned on antelopes and
    /// cattle (gains of 0.1 and 0.2, shifts of -0.2 and -0.5, leads of 0.7 and 0.9).
    fn default() -> Self {
        Self { gain: 0.15, shift: -0.35, lead: 0.7, encounters: 0 }
    }
}

/// Least number of encounters, known and new each, that the rule is learned on.
const LEAST_ENCOUNTERS: usize = 15;

/// Steps of `gain` that are tried, from 0 to 1.
const GAIN_STEPS: u32 = 20;

/// How strongly the rule is drawn towards the default, in encounters.
const DRAWN: f64 = 4.0;

/// An encounter whose right answer is known, to learn on. `K` says who.
#[derive(Debug, Clone, PartialEq)]
pub struct EncounterCase<K> {
    /// For each photo every individual of the candidate set with its pooled similarity, most similar first.
    pub photos: Vec<Vec<(K, Similarity)>>,
    /// The right individual; `None` for a newcomer.
    pub truth: Option<K>,
    /// How much it counts among the known, or among the new ones.
    pub weight: f64,
}

/// The individuals by the evidence of all photos together, and how likely each is.
#[derive(Debug, Clone, PartialEq)]
pub struct TogetherRanked<K> {
    /// Who, likeliest first; equal ones by `K`.
    pub order: Vec<K>,
    /// Probabilities: of the first [`RankedSimilarities::LISTED`] of `order`, of all others, of "new".
    pub posterior: Posterior,
}

/// The utilities of one encounter before the rule.
struct Means<K> {
    photos: f64,
    /// Mean utility of each individual, and in how many photos it was compared.
    individuals: BTreeMap<K, (f64, f64)>,
    new: f64,
}

impl<K: Copy + Ord> Means<K> {
    /// The individuals, likeliest first; equal ones by `K`.
    fn ranked(&self, gain: f64) -> Vec<(K, f64)> {
        let utility = |(who, (mean, photos)): (&K, &(f64, f64))| (*who, photos.powf(gain) * mean);
        let mut ranked: Vec<(K, f64)> = self.individuals.iter().map(utility).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }
}

impl Calibration {
    /// Answers the photos of one encounter together. Each photo is given as every individual of the candidate set with
    /// its pooled similarity, most similar first. An individual that was not compared with some photo (filtered there)
    /// is judged by the others.
    pub fn together<K: Copy + Ord>(
        &self,
        photos: &[Vec<(K, Similarity)>],
        new_rate: f64,
    ) -> TogetherRanked<K> {
        let rate = new_rate.clamp(1e-6, 1.0 - 1e-6);
        let means = self.means(photos);
        let mut utilities = means.ranked(self.several.gain);
        if let Some((_, first)) = utilities.first_mut() {
            *first += self.several.lead * means.photos.ln();
        }
        let new = means.new + self.several.shift * means.photos.ln() + (rate / (1.0 - rate)).ln();
        let greatest = utilities.first().map_or(new, |first| first.1.max(new));
        let power = |utility: f64| (utility - greatest).exp();
        let sum = utilities.iter().map(|(_, utility)| power(*utility)).sum::<f64>() + power(new);
        let mut candidates: Vec<f64> = utilities.iter().map(|(_, utility)| power(*utility) / sum).collect();
        let others = candidates.drain(candidates.len().min(RankedSimilarities::LISTED)..).sum();
        let posterior = Posterior { candidates, others, new: power(new) / sum };
        TogetherRanked { order: utilities.into_iter().map(|(who, _)| who).collect(), posterior }
    }

    /// Learns how several photos add up, where there are encounters enough of both kinds; else what is there stays.
    pub fn learn_together<K: Copy + Ord>(&mut self, cases: &[EncounterCase<K>]) {
        let known = cases.iter().filter(|case| case.truth.is_some()).count();
        if known < LEAST_ENCOUNTERS || cases.len() - known < LEAST_ENCOUNTERS {
            return;
        }
        let usual = self.several;
        let sum = |of_known: bool| -> f64 {
            cases.iter().filter(|case| case.truth.is_some() == of_known).map(|case| case.weight).sum()
        };
        let sums = (sum(true).max(1e-12), sum(false).max(1e-12));
        let weighed: Vec<(Means<K>, Option<K>, f64)> = cases
            .iter()
            .map(|case| {
                let alike = if case.truth.is_some() { sums.0 } else { sums.1 };
                (self.means(&case.photos), case.truth, 0.5 * case.weight / alike)
            })
            .collect();
        let best = (0..=GAIN_STEPS)
            .map(|step| f64::from(step) / f64::from(GAIN_STEPS))
            .map(|gain| best_at(gain, &weighed, usual))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, rule)) = best {
            self.several = SeveralPhotos { encounters: cases.len(), ..rule };
        }
    }

    fn means<K: Copy + Ord>(&self, photos: &[Vec<(K, Similarity)>]) -> Means<K> {
        let coefficients = self.coefficients();
        let mut individuals: BTreeMap<K, (f64, f64)> = BTreeMap::new();
        let mut new = 0.0;
        for photo in photos {
            let similarities: Vec<Similarity> = photo.iter().map(|(_, similarity)| *similarity).collect();
            let ranked = RankedSimilarities::from_sorted(&similarities);
            let lead = ranked.lead();
            for (rank, (who, similarity)) in photo.iter().enumerate() {
                let features = self.individual_features(*similarity, lead.filter(|_| rank == 0));
                let sum = individuals.entry(*who).or_default();
                sum.0 += Alternative { offset: 0.0, features }.utility(&coefficients);
                sum.1 += 1.0;
            }
            new += self.new_alternative(&ranked).utility(&coefficients);
        }
        individuals.values_mut().for_each(|(sum, photos)| *sum /= *photos);
        let photos = real(photos.len().max(1));
        Means { photos, individuals, new: new / photos }
    }
}

/// The best rule with this `gain`, and its loss. `shift` and `lead` are the coefficients of "new" and of the first
/// candidate in the conditional logit, with features of ln m.
fn best_at<K: Copy + Ord>(
    gain: f64,
    cases: &[(Means<K>, Option<K>, f64)],
    usual: SeveralPhotos,
) -> (f64, SeveralPhotos) {
    let choices: Vec<Choice> = cases.iter().filter_map(|case| choice(gain, case)).collect();
    let mut start = [0.0; COEFFICIENTS];
    (start[FIRST], start[NEW]) = (usual.lead, usual.shift);
    let pull = Pull { target: start, strength: [DRAWN; COEFFICIENTS] };
    let (found, loss, _) = logit::climb(&choices, &pull, start);
    let (lead, shift) = (found[FIRST], found[NEW]);
    let away =
        (lead - usual.lead).powi(2) + (shift - usual.shift).powi(2) + 10.0 * (gain - usual.gain).powi(2);
    let penalty = 0.5 * DRAWN / real(choices.len().max(1)) * away;
    (loss + penalty, SeveralPhotos { gain, shift, lead, encounters: 0 })
}

/// An encounter as a choice: the first candidate, the right one where it is another, all others together, and "new".
fn choice<K: Copy + Ord>(gain: f64, (means, truth, weight): &(Means<K>, Option<K>, f64)) -> Option<Choice> {
    let ranked = means.ranked(gain);
    let (first, others) = ranked.split_first()?;
    let place = match truth {
        Some(who) if *who != first.0 => Some(others.iter().position(|(other, _)| other == who)?),
        _ => None,
    };
    let with = |offset: f64, feature: Option<usize>| {
        let mut features = [0.0; COEFFICIENTS];
        if let Some(feature) = feature {
            features[feature] = means.photos.ln();
        }
        Alternative { offset, features }
    };
    let rest =
        others.iter().enumerate().filter(|(at, _)| Some(*at) != place).map(|(_, (_, utility))| *utility);
    let rest: Vec<f64> = rest.collect();
    let mut alternatives = vec![with(first.1, Some(FIRST)), with(means.new, Some(NEW))];
    if !rest.is_empty() {
        alternatives.push(with(log_sum(&rest), None));
    }
    alternatives.extend(place.map(|at| with(others[at].1, None)));
    let chosen = match (truth, place) {
        (None, _) => 1,
        (Some(_), None) => 0,
        (Some(_), Some(_)) => alternatives.len() - 1,
    };
    Some(Choice { alternatives, chosen, weight: *weight })
}

fn log_sum(values: &[f64]) -> f64 {
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return greatest;
    }
    greatest + values.iter().map(|value| (value - greatest).exp()).sum::<f64>().ln()
}
