//! EfficientNetV2: fused blocks first, squeeze and excitation later, SiLU throughout.
//!
//! M. Tan and Q. Le, "EfficientNetV2: Smaller Models and Faster Training" (2021); tensor names of timm. B0 and S are
//! timm's `tf_efficientnetv2_b0` and `tf_efficientnetv2_s`, with TensorFlow's padding, for which the weights of the
//! authors exist; the RW members are R. Wightman's, with even padding (`efficientnetv2_rw_m` is under MiewID).

use super::efficientnet_lite::{rounded_depth, rounded_width};
use super::stage::Builder;
use super::{Activation, Architecture, BatchNorm, Convolution, Layer, Padding, Pooling, SqueezeExcite};

/// The reduction of squeeze and excitation: a quarter of the channels that come into the block.
const SQUEEZE: usize = 4;

/// The members of the family, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EfficientNetV2 {
    /// A small one, to try things out: 64 pixels a side, no weights to be had.
    Mini,
    /// 192 pixels a side.
    B0,
    /// 224 pixels a side.
    RwT,
    /// 300 pixels a side.
    S,
    /// 288 pixels a side.
    RwS,
    /// 320 pixels a side.
    RwM,
}

/// What a block is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    /// One convolution.
    Plain,
    /// A widening convolution, then a narrowing one of one pixel.
    Fused,
    /// Widen, filter each channel by itself, squeeze and excite, narrow.
    Inverted,
}

/// Blocks of one kind in a row.
#[derive(Debug, Clone, Copy)]
struct Stage {
    block: Block,
    blocks: usize,
    stride: usize,
    expansion: usize,
    outputs: usize,
}

/// What the members differ in.
struct Member {
    name: &'static str,
    side: usize,
    stages: Vec<Stage>,
    stem: usize,
    head: usize,
    padding: Rule,
}

/// Padding and the epsilon of batch normalisation: those of TensorFlow or of PyTorch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    TensorFlow,
    PyTorch,
}

const fn stage(block: Block, blocks: usize, stride: usize, expansion: usize, outputs: usize) -> Stage {
    Stage { block, blocks, stride, expansion, outputs }
}

const MINI: [Stage; 3] =
    [stage(Block::Plain, 1, 1, 1, 8), stage(Block::Fused, 2, 2, 4, 16), stage(Block::Inverted, 2, 2, 4, 24)];

const BASE: [Stage; 6] = [
    stage(Block::Plain, 1, 1, 1, 16),
    stage(Block::Fused, 2, 2, 4, 32),
    stage(Block::Fused, 2, 2, 4, 48),
    stage(Block::Inverted, 3, 2, 4, 96),
    stage(Block::Inverted, 5, 1, 6, 112),
    stage(Block::Inverted, 8, 2, 6, 192),
];

const SMALL: [Stage; 6] = [
    stage(Block::Plain, 2, 1, 1, 24),
    stage(Block::Fused, 4, 2, 4, 48),
    stage(Block::Fused, 4, 2, 4, 64),
    stage(Block::Inverted, 6, 2, 4, 128),
    stage(Block::Inverted, 9, 1, 6, 160),
    stage(Block::Inverted, 15, 2, 6, 256),
];

/// [`SMALL`] as it was before the authors' code came out.
const EARLY: [Stage; 6] = [
    stage(Block::Fused, 2, 1, 1, 24),
    SMALL[1],
    SMALL[2],
    SMALL[3],
    SMALL[4],
    stage(Block::Inverted, 15, 2, 6, 272),
];

impl EfficientNetV2 {
    /// All members.
    pub const ALL: [Self; 6] = [Self::Mini, Self::B0, Self::RwT, Self::S, Self::RwS, Self::RwM];

    fn member(self) -> Member {
        let even = [1.0; 6];
        let early_m = [1.2, 1.2, 1.2, 1.2, 1.6, 1.6];
        match self {
            Self::Mini => member("efficientnetv2-mini", 64, &MINI, (8, 64), (1.0, even), Rule::TensorFlow),
            Self::B0 => member("efficientnetv2-b0", 192, &BASE, (32, 1280), (1.0, even), Rule::TensorFlow),
            Self::RwT => {
                member("efficientnetv2-rw-t", 224, &SMALL, (24, 1280), (0.8, [0.9; 6]), Rule::PyTorch)
            }
            Self::S => member("efficientnetv2-s", 300, &SMALL, (24, 1280), (1.0, even), Rule::TensorFlow),
            Self::RwS => member("efficientnetv2-rw-s", 288, &EARLY, (24, 1792), (1.0, even), Rule::PyTorch),
            Self::RwM => {
                member("efficientnetv2-rw-m", 320, &EARLY, (24, 1792), (1.2, early_m), Rule::PyTorch)
            }
        }
    }

