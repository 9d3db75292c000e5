//! From similarities to probabilities: of each candidate, of all other individuals, and of a new one.
//!
//! # The model
//!
//! A query has exactly one true answer: one of the N individuals of the candidate set, or "new". That is a
//! choice among alternatives, modelled by the conditional logit with an outside option (D. McFadden,
//! "Conditional logit analysis of qualitative choice behavior", 1974): every alternative has a utility and
//! its probability is exp(utility) over the sum for all of them.
//!
//! - an individual with pooled similarity s: `slope · u(s)`, with u the similarity in standard units;
//! - all individuals beyond the listed ones together: `ln(how many) + slope · u(their mean similarity)`;
//! - new: `constant + background · u(b) + size · ln(N / N₀) + ln(r / (1 − r))`, with b the mean similarity
//!   of the runners-up (ranks 2 to 11), N₀ the catalog size at fitting, and r the expected share of newcomers.
//!
//! What that buys: probabilities sum to 1 by construction; more individuals mean more chances for a
//! look-alike, and the sum in the denominator grows with them (`size` takes up what is left of the drift,
//! because the cases are fitted at several catalog sizes); a photo that resembles everybody (blur, water)
//! raises b and with it the bar for a match.
//!
//! The log-likelihood is concave in the four coefficients, so fitting is a Newton iteration that always
//! ends at the same place. Cases are weighted so that known and new queries count equally; the true share
//! of newcomers enters as the prior r.

use serde::{Deserialize, Serialize};

use crate::Similarity;

/// How many runners-up make the background of a query.
const BACKGROUND_RANKS: usize = 10;

/// Strength of the pull towards zero on the coefficients (in standard units), so that separable data
/// do not send them to infinity. Worth about one case.
const RIDGE: f64 = 0.5;

/// The pooled similarities of one query, as far as calibration looks at them.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedSimilarities {
    /// Similarities of the best individuals, greatest first; at most [`RankedSimilarities::LISTED`].
    pub top: Vec<Similarity>,
    /// How many individuals the candidate set holds, the listed ones included.
    pub individuals: usize,
    /// Mean similarity of the individuals beyond `top`; any value where there are none.
    pub rest_mean: Similarity,
}

impl RankedSimilarities {
    /// How many individuals are looked at one by one; the others are taken together.
    pub const LISTED: usize = 20;

    /// Takes the similarities of all individuals of the candidate set, greatest first.
    pub fn from_sorted(all: &[Similarity]) -> Self {
        let (top, rest) = all.split_at(all.len().min(Self::LISTED));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a mean of f32 fits f32"
        )]
        let rest_mean = if rest.is_empty() {
            0.0
        } else {
            (rest.iter().map(|s| f64::from(s.0)).sum::<f64>() / rest.len() as f64) as f32
        };
        Self { top: top.to_vec(), individuals: all.len(), rest_mean: Similarity(rest_mean) }
    }

    /// Mean similarity of the runners-up; `None` where there is no second individual.
    fn background(&self) -> Option<f64> {
        let runners_up = self.top.get(1..)?;
        let taken = &runners_up[..runners_up.len().min(BACKGROUND_RANKS)];
        #[expect(clippy::cast_precision_loss, reason = "at most ten")]
        (!taken.is_empty()).then(|| taken.iter().map(|s| f64::from(s.0)).sum::<f64>() / taken.len() as f64)
    }
}

