//! From similarities to probabilities: of each candidate, of all other individuals, and of a new one.
//!
//! # The model
//!
//! A query has exactly one true answer: one of the N individuals of the candidate set, or "new". That is a
//! choice among alternatives, modelled by the conditional logit with an outside option (D. McFadden,
//! "Conditional logit analysis of qualitative choice behavior", 1974): every alternative has a utility and
//! its probability is exp(utility) over the sum for all of them.
//!
//! - an individual with pooled similarity s: `slope · u + bends[0] · max(0, u) + bends[1] · max(0, u − 1)`,
//!   with u the similarity in standard units: a line that may grow steeper, never flatter;
//! - the first of them besides: `lead[0] + lead[1] · min(g, 1) + lead[2] · max(0, g − 1)`, with g its lead over the
//!   second in standard units; nothing where there is no second;
//! - the individuals beyond the listed ones, tier by tier: ln(how many) + the same of their mean similarity;
//! - new: `constant + level · v(a) + look_alikes · w(b) + (1 + size) · ln(N / N₀) + ln(r / (1 − r))`, with a the
//!   mean similarity of all runners-up, b that of the best tenth of them, v and w their departures from
//!   what is usual in standard units, N₀ the catalog size at fitting, r the expected share of newcomers.
//!
//! Where the form comes from: let similarities to other individuals be normal around a level m of the
//! photo, similarities to its own individual normal around m + d, both with variance t². Bayes' rule with
//! prior r for "new" and (1 − r) / N for each individual gives exactly these utilities, with slope d / t²
//! a unit of similarity, `level` equal to the slope, and `size` equal to 0. What departs from that is learned.
//! The bends are for embeddings that find some photos well and others not at all: there the lower similarities say
//! less than the higher ones, and a straight line is too timid at the top. The lead is what the similarities one by one
//! do not say: somebody who stands out from the crowd is more than somebody near. Without it, first answers were
//! right more often than stated wherever a few photos are found easily and the rest not at all.
//!
//! What that buys: probabilities sum to 1 by construction; more individuals mean more chances for a
//! look-alike, and both the sum in the denominator and ln N grow with them (`size` takes up what is left of
//! the drift, where the cases come from catalogs of several sizes); a photo that resembles everybody (blur,
//! water) raises a and b and with them the bar for a match. Level and look-alikes are means over a share of
//! the catalog, because the ten best of many are nearer than the ten best of few.
//!
//! The log-likelihood is concave in the ten coefficients, so fitting is a Newton iteration that always
//! ends at the same place. Cases are weighted so that known and new queries count equally; the true share
//! of newcomers enters as the prior r. Known and new cases must come from candidate sets of the same sizes:
//! else the fit learns that "one individual fewer" means "new".

mod encounter;
mod logit;
mod ranked;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::encounter::{EncounterCase, SeveralPhotos, TogetherRanked};
pub use self::ranked::{RankedSimilarities, Tier};

use crate::Similarity;

use self::logit::{Alternative, COEFFICIENTS, Choice, Coefficients, Pull};

/// Strength of the pull of each coefficient towards zero, so that separable data do not send them to
/// infinity. The bends, the lead and `size` are drawn harder: they are departures from a law.
const RIDGE: Coefficients = [0.05, 0.5, 0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 5.0];

/// Strength of the pull of a part's coefficients towards those of the whole.
const KINSHIP: f64 = 5.0;

/// Strength of the pull towards the coefficients of a prior, which were fitted on other animals: it weighs as much as
/// a few dozen cases, and fades as a catalog's own come.
const PRIOR: f64 = 20.0;

/// One query whose right answer is known, to fit on.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationCase {
    /// What the search found.
    pub ranked: RankedSimilarities,
    /// Rank of the right individual, 0 for the first; `None` where the animal is not in the candidate
    /// set: a newcomer.
    pub truth: Option<usize>,
    /// How much it counts among the known, or among the new ones; 1 where all count alike.
    pub weight: f64,
}

/// Probabilities of every possible answer; they sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// For each of `RankedSimilarities::top`, in its order.
    pub candidates: Vec<f64>,
    /// That it is one of the individuals beyond those.
    pub others: f64,
    /// That it is none of the catalog.
    pub new: f64,
}

