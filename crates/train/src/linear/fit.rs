//! Multinomial logistic regression and least squares, each with a penalty on the squares of its weights, by L-BFGS (D. Liu,
//! J. Nocedal, "On the limited memory BFGS method for large scale optimization", 1989).

use std::sync::{Mutex, PoisonError};

use argmin::core::{CostFunction, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use rayon::prelude::*;
use serde::Serialize;

use super::Rows;
use crate::cache::CacheError;
use crate::product::{View as Matrix, product};
use crate::trainer::TrainError;

/// The factor of half the sum of squared weights, beside the mean loss.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Penalty(pub(crate) f64);

/// Rows that one task multiplies at once.
const CHUNK: usize = 128;
/// Steps, at most: by then nothing that is seen in the third digit moves.
const STEPS: u64 = 150;
/// How many steps back the curvature is remembered.
const MEMORY: usize = 8;
/// Where the largest part of the slope is this small, or the loss moves by less, it is done.
const TOLERANCE: f64 = 1e-6;

/// A row that is learnt from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<G> {
    pub(crate) row: usize,
    /// What the layer should say of it.
    pub(crate) goal: G,
    /// How much it counts; all together 1.
    pub(crate) weight: f64,
}

/// What a layer should say of a row.
pub(crate) trait Goal: Copy + Sync {
    /// The loss of what it says, and in its place the slope of that.
    fn loss(self, says: &mut [f32]) -> f64;
}

/// One of several labels: the loss is minus the logarithm of its probability, the softmax of what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label(pub(crate) usize);

impl Goal for Label {
    fn loss(self, says: &mut [f32]) -> f64 {
        let most = says.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = says.iter().map(|score| f64::from(score - most).exp()).sum();
        let loss = sum.ln() - f64::from(says[self.0] - most);
        for (label, score) in says.iter_mut().enumerate() {
            let probability = f64::from(*score - most).exp() / sum;
            *score = (probability - f64::from(u8::from(label == self.0))) as f32;
        }
        loss
    }
}

/// A linear layer over scaled rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    /// Numbers of a row × outputs.
    pub(crate) weights: Vec<f32>,
    /// One an output.
    pub(crate) bias: Vec<f32>,
}

impl Layer {
    /// What it says of rows: rows × outputs.
    pub(crate) fn says(&self, rows: &impl Rows, which: &[usize]) -> Vec<f32> {
        let (columns, outputs) = (rows.columns(), self.bias.len());
        let of_chunk = |chunk: &[usize]| says(&gathered(rows, chunk.iter().copied()), self, columns, outputs);
        which.par_chunks(CHUNK).flat_map_iter(of_chunk).collect()
    }
}

fn gathered(rows: &impl Rows, which: impl ExactSizeIterator<Item = usize>) -> Vec<f32> {
    let mut gathered = Vec::with_capacity(which.len() * rows.columns());
    which.for_each(|row| gathered.extend_from_slice(rows.row(row)));
    gathered
}

fn says(rows: &[f32], layer: &Layer, columns: usize, outputs: usize) -> Vec<f32> {
    let n = rows.len() / columns.max(1);
    let mut says: Vec<f32> = layer.bias.iter().copied().cycle().take(n * outputs).collect();
    product(&mut says, true, Matrix::new(rows, n, columns), Matrix::new(&layer.weights, columns, outputs));
    says
}

/// Finds the layer that makes the loss of these rows least.
///
/// # Errors
/// It was stopped.
pub(crate) fn fit<R: Rows, G: Goal>(
    rows: &R,
    shown: &[Shown<G>],
    outputs: usize,
    penalty: Penalty,
    stopped: &(dyn Fn() -> Option<CacheError> + Sync),
) -> Result<Layer, TrainError> {
    let problem = Problem { rows, shown, outputs, penalty: penalty.0, stopped, seen: Mutex::default() };
    let begin = vec![0.0_f64; (rows.columns() + 1) * outputs];
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_grad(TOLERANCE)
        .and_then(|solver| solver.with_tolerance_cost(TOLERANCE * 0.1))
        .map_err(|error| TrainError::TooLittle(error.to_string()))?;
    let run = Executor::new(&problem, solver);
    // A search along a line that ends in the rounding of single precision is no failure: the best that was seen stands.
    drop(run.configure(|state| state.param(begin).max_iters(STEPS)).run());
    if let Some(error) = stopped() {
        return Err(error.into());
    }
    let seen = problem.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Some((_, best)) = seen.best else {
        return Err(TrainError::TooLittle(
            "a network gives numbers here that nothing can be learnt from".to_owned(),
        ));
    };
    Ok(layer_of(&best, rows.columns(), outputs))
}

fn layer_of(parameters: &[f64], columns: usize, outputs: usize) -> Layer {
    let (weights, bias) = parameters.split_at(columns * outputs);
    let single = |values: &[f64]| values.iter().map(|value| *value as f32).collect();
    Layer { weights: single(weights), bias: single(bias) }
}

/// The loss and its slope, computed together.
struct Problem<'a, R, G> {
    rows: &'a R,
    shown: &'a [Shown<G>],
    outputs: usize,
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