/// One query whose right answer is known, to fit on.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationCase {
    /// What the search found.
    pub ranked: RankedSimilarities,
    /// Rank of the right individual, 0 for the first, anything beyond the listed ones for "one of the
    /// others"; `None` where the animal is not in the candidate set: a newcomer.
    pub truth: Option<usize>,
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
    /// Utility of "new" when all else is average.
    pub constant: f64,
    /// Utility that "new" gains by one standard unit of background.
    pub background: f64,
    /// Utility that "new" gains as the catalog grows e-fold.
    pub size: f64,
    /// Mean background at fitting, in similarity; stands in where there is only one individual.
    pub typical_background: f64,
    /// Number of individuals at fitting, N₀.
    pub typical_individuals: f64,
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
pub struct FitOptions {
    /// Least number of known and of new cases, each.
    pub least_cases: usize,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { least_cases: 20 }
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

/// Coefficients in the order of fitting: slope, constant, background, size.
type Coefficients = [f64; 4];

impl Calibration {
    /// Fits by maximum likelihood with a small ridge.
    ///
    /// # Errors
    /// Too few cases, similarities without spread or not finite.
    pub fn fit(cases: &[CalibrationCase], options: FitOptions) -> Result<CalibrationFit, CalibrationError> {
        let known = cases.iter().filter(|case| case.truth.is_some()).count();
        let new = cases.len() - known;
        if known < options.least_cases || new < options.least_cases {
            return Err(CalibrationError::TooFewCases { known, new, needed: options.least_cases });
        }
        let finite = |case: &CalibrationCase| {
            case.ranked.top.iter().chain([&case.ranked.rest_mean]).all(|similarity| similarity.0.is_finite())
        };
        if !cases.iter().all(finite) {
            return Err(CalibrationError::NotFinite);
        }
        let mut calibration = Self::standard_units(cases)?;
        calibration.known_cases = known;
        calibration.new_cases = new;
        #[expect(clippy::cast_precision_loss, reason = "counts of cases are small")]
        let weights = (0.5 / known as f64, 0.5 / new as f64);
        #[expect(clippy::cast_precision_loss, reason = "counts of cases are small")]
        let ridge = RIDGE / cases.len() as f64;
        let (loss, steps) = calibration.climb(cases, weights, ridge);
        Ok(CalibrationFit { calibration, loss, steps })
    }

    /// Probabilities of all answers, given the expected share of newcomers (0 to 1, both excluded; values
    /// outside are drawn to the nearest sensible one).
    pub fn posterior(&self, ranked: &RankedSimilarities, new_rate: f64) -> Posterior {
        let rate = new_rate.clamp(1e-6, 1.0 - 1e-6);
        let alternatives = self.alternatives(ranked);
        let coefficients = self.coefficients();
        let mut utilities: Vec<f64> = alternatives.iter().map(|a| a.utility(&coefficients)).collect();
        if let Some(new) = utilities.last_mut() {
            *new += (rate / (1.0 - rate)).ln();
        }
        let mut probabilities = softmax(&utilities);
        let new = probabilities.pop().unwrap_or(1.0);
        let others =
            if probabilities.len() > ranked.top.len() { probabilities.pop().unwrap_or(0.0) } else { 0.0 };
        Posterior { candidates: probabilities, others, new }
    }

    fn standard_units(cases: &[CalibrationCase]) -> Result<Self, CalibrationError> {
        let best: Vec<f64> =
            cases.iter().filter_map(|c| c.ranked.top.first()).map(|s| f64::from(s.0)).collect();
        let (center, scale) = mean_and_deviation(&best).ok_or(CalibrationError::NoSpread)?;
        if scale < 1e-9 {
            return Err(CalibrationError::NoSpread);
        }
        let backgrounds: Vec<f64> = cases.iter().filter_map(|c| c.ranked.background()).collect();
        #[expect(clippy::cast_precision_loss, reason = "numbers of individuals are small")]
        let log_sizes: Vec<f64> = cases.iter().map(|c| (c.ranked.individuals.max(1) as f64).ln()).collect();
        Ok(Self {
            center,
            scale,
            slope: 1.0,
            constant: 0.0,
            background: 0.0,
            size: 0.0,
            typical_background: mean_and_deviation(&backgrounds).map_or(center, |(mean, _)| mean),
            typical_individuals: mean_and_deviation(&log_sizes).map_or(1.0, |(mean, _)| mean.exp()),
            known_cases: 0,
            new_cases: 0,
        })
    }

    fn coefficients(&self) -> Coefficients {
        [self.slope, self.constant, self.background, self.size]
    }

    fn set_coefficients(&mut self, values: Coefficients) {
        [self.slope, self.constant, self.background, self.size] = values;
    }

    fn units(&self, similarity: f64) -> f64 {
        (similarity - self.center) / self.scale
    }

