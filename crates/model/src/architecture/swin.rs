//! Swin transformers: attention in windows, with tokens put together from stage to stage.
//!
//! Z. Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows" (2021); tensor names of timm since 0.9,
//! where tokens are put together at the beginning of a stage. MegaDescriptor (V. Čermák et al., 2024) is these networks, and their
//! embedding is the mean over the last tokens.

use super::stage::Builder;
use super::transformer::Block;
use super::{
    Activation, Architecture, Convolution, Layer, LayerNorm, Linear, Padding, Pooling, WindowAttention,
};

/// Keeps the root of layer normalisation away from zero.
const EPSILON: f64 = 1e-5;
/// Pixels a side of a patch.
const PATCH: usize = 4;

/// The members of the family, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swin {
    /// A small one, to try things out: 32 pixels a side, no weights to be had.
    Mini,
    /// 224 pixels a side, 28 million weights: MegaDescriptor-T-224.
    Tiny,
    /// 224 pixels a side, 49 million weights: MegaDescriptor-S-224.
    Small,
    /// 224 pixels a side, 87 million weights: MegaDescriptor-B-224.
    Base,
    /// 384 pixels a side, 87 million weights.
    BaseWide,
    /// 224 pixels a side, 195 million weights: MegaDescriptor-L-224.
    Large,
    /// 384 pixels a side, 195 million weights: MegaDescriptor-L-384.
    LargeWide,
}

impl Swin {
    /// All members.
    pub const ALL: [Self; 7] =
        [Self::Mini, Self::Tiny, Self::Small, Self::Base, Self::BaseWide, Self::Large, Self::LargeWide];

    /// The whole network without its classifier.
    pub fn architecture(self) -> Architecture {
        let (name, side, window, channels, depths, heads): (_, _, _, _, &[usize], &[usize]) = match self {
            Self::Mini => ("swin-mini", 32, 4, 16, &[2, 2], &[2, 4]),
            Self::Tiny => ("swin-tiny-patch4-window7-224", 224, 7, 96, &[2, 2, 6, 2], &[3, 6, 12, 24]),
            Self::Small => ("swin-small-patch4-window7-224", 224, 7, 96, &[2, 2, 18, 2], &[3, 6, 12, 24]),
            Self::Base => ("swin-base-patch4-window7-224", 224, 7, 128, &[2, 2, 18, 2], &[4, 8, 16, 32]),
            Self::BaseWide => {
                ("swin-base-patch4-window12-384", 384, 12, 128, &[2, 2, 18, 2], &[4, 8, 16, 32])
            }
            Self::Large => ("swin-large-patch4-window7-224", 224, 7, 192, &[2, 2, 18, 2], &[6, 12, 24, 48]),
            Self::LargeWide => {
                ("swin-large-patch4-window12-384", 384, 12, 192, &[2, 2, 18, 2], &[6, 12, 24, 48])
            }
        };
        let mut network = Builder::default();
        network.stage("stem");
        let patches = Convolution::pointwise("patch_embed.proj", 3, channels);
        let (kernel, stride, padding) = (PATCH, PATCH, Padding::Even(0));
        network.push(Layer::Convolution(Convolution { kernel, stride, padding, bias: true, ..patches }));
        network.push(Layer::Flatten);
        network.push(LayerNorm::layer("patch_embed.norm", channels, EPSILON));
        let (mut channels, mut tokens) = (channels, side / PATCH);
        for (stage, (depth, heads)) in depths.iter().zip(heads).enumerate() {
            network.stage(format!("stage{}", stage + 1));
            if stage > 0 {
                network.extend(merging(&format!("layers.{stage}.downsample"), channels, tokens));
                (channels, tokens) = (2 * channels, tokens / 2);
            }
            let block_of_tokens =
                Block { channels, activation: Activation::Gelu, epsilon: EPSILON, is_scaled: false };
            for block in 0..*depth {
                let attention = WindowAttention {
                    name: format!("layers.{stage}.blocks.{block}.attn"),
                    channels,
                    heads: *heads,
                    window,
                    shifted: block % 2 == 1,
                    side: tokens,
                };
                network.extend(
                    block_of_tokens
                        .layers(&format!("layers.{stage}.blocks.{block}"), Layer::WindowAttention(attention)),
                );
            }
        }
        network.stage("pool");
        network.push(LayerNorm::layer("norm", channels, EPSILON));
        network.push(Layer::Pool(Pooling::Average));
        Architecture {
            stages: network.stages,
            // Classifiers, what the places of windows are computed from, and what trainings leave in their files.
            left_out: vec![String::new()],
            ..Architecture::of_images(name, side, network.layers)
        }
    }
}

/// Four neighbors become one token, of twice as many channels.
fn merging(name: &str, channels: usize, side: usize) -> [Layer; 3] {
    let reduction = format!("{name}.reduction");
    let linear = Linear { name: reduction, inputs: 4 * channels, outputs: 2 * channels, bias: false };
    [
        Layer::Merge { side },
        LayerNorm::layer(&format!("{name}.norm"), 4 * channels, EPSILON),
        Layer::Linear(linear),
    ]
}
