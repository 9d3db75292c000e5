//! Weights made by a formula: the same on every machine, without a file.
//!
//! They are what training starts from, and what tests run on. The formula is repeated, in Python, by
//! `fixtures/reference/model/efficientnet_lite.py`.

use super::Architecture;
use crate::weights::{Tensor, Weights};

impl Architecture {
    /// Weights with no knowledge of anything: kernels and matrices uniform within ±√(6 / inputs of one output) (He et al.
    /// 2015), normalisation near the identity. Each tensor depends on its name and shape alone.
    pub fn seeded_weights(&self) -> Weights {
        let mut weights = Weights::default();
        for (name, shape) in self.tensors() {
            let tensor = seeded(&name, shape);
            weights.insert(name, tensor);
        }
        weights
    }
}

/// A tensor by its name and shape.
pub(super) fn seeded(name: &str, shape: Vec<usize>) -> Tensor {
    let range = range(name, &shape);
    let values = uniform(name).take(shape.iter().product()).map(|u| value_in(range, u)).collect();
    Tensor { shape, values }
}

/// The smallest value of a tensor, and how far above it the greatest lies.
fn range(name: &str, shape: &[usize]) -> (f64, f64) {
    if name.ends_with(".weight") && shape.len() > 1 {
        let bound = (6.0 / shape[1..].iter().product::<usize>() as f64).sqrt();
        return (-bound, 2.0 * bound);
    }
    match name.rsplit('.').next().unwrap_or_default() {
        // The last normalisation of a residual branch starts small (after Goyal et al. 2017), or deep networks
        // with gates answer numbers so great that rounding decides.
        "weight" if name.ends_with(".bn3.weight") => (0.2, 0.2),
        "running_var" => (0.5, 1.0),
        "weight" => (0.8, 0.4),
        // Layer scale: every block takes part from the beginning.
        "gamma" => (0.2, 0.2),
        // The exponent of a generalized mean.
        "p" => (3.0, 0.0),
        _ => (-0.1, 0.2),
    }
}

fn value_in((least, span): (f64, f64), u: f64) -> f32 {
    (least + span * u) as f32
}

/// Numbers from 0 up to 1 in steps of 2⁻²⁴: splitmix64 (Steele, Lea and Flood 2014), started at the FNV-1a
/// hash of a name.
fn uniform(name: &str) -> impl Iterator<Item = f64> {
    let hash = |state: u64, byte: u8| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f64 / f64::from(1 << 24)
    })
}
