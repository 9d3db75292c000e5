//! Networks as they are written down, layer by layer, with gradients.
//!
//! [`forward`] reads a row of [`Layer`]s from [`resight_model`] and computes each with the tensor library, on
//! whatever device the input lies. It is the plain implementation: every network and every depth runs through it,
//! and whatever computes some of it faster is held to its numbers and its gradients.
//!
//! # Precision
//!
//! The network computes with the numbers of its input: cast the input to half precision and the matrix products
//! are done in it. Parameters are kept in single precision and cast where they are used; normalisation, softmax,
//! pooling and what comes out of it are in single precision at least.

mod convolve;
mod normalize;
mod parameters;
mod pass;
mod pool;
mod tokens;
mod windows;

use burn::tensor::{GradientCheckpointingStrategy, Tensor};
use resight_model::Layer;

pub use parameters::{MissingTensor, parameters, parameters_of, weights_of};

use crate::parameters::Leaves;
use pass::Pass;

/// Which statistics batch normalisation uses.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Statistics {
    /// The running ones, which stay as they are. Its weight and bias can still learn.
    #[default]
    Running,
    /// Those of the batch; the running ones move towards them.
    Batch {
        /// Share of the batch's statistics in the new running ones: 0.1 is the custom of PyTorch, 0.01 that of
        /// EfficientNet.
        momentum: f64,
    },
}

/// How a forward pass is done. Nothing in it is random: networks here have no dropout.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mode {
    /// What batch normalisation uses.
    pub statistics: Statistics,
    /// Whether the backward pass computes cheap steps again instead of remembering them: less memory, more time.
    pub recompute: bool,
}

impl Mode {
    /// As the finished network answers: running statistics.
    pub const FROZEN: Self = Self { statistics: Statistics::Running, recompute: false };

    /// As a network learns that has enough photos in a batch: statistics of the batch.
    pub fn learning(momentum: f64) -> Self {
        Self { statistics: Statistics::Batch { momentum }, recompute: false }
    }
}

/// What flows from layer to layer.
#[derive(Debug, Clone)]
pub enum Value {
    /// Maps: n × channels × height × width.
    Maps(Tensor<4>),
    /// Tokens of a transformer.
    Tokens {
        /// n × tokens × channels.
        tokens: Tensor<3>,
        /// How many of them come before those of the patches: the class token and the registers.
        leading: usize,
    },
    /// One row of numbers for each image: n × channels.
    Features(Tensor<2>),
}

/// What comes out of a forward pass.
#[derive(Debug, Clone)]
pub struct Output {
    /// The answer of the last layer; features are in single precision at least.
    pub value: Value,
    /// New values of running statistics by name, outside any gradient graph; empty with frozen statistics.
    pub buffers: Vec<(String, Tensor<1>)>,
}

impl Output {
    /// The answer of a network that ends in maps: n × channels × height × width.
    ///
    /// # Panics
    /// When the layers end in something else, which the caller who chose them knows.
    pub fn maps(self) -> Tensor<4> {
        match self.value {
            Value::Maps(maps) => maps,
            other => panic!("the layers end in {}, not in maps", other.kind()),
        }
    }

    /// The answer of a network that ends in embeddings: n × dimension.
    ///
    /// # Panics
    /// When the layers end in something else, which the caller who chose them knows.
    pub fn embeddings(self) -> Tensor<2> {
        match self.value {
            Value::Features(features) => features,
            other => panic!("the layers end in {}, not in embeddings", other.kind()),
        }
    }
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Maps(_) => "maps",
            Self::Tokens { .. } => "tokens",
            Self::Features(_) => "features",
        }
    }

    /// Says how the backward pass gets at this value; nothing to say of a constant.
    fn kept(self, strategy: GradientCheckpointingStrategy) -> Self {
        match self {
            Self::Maps(maps) => Self::Maps(kept(maps, strategy)),
            Self::Tokens { tokens, leading } => Self::Tokens { tokens: kept(tokens, strategy), leading },
            Self::Features(features) => Self::Features(kept(features, strategy)),
        }
    }
}

/// Computes layers: maps or an image in, maps or embeddings out, whatever they end in.
///
/// # Shapes
/// `input` is n × channels × height × width, as the first layer wants it.
///
/// # Panics
/// When a parameter of the layers is not among the leaves or has another shape, or when the layers do not fit each
/// other: both are mistakes in the program ([`parameters()`] makes the parameters, an architecture the layers).
pub fn forward(layers: &[Layer], leaves: &Leaves, input: Tensor<4>, mode: Mode) -> Output {
    forward_from(layers, leaves, Value::Maps(input), mode)
}

/// As [`forward`], from anything that flows between layers: features for the layers of a neck, tokens for the last
/// blocks of a transformer.
///
/// # Panics
/// As [`forward`].
pub fn forward_from(layers: &[Layer], leaves: &Leaves, input: Value, mode: Mode) -> Output {
    let mut pass = Pass::new(leaves, mode);
    let value = pass.layers(layers, input.kept(strategy(mode)));
    let value = value.kept(GradientCheckpointingStrategy::Disabled);
    Output { value, buffers: pass.buffers }
}

fn strategy(mode: Mode) -> GradientCheckpointingStrategy {
    if mode.recompute {
        GradientCheckpointingStrategy::Balanced
    } else {
        GradientCheckpointingStrategy::Disabled
    }
}

fn kept<const D: usize>(tensor: Tensor<D>, strategy: GradientCheckpointingStrategy) -> Tensor<D> {
    if tensor.is_autodiff() { tensor.with_gradient_checkpointing_strategy(strategy) } else { tensor }
}

#[cfg(test)]
mod tests;
