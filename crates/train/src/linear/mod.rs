//! Linear layers over rows of numbers that a network has made: fitted to the end in seconds, the same every time.

mod fit;

pub use fit::Penalty;
pub(crate) use fit::{Label, Layer, Shown, fit};

/// Rows of numbers to learn from.
pub(crate) trait Rows: Sync {
    /// How many numbers a row has.
    fn columns(&self) -> usize;

    /// A row.
    fn row(&self, row: usize) -> &[f32];
}

/// Rows that are scaled so that each column varies alike and a row is about as long as 1.
#[derive(Debug, Clone)]
pub(crate) struct ScaledRows {
    columns: usize,
    values: Vec<f32>,
    /// What was subtracted, and what was multiplied by, of every column.
    scaling: Vec<(f32, f32)>,
}

/// What hardly varies is noise: it is not blown up beyond what varies by this share of the usual.
const LEAST_VARIATION: f64 = 0.05;

impl ScaledRows {
    /// Scales rows, `values` one behind the other. What each column is scaled by is found on the first `of` of them.
    pub(crate) fn scaled(columns: usize, mut values: Vec<f32>, of: usize) -> Self {
        let (mut sums, mut squares) = (vec![0.0_f64; columns], vec![0.0_f64; columns]);
        let n = of.max(1) as f64;
        for row in values.chunks_exact(columns.max(1)).take(of) {
            for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(row) {
                *sum += f64::from(*value);
                *square += f64::from(*value) * f64::from(*value);
            }
        }
        let deviation = |(sum, square): (&f64, &f64)| (square / n - (sum / n).powi(2)).max(0.0).sqrt();
        let deviations: Vec<f64> = sums.iter().zip(&squares).map(deviation).collect();
        let usual = deviations.iter().sum::<f64>() / columns.max(1) as f64;
        let length = (columns.max(1) as f64).sqrt();
        let factor = |deviation: &f64| 1.0 / (deviation + LEAST_VARIATION * usual).max(1e-12) / length;
        let scaling: Vec<(f32, f32)> =
            sums.iter().zip(&deviations).map(|(sum, one)| ((sum / n) as f32, factor(one) as f32)).collect();
        for row in values.chunks_exact_mut(columns.max(1)) {
            for (value, (mean, factor)) in row.iter_mut().zip(&scaling) {
                *value = (*value - mean) * factor;
            }
        }
        Self { columns, values, scaling }
    }

    /// Rows as they are.
    #[cfg(test)]
    pub(crate) fn as_they_are(columns: usize, values: Vec<f32>) -> Self {
        Self { columns, values, scaling: vec![(0.0, 1.0); columns] }
    }

    /// The weights of one output of a layer over the rows as they were before they were scaled, and what is added to it.
    pub(crate) fn unscaled(&self, layer: &Layer, output: usize) -> (Vec<f32>, f32) {
        let outputs = layer.bias.len();
        let weight = |(at, (_, factor)): (usize, &(f32, f32))| layer.weights[at * outputs + output] * factor;
        let weights: Vec<f32> = self.scaling.iter().enumerate().map(weight).collect();
        let moved = weights.iter().zip(&self.scaling);
        let moved: f64 = moved.map(|(weight, (mean, _))| f64::from(*weight) * f64::from(*mean)).sum();
        (weights, (f64::from(layer.bias[output]) - moved) as f32)
    }
}

impl Rows for ScaledRows {
    fn columns(&self) -> usize {
        self.columns
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_over_scaled_rows_says_the_same_over_rows_as_they_were() {
        let values: Vec<f32> = (0..30).map(|at| (at as f32 * 0.7).sin() * 5.0 + 3.0).collect();
        let rows = ScaledRows::scaled(3, values.clone(), 10);
        let layer = Layer { weights: vec![1.0, -2.0, 0.5, 0.25, 3.0, 1.0], bias: vec![0.1, -0.3] };
        let all: Vec<usize> = (0..10).collect();
        for (row, said) in values.chunks_exact(3).zip(layer.says(&rows, &all).chunks_exact(2)) {
            for (output, said) in said.iter().enumerate() {
                let (weights, added) = rows.unscaled(&layer, output);
                let plain: f32 =
                    row.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f32>() + added;
                assert!((plain - said).abs() < 1e-4, "{plain} {said}");
            }
        }
    }
}
