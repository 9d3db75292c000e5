//! ConvNeXt: convolutions in the manner of transformers.
//!
//! Z. Liu et al., "A ConvNet for the 2020s" (2022); Atto and Nano are R. Wightman's. Tensor names of timm.

use super::stage::Builder;
use super::{Activation, Architecture, Convolution, Layer, LayerNorm, Linear, Padding, Pooling, Scale};

/// Keeps the root of layer normalisation away from zero.
const EPSILON: f64 = 1e-6;
/// How much wider the middle of a block is than its ends.
const EXPANSION: usize = 4;

/// The members of the family, smallest first; all for 224 pixels a side but the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvNext {
    /// A small one, to try things out: 64 pixels a side, no weights to be had.
    Mini,
    /// 3.4 million weights.
    Atto,
    /// 15 million weights.
    Nano,
    /// 28 million weights.
    Tiny,
    /// 49 million weights.
    Small,
    /// 88 million weights.
    Base,
}

/// How the products over the channels are named and shaped in weight files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Products {
    /// Matrices.
    Linear,
    /// Convolutions of one pixel.
    Convolutions,
}

impl ConvNext {
    /// All members.
    pub const ALL: [Self; 6] = [Self::Mini, Self::Atto, Self::Nano, Self::Tiny, Self::Small, Self::Base];

    /// The whole network without its classifier.
    pub fn architecture(self) -> Architecture {
        let (name, blocks, channels, products) = match self {
            Self::Mini => ("convnext-mini", [1, 1, 2, 1], [8, 16, 24, 32], Products::Linear),
            Self::Atto => ("convnext-atto", [2, 2, 6, 2], [40, 80, 160, 320], Products::Convolutions),
            Self::Nano => ("convnext-nano", [2, 2, 8, 2], [80, 160, 320, 640], Products::Convolutions),
            Self::Tiny => ("convnext-tiny", [3, 3, 9, 3], [96, 192, 384, 768], Products::Linear),
            Self::Small => ("convnext-small", [3, 3, 27, 3], [96, 192, 384, 768], Products::Linear),
            Self::Base => ("convnext-base", [3, 3, 27, 3], [128, 256, 512, 1024], Products::Linear),
        };
        let mut network = Builder::default();
        network.stage("stem");
        network.push(patches("stem.0", 3, channels[0], 4));
        network.push(LayerNorm::layer("stem.1", channels[0], EPSILON));
        for (stage, (&width, blocks)) in channels.iter().zip(blocks).enumerate() {
            network.stage(format!("stage{}", stage + 1));
            if stage > 0 {
                let narrow = channels[stage - 1];
                network.push(LayerNorm::layer(&format!("stages.{stage}.downsample.0"), narrow, EPSILON));
                network.push(patches(&format!("stages.{stage}.downsample.1"), narrow, width, 2));
            }
            for block in 0..blocks {
                network.push(residual(&format!("stages.{stage}.blocks.{block}"), width, products));
            }
        }
        network.stage("pool");
        network.push(Layer::Pool(Pooling::Average));
        network.push(LayerNorm::layer("head.norm", channels[3], EPSILON));
        let side = if self == Self::Mini { 64 } else { 224 };
        Architecture {
            stages: network.stages,
            left_out: vec!["head.fc.".to_owned()],
            ..Architecture::of_images(name, side, network.layers)
        }
    }
}

/// Every patch becomes one place.
fn patches(name: &str, inputs: usize, outputs: usize, side: usize) -> Layer {
    let (kernel, stride, padding) = (side, side, Padding::Even(0));
    let convolution = Convolution::pointwise(name, inputs, outputs);
    Layer::Convolution(Convolution { kernel, stride, padding, bias: true, ..convolution })
}

/// Filter each channel by itself, widen, narrow; the sum.
fn residual(name: &str, width: usize, products: Products) -> Layer {
    let part = |part: &str| format!("{name}.{part}");
    let filter = Convolution {
        kernel: 7,
        groups: width,
        padding: Padding::Even(3),
        bias: true,
        ..Convolution::pointwise(part("conv_dw"), width, width)
    };
    let branch = vec![
        Layer::Convolution(filter),
        LayerNorm::layer(&part("norm"), width, EPSILON),
        products.layer(part("mlp.fc1"), width, width * EXPANSION),
        Layer::Activation(Activation::Gelu),
        products.layer(part("mlp.fc2"), width * EXPANSION, width),
        Layer::Scale(Scale { name: part("gamma"), channels: width }),
    ];
    Layer::Residual { branch, shortcut: Vec::new() }
}

impl Products {
    fn layer(self, name: String, inputs: usize, outputs: usize) -> Layer {
        match self {
            Self::Linear => Layer::Linear(Linear { name, inputs, outputs, bias: true }),
            Self::Convolutions => Layer::Convolution(Convolution {
                bias: true,
                ..Convolution::pointwise(name, inputs, outputs)
            }),
        }
    }
}
