//! Photos compared with photos: what losses over pairs and triplets have in common.

use burn::tensor::Tensor;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::graph::{matrix_numbers, scale_slopes, with_gradient};
use super::{LossInput, LossValue};
use crate::batch::Tuples;
use crate::distance::LossDistance;

/// What the terms of a loss are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mean {
    /// The number of terms above zero. The step stays as large when few terms are left, but so does the value: it no
    /// longer tells how many are solved (the active share does).
    #[default]
    NonZero,
    /// The number of all terms.
    All,
}

/// What an anchor is compared with: places among the references, each once, in rising order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Others {
    /// Of its class.
    pub positives: Vec<u32>,
    /// Of other classes.
    pub negatives: Vec<u32>,
}

/// The distances of the anchors of a batch from their references, in the graph and as numbers.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    matrix: Tensor<2>,
    /// Row-major, anchors × references.
    pub distances: Vec<f32>,
    /// Columns of the above.
    pub references: usize,
    input: &'a LossInput<'a>,
}

/// What a loss makes of the distances.
#[derive(Debug)]
pub(super) struct Judgement {
    /// The loss.
    pub value: f64,
    /// Its derivative with respect to every distance.
    pub gradient: Vec<f32>,
    /// Terms that still give a gradient, and all terms.
    pub active: (usize, usize),
}

impl<'a> Comparison<'a> {
    /// Measures the distances.
    pub(super) fn new(input: &'a LossInput<'a>, distance: LossDistance) -> Self {
        let matrix = distance.matrix(input.embeddings.clone(), input.references.clone());
        let distances = matrix_numbers(&matrix);
        Self { references: matrix.dims()[1], distances, matrix, input }
    }

    /// The distance of an anchor from a reference.
    pub(super) fn distance(&self, anchor: usize, reference: u32) -> f64 {
        f64::from(self.distances[anchor * self.references + reference as usize])
    }

    /// What the miner chose, as triplets, where it chose triplets.
    pub(super) fn triplets(&self) -> Option<&'a [[u32; 3]]> {
        match self.input.tuples {
            Some(Tuples::Triplets(triplets)) => Some(triplets),
            _ => None,
        }
    }

    /// For each anchor what it is compared with: what the miner chose, or every reference but itself. A pair that
    /// stands in several triplets counts once.
    pub(super) fn others(&self) -> Vec<Others> {
        let mut others = match self.input.tuples {
            None => return self.all_others(),
            Some(Tuples::Pairs { positives, negatives }) => {
                self.chosen_others(positives.iter().copied(), negatives.iter().copied())
            }
            Some(Tuples::Triplets(triplets)) => self.chosen_others(
                triplets.iter().map(|[anchor, positive, _]| (*anchor, *positive)),
                triplets.iter().map(|[anchor, _, negative]| (*anchor, *negative)),
            ),
        };
        for side in others.iter_mut().flat_map(|others| [&mut others.positives, &mut others.negatives]) {
            side.sort_unstable();
            side.dedup();
        }
        others
    }

    fn chosen_others(
        &self,
        positives: impl Iterator<Item = (u32, u32)>,
        negatives: impl Iterator<Item = (u32, u32)>,
    ) -> Vec<Others> {
        let mut others = vec![Others::default(); self.input.labels.len()];
        positives.for_each(|(anchor, other)| others[anchor as usize].positives.push(other));
        negatives.for_each(|(anchor, other)| others[anchor as usize].negatives.push(other));
        others
    }

    fn all_others(&self) -> Vec<Others> {
        let of_anchor = |(anchor, class): (usize, &u32)| {
            let places = (0..self.references as u32).filter(|place| *place as usize != anchor);
            let same = |place: &u32| self.input.reference_classes[*place as usize] == *class;
            let (positives, negatives) = places.partition(same);
            Others { positives, negatives }
        };
        self.input.labels.classes.par_iter().enumerate().map(of_anchor).collect()
    }

    /// A judgement of nothing: no loss, no gradient.
    pub(super) fn nothing(&self) -> Judgement {
        Judgement { value: 0.0, gradient: vec![0.0; self.distances.len()], active: (0, 0) }
    }

    /// Puts a judgement into the graph.
    pub(super) fn value(self, judgement: Judgement) -> LossValue {
        let (active, all) = judgement.active;
        LossValue {
            loss: with_gradient(judgement.value, self.matrix, judgement.gradient),
            active_share: Some(if all == 0 { 0.0 } else { active as f32 / all as f32 }),
            buffers: Vec::new(),
        }
    }
}

