//! What happens to numbers one by one, row by row: biases, activations and their gradients.

use pulp::Arch;

use super::plan::Activation;

/// Adds the bias, and the shortcut if there is one, and applies the activation: what follows a product.
pub(super) fn finish(values: &mut [f32], bias: &[f32], shortcut: Option<&[f32]>, activation: Activation) {
    let (low, high) = activation.bounds();
    let cut = move |value: f32| {
        let value = if value < low { low } else { value };
        if value > high { high } else { value }
    };
    let channels = bias.len();
    Arch::new().dispatch(|| match shortcut {
        Some(shortcut) => {
            for (row, other) in values.chunks_exact_mut(channels).zip(shortcut.chunks_exact(channels)) {
                for ((value, bias), other) in row.iter_mut().zip(bias).zip(other) {
                    *value = cut(*value + bias + other);
                }
            }
        }
        None => {
            for row in values.chunks_exact_mut(channels) {
                for (value, bias) in row.iter_mut().zip(bias) {
                    *value = cut(*value + bias);
                }
            }
        }
    });
}

/// Takes a gradient back through the activation, whose outputs tell where it was flat.
pub(super) fn mask(gradient: &mut [f32], outputs: &[f32], activation: Activation) {
    let (low, high) = activation.bounds();
    Arch::new().dispatch(|| {
        for (gradient, &output) in gradient.iter_mut().zip(outputs) {
            *gradient = if output > low && output < high { *gradient } else { 0.0 };
        }
    });
}

/// Adds the rows up into `sums`.
pub(super) fn add_rows(sums: &mut [f32], rows: &[f32]) {
    let channels = sums.len();
    Arch::new().dispatch(|| {
        for row in rows.chunks_exact(channels) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
    });
}

/// `target += values`.
pub(super) fn add(target: &mut [f32], values: &[f32]) {
    Arch::new().dispatch(|| {
        for (target, value) in target.iter_mut().zip(values) {
            *target += value;
        }
    });
}
