//! The way back: gradients of the input, the weights and the bias in one go.

use pulp::{Arch, Simd, WithSimd};

use super::forward::fill;
use super::lanes::{Lanes, convolve, masked};
use super::{MOST_TAPS, Shape, for_window, rounded};
use crate::tail::plan::Activation;

/// What was convolved, and where its gradient goes.
#[derive(Debug)]
pub(in crate::tail) enum Target<'a> {
    /// Nowhere.
    Nowhere {
        /// What was convolved.
        input: &'a [f32],
    },
    /// Into memory of its own.
    Own {
        /// What was convolved.
        input: &'a [f32],
        /// Its gradient.
        gradient: &'a mut [f32],
        /// Whether the gradient has a part already, to which this is added.
        is_sum: bool,
    },
    /// Into the place of what was convolved, through the activation that had made it.
    InPlace {
        /// First the input, then its gradient.
        values: &'a mut [f32],
        /// What had made the input.
        activation: Activation,
        /// The gradient's sum over all positions.
        sums: &'a mut [f32],
    },
}

/// What the gradient is computed from.
#[derive(Debug)]
pub(in crate::tail) struct Outcome<'a> {
    /// What had come out.
    pub(in crate::tail) output: &'a [f32],
    /// By which activation.
    pub(in crate::tail) activation: Activation,
    /// The gradient of what had come out.
    pub(in crate::tail) gradient: &'a [f32],
}

/// Gradients of a depthwise convolution, summed over the photos at hand. Weights and their gradient are
/// taps × channels.
pub(in crate::tail) fn backward(
    shape: &Shape,
    outcome: Outcome<'_>,
    weights: &[f32],
    target: Target<'_>,
    weight_gradient: &mut [f32],
    bias_gradient: &mut [f32],
    scratch: &mut [f32],
) {
    let job = Job { shape, outcome, weights, target, weight_gradient, bias_gradient, scratch };
    for_window!(shape.window, shape.input.1, run, (job));
}

fn run<const KERNEL: usize, const STRIDE: usize, const BLOCK: usize>(job: Job<'_>) {
    Arch::new().dispatch(Known::<'_, KERNEL, STRIDE, BLOCK>(job));
}

struct Job<'a> {
    shape: &'a Shape,
    outcome: Outcome<'a>,
    weights: &'a [f32],
    target: Target<'a>,
    weight_gradient: &'a mut [f32],
    bias_gradient: &'a mut [f32],
    scratch: &'a mut [f32],
}

/// The job with its extents known when compiled.
struct Known<'a, const KERNEL: usize, const STRIDE: usize, const BLOCK: usize>(Job<'a>);

impl<const KERNEL: usize, const STRIDE: usize, const BLOCK: usize> WithSimd
    for Known<'_, KERNEL, STRIDE, BLOCK>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Job { shape, outcome, weights, mut target, weight_gradient, bias_gradient, scratch } = self.0;
        let zero = simd.splat_f32s(0.0);
        let (input_height, input_width) = shape.input_tile(shape.output.1);
        let (spread_height, spread_width) = shape.gradient_tile(rounded(shape.input.1));
        let tiles = S::as_mut_simd_f32s(scratch).0;
        let (input_tile, tiles) = tiles.split_at_mut(input_height * input_width);
        let spread_tile = &mut tiles[..spread_height * spread_width];
        input_tile.fill(zero);
        spread_tile.fill(zero);
        let (in_photo, out_photo) = (shape.input.0 * shape.input.1, shape.output.0 * shape.output.1);
        for lanes in Lanes::all(simd, shape.channels) {
            let mut turned = [zero; MOST_TAPS];
            for (tap, numbers) in turned[..KERNEL * KERNEL].iter_mut().rev().enumerate() {
                *numbers = lanes.load(weights, tap);
            }
            let mut tap_sums = [zero; MOST_TAPS];
            let (mut bias_sum, mut input_sum) = (zero, zero);
            for photo in 0..outcome.output.len() / (out_photo * shape.channels) {
                let (in_first, out_first) = (photo * in_photo, photo * out_photo);
                bias_sum = spread::<S, KERNEL, STRIDE>(
                    lanes,
                    shape,
                    &outcome,
                    out_first,
                    spread_tile,
                    spread_width,
                    bias_sum,
                );
                fill(lanes, shape, target.input(), in_first, input_tile, input_width);
                add_taps::<S, KERNEL, STRIDE>(
                    simd,
                    shape,
                    input_tile,
                    input_width,
                    spread_tile,
                    spread_width,
                    &mut tap_sums,
                );
                if let Target::Nowhere { .. } = target {
                    continue;
                }
                for row in 0..shape.input.0 {
                    for column in (0..shape.input.1).step_by(BLOCK) {
                        let start = row * spread_width + column;
                        let sums = convolve::<S, KERNEL, 1, BLOCK>(
                            simd,
                            spread_tile,
                            spread_width,
                            start,
                            &turned,
                            [zero; BLOCK],
                        );
                        let first = in_first + row * shape.input.1 + column;
                        for (place, &sum) in sums.iter().enumerate().take(shape.input.1 - column) {
                            let kept = target.write(lanes, first + place, sum);
                            input_sum = simd.add_f32s(input_sum, kept);
                        }
                    }
                }
            }
            for (tap, &sum) in tap_sums[..KERNEL * KERNEL].iter().enumerate() {
                lanes.store(weight_gradient, tap, sum);
            }
            lanes.store(bias_gradient, 0, bias_sum);
            if let Target::InPlace { sums, .. } = &mut target {
                lanes.store(sums, 0, input_sum);
            }
        }
    }
}