    /// The listed individuals, then (where there are any) all others together, then "new".
    fn alternatives(&self, ranked: &RankedSimilarities) -> Vec<Alternative> {
        let mut alternatives: Vec<Alternative> = ranked
            .top
            .iter()
            .map(|s| Alternative { offset: 0.0, features: [self.units(f64::from(s.0)), 0.0, 0.0, 0.0] })
            .collect();
        let beyond = ranked.individuals.saturating_sub(ranked.top.len());
        if beyond > 0 {
            #[expect(clippy::cast_precision_loss, reason = "numbers of individuals are small")]
            let offset = (beyond as f64).ln();
            let unit = self.units(f64::from(ranked.rest_mean.0));
            alternatives.push(Alternative { offset, features: [unit, 0.0, 0.0, 0.0] });
        }
        let background = self.units(ranked.background().unwrap_or(self.typical_background));
        #[expect(clippy::cast_precision_loss, reason = "numbers of individuals are small")]
        let growth = (ranked.individuals.max(1) as f64 / self.typical_individuals).ln();
        alternatives.push(Alternative { offset: 0.0, features: [0.0, 1.0, background, growth] });
        alternatives
    }

    /// Newton's method with step halving on the penalised likelihood. Returns the loss and the steps taken.
    fn climb(&mut self, cases: &[CalibrationCase], weights: (f64, f64), ridge: f64) -> (f64, usize) {
        let prepared: Vec<(Vec<Alternative>, usize, f64)> = cases
            .iter()
            .map(|case| {
                let alternatives = self.alternatives(&case.ranked);
                let new = alternatives.len() - 1;
                let (chosen, weight) = match case.truth {
                    // A truth beyond the listed ones is "one of the others", which stands just before "new".
                    Some(rank) if rank < case.ranked.top.len() => (rank, weights.0),
                    Some(_) => (new.saturating_sub(1), weights.0),
                    None => (new, weights.1),
                };
                (alternatives, chosen, weight)
            })
            .collect();
        let mut current = Objective::at(&prepared, self.coefficients(), ridge);
        for step in 0..100 {
            let direction = solve(current.curvature, current.gradient);
            let mut length = 1.0;
            let next = loop {
                let trial: Coefficients =
                    std::array::from_fn(|i| self.coefficients()[i] - length * direction[i]);
                // A slope below zero would call unlike animals alike.
                let trial = [trial[0].max(0.0), trial[1], trial[2], trial[3]];
                let objective = Objective::at(&prepared, trial, ridge);
                if objective.penalised <= current.penalised || length < 1e-6 {
                    break (trial, objective);
                }
                length /= 2.0;
            };
            let gained = current.penalised - next.1.penalised;
            if gained >= 0.0 {
                self.set_coefficients(next.0);
                current = next.1;
            }
            if gained < 1e-10 {
                return (current.loss, step + 1);
            }
        }
        (current.loss, 100)
    }
}

/// One possible answer: its utility is `offset + features · coefficients`.
#[derive(Debug, Clone, Copy)]
struct Alternative {
    offset: f64,
    features: Coefficients,
}

impl Alternative {
    fn utility(&self, coefficients: &Coefficients) -> f64 {
        self.offset + self.features.iter().zip(coefficients).map(|(f, c)| f * c).sum::<f64>()
    }
}

/// Weighted negative log-likelihood with its derivatives.
struct Objective {
    loss: f64,
    penalised: f64,
    gradient: Coefficients,
    curvature: [Coefficients; 4],
}

impl Objective {
    fn at(prepared: &[(Vec<Alternative>, usize, f64)], coefficients: Coefficients, ridge: f64) -> Self {
        let mut gradient = [0.0; 4];
        let mut curvature = [[0.0; 4]; 4];
        let mut loss = 0.0;
        for (alternatives, chosen, weight) in prepared {
            let utilities: Vec<f64> = alternatives.iter().map(|a| a.utility(&coefficients)).collect();
            let probabilities = softmax(&utilities);
            loss -= weight * probabilities[*chosen].max(1e-300).ln();
            let mean: Coefficients = std::array::from_fn(|i| {
                alternatives.iter().zip(&probabilities).map(|(a, p)| a.features[i] * p).sum()
            });
            for i in 0..4 {
                gradient[i] += weight * (mean[i] - alternatives[*chosen].features[i]);
                for j in 0..4 {
                    let second: f64 = alternatives
                        .iter()
                        .zip(&probabilities)
                        .map(|(a, p)| a.features[i] * a.features[j] * p)
                        .sum();
                    curvature[i][j] += weight * (second - mean[i] * mean[j]);
                }
            }
        }
        let mut penalised = loss;
        for i in 0..4 {
            penalised += 0.5 * ridge * coefficients[i] * coefficients[i];
            gradient[i] += ridge * coefficients[i];
            curvature[i][i] += ridge;
        }
        Self { loss, penalised, gradient, curvature }
    }
}

fn softmax(utilities: &[f64]) -> Vec<f64> {
    let greatest = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = utilities.iter().map(|u| (u - greatest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}

fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of cases are small")]
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    Some((mean, variance.sqrt()))
}

/// Solves `matrix · x = right` for a symmetric positive definite 4×4 matrix (it is: ridge on its diagonal)
/// by Cholesky factorisation.
fn solve(matrix: [Coefficients; 4], right: Coefficients) -> Coefficients {
    let mut lower = [[0.0_f64; 4]; 4];
    for i in 0..4 {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            lower[i][j] = if i == j {
                (matrix[i][i] - known).max(1e-12).sqrt()
            } else {
                (matrix[i][j] - known) / lower[j][j]
            };
        }
    }
    let mut forward = [0.0; 4];
    for i in 0..4 {
        let known: f64 = (0..i).map(|k| lower[i][k] * forward[k]).sum();
        forward[i] = (right[i] - known) / lower[i][i];
    }
    let mut solution = [0.0; 4];
    for i in (0..4).rev() {
        let known: f64 = (i + 1..4).map(|k| lower[k][i] * solution[k]).sum();
        solution[i] = (forward[i] - known) / lower[i][i];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small deterministic generator of normal deviates (tests only): sums of twelve uniforms.
    struct Dice(u64);

    impl Dice {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }

        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
        }
    }

