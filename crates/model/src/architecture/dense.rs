//! Layers over channels: normalisation, activations, matrix products, scaling, pooling.

use super::Layer;

/// `(x − mean) / √(variance + epsilon) · weight + bias`, channel by channel.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNorm {
    /// Name of the layer; its tensors are `name.weight`, `.bias`, `.running_mean` and `.running_var`.
    pub name: String,
    /// Channels.
    pub channels: usize,
    /// Keeps the root away from zero.
    pub epsilon: f64,
}

/// `(x − mean) / √(variance + epsilon) · weight + bias`, where mean and variance are those of the channels at one
/// place, of one token, or of one row of features (Ba et al. 2016).
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNorm {
    /// Name of the layer; its tensors are `name.weight` and `name.bias`.
    pub name: String,
    /// Channels.
    pub channels: usize,
    /// Keeps the root away from zero.
    pub epsilon: f64,
}

impl LayerNorm {
    /// The layer of this name.
    pub(super) fn layer(name: &str, channels: usize, epsilon: f64) -> Layer {
        Layer::LayerNorm(Self { name: name.to_owned(), channels, epsilon })
    }
}

/// A function of each number alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// Cuts to the range 0 to 6.
    Relu6,
    /// x · sigmoid(x).
    Silu,
    /// x · Φ(x), Φ being the normal distribution function: x / 2 · (1 + erf(x / √2)), not the tanh approximation.
    Gelu,
    /// x · sigmoid(1.702 x): how OpenAI's CLIP approximates [`Activation::Gelu`].
    QuickGelu,
    /// 1 / (1 + e^−x).
    Sigmoid,
}

/// A matrix product over the channels, with or without a bias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    /// Name of the layer; its tensors are `name.weight`, outputs × inputs, and with a bias `name.bias`, outputs.
    pub name: String,
    /// Channels that come in.
    pub inputs: usize,
    /// Channels that go out.
    pub outputs: usize,
    /// Whether a number of its own is added to every channel that goes out.
    pub bias: bool,
}

/// A factor for each channel ("layer scale", Touvron et al. 2021).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// Name of its tensor, the whole of it.
    pub name: String,
    /// Channels.
    pub channels: usize,
}

/// From maps or tokens to one vector. Leading tokens count for [`Pooling::ClassToken`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pooling {
    /// The mean over places.
    Average,
    /// The greatest over places.
    Max,
    /// Generalized mean (Radenović et al. 2018): the `p`-th root of the mean of `max(x, 10⁻⁶)` to the power `p`.
    Gem {
        /// Name of the layer; its tensor is `name.p`, one number.
        name: String,
    },
    /// The first token.
    ClassToken,
}

/// The factor in [`Activation::QuickGelu`].
pub const QUICK: f32 = 1.702;

/// The smallest number that [`Pooling::Gem`] takes to a power.
pub const GEM_LEAST: f32 = 1e-6;

impl BatchNorm {
    /// Names of its tensors: weight, bias, mean, variance.
    pub fn tensors(&self) -> [String; 4] {
        ["weight", "bias", "running_mean", "running_var"].map(|part| format!("{}.{part}", self.name))
    }
}

impl LayerNorm {
    /// Names of its tensors: weight, bias.
    pub fn tensors(&self) -> [String; 2] {
        ["weight", "bias"].map(|part| format!("{}.{part}", self.name))
    }
}

impl Linear {
    /// Name of its matrix.
    pub fn weight(&self) -> String {
        format!("{}.weight", self.name)
    }

    /// Name of its bias, where it has one.
    pub fn bias_name(&self) -> Option<String> {
        self.bias.then(|| format!("{}.bias", self.name))
    }

    /// Name and shape of its tensors.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let bias = self.bias_name().map(|name| (name, vec![self.outputs]));
        std::iter::once((self.weight(), vec![self.outputs, self.inputs])).chain(bias).collect()
    }
}

impl Pooling {
    /// Name of the tensor of the exponent of a generalized mean of this name.
    pub fn exponent(name: &str) -> String {
        format!("{name}.p")
    }
}
