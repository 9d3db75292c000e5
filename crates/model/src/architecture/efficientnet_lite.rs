//! EfficientNet-Lite: EfficientNet without squeeze-and-excitation, with ReLU6 and a fixed stem and head.
//!
//! M. Tan and Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (2019), in
//! the Lite form of <https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite>; tensor
//! names as in the PyTorch port, package `efficientnet-lite-pytorch`.

use super::stage::Builder;
use super::{Activation, Architecture, BatchNorm, Convolution, Layer, Padding, Pooling};

/// Keeps the root of batch normalisation away from zero.
const EPSILON: f64 = 1e-3;
/// Channels of the stem, whatever the width.
const STEM: usize = 32;
/// Channels of the head, whatever the width: the dimension of the embedding.
const HEAD: usize = 1280;

/// A stage of the Lite0 network: blocks of one kind in a row.
struct Stage {
    blocks: usize,
    kernel: usize,
    stride: usize,
    expansion: usize,
    outputs: usize,
}

const fn stage(blocks: usize, kernel: usize, stride: usize, expansion: usize, outputs: usize) -> Stage {
    Stage { blocks, kernel, stride, expansion, outputs }
}

const STAGES: [Stage; 7] = [
    stage(1, 3, 1, 1, 16),
    stage(2, 3, 2, 6, 24),
    stage(2, 5, 2, 6, 40),
    stage(3, 3, 2, 6, 80),
    stage(3, 5, 1, 6, 112),
    stage(4, 5, 2, 6, 192),
    stage(1, 3, 1, 6, 320),
];

/// The members of the family, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EfficientNetLite {
    /// 224 pixels a side.
    Lite0,
    /// 240 pixels a side.
    Lite1,
    /// 260 pixels a side.
    Lite2,
    /// 280 pixels a side.
    Lite3,
    /// 300 pixels a side.
    Lite4,
}

impl EfficientNetLite {
    /// All members.
    pub const ALL: [Self; 5] = [Self::Lite0, Self::Lite1, Self::Lite2, Self::Lite3, Self::Lite4];

    /// Width and depth as multiples of Lite0's, and pixels a side.
    fn scaling(self) -> (f64, f64, usize) {
        match self {
            Self::Lite0 => (1.0, 1.0, 224),
            Self::Lite1 => (1.0, 1.1, 240),
            Self::Lite2 => (1.1, 1.2, 260),
            Self::Lite3 => (1.2, 1.4, 280),
            Self::Lite4 => (1.4, 1.8, 300),
        }
    }

    /// The whole network without its classifier.
    pub fn architecture(self) -> Architecture {
        let (width, depth, side) = self.scaling();
        let mut network = Builder::default();
        network.stage("stem");
        network.extend(conv_norm("_conv_stem", "_bn0", conv(3, STEM, 3, 2, 1), true));
        let (mut inputs, mut block) = (STEM, 0);
        for (index, stage) in STAGES.iter().enumerate() {
            network.stage(format!("stage{}", index + 1));
            let outputs = rounded_width(stage.outputs, width);
            let is_fixed = index == 0 || index == STAGES.len() - 1;
            let blocks = if is_fixed { stage.blocks } else { rounded_depth(stage.blocks, depth) };
            for place in 0..blocks {
                let stride = if place == 0 { stage.stride } else { 1 };
                push_block(&mut network, block, stage, (inputs, outputs), stride);
                (inputs, block) = (outputs, block + 1);
            }
        }
        network.stage("head");
        network.extend(conv_norm("_conv_head", "_bn1", conv(inputs, HEAD, 1, 1, 1), true));
        network.stage("pool");
        network.push(Layer::Pool(Pooling::Average));
        Architecture {
            stages: network.stages,
            left_out: vec!["_fc.".to_owned()],
            ..Architecture::of_images(format!("efficientnet-lite{}", self as usize), side, network.layers)
        }
    }
}

/// An inverted residual block: widen, filter each channel by itself, narrow; the input is added where the
/// shape allows.
fn push_block(network: &mut Builder, block: usize, stage: &Stage, channels: (usize, usize), stride: usize) {
    let (inputs, outputs) = channels;
    let name = |part: &str| format!("_blocks.{block}.{part}");
    let wide = inputs * stage.expansion;
    let mut branch = Vec::new();
    if stage.expansion != 1 {
        branch.extend(conv_norm(&name("_expand_conv"), &name("_bn0"), conv(inputs, wide, 1, 1, 1), true));
    }
    let depthwise = conv(wide, wide, stage.kernel, stride, wide);
    branch.extend(conv_norm(&name("_depthwise_conv"), &name("_bn1"), depthwise, true));
    branch.extend(conv_norm(&name("_project_conv"), &name("_bn2"), conv(wide, outputs, 1, 1, 1), false));
    if stride == 1 && inputs == outputs {
        network.push(Layer::Residual { branch, shortcut: Vec::new() });
    } else {
        network.extend(branch);
    }
}

fn conv(inputs: usize, outputs: usize, kernel: usize, stride: usize, groups: usize) -> Convolution {
    let (name, padding) = (String::new(), Padding::Same);
    Convolution { name, inputs, outputs, kernel, stride, groups, padding, bias: false }
}

fn conv_norm(name: &str, norm: &str, convolution: Convolution, activation: bool) -> Vec<Layer> {
    let channels = convolution.outputs;
    let mut layers = vec![
        Layer::Convolution(Convolution { name: name.to_owned(), ..convolution }),
        Layer::BatchNorm(BatchNorm { name: norm.to_owned(), channels, epsilon: EPSILON }),
    ];
    if activation {
        layers.push(Layer::Activation(Activation::Relu6));
    }
    layers
}

/// Channels times the width, to the nearest multiple of 8, but never less than nine tenths of it.
pub(super) fn rounded_width(channels: usize, width: f64) -> usize {
    let wanted = channels as f64 * width;
    let rounded = (((wanted + 4.0) / 8.0).floor() * 8.0).max(8.0);
    let rounded = if rounded < 0.9 * wanted { rounded + 8.0 } else { rounded };
    rounded as usize
}

/// Blocks times the depth, rounded up.
pub(super) fn rounded_depth(blocks: usize, depth: f64) -> usize {
    (blocks as f64 * depth).ceil() as usize
}
