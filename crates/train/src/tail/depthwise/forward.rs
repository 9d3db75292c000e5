//! The way forward.

use pulp::{Arch, Simd, WithSimd};

use super::lanes::{Lanes, activate, convolve};
use super::{MOST_TAPS, Shape, for_window, rounded};
use crate::tail::plan::Activation;

/// `output = activation(convolution(input) + bias)`, photo after photo. Weights are taps × channels.
pub(in crate::tail) fn forward(
    shape: &Shape,
    input: &[f32],
    weights: &[f32],
    bias: &[f32],
    activation: Activation,
    output: &mut [f32],
    scratch: &mut [f32],
) {
    let job = Job { shape, input, weights, bias, activation, output, scratch };
    for_window!(shape.window, shape.output.1, run, (job));
}

fn run<const KERNEL: usize, const STRIDE: usize, const BLOCK: usize>(job: Job<'_>) {
    Arch::new().dispatch(Known::<'_, KERNEL, STRIDE, BLOCK>(job));
}

struct Job<'a> {
    shape: &'a Shape,
    input: &'a [f32],
    weights: &'a [f32],
    bias: &'a [f32],
    activation: Activation,
    output: &'a mut [f32],
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
        let Job { shape, input, weights, bias, activation, output, scratch } = self.0;
        let (tile_height, tile_width) = shape.input_tile(rounded(shape.output.1));
        let tile = &mut S::as_mut_simd_f32s(scratch).0[..tile_height * tile_width];
        let zero = simd.splat_f32s(0.0);
        tile.fill(zero);
        let (in_photo, out_photo) = (shape.input.0 * shape.input.1, shape.output.0 * shape.output.1);
        for lanes in Lanes::all(simd, shape.channels) {
            let mut taps = [zero; MOST_TAPS];
            for (tap, numbers) in taps[..KERNEL * KERNEL].iter_mut().enumerate() {
                *numbers = lanes.load(weights, tap);
            }
            let bias = lanes.load(bias, 0);
            for photo in 0..output.len() / (out_photo * shape.channels) {
                fill(lanes, shape, input, photo * in_photo, tile, tile_width);
                for row in 0..shape.output.0 {
                    for column in (0..shape.output.1).step_by(BLOCK) {
                        let start = (row * tile_width + column) * STRIDE;
                        let sums = convolve::<S, KERNEL, STRIDE, BLOCK>(
                            simd,
                            tile,
                            tile_width,
                            start,
                            &taps,
                            [bias; BLOCK],
                        );
                        let first = photo * out_photo + row * shape.output.1 + column;
                        for (place, &sum) in sums.iter().enumerate().take(shape.output.1 - column) {
                            lanes.store(output, first + place, activate(simd, sum, activation));
                        }
                    }
                }
            }
        }
    }
}

/// Copies the channels of a photo into the tile, whose rim of zeros stays.
#[inline(always)]
pub(super) fn fill<S: Simd>(
    lanes: Lanes<S>,
    shape: &Shape,
    input: &[f32],
    first_row: usize,
    tile: &mut [S::f32s],
    tile_width: usize,
) {
    let (above, left) = (shape.window.above, shape.window.left);
    let (height, width) = shape.input;
    let height = height.min((tile.len() / tile_width).saturating_sub(above));
    for row in 0..height {
        let start = (row + above) * tile_width + left;
        let tile = &mut tile[start..start + width.min(tile_width - left)];
        for (column, numbers) in tile.iter_mut().enumerate() {
            *numbers = lanes.load(input, first_row + row * width + column);
        }
    }
}
