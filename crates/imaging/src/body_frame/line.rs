//! A cubic line through points that are not all to be trusted.

/// How often points far from the line are given less weight and the line is laid anew.
const ROUNDS: usize = 8;
/// Points farther from the line than so many usual distances have no weight (J. Tukey's biweight, as in P. Holland and
/// R. Welsch, "Robust regression using iteratively reweighted least-squares", 1977; 4.685 standard deviations).
const CUT: f64 = 4.685 * 1.4826;
/// The least usual distance, in pixels of the grid: the outline is no finer.
const LEAST_DISTANCE: f64 = 0.5;

/// y = c₀ + c₁t + c₂t² + c₃t³.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cubic(pub(super) [f64; 4]);

impl Cubic {
    pub(super) fn at(&self, t: f64) -> f64 {
        self.0.iter().rev().fold(0.0, |sum, factor| sum * t + factor)
    }

    /// The line that lies nearest to most points (t, y), t from -1 to 1, and how far the points lie from it: the root
    /// of their mean squared distance, all of them counted. None where they are too few or too close together.
    pub(super) fn through(points: &[(f64, f64)]) -> Option<(Self, f64)> {
        let mut weights = vec![1.0; points.len()];
        let mut line = least_squares(points, &weights)?;
        for _ in 0..ROUNDS {
            let far: Vec<f64> = points.iter().map(|(t, y)| (y - line.at(*t)).abs()).collect();
            let cut = CUT * median(&far).max(LEAST_DISTANCE);
            for (weight, far) in weights.iter_mut().zip(&far) {
                *weight = (1.0 - (far / cut).powi(2)).max(0.0).powi(2);
            }
            match least_squares(points, &weights) {
                Some(better) => line = better,
                None => break,
            }
        }
        let squares: f64 = points.iter().map(|(t, y)| (y - line.at(*t)).powi(2)).sum();
        Some((line, (squares / points.len() as f64).sqrt()))
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

fn least_squares(points: &[(f64, f64)], weights: &[f64]) -> Option<Cubic> {
    // The normal equations: four rows of four factors and the right side.
    let mut rows = [[0.0; 5]; 4];
    for ((t, y), weight) in points.iter().zip(weights) {
        let powers = [1.0, *t, t * t, t * t * t];
        for (row, power) in rows.iter_mut().zip(powers) {
            for (sum, other) in row.iter_mut().zip(powers.into_iter().chain([*y])) {
                *sum += weight * power * other;
            }
        }
    }
    solved(rows).map(Cubic)
}

/// Gauss's elimination with the greatest pivot.
fn solved(mut rows: [[f64; 5]; 4]) -> Option<[f64; 4]> {
    let scale = rows[0][0];
    for step in 0..4 {
        let pivot = (step..4).max_by(|a, b| rows[*a][step].abs().total_cmp(&rows[*b][step].abs()))?;
        rows.swap(step, pivot);
        let pivot = rows[step];
        // So small against the sum of the weights that the points say nothing of this factor.
        if pivot[step].abs() <= 1e-9 * scale || !pivot[step].is_finite() {
            return None;
        }
        for row in rows.iter_mut().skip(step + 1) {
            let factor = row[step] / pivot[step];
            for (value, above) in row.iter_mut().zip(pivot) {
                *value -= factor * above;
            }
        }
    }
    let mut factors = [0.0; 4];
    for step in (0..4).rev() {
        let known: f64 = (step + 1..4).map(|at| rows[step][at] * factors[at]).sum();
        factors[step] = (rows[step][4] - known) / rows[step][step];
    }
    Some(factors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(y: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (0..101).map(|at| f64::from(at) / 50.0 - 1.0).map(|t| (t, y(t))).collect()
    }

    #[test]
    fn a_cubic_is_found_though_a_lump_sits_on_it() {
        let true_line = Cubic([20.0, -3.0, 5.0, 1.5]);
        let mut points = points(|t| true_line.at(t));
        for (_, y) in points.iter_mut().skip(44).take(12) {
            *y += 15.0;
        }
        let (line, residual) = Cubic::through(&points).unwrap();
        assert!(line.0.iter().zip(true_line.0).all(|(one, two)| (one - two).abs() < 0.01), "{line:?}");
        assert!((residual - (12.0_f64 * 225.0 / 101.0).sqrt()).abs() < 0.05, "{residual}");
    }

    #[test]
    fn too_few_points_make_no_line() {
        assert_eq!(Cubic::through(&[]), None);
        assert_eq!(Cubic::through(&[(0.0, 1.0), (0.5, 1.0), (1.0, 1.0)]), None);
        assert_eq!(Cubic::through(&[(0.25, 1.0); 30]), None);
    }
}
