//! What happens to numbers one by one, row by row: biases, activations and their gradients.
//!
//! Every loop is a struct with [`WithSimd`], not a closure: only so is it sure to be compiled for the vector
//! instructions that it is called with.

use pulp::{Arch, Simd, WithSimd};

use super::plan::Activation;

/// Adds the bias, and the shortcut if there is one, and applies the activation: what follows a product.
pub(super) fn finish(values: &mut [f32], bias: &[f32], shortcut: Option<&[f32]>, activation: Activation) {
    match shortcut {
        Some(shortcut) => Arch::new().dispatch(FinishSum { values, bias, shortcut, activation }),
        None => Arch::new().dispatch(Finish { values, bias, activation }),
    }
}

/// In this order a number that is none (NaN) stays one.
#[inline(always)]
fn cut(value: f32, (low, high): (f32, f32)) -> f32 {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}

struct Finish<'a> {
    values: &'a mut [f32],
    bias: &'a [f32],
    activation: Activation,
}

impl WithSimd for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let bounds = self.activation.bounds();
        for row in self.values.chunks_exact_mut(self.bias.len()) {
            for (value, bias) in row.iter_mut().zip(self.bias) {
                *value = cut(*value + bias, bounds);
            }
        }
    }
}

struct FinishSum<'a> {
    values: &'a mut [f32],
    bias: &'a [f32],
    shortcut: &'a [f32],
    activation: Activation,
}

impl WithSimd for FinishSum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let bounds = self.activation.bounds();
        let channels = self.bias.len();
        for (row, other) in self.values.chunks_exact_mut(channels).zip(self.shortcut.chunks_exact(channels)) {
            for ((value, bias), other) in row.iter_mut().zip(self.bias).zip(other) {
                *value = cut(*value + bias + other, bounds);
            }
        }
    }
}

/// Takes a gradient back through the activation, whose outputs tell where it was flat.
pub(super) fn mask(gradient: &mut [f32], outputs: &[f32], activation: Activation) {
    Arch::new().dispatch(Mask { gradient, outputs, activation });
}

struct Mask<'a> {
    gradient: &'a mut [f32],
    outputs: &'a [f32],
    activation: Activation,
}

impl WithSimd for Mask<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (low, high) = self.activation.bounds();
        for (gradient, &output) in self.gradient.iter_mut().zip(self.outputs) {
            *gradient = if output > low && output < high { *gradient } else { 0.0 };
        }
    }
}

/// Adds the rows up into `sums`.
pub(super) fn add_rows(sums: &mut [f32], rows: &[f32]) {
    Arch::new().dispatch(AddRows { sums, rows });
}

/// `target += values`.
pub(super) fn add(target: &mut [f32], values: &[f32]) {
    Arch::new().dispatch(AddRows { sums: target, rows: values });
}

struct AddRows<'a> {
    sums: &'a mut [f32],
    rows: &'a [f32],
}

impl WithSimd for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.rows.chunks_exact(self.sums.len().max(1)) {
            for (sum, value) in self.sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }
}

/// The matrix with rows and columns exchanged: `source` has rows of `columns` numbers.
pub(super) fn transpose(source: &[f32], columns: usize, target: &mut [f32]) {
    const TILE: usize = 16;
    let rows = source.len() / columns.max(1);
    for first_column in (0..columns).step_by(TILE) {
        for first_row in (0..rows).step_by(TILE) {
            for column in first_column..columns.min(first_column + TILE) {
                let target =
                    &mut target[column * rows + first_row..column * rows + rows.min(first_row + TILE)];
                for (place, target) in target.iter_mut().enumerate() {
                    *target = source[(first_row + place) * columns + column];
                }
            }
        }
    }
}
