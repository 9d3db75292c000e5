//! Classes with a centre each: what softmax losses have in common.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::LossValue;
use super::graph::{matrix_numbers, scale_slopes, with_gradient};
use crate::distance::unit;
use crate::parameters::{Leaves, ParameterSpec, Part, Start};

/// One or several centres a class, as directions.
#[derive(Debug, Clone)]
pub(super) struct Centers {
    name: &'static str,
    rows: usize,
    dimension: usize,
}

impl Centers {
    /// This many of them, in this parameter.
    pub(super) fn new(name: &'static str, rows: usize, dimension: usize) -> Self {
        Self { name, rows, dimension }
    }

    /// They begin with random directions and a length of about 1. The length does not enter the loss; it sets how
    /// fast a centre turns.
    pub(super) fn spec(&self) -> ParameterSpec {
        let deviation = (1.0 / self.dimension as f32).sqrt();
        ParameterSpec {
            name: self.name.to_owned(),
            shape: vec![self.rows, self.dimension],
            part: Part::Head,
            start: Start::Normal { deviation },
            decays: true,
        }
    }

    /// Cosines of embeddings with the centres: batch × rows.
    pub(super) fn cosines(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Tensor<2> {
        unit(embeddings).matmul(unit(leaves.get::<2>(self.name)).transpose())
    }
}

/// The loss of one photo.
#[derive(Debug, Clone, Copy)]
pub(super) struct PhotoLoss {
    /// −log of the probability of the right class.
    pub value: f64,
    /// The probability of the wrong classes together: how strongly the photo still pulls.
    pub wrong: f64,
}

/// From this share on a gradient counts as one: a photo whose class has a probability of 0.99 is learnt.
pub(super) const ACTIVE: f64 = 0.01;

/// The mean loss over the photos of a batch.
///
/// `judge` is given the place of a photo in the batch, its class and its row of `matrix`; it puts the derivative of
/// that photo's loss in the place of the row.
pub(super) fn mean_over_photos(
    matrix: Tensor<2>,
    classes: &[u32],
    judge: impl Fn(usize, usize, &mut [f32]) -> PhotoLoss + Sync,
) -> LossValue {
    let [photos, columns] = matrix.dims();
    let mut numbers = matrix_numbers(&matrix);
    let judged: Vec<PhotoLoss> = numbers
        .par_chunks_mut(columns.max(1))
        .zip(classes)
        .enumerate()
        .map(|(place, (row, class))| {
            let loss = judge(place, *class as usize, row);
            scale_slopes(row, 1.0 / photos as f32);
            loss
        })
        .collect();
    let value = judged.iter().map(|loss| loss.value).sum::<f64>() / photos as f64;
    let active = judged.iter().filter(|loss| loss.wrong > ACTIVE).count();
    LossValue {
        loss: with_gradient(value, matrix, numbers),
        active_share: Some(active as f32 / photos as f32),
        buffers: Vec::new(),
    }
}

/// Cross-entropy of the softmax of scale·row; puts the derivative in the place of the row.
pub(super) fn cross_entropy(row: &mut [f32], class: usize, scale: f32) -> PhotoLoss {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let own = row[class];
    let mut sum = 0.0_f64;
    for part in row.chunks_mut(64) {
        let mut partial = 0.0_f32;
        for number in part {
            *number = (scale * (*number - largest)).exp();
            partial += *number;
        }
        sum += f64::from(partial);
    }
    let wrong = 1.0 - f64::from(row[class]) / sum;
    let share = (f64::from(scale) / sum) as f32;
    row.iter_mut().for_each(|number| *number *= share);
    row[class] = (-f64::from(scale) * wrong) as f32;
    PhotoLoss { value: sum.ln() + f64::from(scale) * f64::from(largest - own), wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_is_the_textbook_one_even_far_from_zero() {
        let mut row = [1.0_f32, 3.0, 2.0];
        let loss = cross_entropy(&mut row, 2, 2.0);
        let powers = [2.0_f64.exp(), 6.0_f64.exp(), 4.0_f64.exp()];
        let sum: f64 = powers.iter().sum();
        assert!((loss.value + (powers[2] / sum).ln()).abs() < 1e-6, "{loss:?}");
        let wanted = [2.0 * powers[0] / sum, 2.0 * powers[1] / sum, 2.0 * (powers[2] / sum - 1.0)];
        for (got, wanted) in row.iter().zip(wanted) {
            assert!((f64::from(*got) - wanted).abs() < 1e-6, "{row:?}");
        }
        let mut far = [-500.0_f32, 500.0];
        assert!((cross_entropy(&mut far, 0, 64.0).value - 64_000.0).abs() < 1e-2);
        assert_eq!(far, [-64.0, 64.0]);
    }
}