    /// The whole network without its classifier.
    pub fn architecture(self) -> Architecture {
        let member = self.member();
        let rule = member.padding;
        let mut network = Builder::default();
        network.stage("stem");
        network.extend(conv_norm("conv_stem", "bn1", rule.conv(3, member.stem, 3, 2), rule, true));
        let mut inputs = member.stem;
        for (index, stage) in member.stages.iter().enumerate() {
            network.stage(format!("stage{}", index + 1));
            for block in 0..stage.blocks {
                let stride = if block == 0 { stage.stride } else { 1 };
                let name = format!("blocks.{index}.{block}");
                push_block(&mut network, &name, Stage { stride, ..*stage }, inputs, rule);
                inputs = stage.outputs;
            }
        }
        network.stage("head");
        network.extend(conv_norm("conv_head", "bn2", rule.conv(inputs, member.head, 1, 1), rule, true));
        network.stage("pool");
        network.push(Layer::Pool(Pooling::Average));
        Architecture {
            stages: network.stages,
            left_out: vec!["classifier.".to_owned()],
            ..Architecture::of_images(member.name, member.side, network.layers)
        }
    }
}

fn member(
    name: &'static str,
    side: usize,
    stages: &[Stage],
    (stem, head): (usize, usize),
    (width, depths): (f64, [f64; 6]),
    padding: Rule,
) -> Member {
    let scaled = stages.iter().zip(depths).map(|(stage, depth)| Stage {
        blocks: rounded_depth(stage.blocks, depth),
        outputs: rounded_width(stage.outputs, width),
        ..*stage
    });
    let [stem, head] = [stem, head].map(|channels| rounded_width(channels, width));
    Member { name, side, stages: scaled.collect(), stem, head, padding }
}

fn push_block(network: &mut Builder, name: &str, stage: Stage, inputs: usize, rule: Rule) {
    let Stage { block, stride, expansion, outputs, .. } = stage;
    let part = |part: &str| format!("{name}.{part}");
    let wide = inputs * expansion;
    let branch = match block {
        Block::Plain => {
            conv_norm(&part("conv"), &part("bn1"), rule.conv(inputs, outputs, 3, stride), rule, true)
        }
        Block::Fused => {
            let widen = rule.conv(inputs, wide, 3, stride);
            let narrow = rule.conv(wide, outputs, 1, 1);
            let mut branch = conv_norm(&part("conv_exp"), &part("bn1"), widen, rule, true);
            branch.extend(conv_norm(&part("conv_pwl"), &part("bn2"), narrow, rule, false));
            branch
        }
        Block::Inverted => {
            let widen = rule.conv(inputs, wide, 1, 1);
            let filter = Convolution { groups: wide, ..rule.conv(wide, wide, 3, stride) };
            let narrow = rule.conv(wide, outputs, 1, 1);
            let mut branch = conv_norm(&part("conv_pw"), &part("bn1"), widen, rule, true);
            branch.extend(conv_norm(&part("conv_dw"), &part("bn2"), filter, rule, true));
            branch.push(squeeze_excite(&part("se"), wide, inputs / SQUEEZE));
            branch.extend(conv_norm(&part("conv_pwl"), &part("bn3"), narrow, rule, false));
            branch
        }
    };
    if stride == 1 && inputs == outputs {
        network.push(Layer::Residual { branch, shortcut: Vec::new() });
    } else {
        network.extend(branch);
    }
}

fn squeeze_excite(name: &str, channels: usize, fewer: usize) -> Layer {
    let conv = |part: &str, inputs, outputs| Convolution {
        bias: true,
        ..Convolution::pointwise(format!("{name}.{part}"), inputs, outputs)
    };
    Layer::SqueezeExcite(SqueezeExcite {
        reduce: conv("conv_reduce", channels, fewer),
        activation: Activation::Silu,
        expand: conv("conv_expand", fewer, channels),
    })
}

impl Rule {
    fn conv(self, inputs: usize, outputs: usize, kernel: usize, stride: usize) -> Convolution {
        let padding = match self {
            Self::TensorFlow => Padding::Same,
            Self::PyTorch => Padding::Even(kernel / 2),
        };
        Convolution { kernel, stride, padding, ..Convolution::pointwise("", inputs, outputs) }
    }

    fn epsilon(self) -> f64 {
        match self {
            Self::TensorFlow => 1e-3,
            Self::PyTorch => 1e-5,
        }
    }
}

fn conv_norm(name: &str, norm: &str, convolution: Convolution, rule: Rule, activation: bool) -> Vec<Layer> {
    let channels = convolution.outputs;
    let mut layers = vec![
        Layer::Convolution(Convolution { name: name.to_owned(), ..convolution }),
        Layer::BatchNorm(BatchNorm { name: norm.to_owned(), channels, epsilon: rule.epsilon() }),
    ];
    if activation {
        layers.push(Layer::Activation(Activation::Silu));
    }
    layers
}
