//! CLIP's towers for images: BioCLIP, and what OpenAI and LAION published.
//!
//! A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021). A vision transformer with a
//! normalisation before its blocks, whose class token is projected to where texts lie. Tensor names are timm's
//! (`vit_base_patch16_clip_224`); those of open_clip and Hugging Face are translated.

use super::stage::Builder;
use super::transformer::Block;
use super::{
    Activation, Architecture, Attention, Convolution, Layer, LayerNorm, Linear, Padding, Pooling, Tokens,
};

/// Keeps the root of layer normalisation away from zero.
const EPSILON: f64 = 1e-5;

/// The sizes of the family, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clip {
    /// A small one, to try things out: 32 pixels a side, no weights to be had.
    Mini,
    /// Patches of 32 pixels, 88 million weights.
    Base32,
    /// Patches of 16 pixels, 86 million weights: BioCLIP.
    Base16,
    /// Patches of 14 pixels, 304 million weights: BioCLIP 2.
    Large14,
}

impl Clip {
    /// All sizes.
    pub const ALL: [Self; 4] = [Self::Mini, Self::Base32, Self::Base16, Self::Large14];

    /// The whole tower; `quick` for the networks of OpenAI, which approximate the activation.
    pub fn architecture(self, quick: bool) -> Architecture {
        let (name, side, patch, channels, blocks, heads, answers) = match self {
            Self::Mini => ("clip-mini", 32, 8, 32, 2, 2, 24),
            Self::Base32 => ("clip-vit-b32", 224, 32, 768, 12, 12, 512),
            Self::Base16 => ("clip-vit-b16", 224, 16, 768, 12, 12, 512),
            Self::Large14 => ("clip-vit-l14", 224, 14, 1024, 24, 16, 768),
        };
        let mut network = Builder::default();
        network.stage("stem");
        let patches = Convolution::pointwise("patch_embed.proj", 3, channels);
        let (kernel, stride, padding) = (patch, patch, Padding::Even(0));
        network.push(Layer::Convolution(Convolution { kernel, stride, padding, bias: false, ..patches }));
        network.push(Layer::Tokens(Tokens {
            class: "cls_token".to_owned(),
            registers: None,
            positions: Some("pos_embed".to_owned()),
            side: side / patch,
            channels,
        }));
        network.push(LayerNorm::layer("norm_pre", channels, EPSILON));
        let activation = if quick { Activation::QuickGelu } else { Activation::Gelu };
        let block_of_tokens = Block { channels, activation, epsilon: EPSILON, is_scaled: false };
        for block in 0..blocks {
            network.stage(format!("block{}", block + 1));
            let name = format!("blocks.{block}");
            let attention = Layer::Attention(Attention::plain(format!("{name}.attn"), channels, heads));
            network.extend(block_of_tokens.layers(&name, attention));
        }
        network.stage("head");
        network.push(LayerNorm::layer("norm", channels, EPSILON));
        network.push(Layer::Pool(Pooling::ClassToken));
        network.stage("pool");
        let head = Linear { name: "head".to_owned(), inputs: channels, outputs: answers, bias: false };
        network.push(Layer::Linear(head));
        Architecture {
            stages: network.stages,
            // The tower for texts.
            left_out: vec![String::new()],
            ..Architecture::of_images(
                format!("{name}{}", if quick { "-quick" } else { "" }),
                side,
                network.layers,
            )
        }
    }
}
