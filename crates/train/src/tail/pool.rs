//! From maps to one vector, and back.

use pulp::Arch;
use resight_model::GEM_LEAST;

use super::plan::{Activation, Pool};
use super::power::{exponential, logarithm};

/// Pools the positions of every photo: photos × positions × channels to photos × channels.
pub(super) fn forward(
    pool: &Pool,
    exponent: f32,
    positions: usize,
    values: &[f32],
    pooled: &mut [f32],
    channels: usize,
) {
    let photos = values.chunks_exact(positions * channels).zip(pooled.chunks_exact_mut(channels));
    for (values, pooled) in photos {
        let rows = values.chunks_exact(channels);
        Arch::new().dispatch(|| match pool {
            Pool::Average => average(rows, pooled, positions),
            Pool::Max => max(rows, pooled),
            Pool::Gem { .. } => generalised(rows, pooled, positions, exponent),
        });
    }
}

type Rows<'a> = std::slice::ChunksExact<'a, f32>;

#[inline(always)]
fn average(rows: Rows<'_>, pooled: &mut [f32], positions: usize) {
    pooled.fill(0.0);
    for row in rows {
        pooled.iter_mut().zip(row).for_each(|(pooled, value)| *pooled += value);
    }
    pooled.iter_mut().for_each(|pooled| *pooled /= positions as f32);
}

#[inline(always)]
fn max(rows: Rows<'_>, pooled: &mut [f32]) {
    pooled.fill(f32::NEG_INFINITY);
    for row in rows {
        pooled
            .iter_mut()
            .zip(row)
            .for_each(|(pooled, &value)| *pooled = if *pooled > value { *pooled } else { value });
    }
}

#[inline(always)]
fn generalised(rows: Rows<'_>, pooled: &mut [f32], positions: usize, exponent: f32) {
    pooled.fill(0.0);
    for row in rows {
        pooled.iter_mut().zip(row).for_each(|(pooled, &value)| {
            *pooled += exponential(exponent * logarithm(at_least(value)));
        });
    }
    pooled.iter_mut().for_each(|pooled| {
        *pooled = exponential(logarithm(at_least_normal(*pooled / positions as f32)) / exponent);
    });
}

/// The number, or the least that is taken to a power.
#[inline(always)]
fn at_least(value: f32) -> f32 {
    if value < GEM_LEAST { GEM_LEAST } else { value }
}

#[inline(always)]
fn at_least_normal(value: f32) -> f32 {
    if value < f32::MIN_POSITIVE { f32::MIN_POSITIVE } else { value }
}

/// Takes the gradient of what was pooled back to the values and through the activation that had made them; the
/// values give way to their gradient. Returns the gradient of the exponent.
#[expect(clippy::too_many_arguments, reason = "one call, and every argument another thing")]
pub(super) fn backward(
    pool: &Pool,
    exponent: f32,
    positions: usize,
    values: &mut [f32],
    pooled: &[f32],
    gradient: &[f32],
    activation: Activation,
    scratch: &mut [f32],
) -> f64 {
    let channels = scratch.len() / SCRATCH_ROWS;
    let mut exponent_gradient = 0.0;
    let photos = values
        .chunks_exact_mut(positions * channels)
        .zip(pooled.chunks_exact(channels).zip(gradient.chunks_exact(channels)));
    let (low, high) = activation.bounds();
    for (values, (pooled, gradient)) in photos {
        let rows = values.chunks_exact_mut(channels);
        let is_between = move |value: f32| value > low && value < high;
        Arch::new().dispatch(|| match pool {
            Pool::Average => spread(rows, gradient, positions, is_between),
            Pool::Max => choose(rows, pooled, gradient, scratch, is_between),
            Pool::Gem { .. } => {
                let place = Generalised { exponent, positions, pooled, gradient };
                exponent_gradient += place.backward(rows, scratch, is_between);
            }
        });
    }
    exponent_gradient
}

/// Scratch memory of [`backward`], in rows of channels.
pub(super) const SCRATCH_ROWS: usize = 2;

type RowsMut<'a> = std::slice::ChunksExactMut<'a, f32>;

#[inline(always)]
fn spread(rows: RowsMut<'_>, gradient: &[f32], positions: usize, is_between: impl Fn(f32) -> bool) {
    let share = 1.0 / positions as f32;
    for row in rows {
        for (value, gradient) in row.iter_mut().zip(gradient) {
            *value = if is_between(*value) { gradient * share } else { 0.0 };
        }
    }
}

/// To the first of the greatest.
#[inline(always)]
fn choose(
    rows: RowsMut<'_>,
    pooled: &[f32],
    gradient: &[f32],
    scratch: &mut [f32],
    is_between: impl Fn(f32) -> bool,
) {
    let left = &mut scratch[..pooled.len()];
    left.copy_from_slice(gradient);
    for row in rows {
        for ((value, pooled), left) in row.iter_mut().zip(pooled).zip(left.iter_mut()) {
            let is_greatest = *value == *pooled;
            *value = if is_greatest && is_between(*value) { *left } else { 0.0 };
            *left = if is_greatest { 0.0 } else { *left };
        }
    }
}

/// With y = (mean of uᵖ)^(1/p) and u = max(x, least): ∂y/∂x = (u / y)^(p−1) / positions where x is not below the
/// least, and ∂y/∂p = y / p · Σ (u / y)ᵖ / positions · (ln u − ln y).
struct Generalised<'a> {
    exponent: f32,
    positions: usize,
    pooled: &'a [f32],
    gradient: &'a [f32],
}

impl Generalised<'_> {
    #[inline(always)]
    fn backward(&self, rows: RowsMut<'_>, scratch: &mut [f32], is_between: impl Fn(f32) -> bool) -> f64 {
        let share = 1.0 / self.positions as f32;
        let (logarithms, sums) = scratch.split_at_mut(self.pooled.len());
        let sums = &mut sums[..self.pooled.len()];
        logarithms
            .iter_mut()
            .zip(self.pooled)
            .for_each(|(target, &pooled)| *target = logarithm(at_least_normal(pooled)));
        sums.fill(0.0);
        for row in rows {
            let known = logarithms.iter().zip(self.gradient);
            for ((value, sum), (&log_pooled, &gradient)) in row.iter_mut().zip(sums.iter_mut()).zip(known) {
                let least = at_least(*value);
                let ratio = logarithm(least) - log_pooled;
                let slope = exponential((self.exponent - 1.0) * ratio) * share;
                // y · (u / y)ᵖ = u · (u / y)^(p−1).
                *sum += slope * least * ratio * gradient;
                let is_free = *value >= GEM_LEAST && is_between(*value);
                *value = if is_free { gradient * slope } else { 0.0 };
            }
        }
        sums.iter().map(|&sum| f64::from(sum)).sum::<f64>() / f64::from(self.exponent)
    }
}
