//! The conditional logit: utilities, probabilities, and the likelihood with its derivatives.

use super::real;

/// The first so many coefficients never fall below zero: a slope below zero would call unlike animals alike, a lead
/// below zero would put the second before the first.
const NEVER_NEGATIVE: usize = 6;

/// Number of coefficients.
pub(super) const COEFFICIENTS: usize = 10;

/// Place of what the first candidate gains for being first.
pub(super) const FIRST: usize = 3;

/// Place of the constant of "new".
pub(super) const NEW: usize = 6;

/// Coefficients in the order of fitting: slope, the two bends, the three of the lead, constant, level, look-alikes, size.
pub(super) type Coefficients = [f64; COEFFICIENTS];

/// Where the coefficients are drawn to, and how hard: the penalty is half of strength · (value − target)²,
/// for each of them, against the log-likelihood of all choices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pull {
    pub(super) target: Coefficients,
    pub(super) strength: Coefficients,
}

/// One possible answer: its utility is `offset + features · coefficients`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alternative {
    pub(super) offset: f64,
    pub(super) features: Coefficients,
}

impl Alternative {
    pub(super) fn utility(&self, coefficients: &Coefficients) -> f64 {
        self.offset + self.features.iter().zip(coefficients).map(|(f, c)| f * c).sum::<f64>()
    }
}

/// One query with its right answer.
pub(super) struct Choice {
    /// Every possible answer.
    pub(super) alternatives: Vec<Alternative>,
    /// Which of them is right.
    pub(super) chosen: usize,
    /// How much it counts.
    pub(super) weight: f64,
}