/// A fitted map from similarities to probabilities, for one bundle and slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Mean of the best similarities at fitting: zero of the standard unit.
    pub center: f64,
    /// Standard deviation of the best similarities at fitting: one standard unit.
    pub scale: f64,
    /// Utility a candidate gains by one standard unit of similarity; never negative.
    pub slope: f64,
    /// Utility it gains more, by each standard unit above the usual best similarity, and above one unit more;
    /// never negative.
    pub bends: [f64; 2],
    /// Utility that the first candidate gains for being first, by each standard unit of its lead over the second up to
    /// one, and by each beyond; never negative.
    pub lead: [f64; 3],
    /// Utility of "new" when all else is usual.
    pub constant: f64,
    /// Utility that "new" gains as the runners-up come nearer by one standard unit.
    pub level: f64,
    /// Utility that "new" gains as the best tenth of the runners-up come nearer by one standard unit.
    pub look_alikes: f64,
    /// Utility, beyond the 1 that theory says, that "new" gains as the catalog grows e-fold.
    pub size: f64,
    /// Usual mean similarity of the runners-up; stands in where there is only one individual.
    pub typical_level: f64,
    /// Usual mean similarity of the best tenth of them; stands in likewise.
    pub typical_look_alikes: f64,
    /// Number of individuals at fitting, N₀ (geometric mean).
    pub typical_individuals: f64,
    /// How several photos of one encounter add up.
    pub several: SeveralPhotos,
    /// How many queries of known individuals it was fitted on.
    pub known_cases: usize,
    /// How many (simulated) newcomers it was fitted on.
    pub new_cases: usize,
}

/// Why there is no calibration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// Too few cases to learn from.
    #[error(
        "too little to calibrate on: {known} queries of known individuals and {new} of newcomers, where {needed} of each are needed"
    )]
    TooFewCases {
        /// Queries of known individuals.
        known: usize,
        /// Queries of newcomers.
        new: usize,
        /// How many of each are needed.
        needed: usize,
    },
    /// All best similarities are the same.
    #[error("the best similarities of all queries are the same: nothing to calibrate by")]
    NoSpread,
    /// A similarity is not a finite number.
    #[error("a similarity is not a finite number")]
    NotFinite,
}

/// What a fit needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions<'a> {
    /// Least number of known and of new cases, each.
    pub least_cases: usize,
    /// A calibration of other animals, in whose direction few cases are drawn: its coefficients, in the standard units
    /// of the cases at hand.
    pub prior: Option<&'a Calibration>,
}

impl Default for FitOptions<'_> {
    fn default() -> Self {
        Self { least_cases: 20, prior: None }
    }
}

/// A calibration with how well it describes the cases it was fitted on.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationFit {
    /// The calibration.
    pub calibration: Calibration,
    /// Mean negative log-likelihood a case, in nats, known and new weighted equally.
    pub loss: f64,
    /// Newton steps taken.
    pub steps: usize,
}

impl Calibration {
    /// Fits by maximum likelihood with a small ridge.
    ///
    /// # Errors
    /// Too few cases, similarities without spread or not finite.
    pub fn fit(
        cases: &[CalibrationCase],
        options: FitOptions<'_>,
    ) -> Result<CalibrationFit, CalibrationError> {
        check(cases, options)?;
        let mut start = Self::standard_units(cases)?;
        let pull = match options.prior {
            Some(prior) => {
                start.set_coefficients(prior.coefficients());
                start.several = prior.several;
                Pull { target: prior.coefficients(), strength: [PRIOR; COEFFICIENTS] }
            }
            None => Pull { target: [0.0; COEFFICIENTS], strength: RIDGE },
        };
        Ok(start.refit(cases, &pull))
    }

    /// Fits the cases of a part (a viewpoint, say) where the whole is fitted already: the coefficients are drawn
    /// towards those of the whole, so that few cases change them little and many as much as they need.
    ///
    /// # Errors
    /// Too few cases, or similarities that are not finite.
    pub fn fit_part(
        &self,
        cases: &[CalibrationCase],
        options: FitOptions<'_>,
    ) -> Result<CalibrationFit, CalibrationError> {
        check(cases, options)?;
        let strength = [KINSHIP; COEFFICIENTS];
        Ok(self.clone().refit(cases, &Pull { target: self.coefficients(), strength }))
    }

