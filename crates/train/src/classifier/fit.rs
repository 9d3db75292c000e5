//! Multinomial logistic regression with a penalty on the squares of its weights, by L-BFGS (D. Liu, J. Nocedal, "On the
//! limited memory BFGS method for large scale optimization", 1989).

use std::sync::{Mutex, PoisonError};

use argmin::core::{CostFunction, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use rayon::prelude::*;
use serde::Serialize;

use super::features::Features;
use crate::cache::CacheError;
use crate::product::{View as Matrix, product};
use crate::trainer::TrainError;

/// The factor of half the sum of squared weights, beside the mean loss.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Penalty(pub(super) f64);

/// Views that one task multiplies at once.
const CHUNK: usize = 128;
/// Steps, at most: by then nothing that is seen in the third digit moves.
const STEPS: u64 = 150;
/// How many steps back the curvature is remembered.
const MEMORY: usize = 8;
/// Where the largest part of the slope is this small, or the loss moves by less, it is done.
const TOLERANCE: f64 = 1e-6;

/// A view of an item that is learnt from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) item: usize,
    pub(super) is_mirrored: bool,
    pub(super) label: usize,
    /// How much it counts; all together 1.
    pub(super) weight: f64,
}

/// A linear layer over scaled features.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    /// Features × labels.
    pub(super) weights: Vec<f32>,
    /// One a label.
    pub(super) bias: Vec<f32>,
}

impl Layer {
    /// The scores of items as they are: items × labels.
    pub(super) fn scores(&self, features: &Features, items: &[usize]) -> Vec<f32> {
        let labels = self.bias.len();
        let of_chunk = |chunk: &[usize]| {
            let mut rows = Vec::with_capacity(chunk.len() * features.columns());
            chunk.iter().for_each(|item| rows.extend_from_slice(features.row(*item, false)));
            scores(&rows, &self.weights, &self.bias, chunk.len(), features.columns(), labels)
        };
        items.par_chunks(CHUNK).flat_map_iter(of_chunk).collect()
    }
}

fn scores(rows: &[f32], weights: &[f32], bias: &[f32], n: usize, columns: usize, labels: usize) -> Vec<f32> {
    let mut scores: Vec<f32> = bias.iter().copied().cycle().take(n * labels).collect();
    product(&mut scores, true, Matrix::new(rows, n, columns), Matrix::new(weights, columns, labels));
    scores
}

/// Finds the layer that makes the loss of these views least.
///
/// # Errors
/// It was stopped.
pub(super) fn fit(
    features: &Features,
    shown: &[Shown],
    labels: usize,
    penalty: Penalty,
    stopped: &(dyn Fn() -> Option<CacheError> + Sync),
) -> Result<Layer, TrainError> {
    let problem = Problem { features, shown, labels, penalty: penalty.0, stopped, seen: Mutex::default() };
    let begin = vec![0.0_f64; (features.columns() + 1) * labels];
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_grad(TOLERANCE)
        .and_then(|solver| solver.with_tolerance_cost(TOLERANCE * 0.1))
        .map_err(|error| TrainError::TooLittle(error.to_string()))?;
    let run = Executor::new(&problem, solver).configure(|state| state.param(begin).max_iters(STEPS)).run();
    if let Some(error) = stopped() {
        return Err(error.into());
    }
    // A search along a line that ends in the rounding of single precision is no failure: the best that was seen stands.
    drop(run);
    let seen = problem.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let best = seen.best.map_or_else(|| vec![0.0; (features.columns() + 1) * labels], |(_, best)| best);
    Ok(layer_of(&best, features.columns(), labels))
}

fn layer_of(parameters: &[f64], columns: usize, labels: usize) -> Layer {
    let (weights, bias) = parameters.split_at(columns * labels);
    let single = |values: &[f64]| values.iter().map(|value| *value as f32).collect();
    Layer { weights: single(weights), bias: single(bias) }
}

/// The loss and its slope, computed together.
struct Problem<'a> {
    features: &'a Features,
    shown: &'a [Shown],
    labels: usize,
    penalty: f64,
    stopped: &'a (dyn Fn() -> Option<CacheError> + Sync),
    seen: Mutex<SeenPoints>,
}

/// What was computed.
#[derive(Default)]
struct SeenPoints {
    /// The last point, with its loss and slope: both are asked for one after the other.
    last: Option<(Vec<f64>, f64, Vec<f64>)>,
    /// The point of the least loss.
    best: Option<(f64, Vec<f64>)>,
}

