//! DINOv2: vision transformers taught without labels.
//!
//! M. Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision" (2023); with registers, T. Darcet
//! et al. (2024). Tensor names of <https://github.com/facebookresearch/dinov2>. The embedding is the class token
//! after the last normalisation.

use super::stage::Builder;
use super::transformer::Block;
use super::{Activation, Architecture, Attention, Convolution, Layer, LayerNorm, Padding, Pooling, Tokens};

/// Keeps the root of layer normalisation away from zero.
const EPSILON: f64 = 1e-6;
/// Pixels a side of a patch.
const PATCH: usize = 14;
/// Channels of a head of attention.
const HEAD: usize = 64;
/// How many registers there are, where there are some.
const REGISTERS: usize = 4;

/// The sizes of the family, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DinoV2 {
    /// A small one, to try things out: 56 pixels a side, no weights to be had.
    Mini,
    /// 22 million weights.
    Small,
    /// 86 million weights.
    Base,
    /// 304 million weights.
    Large,
}

impl DinoV2 {
    /// All sizes.
    pub const ALL: [Self; 4] = [Self::Mini, Self::Small, Self::Base, Self::Large];

    /// The whole network, without or with registers, for 224 pixels a side (see [`Architecture::with_side`]).
    pub fn architecture(self, registers: bool) -> Architecture {
        let (name, side, channels, blocks, heads) = match self {
            Self::Mini => ("dinov2-mini", 56, 32, 2, 2),
            Self::Small => ("dinov2-vits14", 224, 384, 12, 384 / HEAD),
            Self::Base => ("dinov2-vitb14", 224, 768, 12, 768 / HEAD),
            Self::Large => ("dinov2-vitl14", 224, 1024, 24, 1024 / HEAD),
        };
        let mut network = Builder::default();
        network.stage("stem");
        let patches = Convolution::pointwise("patch_embed.proj", 3, channels);
        let (kernel, stride, padding) = (PATCH, PATCH, Padding::Even(0));
        network.push(Layer::Convolution(Convolution { kernel, stride, padding, bias: true, ..patches }));
        network.push(Layer::Tokens(Tokens {
            class: "cls_token".to_owned(),
            registers: registers.then(|| ("register_tokens".to_owned(), REGISTERS)),
            positions: Some("pos_embed".to_owned()),
            side: side / PATCH,
            channels,
        }));
        let block_of_tokens =
            Block { channels, activation: Activation::Gelu, epsilon: EPSILON, is_scaled: true };
        for block in 0..blocks {
            network.stage(format!("block{}", block + 1));
            let name = format!("blocks.{block}");
            let attention = Layer::Attention(Attention::plain(format!("{name}.attn"), channels, heads));
            network.extend(block_of_tokens.layers(&name, attention));
        }
        network.stage("head");
        network.push(LayerNorm::layer("norm", channels, EPSILON));
        network.stage("pool");
        network.push(Layer::Pool(Pooling::ClassToken));
        let name = format!("{name}{}", if registers { "-reg" } else { "" });
        Architecture {
            stages: network.stages,
            left_out: vec!["mask_token".to_owned(), "head.".to_owned()],
            ..Architecture::of_images(name, side, network.layers)
        }
    }
}
