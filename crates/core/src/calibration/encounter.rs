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
//! - new: the mean of its utilities over the photos `+ shift · ln m`.
//!
//! With one photo both are what they are for one photo. Raising the individuals' utilities alone would make "new"
//! likelier or less likely by the place of their zero; `shift` takes that up, so that "new" is called as often as
//! it comes true. Both are fitted by maximum likelihood on the catalog's own encounters of several photos, with the
//! coefficients of single photos kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::logit::Alternative;
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
    /// Encounters of several photos that it was learned on, known and new; 0 where there were too few.
    pub encounters: usize,
}

impl Default for SeveralPhotos {
    /// What serves until a catalog has encounters of its own to learn from: near what was learned on antelopes and
    /// cattle (gains of 0.1 and 0.2, shifts of -0.25 and -0.5).
    fn default() -> Self {
        Self { gain: 0.15, shift: -0.35, encounters: 0 }
    }
}

/// Least number of encounters, known and new each, that `gain` and `shift` are learned on.
const LEAST_ENCOUNTERS: usize = 15;

/// Steps of `gain` that are tried, from 0 to 1.
const GAIN_STEPS: u32 = 20;

/// How strongly `gain` and `shift` are drawn towards the default, in encounters.
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

/// The utilities of one encounter before `gain` and `shift`.
struct Means<K> {
    photos: f64,
    /// Mean utility of each individual, and in how many photos it was compared.
    individuals: BTreeMap<K, (f64, f64)>,
    new: f64,
}

impl<K: Copy + Ord> Means<K> {
    fn utility(mean: f64, photos: f64, several: SeveralPhotos) -> f64 {
        photos.powf(several.gain) * mean
    }

    fn new_utility(&self, several: SeveralPhotos) -> f64 {
        self.new + several.shift * self.photos.ln()
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
        let mut utilities: Vec<(K, f64)> = means
            .individuals
            .iter()
            .map(|(who, (mean, photos))| (*who, Means::<K>::utility(*mean, *photos, self.several)))
            .collect();
        utilities.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let new = means.new_utility(self.several) + (rate / (1.0 - rate)).ln();
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
        let drawn = DRAWN / real(cases.len());
        let best = (0..=GAIN_STEPS)
            .map(|step| f64::from(step) / f64::from(GAIN_STEPS))
            .map(|gain| best_shift(&weighed, gain, usual, drawn))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, gain, shift)) = best {
            self.several = SeveralPhotos { gain, shift, encounters: cases.len() };
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

/// The best `shift` at a `gain`: (loss, gain, shift). The loss is convex in `shift`, so its slope is halved into.
fn best_shift<K: Copy + Ord>(
    cases: &[(Means<K>, Option<K>, f64)],
    gain: f64,
    usual: SeveralPhotos,
    drawn: f64,
) -> (f64, f64, f64) {
    let several = SeveralPhotos { gain, shift: 0.0, encounters: 0 };
    // (ln of all individuals' powers together, that of the right one, utility of new, ln m, weight)
    let reduced: Vec<(f64, Option<f64>, f64, f64, f64)> = cases
        .iter()
        .map(|(means, truth, weight)| {
            let utilities: Vec<f64> = means
                .individuals
                .values()
                .map(|(mean, photos)| Means::<K>::utility(*mean, *photos, several))
                .collect();
            let right = truth.map(|who| {
                means
                    .individuals
                    .get(&who)
                    .map_or(f64::NEG_INFINITY, |(mean, n)| Means::<K>::utility(*mean, *n, several))
            });
            (log_sum(&utilities), right, means.new_utility(several), means.photos.ln(), *weight)
        })
        .collect();
    let at = |shift: f64| {
        let pull = 0.5 * drawn * (shift - usual.shift).powi(2) + 5.0 * drawn * (gain - usual.gain).powi(2);
        let (mut loss, mut slope) = (pull, drawn * (shift - usual.shift));
        for (known, right, new, log_photos, weight) in &reduced {
            let new = new + shift * log_photos;
            let all = log_sum(&[*known, new]);
            let chosen = right.unwrap_or(new);
            loss += weight * (all - chosen).min(700.0);
            let probability = (new - all).exp();
            slope += weight * log_photos * (probability - f64::from(u8::from(right.is_none())));
        }
        (loss, slope)
    };
    let (mut low, mut high) = (-5.0, 5.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if at(middle).1 > 0.0 { high = middle } else { low = middle }
    }
    let shift = f64::midpoint(low, high);
    (at(shift).0, gain, shift)
}

fn log_sum(values: &[f64]) -> f64 {
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return greatest;
    }
    greatest + values.iter().map(|value| (value - greatest).exp()).sum::<f64>().ln()
}