    /// Queries against `individuals` others: impostors around 0.3, the true one around 0.6, and a
    /// level of the whole photo that moves all of them together.
    fn cases(seed: u64, count: usize, individuals: usize) -> Vec<CalibrationCase> {
        let mut dice = Dice(seed);
        (0..count)
            .map(|index| {
                let level = 0.1 * dice.normal();
                let mut all: Vec<f64> = (0..individuals).map(|_| 0.3 + level + 0.1 * dice.normal()).collect();
                let genuine = (index % 2 == 0).then(|| 0.6 + level + 0.1 * dice.normal());
                if let Some(genuine) = genuine {
                    all[0] = genuine;
                }
                all.sort_by(|a, b| b.total_cmp(a));
                let truth = genuine.map(|g| all.iter().position(|s| *s == g).unwrap_or(usize::MAX));
                let sorted: Vec<Similarity> = all.iter().map(|s| Similarity(*s as f32)).collect();
                CalibrationCase { ranked: RankedSimilarities::from_sorted(&sorted), truth }
            })
            .collect()
    }

    /// Mean stated probability of the first answer, and how often it was right.
    fn stated_and_found(calibration: &Calibration, cases: &[CalibrationCase]) -> (f64, f64) {
        let mut stated = 0.0;
        let mut right = 0.0;
        for case in cases {
            let posterior = calibration.posterior(&case.ranked, 0.5);
            let (probability, correct) = if posterior.new > posterior.candidates[0] {
                (posterior.new, case.truth.is_none())
            } else {
                (posterior.candidates[0], case.truth == Some(0))
            };
            stated += probability;
            right += f64::from(u8::from(correct));
        }
        (stated / cases.len() as f64, right / cases.len() as f64)
    }

