//! Network architectures, each described once, as data: layers, tensor names, shapes, stages.
//!
//! From the one description a weight file is checked ([`Architecture::check`]), ONNX is written
//! ([`crate::onnx::write_network`]), and a trainable network is built.
//!
//! | family | members | stages |
//! |---|---|---|
//! | [`EfficientNetLite`] | Lite0 to Lite4 | stem, stage1 to stage7, head, pool |
//! | [`EfficientNetV2`] | B0, S, RW-T, RW-S, RW-M | stem, stage1 to stage6, head, pool |
//! | [`ResNet`] | 18, 34, 50 | stem, stage1 to stage4, pool |
//! | [`ConvNext`] | Atto, Nano, Tiny, Small, Base | stem, stage1 to stage4, pool |
//! | [`DinoV2`] | ViT-S/14, B/14, L/14, without and with registers | stem, block1 and on, head, pool |

mod check;
mod convnext;
mod convolution;
mod dense;
mod dinov2;
mod efficientnet_lite;
mod efficientnet_v2;
mod fold;
mod layer;
mod positions;
mod resnet;
mod seed;
mod shape;
mod stage;
mod transformer;

pub use check::Mismatch;
pub use convnext::ConvNext;
pub use convolution::{Convolution, Margins, Padding, SqueezeExcite};
pub use dense::{Activation, BatchNorm, GEM_LEAST, LayerNorm, Linear, Pooling, Scale};
pub use dinov2::DinoV2;
pub use efficientnet_lite::EfficientNetLite;
pub use efficientnet_v2::EfficientNetV2;
pub(crate) use fold::folded_layers;
pub use layer::Layer;
pub use resnet::ResNet;
pub use shape::Shape;
pub use stage::Stage;
pub use transformer::{Attention, Tokens};

use crate::weights::Weights;

/// A network: a row of layers from an image to an embedding, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    /// Its name, such as `efficientnet-lite0`.
    pub name: String,
    /// Height and width of its input: pixels of an image, places of maps, patches of tokens.
    pub side: usize,
    /// Channels of its input: 3 for images.
    pub input_channels: usize,
    /// For a part that takes tokens: how many of them come before those of the patches. `None` for images and maps.
    pub leading_tokens: Option<usize>,
    /// How many numbers it answers for one image: those of its embedding.
    pub dimension: usize,
    /// The layers in the order of computation.
    pub layers: Vec<Layer>,
    /// Where parts with a name begin, in the order of the layers.
    pub stages: Vec<Stage>,
    /// Beginnings of tensor names that weight files hold and that the embedding does not need, such as the
    /// classifier's.
    pub left_out: Vec<String>,
}

impl Architecture {
    /// A network that takes images of `side` × `side` pixels, with no stages and nothing left out.
    pub fn of_images(name: impl Into<String>, side: usize, layers: Vec<Layer>) -> Self {
        let input = Shape::Maps { channels: 3, height: side, width: side };
        Self {
            name: name.into(),
            side,
            input_channels: 3,
            leading_tokens: None,
            dimension: layer::shape_after(&layers, input).numbers(),
            layers,
            stages: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// The architectures that resight knows.
    pub fn all() -> impl Iterator<Item = Self> {
        let lite = EfficientNetLite::ALL.into_iter().map(EfficientNetLite::architecture);
        let second = EfficientNetV2::ALL.into_iter().map(EfficientNetV2::architecture);
        let residual = ResNet::ALL.into_iter().map(ResNet::architecture);
        let modern = ConvNext::ALL.into_iter().map(ConvNext::architecture);
        let transformers = DinoV2::ALL.into_iter();
        let transformers = transformers.flat_map(|size| [false, true].map(|with| size.architecture(with)));
        lite.chain(second).chain(residual).chain(modern).chain(transformers)
    }

    /// The architecture of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|architecture| architecture.name == name)
    }

    /// The architecture that weights belong to, told by the names and shapes of their tensors. They may want
    /// [`Architecture::import`] before they are used.
    pub fn of(weights: &Weights) -> Option<Self> {
        Self::all().find(|architecture| architecture.as_in(weights).check(weights).is_ok())
    }

    /// Name and shape of every tensor that the network needs, in the order of computation.
    pub fn tensors(&self) -> impl Iterator<Item = (String, Vec<usize>)> + '_ {
        self.layers.iter().flat_map(Layer::tensors)
    }
}

#[cfg(test)]
mod family_tests;
#[cfg(test)]
mod part_tests;
#[cfg(test)]
mod tests;
