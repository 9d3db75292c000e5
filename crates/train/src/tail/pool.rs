//! From maps to one vector, and back.

use pulp::{Arch, Simd, WithSimd};
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
    Arch::new().dispatch(Forward { pool, exponent, positions, values, pooled, channels });
}

struct Forward<'a> {
    pool: &'a Pool,
    exponent: f32,
    positions: usize,
    values: &'a [f32],
    pooled: &'a mut [f32],
    channels: usize,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { pool, exponent, positions, values, pooled, channels } = self;
        let photos = values.chunks_exact(positions * channels).zip(pooled.chunks_exact_mut(channels));
        for (values, pooled) in photos {
            let rows = values.chunks_exact(channels);
            match pool {
                Pool::Average => average(rows, pooled, positions),
                Pool::Max => max(rows, pooled),
                Pool::Gem { .. } => generalised(rows, pooled, positions, exponent),
            }
        }
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

/// What the gradient of the pooling is computed from.
pub(super) struct Backward<'a> {
    pub(super) pool: &'a Pool,
    pub(super) exponent: f32,
    pub(super) positions: usize,
    /// What had come out: photos × channels.
    pub(super) pooled: &'a [f32],
    /// Its gradient.
    pub(super) gradient: &'a [f32],
    /// What had made the values.
    pub(super) activation: Activation,
}

impl Backward<'_> {
    /// Takes the gradient back to the values and through the activation that had made them; the values give way to
    /// their gradient. Returns the gradient of the exponent. Wants [`SCRATCH_ROWS`] rows of channels.
    pub(super) fn run(self, values: &mut [f32], scratch: &mut [f32]) -> f64 {
        Arch::new().dispatch(BackwardInto { way: self, values, scratch })
    }
}

struct BackwardInto<'a> {
    way: Backward<'a>,
    values: &'a mut [f32],
    scratch: &'a mut [f32],
}

impl WithSimd for BackwardInto<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let Self { way, values, scratch } = self;
        let (exponent, positions, bounds) = (way.exponent, way.positions, way.activation.bounds());
        let channels = scratch.len() / SCRATCH_ROWS;
        let answers = way.pooled.chunks_exact(channels).zip(way.gradient.chunks_exact(channels));
        let mut exponent_gradient = 0.0;
        for (values, (pooled, gradient)) in values.chunks_exact_mut(positions * channels).zip(answers) {
            let rows = values.chunks_exact_mut(channels);
            match way.pool {
                Pool::Average => spread(rows, gradient, positions, bounds),
                Pool::Max => choose(rows, pooled, gradient, scratch, bounds),
                Pool::Gem { .. } => {
                    let place = Generalised { exponent, positions, pooled, gradient };
                    exponent_gradient += place.backward(rows, scratch, bounds);
                }
            }
        }
        exponent_gradient
    }
}

/// Whether the activation let the gradient pass.
#[inline(always)]
fn is_between(value: f32, (low, high): (f32, f32)) -> bool {
    value > low && value < high
}

/// Scratch memory of [`Backward`], in rows of channels.
pub(super) const SCRATCH_ROWS: usize = 2;

type RowsMut<'a> = std::slice::ChunksExactMut<'a, f32>;

#[inline(always)]
fn spread(rows: RowsMut<'_>, gradient: &[f32], positions: usize, bounds: (f32, f32)) {
    let share = 1.0 / positions as f32;
    for row in rows {
        for (value, gradient) in row.iter_mut().zip(gradient) {
            *value = if is_between(*value, bounds) { gradient * share } else { 0.0 };
        }
    }
}

/// To the first of the greatest.
#[inline(always)]
fn choose(rows: RowsMut<'_>, pooled: &[f32], gradient: &[f32], scratch: &mut [f32], bounds: (f32, f32)) {
    let left = &mut scratch[..pooled.len()];
    left.copy_from_slice(gradient);
    for row in rows {
        for ((value, pooled), left) in row.iter_mut().zip(pooled).zip(left.iter_mut()) {
            let is_greatest = *value == *pooled;
            *value = if is_greatest && is_between(*value, bounds) { *left } else { 0.0 };
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
    fn backward(&self, rows: RowsMut<'_>, scratch: &mut [f32], bounds: (f32, f32)) -> f64 {
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
                let is_free = *value >= GEM_LEAST && is_between(*value, bounds);
                *value = if is_free { gradient * slope } else { 0.0 };
            }
        }
        sums.iter().map(|&sum| f64::from(sum)).sum::<f64>() / f64::from(self.exponent)
    }
}