    #[test]
    fn probabilities_sum_to_one_and_fall_with_rank() {
        let fit = Calibration::fit(&cases(1, 400, 50), FitOptions::default()).expect("enough cases");
        for case in cases(2, 50, 50) {
            let posterior = fit.calibration.posterior(&case.ranked, 0.1);
            let sum: f64 = posterior.candidates.iter().sum::<f64>() + posterior.others + posterior.new;
            assert!((sum - 1.0).abs() < 1e-9);
            assert!(posterior.candidates.is_sorted_by(|a, b| a >= b));
        }
    }

    #[test]
    fn what_it_says_is_what_happens_on_fresh_queries() {
        let fit = Calibration::fit(&cases(3, 1000, 50), FitOptions::default()).expect("enough cases");
        let (stated, found) = stated_and_found(&fit.calibration, &cases(4, 2000, 50));
        assert!((stated - found).abs() < 0.03, "stated {stated}, found {found}");
        assert!(found > 0.75, "found {found}");
    }

    #[test]
    fn a_catalog_that_grows_eightfold_stays_calibrated() {
        let mut mixed = cases(5, 600, 25);
        mixed.extend(cases(6, 600, 50));
        mixed.extend(cases(7, 600, 100));
        let fit = Calibration::fit(&mixed, FitOptions::default()).expect("enough cases");
        let (stated, found) = stated_and_found(&fit.calibration, &cases(8, 1500, 400));
        assert!((stated - found).abs() < 0.08, "stated {stated}, found {found}");
    }

    #[test]
    fn more_expected_newcomers_make_new_likelier() {
        let fit = Calibration::fit(&cases(9, 400, 50), FitOptions::default()).expect("enough cases");
        let ranked = &cases(10, 1, 50)[0].ranked;
        let rare = fit.calibration.posterior(ranked, 0.01).new;
        let common = fit.calibration.posterior(ranked, 0.5).new;
        assert!(rare < common);
    }

    #[test]
    fn one_individual_and_none_are_answered_too() {
        let fit = Calibration::fit(&cases(11, 400, 50), FitOptions::default()).expect("enough cases");
        let nobody = fit.calibration.posterior(&RankedSimilarities::from_sorted(&[]), 0.1);
        assert_eq!((nobody.candidates.len(), nobody.others, nobody.new), (0, 0.0, 1.0));
        let one = fit.calibration.posterior(&RankedSimilarities::from_sorted(&[Similarity(0.9)]), 0.1);
        assert!(one.candidates[0] > 0.5 && (one.candidates[0] + one.new - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_similarity_that_says_nothing_gives_no_slope() {
        let mut dice = Dice(12);
        let noise: Vec<CalibrationCase> = (0..600)
            .map(|index| {
                let mut all: Vec<f64> = (0..30).map(|_| dice.normal()).collect();
                all.sort_by(|a, b| b.total_cmp(a));
                let sorted: Vec<Similarity> = all.iter().map(|s| Similarity(*s as f32)).collect();
                let truth = (index % 2 == 0).then(|| (dice.uniform() * 30.0) as usize);
                CalibrationCase { ranked: RankedSimilarities::from_sorted(&sorted), truth }
            })
            .collect();
        let fit = Calibration::fit(&noise, FitOptions::default()).expect("enough cases");
        assert!(fit.calibration.slope < 0.15, "slope {}", fit.calibration.slope);
    }

    #[test]
    fn too_little_or_broken_data_is_refused() {
        let few = cases(13, 10, 5);
        assert!(matches!(
            Calibration::fit(&few, FitOptions::default()),
            Err(CalibrationError::TooFewCases { known: 5, new: 5, needed: 20 })
        ));
        let mut broken = cases(14, 100, 5);
        broken[3].ranked.top[0] = Similarity(f32::NAN);
        assert_eq!(Calibration::fit(&broken, FitOptions::default()).err(), Some(CalibrationError::NotFinite));
        let mut flat = cases(15, 100, 5);
        flat.iter_mut().for_each(|case| case.ranked.top.fill(Similarity(0.5)));
        assert_eq!(Calibration::fit(&flat, FitOptions::default()).err(), Some(CalibrationError::NoSpread));
    }
}