impl Problem<'_> {
    fn at(&self, point: &[f64]) -> Result<(f64, Vec<f64>), argmin::core::Error> {
        if let Some(error) = (self.stopped)() {
            return Err(error.into());
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((last, loss, slope)) = &seen.last
            && last == point
        {
            return Ok((*loss, slope.clone()));
        }
        let (loss, slope) = self.compute(point);
        if loss.is_finite() && seen.best.as_ref().is_none_or(|(best, _)| loss < *best) {
            seen.best = Some((loss, point.to_vec()));
        }
        seen.last = Some((point.to_vec(), loss, slope.clone()));
        Ok((loss, slope))
    }

    fn compute(&self, point: &[f64]) -> (f64, Vec<f64>) {
        let (columns, labels) = (self.features.columns(), self.labels);
        let layer = layer_of(point, columns, labels);
        // Parts are added in their order, whoever computed them.
        let parts: Vec<(f64, Vec<f32>)> =
            self.shown.par_chunks(CHUNK).map(|chunk| self.part(chunk, &layer)).collect();
        let mut loss = 0.0;
        let mut slope = vec![0.0_f64; point.len()];
        for (of_part, slope_of_part) in parts {
            loss += of_part;
            slope.iter_mut().zip(slope_of_part).for_each(|(sum, value)| *sum += f64::from(value));
        }
        for (slope, weight) in slope.iter_mut().zip(&point[..columns * labels]) {
            *slope += self.penalty * weight;
            loss += 0.5 * self.penalty * weight * weight;
        }
        (loss, slope)
    }

    /// The loss of some views, and its slope.
    fn part(&self, chunk: &[Shown], layer: &Layer) -> (f64, Vec<f32>) {
        let (columns, labels, n) = (self.features.columns(), self.labels, chunk.len());
        let mut rows = Vec::with_capacity(n * columns);
        chunk.iter().for_each(|one| rows.extend_from_slice(self.features.row(one.item, one.is_mirrored)));
        let mut scores = scores(&rows, &layer.weights, &layer.bias, n, columns, labels);
        let mut loss = 0.0;
        let mut slope = vec![0.0_f32; (columns + 1) * labels];
        for (one, scores) in chunk.iter().zip(scores.chunks_exact_mut(labels)) {
            let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = scores.iter().map(|score| f64::from(score - most).exp()).sum();
            loss += one.weight * (sum.ln() - f64::from(scores[one.label] - most));
            for (label, score) in scores.iter_mut().enumerate() {
                let probability = f64::from(*score - most).exp() / sum;
                let right = f64::from(u8::from(label == one.label));
                *score = (one.weight * (probability - right)) as f32;
                slope[columns * labels + label] += *score;
            }
        }
        let (of_weights, _) = slope.split_at_mut(columns * labels);
        let rows = Matrix::new(&rows, n, columns).transposed();
        product(of_weights, false, rows, Matrix::new(&scores, n, labels));
        (loss, slope)
    }
}

impl CostFunction for &Problem<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, point: &Self::Param) -> Result<f64, argmin::core::Error> {
        Ok(self.at(point)?.0)
    }
}

impl Gradient for &Problem<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, point: &Self::Param) -> Result<Vec<f64>, argmin::core::Error> {
        Ok(self.at(point)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(labels: &[usize]) -> Vec<Shown> {
        let weight = 1.0 / labels.len() as f64;
        let one = |(item, label): (usize, &usize)| Shown { item, is_mirrored: false, label: *label, weight };
        labels.iter().enumerate().map(one).collect()
    }

    fn never() -> Option<CacheError> {
        None
    }

    #[test]
    fn the_slope_is_that_of_the_loss() {
        let features = Features::of_rows(&[&[1.0, -0.5], &[0.25, 2.0], &[-1.0, 1.0]]);
        let shown = shown(&[0, 1, 2]);
        let problem = Problem {
            features: &features,
            shown: &shown,
            labels: 3,
            penalty: 0.1,
            stopped: &never,
            seen: Mutex::default(),
        };
        let point: Vec<f64> = (0..9).map(|at| 0.3 * f64::from(at) - 1.0).collect();
        let (_, slope) = problem.compute(&point);
        for place in 0..point.len() {
            let at = |step: f64| {
                let mut moved = point.clone();
                moved[place] += step;
                problem.compute(&moved).0
            };
            let found = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!((found - slope[place]).abs() < 1e-4, "{place}: {found} {}", slope[place]);
        }
    }

    #[test]
    fn what_can_be_told_apart_is_and_the_penalty_holds_back() {
        let rows: Vec<Vec<f32>> = (0..60_u8)
            .map(|at| {
                let angle = f32::from(at % 3) * 2.1 + f32::from(at / 3) * 0.02;
                vec![angle.cos(), angle.sin()]
            })
            .collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let features = Features::of_rows(&rows);
        let labels: Vec<usize> = (0..60).map(|at| at % 3).collect();
        let of = |penalty: f64| fit(&features, &shown(&labels), 3, Penalty(penalty), &never).unwrap();
        let (loose, tight) = (of(1e-4), of(10.0));
        let items: Vec<usize> = (0..60).collect();
        for (scores, label) in loose.scores(&features, &items).chunks_exact(3).zip(&labels) {
            let best = (0..3).max_by(|one, other| scores[*one].total_cmp(&scores[*other])).unwrap();
            assert_eq!(best, *label, "{scores:?}");
        }
        let length = |layer: &Layer| layer.weights.iter().map(|weight| weight * weight).sum::<f32>();
        assert!(length(&tight) < 0.01 * length(&loose));
        assert_eq!(of(1e-4), loose, "the same every time");
    }

    #[test]
    fn it_stops_when_asked() {
        let features = Features::of_rows(&[&[1.0], &[-1.0]]);
        let stopped = || Some(CacheError::Cancelled);
        let error = fit(&features, &shown(&[0, 1]), 2, Penalty(0.1), &stopped).unwrap_err();
        assert!(error.is_cancelled());
    }
}
