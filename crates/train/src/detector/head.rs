//! What is learnt on the maps: of a cell and those around it, whether the middle of an animal is near, and how far its box reaches.
//!
//! Two layers, the first with a rectifier: behind the network they are a 3×3 convolution and a 1×1 one.

use rand::Rng as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::cells::{KERNEL, Patches};
use crate::cache::CacheError;
use crate::generator;
use crate::product::{View, product};
use crate::trainer::TrainError;

/// Numbers between the layers.
pub(super) const HIDDEN: usize = 96;
/// Numbers that come out: the log-odds of an animal, the logarithms of the distances to the edges of its box in cells.
pub(super) const OUTPUTS: usize = 5;
/// Steps of learning: with more a network that learns from synthetic photos sees less in real ones.
const STEPS: usize = 1600;
/// Cells of a step: as many with an animal as without.
const BATCH: usize = 512;
/// Cells of a step that one task computes: fixed, so that sums do not depend on the threads.
const TASK: usize = 64;
/// Such cells of a photo, and photos that are looked at for them, at most.
const HARD: (usize, usize) = (15, 600);
/// The highest rate, and how strongly weights are held back at each step (AdamW, Loshchilov and Hutter 2019).
const RATE: f32 = 2e-3;
const DECAY: f32 = 0.05;
/// The moments of AdamW.
const MOMENTS: (f32, f32) = (0.9, 0.99);
/// Steps until the highest rate.
const WARM_UP: usize = 50;
/// The log-odds of an animal before anything is learnt.
const RARE: f32 = -2.0;
/// The greatest logarithm of a distance in cells.
const FARTHEST: f32 = 5.0;
/// Cells whose channels are scaled by.
const SCALED_BY: usize = 4000;

/// The layers, over cells as the network gives them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// (cells around × channels) × [`HIDDEN`].
    pub(super) first: Vec<f32>,
    /// [`HIDDEN`].
    pub(super) first_bias: Vec<f32>,
    /// [`HIDDEN`] × [`OUTPUTS`].
    pub(super) second: Vec<f32>,
    /// [`OUTPUTS`].
    pub(super) second_bias: Vec<f32>,
}

/// A cell to learn from, by photo as it is or mirrored.
pub(super) type At = (usize, usize);

/// What to learn from.
pub(super) struct Lesson {
    /// Cells with an animal, and the distances to the edges of its box, in cells.
    pub(super) animals: Vec<(At, [f32; 4])>,
    /// Cells without one, by view.
    pub(super) nothing: Vec<Vec<usize>>,
}

impl Head {
    /// What it says of some rows of cells, rows × [`OUTPUTS`].
    pub(super) fn says(&self, rows: &[f32], count: usize) -> Vec<f32> {
        let mut hidden = Vec::new();
        self.forward(rows, count, &mut hidden)
    }

    fn forward(&self, rows: &[f32], count: usize, hidden: &mut Vec<f32>) -> Vec<f32> {
        let width = self.first.len() / HIDDEN;
        *hidden = self.first_bias.iter().copied().cycle().take(count * HIDDEN).collect();
        product(hidden, true, View::new(rows, count, width), View::new(&self.first, width, HIDDEN));
        hidden.iter_mut().for_each(|value| *value = value.max(0.0));
        let mut outputs: Vec<f32> = self.second_bias.iter().copied().cycle().take(count * OUTPUTS).collect();
        product(
            &mut outputs,
            true,
            View::new(hidden, count, HIDDEN),
            View::new(&self.second, HIDDEN, OUTPUTS),
        );
        outputs
    }

    fn tensors(&mut self) -> [&mut Vec<f32>; 4] {
        [&mut self.first, &mut self.first_bias, &mut self.second, &mut self.second_bias]
    }

    fn zeros(width: usize) -> Self {
        Self {
            first: vec![0.0; width * HIDDEN],
            first_bias: vec![0.0; HIDDEN],
            second: vec![0.0; HIDDEN * OUTPUTS],
            second_bias: vec![0.0; OUTPUTS],
        }
    }

    /// Small random weights (K. He et al., "Delving Deep into Rectifiers", 2015, with an even distribution).
    fn drawn(width: usize, seed: u64) -> Self {
        let mut random = generator(seed, "layers of a detector", &[]);
        let mut head = Self::zeros(width);
        let reach = |inputs: usize| (6.0 / inputs as f32).sqrt();
        let (first, second) = (reach(width), 0.3 * reach(HIDDEN));
        head.first.iter_mut().for_each(|weight| *weight = random.random_range(-first..first));
        head.second.iter_mut().for_each(|weight| *weight = random.random_range(-second..second));
        head.second_bias = vec![RARE, 1.0, 1.0, 1.0, 1.0];
        head
    }