/// Probability of each alternative.
pub(super) fn probabilities(alternatives: &[Alternative], coefficients: &Coefficients) -> Vec<f64> {
    let utilities: Vec<f64> = alternatives.iter().map(|a| a.utility(coefficients)).collect();
    let greatest = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = utilities.iter().map(|u| (u - greatest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}

/// Newton's method with step halving on the penalised likelihood, from `start`. Returns the coefficients, the loss without the penalty, and the steps taken.
pub(super) fn climb(choices: &[Choice], pull: &Pull, start: Coefficients) -> (Coefficients, f64, usize) {
    let mut place = start;
    let mut current = Objective::at(choices, &place, pull);
    for step in 1..=100 {
        let direction = current.direction(&place);
        let mut length = 1.0;
        let (trial, objective) = loop {
            let mut trial: Coefficients = std::array::from_fn(|i| place[i] - length * direction[i]);
            for coefficient in &mut trial[..NEVER_NEGATIVE] {
                *coefficient = coefficient.max(0.0);
            }
            let objective = Objective::at(choices, &trial, pull);
            if objective.penalised <= current.penalised || length < 1e-6 {
                break (trial, objective);
            }
            length /= 2.0;
        };
        let gained = current.penalised - objective.penalised;
        if gained >= 0.0 {
            place = trial;
            current = objective;
        }
        if gained < 1e-10 {
            return (place, current.loss, step);
        }
    }
    (place, current.loss, 100)
}

/// Weighted negative log-likelihood with its derivatives.
struct Objective {
    loss: f64,
    penalised: f64,
    gradient: Coefficients,
    curvature: [Coefficients; COEFFICIENTS],
}

impl Objective {
    fn at(choices: &[Choice], coefficients: &Coefficients, pull: &Pull) -> Self {
        let mut objective = Self {
            loss: 0.0,
            penalised: 0.0,
            gradient: [0.0; COEFFICIENTS],
            curvature: [[0.0; COEFFICIENTS]; COEFFICIENTS],
        };
        for choice in choices {
            objective.add(choice, coefficients);
        }
        objective.penalised = objective.loss;
        for (i, coefficient) in coefficients.iter().enumerate() {
            let strength = pull.strength[i] / real(choices.len());
            let away = coefficient - pull.target[i];
            objective.penalised += 0.5 * strength * away * away;
            objective.gradient[i] += strength * away;
            objective.curvature[i][i] += strength;
        }
        objective
    }

    /// Newton's step from `place`, to be taken backwards. A coefficient that stands at zero and would go below
    /// stays where it is, and the others step as if it were no coefficient.
    fn direction(&self, place: &Coefficients) -> Coefficients {
        let (mut curvature, mut gradient) = (self.curvature, self.gradient);
        for i in (0..NEVER_NEGATIVE).filter(|i| place[*i] <= 0.0 && self.gradient[*i] > 0.0) {
            gradient[i] = 0.0;
            curvature[i] = [0.0; COEFFICIENTS];
            curvature.iter_mut().for_each(|row| row[i] = 0.0);
            curvature[i][i] = 1.0;
        }
        solve(&curvature, &gradient)
    }

    fn add(&mut self, choice: &Choice, coefficients: &Coefficients) {
        let probabilities = probabilities(&choice.alternatives, coefficients);
        self.loss -= choice.weight * probabilities[choice.chosen].max(1e-300).ln();
        let mut mean = [0.0; COEFFICIENTS];
        let mut second = [[0.0; COEFFICIENTS]; COEFFICIENTS];
        for (alternative, probability) in choice.alternatives.iter().zip(&probabilities) {
            for i in 0..COEFFICIENTS {
                let part = probability * alternative.features[i];
                mean[i] += part;
                for (sum, feature) in second[i].iter_mut().zip(&alternative.features) {
                    *sum += part * feature;
                }
            }
        }
        for i in 0..COEFFICIENTS {
            self.gradient[i] += choice.weight * (mean[i] - choice.alternatives[choice.chosen].features[i]);
            for j in 0..COEFFICIENTS {
                self.curvature[i][j] += choice.weight * (second[i][j] - mean[i] * mean[j]);
            }
        }
    }
}

/// Solves `matrix · x = right` for a symmetric positive definite matrix (it is: ridge on its diagonal) by
/// Cholesky factorisation.
fn solve(matrix: &[Coefficients; COEFFICIENTS], right: &Coefficients) -> Coefficients {
    let mut lower = [[0.0_f64; COEFFICIENTS]; COEFFICIENTS];
    for i in 0..COEFFICIENTS {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            lower[i][j] = if i == j {
                (matrix[i][i] - known).max(1e-12).sqrt()
            } else {
                (matrix[i][j] - known) / lower[j][j]
            };
        }
    }
    let mut forward = [0.0; COEFFICIENTS];
    for i in 0..COEFFICIENTS {
        let known: f64 = (0..i).map(|k| lower[i][k] * forward[k]).sum();
        forward[i] = (right[i] - known) / lower[i][i];
    }
    let mut solution = [0.0; COEFFICIENTS];
    for i in (0..COEFFICIENTS).rev() {
        let known: f64 = (i + 1..COEFFICIENTS).map(|k| lower[k][i] * solution[k]).sum();
        solution[i] = (forward[i] - known) / lower[i][i];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solving_undoes_multiplying() {
        let matrix: [Coefficients; COEFFICIENTS] =
            std::array::from_fn(|i| std::array::from_fn(|j| if i == j { 10.0 + i as f64 } else { 1.0 }));
        let wanted = [1.0, -2.0, 3.0, 0.5, 7.0, -1.0, 0.0, 4.0, -0.5, 2.0];
        let right = std::array::from_fn(|i| matrix[i].iter().zip(&wanted).map(|(m, x)| m * x).sum());
        let found = solve(&matrix, &right);
        assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let alternative = |offset: f64, x: f64| Alternative {
            offset,
            features: [
                x,
                1.0 - x,
                x * x,
                x.sin(),
                1.0 / (1.0 + x * x),
                0.1 * x,
                0.3,
                -x,
                x.abs(),
                1.0 / (3.0 + x),
            ],
        };
        let choices = [Choice {
            alternatives: vec![alternative(0.0, 0.5), alternative(0.7, -1.0), alternative(0.1, 2.0)],
            chosen: 2,
            weight: 0.8,
        }];
        let pull = Pull {
            target: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
            strength: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        };
        let here = [0.4, -0.3, 0.2, 0.1, 0.6, -0.2, 0.5, 0.3, -0.1, 0.2];
        let objective = Objective::at(&choices, &here, &pull);
        for i in 0..COEFFICIENTS {
            let shifted = |by: f64| {
                let mut place = here;
                place[i] += by;
                Objective::at(&choices, &place, &pull)
            };
            let (more, less) = (shifted(1e-5), shifted(-1e-5));
            let slope = (more.penalised - less.penalised) / 2e-5;
            assert!((slope - objective.gradient[i]).abs() < 1e-8, "gradient {i}");
            for j in 0..COEFFICIENTS {
                let bend = (more.gradient[j] - less.gradient[j]) / 2e-5;
                assert!((bend - objective.curvature[i][j]).abs() < 1e-8, "curvature {i} {j}");
            }
        }
    }
}
