//! Batch normalisation that becomes part of the layer before it.

use super::{Architecture, BatchNorm, Layer, Mismatch, Stage};
use crate::weights::{Tensor, Weights};

impl Architecture {
    /// The same network with every batch normalisation merged into the convolution or matrix product before it,
    /// which gets a bias; normalisation after anything else stays. The weights hold the tensors of the new network
    /// and no others.
    ///
    /// # Errors
    /// When the weights are not those of the architecture.
    pub fn folded(&self, weights: &Weights) -> Result<(Self, Weights), Mismatch> {
        self.check(weights)?;
        let mut folded = Weights::default();
        let (layers, places) = fold(&self.layers, weights, &mut folded);
        let moved = |stage: &Stage| Stage { first: places[stage.first], ..stage.clone() };
        let stages = self.stages.iter().map(moved).collect();
        Ok((Self { layers, stages, ..self.clone() }, folded))
    }
}

/// Layers and the weights that they want, after folding; the weights must have been checked.
pub(crate) fn folded_layers(layers: &[Layer], weights: &Weights) -> (Vec<Layer>, Weights) {
    let mut folded = Weights::default();
    let layers = fold(layers, weights, &mut folded).0;
    (layers, folded)
}

/// The layers after folding, and where each of the old ones (and the end) is among them.
fn fold(layers: &[Layer], weights: &Weights, folded: &mut Weights) -> (Vec<Layer>, Vec<usize>) {
    let mut kept = Vec::new();
    let mut places = Vec::new();
    let mut rest = layers;
    while let [layer, after @ ..] = rest {
        rest = after;
        places.push(kept.len());
        let layer = match (layer, after) {
            (Layer::Residual { branch, shortcut }, _) => Layer::Residual {
                branch: fold(branch, weights, folded).0,
                shortcut: fold(shortcut, weights, folded).0,
            },
            (_, [Layer::BatchNorm(norm), after @ ..]) if takes_norm(layer) => {
                rest = after;
                places.push(kept.len() + 1);
                merged(layer, norm, weights, folded)
            }
            _ => {
                copy(layer, weights, folded);
                layer.clone()
            }
        };
        kept.push(layer);
    }
    places.push(kept.len());
    (kept, places)
}

fn takes_norm(layer: &Layer) -> bool {
    matches!(layer, Layer::Convolution(_) | Layer::Linear(_))
}

/// The layer with the normalisation after it in its weights.
fn merged(layer: &Layer, norm: &BatchNorm, weights: &Weights, folded: &mut Weights) -> Layer {
    let mut layer = layer.clone();
    let (weight, old_bias, bias) = match &mut layer {
        Layer::Convolution(layer) => (layer.weight(), layer.bias_name(), &mut layer.bias),
        Layer::Linear(layer) => (layer.weight(), layer.bias_name(), &mut layer.bias),
        _ => return layer,
    };
    *bias = true;
    let mut kernel = tensor(weights, &weight);
    let old_bias = old_bias.map(|name| tensor(weights, &name).values);
    let [gains, biases, means, variances] = norm.tensors().map(|name| tensor(weights, &name).values);
    let each = kernel.values.len() / norm.channels;
    let mut bias = Tensor { shape: vec![norm.channels], values: Vec::with_capacity(norm.channels) };
    for (channel, values) in kernel.values.chunks_exact_mut(each).enumerate() {
        let spread = (f64::from(variances[channel]) + norm.epsilon).sqrt();
        let gain = f64::from(gains[channel]) / spread;
        values.iter_mut().for_each(|value| *value = (f64::from(*value) * gain) as f32);
        let mean = f64::from(means[channel]) - old_bias.as_ref().map_or(0.0, |bias| f64::from(bias[channel]));
        bias.values.push((f64::from(biases[channel]) - mean * gain) as f32);
    }
    let bias_name = weight.trim_end_matches("weight").to_owned() + "bias";
    folded.insert(weight, kernel);
    folded.insert(bias_name, bias);
    layer
}

fn copy(layer: &Layer, weights: &Weights, folded: &mut Weights) {
    for (name, _) in layer.tensors() {
        let tensor = tensor(weights, &name);
        folded.insert(name, tensor);
    }
}

/// A tensor of weights that have been checked.
fn tensor(weights: &Weights, name: &str) -> Tensor {
    weights.get(name).cloned().unwrap_or_else(|| Tensor { shape: Vec::new(), values: Vec::new() })
}
