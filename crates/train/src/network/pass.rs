//! One walk through the layers.

use burn::tensor::activation::{gelu, relu, sigmoid, silu};
use burn::tensor::{DType, GradientCheckpointingStrategy, Tensor};
use resight_model::{Activation, Layer, LayerNorm, Linear, QUICK, Scale};

use super::convolve::max_pool;
use super::tokens::flat;
use super::windows::merged;
use super::{Mode, Statistics, Value, kept, strategy};
use crate::parameters::Leaves;

/// What a walk needs to know and what it notes.
pub(super) struct Pass<'l> {
    leaves: &'l Leaves,
    strategy: GradientCheckpointingStrategy,
    pub(super) statistics: Statistics,
    pub(super) buffers: Vec<(String, Tensor<1>)>,
}

impl<'l> Pass<'l> {
    pub(super) fn new(leaves: &'l Leaves, mode: Mode) -> Self {
        Self { leaves, strategy: strategy(mode), statistics: mode.statistics, buffers: Vec::new() }
    }

    /// A parameter in the precision of what it meets.
    pub(super) fn leaf<const D: usize>(&self, name: &str, precision: DType) -> Tensor<D> {
        cast(kept(self.leaves.get(name), self.strategy), precision)
    }

    pub(super) fn layers(&mut self, layers: &[Layer], value: Value) -> Value {
        layers.iter().fold(value, |value, layer| self.layer(layer, value))
    }

    fn layer(&mut self, layer: &Layer, value: Value) -> Value {
        match (layer, value) {
            (Layer::Convolution(layer), Value::Maps(maps)) => Value::Maps(self.convolution(layer, maps)),
            (Layer::MaxPool { kernel, stride, padding }, Value::Maps(maps)) => {
                Value::Maps(max_pool(*kernel, *stride, *padding, maps))
            }
            (Layer::SqueezeExcite(layer), Value::Maps(maps)) => Value::Maps(self.squeeze_excite(layer, maps)),
            (Layer::Tokens(layer), Value::Maps(maps)) => {
                Value::Tokens { tokens: self.tokens(layer, maps), leading: layer.leading() }
            }
            (Layer::Attention(layer), Value::Tokens { tokens, leading }) => {
                Value::Tokens { tokens: self.attention(layer, tokens), leading }
            }
            (Layer::Flatten, Value::Maps(maps)) => Value::Tokens { tokens: flat(maps), leading: 0 },
            (Layer::Merge { side }, Value::Tokens { tokens, leading }) => {
                Value::Tokens { tokens: merged(tokens, *side), leading }
            }
            (Layer::WindowAttention(layer), Value::Tokens { tokens, leading }) => {
                Value::Tokens { tokens: self.window_attention(layer, tokens), leading }
            }
            (Layer::BatchNorm(layer), value) => match value {
                Value::Maps(maps) => Value::Maps(self.batch_norm(layer, maps)),
                Value::Features(features) => Value::Features(self.batch_norm(layer, features)),
                Value::Tokens { tokens, leading } => {
                    let channels_second = self.batch_norm(layer, tokens.swap_dims(1, 2));
                    Value::Tokens { tokens: channels_second.swap_dims(1, 2), leading }
                }
            },
            (Layer::LayerNorm(layer), value) => self.layer_norm_of(layer, value),
            (Layer::Activation(kind), value) => activated(*kind, value),
            (Layer::Residual { branch, shortcut }, value) => {
                let other = self.layers(shortcut, value.clone());
                sum(self.layers(branch, value), other)
            }
            (Layer::Scale(layer), value) => self.scaled(layer, value),
            (Layer::Linear(layer), value) => self.linear_of(layer, value),
            (Layer::Pool(pooling), value) => Value::Features(self.pool(pooling, value)),
            (layer, value) => panic!("this layer does not take {}: {layer:?}", value.kind()),
        }
    }

    fn layer_norm_of(&self, layer: &LayerNorm, value: Value) -> Value {
        match value {
            Value::Maps(maps) => Value::Maps(self.layer_norm_of_maps(layer, maps)),
            Value::Tokens { tokens, leading } => {
                Value::Tokens { tokens: self.layer_norm(layer, tokens), leading }
            }
            Value::Features(features) => Value::Features(self.layer_norm(layer, features)),
        }
    }

    fn linear_of(&self, layer: &Linear, value: Value) -> Value {
        match value {
            Value::Maps(maps) => Value::Maps(self.linear_of_maps(layer, maps)),
            Value::Tokens { tokens, leading } => {
                Value::Tokens { tokens: self.linear(layer, tokens), leading }
            }
            Value::Features(features) => Value::Features(self.linear(layer, features)),
        }
    }

    /// Every channel times its own number.
    fn scaled(&self, layer: &Scale, value: Value) -> Value {
        match value {
            Value::Maps(maps) => {
                let factors: Tensor<1> = self.leaf(&layer.name, maps.dtype());
                Value::Maps(maps * factors.reshape([1, layer.channels, 1, 1]))
            }
            Value::Tokens { tokens, leading } => {
                let factors: Tensor<1> = self.leaf(&layer.name, tokens.dtype());
                Value::Tokens { tokens: tokens * factors.reshape([1, 1, layer.channels]), leading }
            }
            Value::Features(features) => {
                let factors: Tensor<1> = self.leaf(&layer.name, features.dtype());
                Value::Features(features * factors.reshape([1, layer.channels]))
            }
        }
    }
}

/// A function of each number alone.
pub(super) fn activate<const D: usize>(kind: Activation, values: Tensor<D>) -> Tensor<D> {
    match kind {
        Activation::Relu => relu(values),
        Activation::Relu6 => values.clamp(0.0, 6.0),
        Activation::Silu => silu(values),
        Activation::Gelu => gelu(values),
        Activation::QuickGelu => values.clone() * sigmoid(values * f64::from(QUICK)),
        Activation::Sigmoid => sigmoid(values),
    }
}

fn activated(kind: Activation, value: Value) -> Value {
    match value {
        Value::Maps(maps) => Value::Maps(activate(kind, maps)),
        Value::Tokens { tokens, leading } => Value::Tokens { tokens: activate(kind, tokens), leading },
        Value::Features(features) => Value::Features(activate(kind, features)),
    }
}

fn sum(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Maps(a), Value::Maps(b)) => Value::Maps(a + b),
        (Value::Tokens { tokens: a, leading }, Value::Tokens { tokens: b, .. }) => {
            Value::Tokens { tokens: a + b, leading }
        }
        (Value::Features(a), Value::Features(b)) => Value::Features(a + b),
        (a, b) => panic!("{} and {} have no sum", a.kind(), b.kind()),
    }
}

/// The precision of statistics, pooling and softmax: single at least.
pub(super) fn wide(precision: DType) -> DType {
    if precision == DType::F64 { DType::F64 } else { DType::F32 }
}

/// Another precision; nothing is done where it is the same.
pub(super) fn cast<const D: usize>(tensor: Tensor<D>, precision: DType) -> Tensor<D> {
    if tensor.dtype() == precision { tensor } else { tensor.cast(precision) }
}