    /// The same layers over rows as they were before each channel had `scaling` applied: (value - mean) × factor.
    fn unscaled(mut self, scaling: &[(f32, f32)]) -> Self {
        for (at, weights) in self.first.chunks_exact_mut(HIDDEN).enumerate() {
            let (mean, factor) = scaling[at % scaling.len()];
            for (weight, bias) in weights.iter_mut().zip(&mut self.first_bias) {
                *weight *= factor;
                *bias -= *weight * mean;
            }
        }
        self
    }
}

/// Learns the layers.
///
/// # Errors
/// There is no animal, or it was stopped.
pub(super) fn learn(
    patches: &Patches<'_>,
    lesson: &Lesson,
    seed: u64,
    stopped: &(dyn Fn() -> Option<CacheError> + Sync),
) -> Result<Head, TrainError> {
    if lesson.animals.is_empty() {
        return Err(TrainError::TooLittle("no animal lies in these photos".to_owned()));
    }
    let open: Vec<usize> =
        (0..lesson.nothing.len()).filter(|view| !lesson.nothing[*view].is_empty()).collect();
    let scaling = scaling(patches, seed);
    let width = KERNEL * KERNEL * scaling.len();
    let mut head = Head::drawn(width, seed);
    let mut state = [Head::zeros(width), Head::zeros(width)];
    let mut average = Head::zeros(width);
    let mut hard: Vec<At> = Vec::new();
    // It is looked where animals are seen that are none: those cells are half of those without from then on.
    let looks = [STEPS / 3, 2 * STEPS / 3];
    // From here on weights are averaged.
    let averaged = 3 * STEPS / 4;
    for step in 0..STEPS {
        if let Some(error) = stopped() {
            return Err(error.into());
        }
        if looks.contains(&step) {
            hard = hardest(patches, lesson, &head, &scaling, seed);
        }
        let mut random = generator(seed, "cells of a step", &[step as u64]);
        let (cells, goals) = draw(lesson, &open, &hard, &mut random);
        let gradient = gradient(patches, &head, &scaling, &cells, &goals);
        change(&mut head, gradient, &mut state, step);
        if step >= averaged {
            let share = 1.0 / (step - averaged + 1) as f32;
            for (mean, now) in average.tensors().into_iter().zip(head.tensors()) {
                mean.iter_mut().zip(now.iter()).for_each(|(mean, now)| *mean += share * (now - *mean));
            }
        }
    }
    Ok(average.unscaled(&scaling))
}

/// The cells of a step, half of them with an animal.
fn draw(
    lesson: &Lesson,
    open: &[usize],
    hard: &[At],
    random: &mut ChaCha8Rng,
) -> (Vec<At>, Vec<Option<[f32; 4]>>) {
    let (mut cells, mut goals) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    for place in 0..BATCH {
        let is_animal = place % 2 == 0 || open.is_empty();
        if is_animal && let Some((at, edges)) = lesson.animals.choose(random) {
            cells.push(*at);
            goals.push(Some(*edges));
        } else if place % 4 == 1
            && let Some(at) = hard.choose(random)
        {
            cells.push(*at);
            goals.push(None);
        } else if let Some(view) = open.choose(random)
            && let Some(cell) = lesson.nothing[*view].choose(random)
        {
            cells.push((*view, *cell));
            goals.push(None);
        }
    }
    (cells, goals)
}

/// Means and factors of the channels, so that they vary alike.
fn scaling(patches: &Patches<'_>, seed: u64) -> Vec<(f32, f32)> {
    let mut random = generator(seed, "cells to scale by", &[]);
    let channels = patches.channels();
    let (mut sums, mut squares) = (vec![0.0_f64; channels], vec![0.0_f64; channels]);
    for _ in 0..SCALED_BY {
        let cell = (random.random_range(0..patches.views()), random.random_range(0..patches.cells()));
        for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(patches.cell(cell)) {
            *sum += f64::from(value);
            *square += f64::from(value) * f64::from(value);
        }
    }
    let n = SCALED_BY as f64;
    let deviation = |(sum, square): (&f64, &f64)| (square / n - (sum / n).powi(2)).max(0.0).sqrt();
    let deviations: Vec<f64> = sums.iter().zip(&squares).map(deviation).collect();
    // What hardly varies is noise, and not blown up.
    let usual = deviations.iter().sum::<f64>() / channels.max(1) as f64;
    let factor = |deviation: &f64| (1.0 / (deviation + 0.05 * usual).max(1e-12)) as f32;
    sums.iter().zip(&deviations).map(|(sum, deviation)| ((sum / n) as f32, factor(deviation))).collect()
}