    /// Fits one map to sets of different animals, each in its own standard units and each counting as much as any
    /// other: a prior for animals that none of them shows. Its standard units are the means of theirs.
    ///
    /// # Errors
    /// No set; one with too few cases, with similarities without spread or not finite.
    pub fn fit_prior(sets: &[Vec<CalibrationCase>]) -> Result<CalibrationFit, CalibrationError> {
        let mut units = Vec::with_capacity(sets.len());
        let mut choices = Vec::new();
        for cases in sets {
            check(cases, FitOptions::default())?;
            let own = Self::standard_units(cases)?;
            let of_set = own.choices(cases).into_iter();
            choices
                .extend(of_set.map(|choice| Choice { weight: choice.weight / real(sets.len()), ..choice }));
            units.push(own);
        }
        let mut prior =
            Self::mean_units(&units).ok_or(CalibrationError::TooFewCases { known: 0, new: 0, needed: 1 })?;
        prior.count(sets.iter().flatten());
        let pull = Pull { target: [0.0; COEFFICIENTS], strength: RIDGE };
        let (coefficients, loss, steps) = logit::climb(&choices, &pull, prior.coefficients());
        prior.set_coefficients(coefficients);
        Ok(CalibrationFit { calibration: prior, loss, steps })
    }

    fn refit(mut self, cases: &[CalibrationCase], pull: &Pull) -> CalibrationFit {
        self.count(cases);
        let (coefficients, loss, steps) = logit::climb(&self.choices(cases), pull, self.coefficients());
        self.set_coefficients(coefficients);
        CalibrationFit { calibration: self, loss, steps }
    }

    /// Probabilities of all answers, given the expected share of newcomers (0 to 1, both excluded; values
    /// outside are drawn to the nearest sensible one).
    pub fn posterior(&self, ranked: &RankedSimilarities, new_rate: f64) -> Posterior {
        let rate = new_rate.clamp(1e-6, 1.0 - 1e-6);
        let mut alternatives = self.alternatives(ranked);
        if let Some(new) = alternatives.last_mut() {
            new.offset += (rate / (1.0 - rate)).ln();
        }
        let mut candidates = logit::probabilities(&alternatives, &self.coefficients());
        let new = candidates.pop().unwrap_or(1.0);
        let others = candidates.drain(ranked.top.len()..).sum();
        Posterior { candidates, others, new }
    }

