//! Position embeddings for another number of patches than they were made for.
//!
//! As DINOv2's `interpolate_pos_encoding` does it with the settings of its published networks: bicubic; without
//! registers by a factor that is a tenth of a patch too great and with no smoothing; with registers by the exact
//! factor and smoothed where it shrinks.

use super::naming::in_own_names;
use super::{Architecture, Layer, Mismatch, Tokens};
use crate::weights::{Tensor, Weights};

/// By how many patches the factor without registers is too great.
const OFFSET: f64 = 0.1;

impl Architecture {
    /// The same network for images of `side` × `side` pixels. A transformer then wants as many positions as there
    /// are patches, and rounds down to whole patches.
    pub fn with_side(&self, side: usize) -> Self {
        let mut changed = Self { side, ..self.clone() };
        set_sides(&mut changed.layers, &mut (side, 1));
        changed.dimension = changed.answer_shape().numbers();
        changed
    }

    /// Weights as a file holds them, made those of the network: position embeddings for another side are
    /// interpolated. Tensors without a place that may be left out stay.
    ///
    /// # Errors
    /// When the weights are not those of the architecture.
    pub fn import(&self, mut weights: Weights) -> Result<Weights, Mismatch> {
        weights = in_own_names(weights);
        self.as_in(&weights).check(&weights)?;
        let Some((tokens, name)) = self.positions() else { return Ok(weights) };
        if let Some(positions) = weights.get(name).filter(|found| found.shape[1] != 1 + tokens.patches()) {
            let interpolated = interpolated(positions, tokens);
            weights.insert(name.clone(), interpolated);
        }
        Ok(weights)
    }

    /// The same network with as many positions as the weights have.
    pub(super) fn as_in(&self, weights: &Weights) -> Self {
        let positions = self.positions().and_then(|(_, name)| weights.get(name));
        let Some(&[_, count, _]) = positions.map(|positions| positions.shape.as_slice()) else {
            return self.clone();
        };
        let mut changed = self.clone();
        for layer in &mut changed.layers {
            if let Layer::Tokens(tokens) = layer {
                tokens.side = count.saturating_sub(1).isqrt();
            }
        }
        changed
    }

    /// The layer that has positions, and the name of its tensor of them.
    fn positions(&self) -> Option<(&Tokens, &String)> {
        self.layers.iter().find_map(|layer| match layer {
            Layer::Tokens(tokens) => Some((tokens, tokens.positions.as_ref()?)),
            _ => None,
        })
    }
}

/// Says to every layer how many tokens there are. `at` is what was there before, a side, and the stride of the last convolution.
fn set_sides(layers: &mut [Layer], at: &mut (usize, usize)) {
    for layer in layers {
        match layer {
            Layer::Convolution(convolution) => at.1 = convolution.stride,
            Layer::Tokens(tokens) => {
                at.0 /= at.1;
                tokens.side = at.0;
            }
            Layer::Flatten => at.0 /= at.1,
            Layer::Merge { side } => {
                *side = at.0;
                at.0 /= 2;
            }
            Layer::WindowAttention(windows) => windows.side = at.0,
            Layer::Attention(attention) => {
                if let Some(rotary) = &mut attention.rotary {
                    rotary.side = at.0;
                }
            }
            Layer::Residual { branch, .. } => set_sides(branch, &mut at.clone()),
            _ => {}
        }
    }
}

/// Positions 1 × (1 + old side²) × channels for the new side; the first, the class token's, stays.
fn interpolated(positions: &Tensor, tokens: &Tokens) -> Tensor {
    let channels = tokens.channels;
    let old = positions.shape[1].saturating_sub(1).isqrt();
    let taps: Vec<Vec<(usize, f64)>> = (0..tokens.side)
        .map(|place| match tokens.registers {
            Some(_) => smooth_taps(place, old, tokens.side),
            None => cubic_taps(place, old, tokens.side),
        })
        .collect();
    let (class, patches) = positions.values.split_at(channels);
    let mut values = class.to_vec();
    for rows in &taps {
        for columns in &taps {
            values.extend((0..channels).map(|channel| {
                let at =
                    |row: usize, column: usize| f64::from(patches[(row * old + column) * channels + channel]);
                let along = |row| columns.iter().map(|&(column, share)| share * at(row, column)).sum::<f64>();
                rows.iter().map(|&(row, share)| share * along(row)).sum::<f64>() as f32
            }));
        }
    }
    Tensor { shape: vec![1, 1 + tokens.side * tokens.side, channels], values }
}

/// Four neighbours of a place by Keys (1981) with a = −3/4; beyond the edge the edge itself counts.
fn cubic_taps(place: usize, old: usize, new: usize) -> Vec<(usize, f64)> {
    let step = old as f64 / (new as f64 + OFFSET);
    let center = step * (place as f64 + 0.5) - 0.5;
    let first = center.floor() as i64 - 1;
    let index = |tap: i64| (first + tap).clamp(0, old as i64 - 1) as usize;
    (0..4).map(|tap| (index(tap), keys(center - (first + tap) as f64, -0.75))).collect()
}

/// As [`cubic_taps`] with a = −1/2 and over as many neighbours as become one; beyond the edge nothing counts.
fn smooth_taps(place: usize, old: usize, new: usize) -> Vec<(usize, f64)> {
    let step = old as f64 / new as f64;
    let stretch = step.max(1.0);
    let (center, reach) = (step * (place as f64 + 0.5), 2.0 * stretch);
    let least = (center - reach + 0.5).max(0.0) as usize;
    let end = ((center + reach + 0.5) as usize).min(old);
    let share = |index: usize| keys((index as f64 - center + 0.5) / stretch, -0.5);
    let sum: f64 = (least..end).map(share).sum();
    (least..end).map(|index| (index, share(index) / sum)).collect()
}

/// Cubic convolution kernel (R. Keys, "Cubic convolution interpolation for digital image processing", 1981).
fn keys(distance: f64, a: f64) -> f64 {
    let x = distance.abs();
    if x <= 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}
