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
        if let Some((_, first)) = utilities.first_mut() {
            *first += self.several.lead * means.photos.ln();
        }
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
            .map(|gain| Rule::of(&weighed, gain, usual, drawn).best())
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

/// The rule at a given `gain`, of which `shift` and `lead` are still to be found: the loss is convex in them.
struct Rule {
    usual: SeveralPhotos,
    gain: f64,
    drawn: f64,
    cases: Vec<Reduced>,
}

/// What is left of an encounter once `gain` is given.
struct Reduced {
    /// Utility of the first candidate.
    first: f64,
    /// Ln of the powers of all others together.
    others: f64,
    new: f64,
    chosen: Chosen,
    log_photos: f64,
    weight: f64,
}

/// Which alternative is the right one.
enum Chosen {
    First,
    /// Another individual, of this utility.
    Other(f64),
    New,
}

/// The loss at a place (shift, lead) with its derivatives.
struct Slope {
    loss: f64,
    gradient: [f64; 2],
    curvature: [[f64; 2]; 2],
}

impl Rule {
    fn of<K: Copy + Ord>(
        cases: &[(Means<K>, Option<K>, f64)],
        gain: f64,
        usual: SeveralPhotos,
        drawn: f64,
    ) -> Self {
        let reduced = |(means, truth, weight): &(Means<K>, Option<K>, f64)| {
            let mut utilities: Vec<(K, f64)> = means
                .individuals
                .iter()
                .map(|(who, (mean, photos))| {
                    (*who, Means::<K>::utility(*mean, *photos, SeveralPhotos { gain, ..usual }))
                })
                .collect();
            utilities.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let (first, others) = utilities.split_first()?;
            let chosen = match truth {
                None => Chosen::New,
                Some(who) if *who == first.0 => Chosen::First,
                Some(who) => Chosen::Other(others.iter().find(|(other, _)| other == who)?.1),
            };
            let others: Vec<f64> = others.iter().map(|(_, utility)| *utility).collect();
            Some(Reduced {
                first: first.1,
                others: log_sum(&others),
                new: means.new,
                chosen,
                log_photos: means.photos.ln(),
                weight: *weight,
            })
        };
        Self { usual, gain, drawn, cases: cases.iter().filter_map(reduced).collect() }
    }

    /// Newton's method with step halving: the least loss, and where.
    fn best(&self) -> (f64, SeveralPhotos) {
        let mut place = [self.usual.shift, self.usual.lead];
        let mut here = self.at(place);
        for _ in 0..50 {
            let [[a, b], [_, d]] = here.curvature;
            let [x, y] = here.gradient;
            // Where the lead stands at zero and would fall, it stays, and the shift steps as if there were none.
            let step = if place[1] <= 0.0 && y > 0.0 {
                [x / a, 0.0]
            } else {
                let determinant = a * d - b * b;
                [(d * x - b * y) / determinant, (a * y - b * x) / determinant]
            };
            let mut length = 1.0;
            let (next, there) = loop {
                let next = [place[0] - length * step[0], (place[1] - length * step[1]).max(0.0)];
                let there = self.at(next);
                if there.loss <= here.loss || length < 1e-6 {
                    break (next, there);
                }
                length /= 2.0;
            };
            let gained = here.loss - there.loss;
            if gained >= 0.0 {
                (place, here) = (next, there);
            }
            if gained < 1e-12 && (place[1] > 0.0 || here.gradient[0].abs() < 1e-6) {
                break;
            }
        }
        let [shift, lead] = place;
        (here.loss, SeveralPhotos { gain: self.gain, shift, lead, encounters: 0 })
    }

    fn at(&self, [shift, lead]: [f64; 2]) -> Slope {
        let away = [shift - self.usual.shift, lead - self.usual.lead];
        let of_gain = 5.0 * self.drawn * (self.gain - self.usual.gain).powi(2);
        let mut slope = Slope {
            loss: of_gain + 0.5 * self.drawn * (away[0].powi(2) + away[1].powi(2)),
            gradient: away.map(|away| self.drawn * away),
            curvature: [[self.drawn, 0.0], [0.0, self.drawn]],
        };
        for case in &self.cases {
            case.add_to(&mut slope, shift, lead);
        }
        slope
    }
}

impl Reduced {
    fn add_to(&self, slope: &mut Slope, shift: f64, lead: f64) {
        let (first, new) = (self.first + lead * self.log_photos, self.new + shift * self.log_photos);
        let all = log_sum(&[first, self.others, new]);
        let (chosen, is) = match self.chosen {
            Chosen::First => (first, [0.0, 1.0]),
            Chosen::Other(utility) => (utility, [0.0, 0.0]),
            Chosen::New => (new, [1.0, 0.0]),
        };
        slope.loss += self.weight * (all - chosen).min(700.0);
        let probability = [(new - all).exp(), (first - all).exp()];
        for i in 0..2 {
            slope.gradient[i] += self.weight * self.log_photos * (probability[i] - is[i]);
            for j in 0..2 {
                let same = if i == j { probability[i] } else { 0.0 };
                slope.curvature[i][j] +=
                    self.weight * self.log_photos.powi(2) * (same - probability[i] * probability[j]);
            }
        }
    }
}

fn log_sum(values: &[f64]) -> f64 {
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return greatest;
    }
    greatest + values.iter().map(|value| (value - greatest).exp()).sum::<f64>().ln()
}
