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
//! | [`DinoV3`] | ViT-S/16, B/16, L/16 | stem, block1 and on, head, pool |
//! | [`Clip`] | ViT-B/32, B/16, L/14, without and with OpenAI's activation | stem, block1 and on, head, pool |
//! | [`Swin`] | Tiny, Small, Base, Large, windows of 7 and 12 | stem, stage1 to stage4, pool |
//! | [`MiewId`] | msv3 | stem, stage1 to stage6, head, pool |

mod check;
mod clip;
mod convnext;
mod convolution;
mod dense;
mod dinov2;
mod dinov3;
mod efficientnet_lite;
mod efficientnet_v2;
mod fold;
mod layer;
mod miewid;
mod naming;
mod positions;
mod resnet;
mod seed;
mod shape;
mod stage;
mod swin;
mod transformer;
mod windows;

pub use check::Mismatch;
pub use clip::Clip;
pub use convnext::ConvNext;
pub use convolution::{Convolution, Margins, Padding, SqueezeExcite};
pub use dense::{Activation, BatchNorm, GEM_LEAST, LayerNorm, Linear, Pooling, QUICK, Scale};
pub use dinov2::DinoV2;
pub use dinov3::DinoV3;
pub use efficientnet_lite::EfficientNetLite;
pub use efficientnet_v2::EfficientNetV2;
pub(crate) use fold::folded_layers;
pub use layer::Layer;
pub use miewid::MiewId;
pub use resnet::ResNet;
pub use shape::Shape;
pub use stage::Stage;
pub use swin::Swin;
pub use transformer::{Attention, Rotary, Tokens};
pub use windows::WindowAttention;

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
        let third = DinoV3::ALL.into_iter().map(DinoV3::architecture);
        let clips =
            Clip::ALL.into_iter().flat_map(|size| [false, true].map(|quick| size.architecture(quick)));
        let windows = Swin::ALL.into_iter().map(Swin::architecture);
        let miewids = MiewId::ALL.into_iter().map(MiewId::architecture);
        let known = lite.chain(second).chain(residual).chain(modern).chain(transformers);
        known.chain(third).chain(clips).chain(windows).chain(miewids)
    }

    /// The architecture of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|architecture| architecture.name == name)
    }

    /// The architecture that weights belong to, told by the names and shapes of their tensors; of several, the one that needs most of
    /// them, and of two that need the same, the first. They may want [`Architecture::import`] before they are used.
    pub fn of(weights: &Weights) -> Option<Self> {
        let weights = naming::in_own_names(weights.hollow());
        let fitting = Self::all().filter(|architecture| architecture.as_in(&weights).check(&weights).is_ok());
        fitting
            .reduce(|best, other| if other.tensors().count() > best.tensors().count() { other } else { best })
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
mod published_tests;
#[cfg(test)]
mod tests;