/// Rows of cells, scaled.
fn scaled(patches: &Patches<'_>, cells: &[At], scaling: &[(f32, f32)]) -> Vec<f32> {
    let mut rows = patches.rows(cells);
    for cell in rows.chunks_exact_mut(scaling.len()) {
        cell.iter_mut().zip(scaling).for_each(|(value, (mean, factor))| *value = (*value - mean) * factor);
    }
    rows
}

/// Cells without an animal that are most taken for one.
fn hardest(
    patches: &Patches<'_>,
    lesson: &Lesson,
    head: &Head,
    scaling: &[(f32, f32)],
    seed: u64,
) -> Vec<At> {
    let mut views: Vec<usize> = (0..lesson.nothing.len()).collect();
    views.shuffle(&mut generator(seed, "views to look at again", &[]));
    views.truncate(HARD.1);
    let of_view = |view: &usize| {
        let cells: Vec<At> = lesson.nothing[*view].iter().map(|cell| (*view, *cell)).collect();
        let said = head.says(&scaled(patches, &cells, scaling), cells.len());
        let mut scored: Vec<(f32, At)> =
            said.chunks_exact(OUTPUTS).map(|outputs| outputs[0]).zip(cells).collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        scored.into_iter().take(HARD.0).map(|(_, at)| at).collect::<Vec<At>>()
    };
    views.par_iter().map(of_view).collect::<Vec<_>>().concat()
}

/// The gradient of the mean loss over some cells: cross-entropy of animal or none, and for animals what `box_loss` says.
fn gradient(
    patches: &Patches<'_>,
    head: &Head,
    scaling: &[(f32, f32)],
    cells: &[At],
    goals: &[Option<[f32; 4]>],
) -> Head {
    let width = KERNEL * KERNEL * scaling.len();
    let count = cells.len() as f32;
    let animals = goals.iter().flatten().count().max(1) as f32;
    let of_task = |(cells, goals): (&[At], &[Option<[f32; 4]>])| {
        let (rows, mut hidden) = (scaled(patches, cells, scaling), Vec::new());
        let mut slopes = head.forward(&rows, cells.len(), &mut hidden);
        for (outputs, goal) in slopes.chunks_exact_mut(OUTPUTS).zip(goals) {
            let probability = 1.0 / (1.0 + (-outputs[0]).exp());
            let (loss, edges) = match goal {
                Some(goal) => box_loss([1, 2, 3, 4].map(|at| outputs[at]), *goal),
                None => (f32::INFINITY, [0.0; 4]),
            };
            // A cell is to be as sure as its box is right (H. Zhang et al., "VarifocalNet", 2021).
            outputs[0] = (probability - (-loss).exp()) / count;
            outputs[1..].copy_from_slice(&edges.map(|slope| slope / animals));
        }
        let mut gradient = Head::zeros(width);
        let slope_rows = View::new(&slopes, cells.len(), OUTPUTS);
        product(
            &mut gradient.second,
            false,
            View::new(&hidden, cells.len(), HIDDEN).transposed(),
            slope_rows,
        );
        let mut back = vec![0.0; hidden.len()];
        product(&mut back, false, slope_rows, View::new(&head.second, HIDDEN, OUTPUTS).transposed());
        back.iter_mut().zip(&hidden).filter(|(_, hidden)| **hidden <= 0.0).for_each(|(back, _)| *back = 0.0);
        let rows = View::new(&rows, cells.len(), width);
        product(&mut gradient.first, false, rows.transposed(), View::new(&back, cells.len(), HIDDEN));
        sum_rows(&back, &mut gradient.first_bias);
        sum_rows(&slopes, &mut gradient.second_bias);
        gradient
    };
    let tasks: Vec<_> = cells.chunks(TASK).zip(goals.chunks(TASK)).collect();
    let parts: Vec<Head> = tasks.into_par_iter().map(of_task).collect();
    let mut sum = Head::zeros(width);
    for mut part in parts {
        for (sum, part) in sum.tensors().into_iter().zip(part.tensors()) {
            sum.iter_mut().zip(part.iter()).for_each(|(sum, part)| *sum += part);
        }
    }
    sum
}

fn sum_rows(rows: &[f32], sums: &mut [f32]) {
    for row in rows.chunks_exact(sums.len()) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
}

