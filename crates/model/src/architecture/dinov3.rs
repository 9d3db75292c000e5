//! DINOv3: vision transformers whose tokens know their places by rotation.
//!
//! O. Siméoni et al., "DINOv3" (2025). Four registers, no table of positions: queries and keys of patches are turned by angles that
//! hang on their places ([`Rotary`]). Tensor names of <https://github.com/facebookresearch/dinov3>, the registers as in DINOv2; those
//! of Hugging Face are translated. The embedding is the class token after the last normalisation.

use super::stage::Builder;
use super::{
    Activation, Architecture, Attention, Convolution, Layer, LayerNorm, Linear, Padding, Pooling, Rotary,
    Scale, Tokens,
};

/// Keeps the root of layer normalisation away from zero.
const EPSILON: f64 = 1e-5;
/// Pixels a side of a patch.
const PATCH: usize = 16;
/// Channels of a head of attention.
const HEAD: usize = 64;
/// How much wider the middle of a block is than its ends.
const EXPANSION: usize = 4;
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
        for block in 0..blocks {
            network.stage(format!("block{}", block + 1));
            network.extend(layers_of_block(&format!("blocks.{block}"), channels, heads, rotary));
        }
        network.stage("head");
        network.push(norm("norm", channels));
        network.stage("pool");
        network.push(Layer::Pool(Pooling::ClassToken));
        Architecture {
            stages: network.stages,
            left_out: ["mask_token", "head.", "rope_embed."].map(str::to_owned).to_vec(),
            ..Architecture::of_images(name, side, network.layers)
        }
    }
}

fn layers_of_block(name: &str, channels: usize, heads: usize, rotary: Rotary) -> [Layer; 2] {
    let part = |part: &str| format!("{name}.{part}");
    let scale = |name: &str| Layer::Scale(Scale { name: part(name), channels });
    let linear =
        |name: &str, inputs, outputs| Layer::Linear(Linear { name: part(name), inputs, outputs, bias: true });
    let attention = Attention { rotary: Some(rotary), ..Attention::plain(part("attn"), channels, heads) };
    let asking = vec![norm(&part("norm1"), channels), Layer::Attention(attention), scale("ls1.gamma")];
    let working = vec![
        norm(&part("norm2"), channels),
        linear("mlp.fc1", channels, channels * EXPANSION),
        Layer::Activation(Activation::Gelu),
        linear("mlp.fc2", channels * EXPANSION, channels),
        scale("ls2.gamma"),
    ];
    [asking, working].map(|branch| Layer::Residual { branch, shortcut: Vec::new() })
}

fn norm(name: &str, channels: usize) -> Layer {
    Layer::LayerNorm(LayerNorm { name: name.to_owned(), channels, epsilon: EPSILON })
}