    fn count<'a>(&mut self, cases: impl IntoIterator<Item = &'a CalibrationCase>) {
        (self.known_cases, self.new_cases) = (0, 0);
        for case in cases {
            let count = if case.truth.is_some() { &mut self.known_cases } else { &mut self.new_cases };
            *count += 1;
        }
    }

    fn standard_units(cases: &[CalibrationCase]) -> Result<Self, CalibrationError> {
        let best: Vec<f64> =
            cases.iter().filter_map(|case| case.ranked.top.first()).map(|s| f64::from(s.0)).collect();
        let (center, scale) = mean_and_deviation(&best).ok_or(CalibrationError::NoSpread)?;
        if scale < 1e-9 {
            return Err(CalibrationError::NoSpread);
        }
        let typical = |of: fn(&RankedSimilarities) -> Option<f64>| {
            let values: Vec<f64> = cases.iter().filter_map(|case| of(&case.ranked)).collect();
            mean_and_deviation(&values).map_or(center, |(mean, _)| mean)
        };
        let log_sizes: Vec<f64> =
            cases.iter().map(|case| real(case.ranked.individuals().max(1)).ln()).collect();
        Ok(Self {
            center,
            scale,
            slope: 1.0,
            bends: [0.0; 2],
            lead: [0.0; 3],
            constant: 0.0,
            level: 0.0,
            look_alikes: 0.0,
            size: 0.0,
            typical_level: typical(RankedSimilarities::level),
            typical_look_alikes: typical(RankedSimilarities::look_alikes),
            typical_individuals: mean_and_deviation(&log_sizes).map_or(1.0, |(mean, _)| mean.exp()),
            several: SeveralPhotos::default(),
            known_cases: 0,
            new_cases: 0,
        })
    }

    /// The means of several standard units (of numbers of individuals the geometric one); none of none.
    fn mean_units(units: &[Self]) -> Option<Self> {
        let mean = |of: fn(&Self) -> f64| units.iter().map(of).sum::<f64>() / real(units.len());
        Some(Self {
            center: mean(|one| one.center),
            scale: mean(|one| one.scale),
            typical_level: mean(|one| one.typical_level),
            typical_look_alikes: mean(|one| one.typical_look_alikes),
            typical_individuals: mean(|one| one.typical_individuals.ln()).exp(),
            ..units.first()?.clone()
        })
    }

    fn coefficients(&self) -> Coefficients {
        let ([first_bend, second_bend], [first, near, far]) = (self.bends, self.lead);
        let (level, look_alikes) = (self.level, self.look_alikes);
        [self.slope, first_bend, second_bend, first, near, far, self.constant, level, look_alikes, self.size]
    }

    fn set_coefficients(&mut self, values: Coefficients) {
        let [slope, first_bend, second_bend, first, near, far, constant, level, look_alikes, size] = values;
        (self.slope, self.bends, self.lead) = (slope, [first_bend, second_bend], [first, near, far]);
        (self.constant, self.level, self.look_alikes, self.size) = (constant, level, look_alikes, size);
    }

    /// The listed individuals, then the tiers of the others, then "new".
    fn alternatives(&self, ranked: &RankedSimilarities) -> Vec<Alternative> {
        let lead = ranked.lead();
        let listed = ranked.top.iter().enumerate().map(|(rank, similarity)| Alternative {
            offset: 0.0,
            features: self.individual_features(*similarity, lead.filter(|_| rank == 0)),
        });
        let others = ranked.tiers.iter().map(|tier| Alternative {
            offset: real(tier.individuals).ln(),
            features: self.individual_features(tier.mean, None),
        });
        listed.chain(others).chain([self.new_alternative(ranked)]).collect()
    }

    /// What speaks for an individual with this similarity; `lead` is how far it is before the second, should it be the
    /// first.
    fn individual_features(&self, similarity: Similarity, lead: Option<f64>) -> Coefficients {
        let unit = (f64::from(similarity.0) - self.center) / self.scale;
        let [first, near, far] = lead.map_or([0.0; 3], |lead| {
            let lead = lead / self.scale;
            [1.0, lead.min(1.0), (lead - 1.0).max(0.0)]
        });
        [unit, unit.max(0.0), (unit - 1.0).max(0.0), first, near, far, 0.0, 0.0, 0.0, 0.0]
    }

    fn new_alternative(&self, ranked: &RankedSimilarities) -> Alternative {
        let unusual = |found: Option<f64>, typical: f64| found.map_or(0.0, |f| (f - typical) / self.scale);
        let growth = (real(ranked.individuals().max(1)) / self.typical_individuals).ln();
        let level = unusual(ranked.level(), self.typical_level);
        let look_alikes = unusual(ranked.look_alikes(), self.typical_look_alikes);
        let features = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, level, look_alikes, growth];
        Alternative { offset: growth, features }
    }

    /// The cases as choices: the known ones together weigh a half, and so do the new ones.
    fn choices(&self, cases: &[CalibrationCase]) -> Vec<Choice> {
        let all = |known: bool| -> f64 {
            cases.iter().filter(|case| case.truth.is_some() == known).map(|case| case.weight).sum()
        };
        let sums = (all(true).max(1e-12), all(false).max(1e-12));
        cases.iter().map(|case| self.choice(case, sums)).collect()
    }

    /// The case as a choice; `sums` are the weights of all known and of all new cases.
    fn choice(&self, case: &CalibrationCase, sums: (f64, f64)) -> Choice {
        let alternatives = self.alternatives(&case.ranked);
        let (chosen, alike) = match case.truth {
            Some(rank) => (case.ranked.place_of(rank), sums.0),
            None => (alternatives.len() - 1, sums.1),
        };
        Choice { alternatives, chosen, weight: 0.5 * case.weight / alike }
    }
}

fn check(cases: &[CalibrationCase], options: FitOptions<'_>) -> Result<(), CalibrationError> {
    let known = cases.iter().filter(|case| case.truth.is_some()).count();
    let new = cases.len() - known;
    if known < options.least_cases || new < options.least_cases {
        return Err(CalibrationError::TooFewCases { known, new, needed: options.least_cases });
    }
    if cases.iter().all(|case| case.ranked.is_finite()) { Ok(()) } else { Err(CalibrationError::NotFinite) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases and individuals are small")]
fn real(count: usize) -> f64 {
    count as f64
}

fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / real(values.len());
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / real(values.len());
    Some((mean, variance.sqrt()))
}