/// How little a box agrees with the one that is right, and the slope of it along each output: minus the logarithm of their
/// intersection over union (J. Yu et al., "UnitBox", 2016). Both boxes are given by the logarithms of the distances from one
/// point within them to left, top, right and bottom.
fn box_loss(outputs: [f32; 4], goal: [f32; 4]) -> (f32, [f32; 4]) {
    let far = outputs.map(|output| output.clamp(-FARTHEST, FARTHEST).exp());
    let right = goal.map(f32::exp);
    let area = |sides: [f32; 4]| (sides[0] + sides[2]) * (sides[1] + sides[3]);
    let common: [f32; 4] = std::array::from_fn(|at| far[at].min(right[at]));
    let (both, own) = (area(common), area(far));
    let either = own + area(right) - both;
    // The side across which a distance counts.
    let across = |sides: [f32; 4], at: usize| {
        if at.is_multiple_of(2) { sides[1] + sides[3] } else { sides[0] + sides[2] }
    };
    let slopes = std::array::from_fn(|at| {
        let of_both = if far[at] < right[at] { across(common, at) } else { 0.0 };
        let of_either = across(far, at) - of_both;
        far[at] * (of_either / either - of_both / both)
    });
    ((either / both).ln(), slopes)
}

/// A step of AdamW.
fn change(head: &mut Head, mut gradient: Head, state: &mut [Head; 2], step: usize) {
    let warm = ((step + 1) as f32 / WARM_UP as f32).min(1.0);
    let done = step as f32 / STEPS as f32;
    let rate = RATE * warm * (0.02 + 0.98 * 0.5 * (1.0 + (std::f32::consts::PI * done).cos()));
    let (first, second) = MOMENTS;
    let now = i32::try_from(step + 1).unwrap_or(i32::MAX);
    let (of_first, of_second) = (1.0 - first.powi(now), 1.0 - second.powi(now));
    let [means, squares] = state;
    let tensors = head.tensors().into_iter().zip(gradient.tensors());
    let moments = means.tensors().into_iter().zip(squares.tensors());
    for (place, ((weights, slopes), (means, squares))) in tensors.zip(moments).enumerate() {
        // Biases are not held back.
        let held = if place % 2 == 0 { rate * DECAY } else { 0.0 };
        for (((weight, slope), mean), square) in weights.iter_mut().zip(slopes).zip(means).zip(squares) {
            *mean = first * *mean + (1.0 - first) * *slope;
            *square = second * *square + (1.0 - second) * *slope * *slope;
            *weight -= held * *weight + rate * (*mean / of_first) / ((*square / of_second).sqrt() + 1e-8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_say_the_same_of_rows_as_they_were_as_of_scaled_ones() {
        let scaling = [(0.5, 2.0), (-1.0, 0.25)];
        let width = KERNEL * KERNEL * scaling.len();
        let mut head = Head::drawn(width, 3);
        head.first_bias.iter_mut().enumerate().for_each(|(at, bias)| *bias = 0.01 * at as f32);
        // The first two cells lie beyond the map.
        let rows: Vec<f32> =
            (0..2 * width).map(|at| if at % width < 4 { 0.0 } else { (at as f32 * 0.7).sin() }).collect();
        let scaled: Vec<f32> = rows
            .iter()
            .enumerate()
            .map(|(at, value)| (value - scaling[at % 2].0) * scaling[at % 2].1)
            .collect();
        let (expected, found) = (head.says(&scaled, 2), head.clone().unscaled(&scaling).says(&rows, 2));
        for (expected, found) in expected.iter().zip(&found) {
            assert!((expected - found).abs() < 1e-4, "{expected} {found}");
        }
    }

    #[test]
    fn a_box_that_is_right_loses_nothing_and_half_of_one_the_logarithm_of_two() {
        let right = [0.3, -0.2, 1.0, 0.0];
        let (loss, slopes) = box_loss(right, right);
        assert!(loss.abs() < 1e-6);
        assert!(slopes.iter().all(|slope| slope.is_finite()));
        // Twice as wide to both sides: half of it is the other.
        let two = std::f32::consts::LN_2;
        let (loss, _) = box_loss([0.3 + two, -0.2, 1.0 + two, 0.0], right);
        assert!((loss - two).abs() < 1e-5, "{loss}");
    }

    #[test]
    fn the_slopes_of_the_box_are_those_of_the_loss() {
        let goal = [0.5, 1.2, -0.4, 0.1];
        for outputs in [[0.2, 1.5, -0.1, 0.4], [1.0, 0.2, 0.3, -0.5], [-0.6, 1.3, -0.5, 0.0]] {
            let (_, slopes) = box_loss(outputs, goal);
            for at in 0..4 {
                let moved = |by: f32| {
                    let mut outputs = outputs;
                    outputs[at] += by;
                    box_loss(outputs, goal).0
                };
                let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
                assert!((slope - slopes[at]).abs() < 2e-2, "{at}: {slope} {}", slopes[at]);
            }
        }
    }
}