impl Target<'_> {
    #[inline(always)]
    fn input(&self) -> &[f32] {
        match self {
            Self::Nowhere { input } | Self::Own { input, .. } => input,
            Self::InPlace { values, .. } => values,
        }
    }

    /// Writes a gradient; returns what is left of it behind the activation.
    #[inline(always)]
    fn write<S: Simd>(&mut self, lanes: Lanes<S>, row: usize, gradient: S::f32s) -> S::f32s {
        match self {
            Self::Nowhere { .. } => gradient,
            Self::Own { gradient: target, is_sum, .. } => {
                let before = if *is_sum { lanes.load(target, row) } else { lanes.simd.splat_f32s(0.0) };
                lanes.store(target, row, lanes.simd.add_f32s(before, gradient));
                gradient
            }
            Self::InPlace { values, activation, .. } => {
                let kept = masked(lanes.simd, gradient, lanes.load(values, row), *activation);
                lanes.store(values, row, kept);
                kept
            }
        }
    }
}

/// Copies the gradient of a photo, taken back through the activation, into the tile, a stride between neighbours;
/// returns the sum of it all on top of `sum`.
#[inline(always)]
fn spread<S: Simd, const KERNEL: usize, const STRIDE: usize>(
    lanes: Lanes<S>,
    shape: &Shape,
    outcome: &Outcome<'_>,
    first_row: usize,
    tile: &mut [S::f32s],
    tile_width: usize,
    mut sum: S::f32s,
) -> S::f32s {
    let (above, left) = (KERNEL - 1 - shape.window.above, KERNEL - 1 - shape.window.left);
    for row in 0..shape.output.0 {
        let tile =
            &mut tile[(row * STRIDE + above) * tile_width + left..][..(shape.output.1 - 1) * STRIDE + 1];
        for column in 0..shape.output.1 {
            let place = first_row + row * shape.output.1 + column;
            let (gradient, output) = (lanes.load(outcome.gradient, place), lanes.load(outcome.output, place));
            let gradient = masked(lanes.simd, gradient, output, outcome.activation);
            tile[column * STRIDE] = gradient;
            sum = lanes.simd.add_f32s(sum, gradient);
        }
    }
    sum
}

/// Adds `Σ gradient · input` of a photo to every tap.
#[inline(always)]
fn add_taps<S: Simd, const KERNEL: usize, const STRIDE: usize>(
    simd: S,
    shape: &Shape,
    input: &[S::f32s],
    input_width: usize,
    spread: &[S::f32s],
    spread_width: usize,
    tap_sums: &mut [S::f32s; MOST_TAPS],
) {
    let (above, left) = (KERNEL - 1 - shape.window.above, KERNEL - 1 - shape.window.left);
    let zero = simd.splat_f32s(0.0);
    let reach = (shape.output.1 - 1) * STRIDE;
    for (tap_row, tap_sums) in tap_sums[..KERNEL * KERNEL].chunks_exact_mut(KERNEL).enumerate() {
        // Two sums a tap, so that an addition need not wait for the one before it.
        let mut sums = [[zero; KERNEL]; 2];
        for row in 0..shape.output.0 {
            let gradients = &spread[(row * STRIDE + above) * spread_width + left..][..reach + 1];
            let inputs = &input[(row * STRIDE + tap_row) * input_width..][..reach + KERNEL];
            let mut column = 0;
            while column + STRIDE <= reach {
                add_place::<S, KERNEL>(simd, gradients[column], &inputs[column..], &mut sums[0]);
                let next = column + STRIDE;
                add_place::<S, KERNEL>(simd, gradients[next], &inputs[next..], &mut sums[1]);
                column += 2 * STRIDE;
            }
            if column <= reach {
                add_place::<S, KERNEL>(simd, gradients[column], &inputs[column..], &mut sums[0]);
            }
        }
        for (tap, tap_sum) in tap_sums.iter_mut().enumerate() {
            *tap_sum = simd.add_f32s(*tap_sum, simd.add_f32s(sums[0][tap], sums[1][tap]));
        }
    }
}

/// Adds the products of one output's gradient with the inputs under a row of its window.
#[inline(always)]
fn add_place<S: Simd, const KERNEL: usize>(
    simd: S,
    gradient: S::f32s,
    inputs: &[S::f32s],
    sums: &mut [S::f32s; KERNEL],
) {
    for (sum, &input) in sums.iter_mut().zip(&inputs[..KERNEL]) {
        *sum = simd.mul_add_e_f32s(gradient, input, *sum);
    }
}
