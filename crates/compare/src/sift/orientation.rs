//! The directions that prevail around a point.

use super::gradient::Gradients;
use super::picture::Picture;
use super::refine::Extremum;

/// Bins of a turn.
const BINS: usize = 36;
/// Standard deviation of the weights, in blurs of the point.
const WINDOW: f32 = 1.5;
/// How far pixels count, in standard deviations.
const REACH: f32 = 3.0;
/// A direction counts beside the greatest from this share of it on.
const LEAST_SHARE: f32 = 0.8;

/// The directions in which a point is looked at, in degrees from the right upwards: the strongest first.
pub(super) fn directions(layer: &Picture, extremum: &Extremum) -> Vec<f32> {
    let counts = smoothed(&histogram(layer, extremum));
    let least = LEAST_SHARE * counts.iter().fold(0.0_f32, |greatest, count| greatest.max(*count));
    let mut peaks: Vec<(f32, f32)> = (0..BINS)
        .filter_map(|bin| {
            let [before, here, after] = [BINS - 1, 0, 1].map(|step| counts[(bin + step) % BINS]);
            (here > before && here > after && here >= least).then(|| (here, top(bin, before, here, after)))
        })
        .collect();
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
    peaks.into_iter().map(|(_, direction)| direction).collect()
}

/// The direction of the top of a parabola through three bins.
#[expect(clippy::cast_precision_loss, reason = "36 bins")]
fn top(bin: usize, before: f32, here: f32, after: f32) -> f32 {
    let off = 0.5 * (before - after) / (before - 2.0 * here + after);
    let direction = (bin as f32 + off) * (360.0 / BINS as f32);
    if direction < 0.0 { direction + 360.0 } else { direction }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "some dozen pixels, and bins"
)]
fn histogram(layer: &Picture, extremum: &Extremum) -> [f32; BINS] {
    let sigma = WINDOW * extremum.scale;
    let reach = (REACH * sigma).round_ties_even() as usize;
    let weights: Vec<f32> = (0..=reach).map(|at| (-0.5 * (at as f32 / sigma).powi(2)).exp()).collect();
    let within =
        |middle: usize, size: usize| middle.saturating_sub(reach).max(1)..(middle + reach + 1).min(size - 1);
    let columns = within(extremum.column, layer.width);
    let mut counts = [0.0; BINS];
    let mut gradients = Gradients::default();
    for row in within(extremum.row, layer.height) {
        gradients.look(layer, row, columns.clone());
        let weight_of_row = weights[row.abs_diff(extremum.row)];
        let found = gradients.directions.iter().zip(&gradients.sizes);
        for (column, (direction, size)) in columns.clone().zip(found) {
            let bin = (direction * (BINS as f32 / 360.0) + 0.5) as usize % BINS;
            counts[bin] += weight_of_row * weights[column.abs_diff(extremum.column)] * size;
        }
    }
    counts
}

fn smoothed(counts: &[f32; BINS]) -> [f32; BINS] {
    let at = |bin: usize, step: usize| counts[(bin + BINS + step - 2) % BINS];
    std::array::from_fn(|bin| {
        (at(bin, 0) + at(bin, 4)) / 16.0 + (at(bin, 1) + at(bin, 3)) / 4.0 + at(bin, 2) * (6.0 / 16.0)
    })
}
