//! Depthwise convolutions: every channel filtered by itself.
//!
//! Numbers lie position by position with the channels side by side, so a vector register holds some 16 channels of
//! one position. Block by block of channels, a photo is copied into a tile with the zeros of the padding around it
//! (small enough for the first-level cache), and the tile is convolved with neither a condition nor a bound in the
//! inner loop: a row of [`block`] outputs stays in registers while the taps pass.

mod backward;
mod forward;
mod lanes;

pub(super) use backward::{Outcome, Target, backward};
pub(super) use forward::forward;

use super::plan::{Value, Window};

/// The widest vector register, in numbers.
const WIDEST: usize = 16;
/// The most taps of a window.
const MOST_TAPS: usize = 49;

/// Extents of a depthwise convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) channels: usize,
    /// Height and width of what comes in.
    pub(super) input: (usize, usize),
    /// Height and width of what goes out.
    pub(super) output: (usize, usize),
    pub(super) window: Window,
}

impl Shape {
    pub(super) fn new(input: &Value, output: &Value, window: Window) -> Self {
        let extent = |value: &Value| (value.height, value.width);
        Self { channels: input.channels, input: extent(input), output: extent(output), window }
    }

    /// Height and width of the tile of the padded input, wide enough for so many outputs a row.
    fn input_tile(&self, outputs: usize) -> (usize, usize) {
        let extent = |outputs: usize| (outputs - 1) * self.window.stride + self.window.kernel;
        (extent(self.output.0), extent(outputs))
    }

    /// Height and width of the tile of the gradient, spread out by the stride, for so many inputs a row.
    fn gradient_tile(&self, inputs: usize) -> (usize, usize) {
        (self.input.0 + self.window.kernel - 1, inputs + self.window.kernel - 1)
    }

    /// Numbers of scratch memory that both passes need.
    pub(super) fn scratch(&self) -> usize {
        let area = |(height, width): (usize, usize)| height * width;
        let wide_input = area(self.input_tile(rounded(self.output.1)));
        WIDEST * (wide_input + area(self.gradient_tile(rounded(self.input.1))))
    }
}

/// How many neighbouring numbers of a row are computed at once: 7 or 8, whichever fits the width better.
fn block(width: usize) -> usize {
    if width.next_multiple_of(7) < width.next_multiple_of(8) { 7 } else { 8 }
}

/// The width in whole blocks.
fn rounded(width: usize) -> usize {
    width.next_multiple_of(block(width))
}

/// Calls `$run::<kernel, stride, block>` for the window and the width at hand.
macro_rules! for_window {
    ($window:expr, $width:expr, $run:ident, $arguments:tt) => {
        match ($window.kernel, $window.stride, $crate::tail::depthwise::block($width)) {
            (3, 1, 7) => $run::<3, 1, 7> $arguments,
            (3, 1, _) => $run::<3, 1, 8> $arguments,
            (3, _, 7) => $run::<3, 2, 7> $arguments,
            (3, _, _) => $run::<3, 2, 8> $arguments,
            (5, 1, 7) => $run::<5, 1, 7> $arguments,
            (5, 1, _) => $run::<5, 1, 8> $arguments,
            (5, _, 7) => $run::<5, 2, 7> $arguments,
            (5, _, _) => $run::<5, 2, 8> $arguments,
            (_, 1, 7) => $run::<7, 1, 7> $arguments,
            (_, 1, _) => $run::<7, 1, 8> $arguments,
            (_, _, 7) => $run::<7, 2, 7> $arguments,
            (_, _, _) => $run::<7, 2, 8> $arguments,
        }
    };
}
use for_window;