/// The loss of one anchor.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AnchorLoss {
    /// Its value; 0 for an anchor that has nothing to learn from.
    pub value: f64,
    /// Whether it could be judged at all.
    pub judged: bool,
    /// Whether it still gives a gradient worth the name.
    pub active: bool,
}

/// The mean loss over anchors. `judge` is given an anchor's distances and what to compare it with, and adds to a row
/// of zeros the derivative of its loss with respect to each distance.
pub(super) fn mean_over_anchors(
    comparison: &Comparison<'_>,
    others: &[Others],
    mean: Mean,
    judge: impl Fn(&[f32], &Others, &mut [f32]) -> AnchorLoss + Sync,
) -> Judgement {
    let mut judgement = comparison.nothing();
    let width = comparison.references.max(1);
    let anchors: Vec<AnchorLoss> = comparison
        .distances
        .par_chunks(width)
        .zip(judgement.gradient.par_chunks_mut(width))
        .zip(others)
        .map(|((distances, gradient), others)| judge(distances, others, gradient))
        .collect();
    let terms = match mean {
        Mean::All => anchors.len(),
        Mean::NonZero => anchors.iter().filter(|anchor| anchor.value > 0.0).count(),
    };
    let share = 1.0 / terms.max(1) as f64;
    judgement.value = anchors.iter().map(|anchor| anchor.value).sum::<f64>() * share;
    // An anchor whose loss is not above zero is left out of that mean with its gradient.
    let counts = |anchor: &AnchorLoss| mean == Mean::All || anchor.value > 0.0;
    judgement.gradient.par_chunks_mut(width).zip(&anchors).for_each(|(row, anchor)| {
        scale_slopes(row, if counts(anchor) { share as f32 } else { 0.0 });
    });
    let count = |of: fn(&AnchorLoss) -> bool| anchors.iter().filter(|anchor| of(anchor)).count();
    judgement.active = (count(|anchor| anchor.active), count(|anchor| anchor.judged));
    judgement
}

/// ln(exp(first) + Σ exp(terms)), and each term's share of that sum.
pub(super) fn log_sum_exp(first: f64, terms: &mut [f64]) -> f64 {
    let largest = terms.iter().copied().fold(first, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let mut sum = (first - largest).exp();
    for term in terms.iter_mut() {
        *term = (*term - largest).exp();
        sum += *term;
    }
    terms.iter_mut().for_each(|term| *term /= sum);
    largest + sum.ln()
}

/// ln(1 + exp(x)) without overflow, and its slope 1/(1 + exp(−x)).
pub(super) fn soft_plus(x: f64) -> (f64, f64) {
    let small = (-x.abs()).exp();
    let slope = if x >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
    (x.max(0.0) + small.ln_1p(), slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_exponentials_do_not_overflow() {
        let mut terms = [1000.0, 1000.0];
        assert!((log_sum_exp(0.0, &mut terms) - 1000.0 - 2.0_f64.ln()).abs() < 1e-9);
        assert_eq!(terms, [0.5, 0.5]);
        assert_eq!(log_sum_exp(f64::NEG_INFINITY, &mut []), f64::NEG_INFINITY);
        assert_eq!(soft_plus(1000.0), (1000.0, 1.0));
        assert_eq!(soft_plus(-1000.0), (0.0, 0.0));
        assert!((soft_plus(0.0).0 - 2.0_f64.ln()).abs() < 1e-12 && soft_plus(0.0).1 == 0.5);
    }
}
