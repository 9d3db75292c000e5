//! ResNet: residual networks of plain convolutions.
//!
//! K. He et al., "Deep Residual Learning for Image Recognition" (2016); tensor names of torchvision and timm, which
//! agree. As there, the stride of a bottleneck is in its middle convolution.

use super::stage::Builder;
use super::{Activation, Architecture, BatchNorm, Convolution, Layer, Padding, Pooling};

/// Keeps the root of batch normalisation away from zero.
const EPSILON: f64 = 1e-5;
/// Channels of the stem.
const STEM: usize = 64;
/// How much wider a bottleneck's output is than its middle.
const EXPANSION: usize = 4;

/// The members of the family, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResNet {
    /// A small one, to try things out: 64 pixels a side, bottlenecks, no weights to be had.
    Mini,
    /// 18 layers.
    R18,
    /// 34 layers.
    R34,
    /// 50 layers, bottlenecks.
    R50,
}

impl ResNet {
    /// All members.
    pub const ALL: [Self; 4] = [Self::Mini, Self::R18, Self::R34, Self::R50];

    /// The whole network without its classifier, for 224 pixels a side.
    pub fn architecture(self) -> Architecture {
        let (name, side, blocks, width, is_deep) = match self {
            Self::Mini => ("resnet-mini", 64, [1, 2, 1, 1], 8, true),
            Self::R18 => ("resnet18", 224, [2, 2, 2, 2], 64, false),
            Self::R34 => ("resnet34", 224, [3, 4, 6, 3], 64, false),
            Self::R50 => ("resnet50", 224, [3, 4, 6, 3], 64, true),
        };
        let mut network = Builder::default();
        network.stage("stem");
        network.extend(conv_norm("conv1", "bn1", conv(3, STEM, 7, 2)));
        network.push(Layer::Activation(Activation::Relu));
        network.push(Layer::MaxPool { kernel: 3, stride: 2, padding: Padding::Even(1) });
        let mut inputs = STEM;
        for (stage, blocks) in blocks.into_iter().enumerate() {
            network.stage(format!("stage{}", stage + 1));
            let middle = width << stage;
            for block in 0..blocks {
                let stride = if block == 0 && stage > 0 { 2 } else { 1 };
                let name = format!("layer{}.{block}", stage + 1);
                let push = if is_deep { push_bottleneck } else { push_basic };
                inputs = push(&mut network, &name, inputs, middle, stride);
            }
        }
        network.stage("pool");
        network.push(Layer::Pool(Pooling::Average));
        Architecture {
            stages: network.stages,
            left_out: vec!["fc.".to_owned()],
            ..Architecture::of_images(name, side, network.layers)
        }
    }
}

/// Two convolutions and the sum; gives the channels that go out.
fn push_basic(network: &mut Builder, name: &str, inputs: usize, middle: usize, stride: usize) -> usize {
    let convolutions = [conv(inputs, middle, 3, stride), conv(middle, middle, 3, 1)];
    push_block(network, name, convolutions.to_vec(), stride)
}

/// Narrow, filter, widen, and the sum; gives the channels that go out.
fn push_bottleneck(network: &mut Builder, name: &str, inputs: usize, middle: usize, stride: usize) -> usize {
    let convolutions =
        [conv(inputs, middle, 1, 1), conv(middle, middle, 3, stride), conv(middle, middle * EXPANSION, 1, 1)];
    push_block(network, name, convolutions.to_vec(), stride)
}

fn push_block(network: &mut Builder, name: &str, convolutions: Vec<Convolution>, stride: usize) -> usize {
    let inputs = convolutions.first().map_or(0, |first| first.inputs);
    let outputs = convolutions.last().map_or(0, |last| last.outputs);
    let mut branch = Vec::new();
    for (place, convolution) in (1..).zip(convolutions) {
        if place > 1 {
            branch.push(Layer::Activation(Activation::Relu));
        }
        branch.extend(conv_norm(&format!("{name}.conv{place}"), &format!("{name}.bn{place}"), convolution));
    }
    let mut shortcut = Vec::new();
    if stride != 1 || inputs != outputs {
        let [conv_name, norm_name] = [0, 1].map(|part| format!("{name}.downsample.{part}"));
        shortcut.extend(conv_norm(&conv_name, &norm_name, conv(inputs, outputs, 1, stride)));
    }
    network.push(Layer::Residual { branch, shortcut });
    network.push(Layer::Activation(Activation::Relu));
    outputs
}

fn conv(inputs: usize, outputs: usize, kernel: usize, stride: usize) -> Convolution {
    let padding = Padding::Even(kernel / 2);
    Convolution { kernel, stride, padding, ..Convolution::pointwise("", inputs, outputs) }
}

fn conv_norm(name: &str, norm: &str, convolution: Convolution) -> [Layer; 2] {
    let channels = convolution.outputs;
    [
        Layer::Convolution(Convolution { name: name.to_owned(), ..convolution }),
        Layer::BatchNorm(BatchNorm { name: norm.to_owned(), channels, epsilon: EPSILON }),
    ]
}
