//! Network architectures, each described once, as data: layers, tensor names, shapes.
//!
//! From the one description a weight file is checked ([`Architecture::check`]), ONNX is written
//! ([`crate::onnx::write_network`]), and a trainable network can be built.

mod check;
mod efficientnet_lite;
mod layer;
mod seed;

pub use check::Mismatch;
pub use efficientnet_lite::EfficientNetLite;
pub use layer::{BatchNorm, Convolution, Layer, SamePadding};

use crate::weights::Weights;

/// A network: a row of layers from an image to an embedding.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    /// Its name, such as `efficientnet-lite0`.
    pub name: String,
    /// Height and width of its input, in pixels.
    pub side: usize,
    /// How many numbers its embedding has.
    pub dimension: usize,
    /// The layers in the order of computation. The input is images × 3 × side × side.
    pub layers: Vec<Layer>,
    /// Beginnings of tensor names that weight files hold and that the embedding does not need, such as the
    /// classifier's.
    pub left_out: Vec<String>,
}

impl Architecture {
    /// The architectures that resight knows.
    pub fn all() -> impl Iterator<Item = Self> {
        EfficientNetLite::ALL.into_iter().map(|variant| variant.architecture())
    }

    /// The architecture of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|architecture| architecture.name == name)
    }

    /// The architecture that weights belong to, told by the names and shapes of their tensors.
    pub fn of(weights: &Weights) -> Option<Self> {
        Self::all().find(|architecture| architecture.check(weights).is_ok())
    }

    /// Name and shape of every tensor that the network needs, in the order of computation.
    pub fn tensors(&self) -> impl Iterator<Item = (String, Vec<usize>)> + '_ {
        self.layers.iter().flat_map(Layer::tensors)
    }
}

#[cfg(test)]
mod tests;
