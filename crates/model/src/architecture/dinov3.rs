//! DINOv3: vision transformers whose tokens know their places by rotation.
//!
//! O. Siméoni et al., "DINOv3" (2025). Four registers, no table of positions: queries and keys of patches are turned by angles that
//! hang on their places ([`Rotary`]). Tensor names of <https://github.com/facebookresearch/dinov3>, the registers as in DINOv2; those
//! of Hugging Face are translated. The embedding is the class token after the last normalisation.

use super::stage::Builder;
use super::transformer::Block;
use super::{
    Activation, Architecture, Attention, Convolution, Layer, LayerNorm, Padding, Pooling, Rotary, Tokens,
};

/// Keeps the root of layer normalisation away from zero.
const EPSILON: f64 = 1e-5;
/// Pixels a side of a patch.
const PATCH: usize = 16;
/// Channels of a head of attention.
const HEAD: usize = 64;
/// How many registers there are.
const REGISTERS: usize = 4;

/// The sizes of the family, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DinoV3 {
    /// A small one, to try things out: 64 pixels a side, no weights to be had.
    Mini,
    /// 22 million weights.
    Small,
    /// 86 million weights.
    Base,
    /// 303 million weights.
    Large,
}

impl DinoV3 {
    /// All sizes.
    pub const ALL: [Self; 4] = [Self::Mini, Self::Small, Self::Base, Self::Large];

    /// The whole network, for 224 pixels a side (see [`Architecture::with_side`]).
    pub fn architecture(self) -> Architecture {
        let (name, side, channels, blocks, heads) = match self {
            Self::Mini => ("dinov3-mini", 64, 32, 2, 2),
            Self::Small => ("dinov3-vits16", 224, 384, 12, 384 / HEAD),
            Self::Base => ("dinov3-vitb16", 224, 768, 12, 768 / HEAD),
            Self::Large => ("dinov3-vitl16", 224, 1024, 24, 1024 / HEAD),
        };
        let mut network = Builder::default();
        network.stage("stem");
        let patches = Convolution::pointwise("patch_embed.proj", 3, channels);
        let (kernel, stride, padding) = (PATCH, PATCH, Padding::Even(0));
        network.push(Layer::Convolution(Convolution { kernel, stride, padding, bias: true, ..patches }));
        network.push(Layer::Tokens(Tokens {
            class: "cls_token".to_owned(),
            registers: Some(("register_tokens".to_owned(), REGISTERS)),
            positions: None,
            side: side / PATCH,
            channels,
        }));
        let rotary = Rotary { side: side / PATCH, leading: 1 + REGISTERS };
        let block_of_tokens =
            Block { channels, activation: Activation::Gelu, epsilon: EPSILON, is_scaled: true };
        for block in 0..blocks {
            network.stage(format!("block{}", block + 1));
            let name = format!("blocks.{block}");
            let attention = Attention::plain(format!("{name}.attn"), channels, heads);
            let attention = Layer::Attention(Attention { rotary: Some(rotary), ..attention });
            network.extend(block_of_tokens.layers(&name, attention));
        }
        network.stage("head");
        network.push(LayerNorm::layer("norm", channels, EPSILON));
        network.stage("pool");
        network.push(Layer::Pool(Pooling::ClassToken));
        Architecture {
            stages: network.stages,
            left_out: ["mask_token", "head.", "rope_embed."].map(str::to_owned).to_vec(),
            ..Architecture::of_images(name, side, network.layers)
        }
    }
}
