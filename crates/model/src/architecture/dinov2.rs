//! DINOv2: vision transformers taught without labels.
//!
//! M. Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision" (2023); with registers, T. Darcet
//! et al. (2024). Tensor names of <https://github.com/facebookresearch/dinov2>. The embedding is the class token
//! after the last normalisation.

use super::stage::Builder;
use super::{
    Activation, Architecture, Attention, Convolution, Layer, LayerNorm, Linear, Padding, Pooling, Scale,
    Tokens,
};

/// Keeps the root of layer normalisation away from zero.
const EPSILON: f64 = 1e-6;
/// Pixels a side of a patch.
const PATCH: usize = 14;
/// Channels of a head of attention.
const HEAD: usize = 64;
/// How much wider the middle of a block is than its ends.
const EXPANSION: usize = 4;
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
        for block in 0..blocks {
            network.stage(format!("block{}", block + 1));
            network.extend(layers_of_block(&format!("blocks.{block}"), channels, heads));
        }
        network.stage("head");
        network.push(norm("norm", channels));
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

/// The tokens ask each other, then each is worked on by itself.
fn layers_of_block(name: &str, channels: usize, heads: usize) -> [Layer; 2] {
    let part = |part: &str| format!("{name}.{part}");
    let scale = |name: &str| Layer::Scale(Scale { name: part(name), channels });
    let linear =
        |name: &str, inputs, outputs| Layer::Linear(Linear { name: part(name), inputs, outputs, bias: true });
    let asking = vec![
        norm(&part("norm1"), channels),
        Layer::Attention(Attention::plain(part("attn"), channels, heads)),
        scale("ls1.gamma"),
    ];
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