impl<R: Rows, G: Goal> Problem<'_, R, G> {
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
        let (columns, outputs) = (self.rows.columns(), self.outputs);
        let layer = layer_of(point, columns, outputs);
        // Parts are added in their order, whoever computed them.
        let parts: Vec<(f64, Vec<f32>)> =
            self.shown.par_chunks(CHUNK).map(|chunk| self.part(chunk, &layer)).collect();
        let mut loss = 0.0;
        let mut slope = vec![0.0_f64; point.len()];
        for (of_part, slope_of_part) in parts {
            loss += of_part;
            slope.iter_mut().zip(slope_of_part).for_each(|(sum, value)| *sum += f64::from(value));
        }
        for (slope, weight) in slope.iter_mut().zip(&point[..columns * outputs]) {
            *slope += self.penalty * weight;
            loss += 0.5 * self.penalty * weight * weight;
        }
        (loss, slope)
    }

    /// The loss of some rows, and its slope.
    fn part(&self, chunk: &[Shown<G>], layer: &Layer) -> (f64, Vec<f32>) {
        let (columns, outputs, n) = (self.rows.columns(), self.outputs, chunk.len());
        let gathered = gathered(self.rows, chunk.iter().map(|one| one.row));
        let mut says = says(&gathered, layer, columns, outputs);
        let mut loss = 0.0;
        let mut slope = vec![0.0_f32; (columns + 1) * outputs];
        let (of_weights, of_bias) = slope.split_at_mut(columns * outputs);
        for (one, says) in chunk.iter().zip(says.chunks_exact_mut(outputs)) {
            loss += one.weight * one.goal.loss(says);
            for (said, of_bias) in says.iter_mut().zip(of_bias.iter_mut()) {
                *said *= one.weight as f32;
                *of_bias += *said;
            }
        }
        let rows = Matrix::new(&gathered, n, columns).transposed();
        product(of_weights, false, rows, Matrix::new(&says, n, outputs));
        (loss, slope)
    }
}

impl<R: Rows, G: Goal> CostFunction for &Problem<'_, R, G> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, point: &Self::Param) -> Result<f64, argmin::core::Error> {
        Ok(self.at(point)?.0)
    }
}

impl<R: Rows, G: Goal> Gradient for &Problem<'_, R, G> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, point: &Self::Param) -> Result<Vec<f64>, argmin::core::Error> {
        Ok(self.at(point)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::ScaledRows;

    fn rows(values: &[&[f32]]) -> ScaledRows {
        let columns = values.first().map_or(0, |row| row.len());
        ScaledRows::as_they_are(columns, values.concat())
    }

    fn shown<G: Goal>(goals: &[G]) -> Vec<Shown<G>> {
        let weight = 1.0 / goals.len() as f64;
        goals.iter().enumerate().map(|(row, goal)| Shown { row, goal: *goal, weight }).collect()
    }

    fn never() -> Option<CacheError> {
        None
    }

    fn check_slope<G: Goal>(goals: &[G], outputs: usize) {
        let rows = rows(&[&[1.0, -0.5], &[0.25, 2.0], &[-1.0, 1.0]]);
        let shown = shown(goals);
        let seen = Mutex::default();
        let problem = Problem { rows: &rows, shown: &shown, outputs, penalty: 0.1, stopped: &never, seen };
        let point: Vec<f64> = (0..3 * outputs as u32).map(|at| 0.3 * f64::from(at) - 1.0).collect();
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
    fn the_slope_is_that_of_the_loss() {
        check_slope(&[Label(0), Label(1), Label(2)], 3);
    }

    #[test]
    fn what_can_be_told_apart_is_and_the_penalty_holds_back() {
        let values: Vec<Vec<f32>> = (0..60_u8)
            .map(|at| {
                let angle = f32::from(at % 3) * 2.1 + f32::from(at / 3) * 0.02;
                vec![angle.cos(), angle.sin()]
            })
            .collect();
        let rows = rows(&values.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let labels: Vec<Label> = (0..60).map(|at| Label(at % 3)).collect();
        let of = |penalty: f64| fit(&rows, &shown(&labels), 3, Penalty(penalty), &never).unwrap();
        let (loose, tight) = (of(1e-4), of(10.0));
        let all: Vec<usize> = (0..60).collect();
        for (scores, label) in loose.says(&rows, &all).chunks_exact(3).zip(&labels) {
            let best = (0..3).max_by(|one, other| scores[*one].total_cmp(&scores[*other])).unwrap();
            assert_eq!(best, label.0, "{scores:?}");
        }
        let length = |layer: &Layer| layer.weights.iter().map(|weight| weight * weight).sum::<f32>();
        assert!(length(&tight) < 0.01 * length(&loose));
        assert_eq!(of(1e-4), loose, "the same every time");
    }

    #[test]
    fn it_stops_when_asked() {
        let stopped = || Some(CacheError::Cancelled);
        let goals = [Label(0), Label(1)];
        let error = fit(&rows(&[&[1.0], &[-1.0]]), &shown(&goals), 2, Penalty(0.1), &stopped).unwrap_err();
        assert!(error.is_cancelled());
    }
}
