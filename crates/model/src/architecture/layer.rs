//! The kinds of layers.

use super::{
    Activation, Attention, BatchNorm, Convolution, LayerNorm, Linear, Padding, Pooling, Scale, Shape,
    SqueezeExcite, Tokens, WindowAttention,
};

/// One step of a network. What flows is one of the three forms of [`Shape`]: maps n × channels × height × width,
/// tokens n × tokens × channels, features n × channels.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// A convolution of maps.
    Convolution(Convolution),
    /// Scaling of every channel by the statistics of training, in every form.
    BatchNorm(BatchNorm),
    /// Scaling of every place of maps, every token or every row of features by its own statistics.
    LayerNorm(LayerNorm),
    /// A function of each number alone.
    Activation(Activation),
    /// The greatest number of each window of maps.
    MaxPool {
        /// Height and width of the window.
        kernel: usize,
        /// Step between neighbouring windows, in pixels.
        stride: usize,
        /// What is around the maps; never the greatest.
        padding: Padding,
    },
    /// The sum of two ways: `branch(x) + shortcut(x)`.
    Residual {
        /// The way with the work.
        branch: Vec<Layer>,
        /// The other way; empty for `x` itself.
        shortcut: Vec<Layer>,
    },
    /// Every channel of maps times a number from 0 to 1 that hangs on the means of all channels.
    SqueezeExcite(SqueezeExcite),
    /// Every channel times a number of its own, in every form.
    Scale(Scale),
    /// A matrix product over the channels, in every form: at every place, for every token.
    Linear(Linear),
    /// From maps of patches to tokens.
    Tokens(Tokens),
    /// From maps to tokens as they are, row by row.
    Flatten,
    /// Four neighbors of tokens that lie in a square become one, their channels one after the other: the upper left, the lower left,
    /// the upper right, the lower right.
    Merge {
        /// Tokens a side, before.
        side: usize,
    },
    /// Every token asks those of its window.
    WindowAttention(WindowAttention),
    /// Every token asks all others.
    Attention(Attention),
    /// From maps or tokens to features.
    Pool(Pooling),
}

impl Layer {
    /// Name and shape of the tensors of the layer.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            Self::Convolution(layer) => layer.tensors(),
            Self::BatchNorm(layer) => layer.tensors().map(|name| (name, vec![layer.channels])).to_vec(),
            Self::LayerNorm(layer) => layer.tensors().map(|name| (name, vec![layer.channels])).to_vec(),
            Self::Residual { branch, shortcut } => {
                branch.iter().chain(shortcut).flat_map(Self::tensors).collect()
            }
            Self::SqueezeExcite(layer) => [layer.reduce.tensors(), layer.expand.tensors()].concat(),
            Self::Scale(layer) => vec![(layer.name.clone(), vec![layer.channels])],
            Self::Linear(layer) => layer.tensors(),
            Self::Tokens(layer) => layer.tensors(),
            Self::Attention(layer) => [layer.joined().tensors(), layer.output().tensors()].concat(),
            Self::Pool(Pooling::Gem { name }) => vec![(Pooling::exponent(name), vec![1])],
            Self::WindowAttention(layer) => layer.tensors(),
            Self::Pool(_)
            | Self::Activation(_)
            | Self::MaxPool { .. }
            | Self::Flatten
            | Self::Merge { .. } => Vec::new(),
        }
    }

    /// Gives the layer, and those in it, other names.
    pub(super) fn rename(&mut self, new: &dyn Fn(&str) -> String) {
        let each = |layers: &mut [Self]| layers.iter_mut().for_each(|layer| layer.rename(new));
        match self {
            Self::Convolution(Convolution { name, .. })
            | Self::BatchNorm(BatchNorm { name, .. })
            | Self::LayerNorm(LayerNorm { name, .. })
            | Self::Scale(Scale { name, .. })
            | Self::Linear(Linear { name, .. })
            | Self::Attention(Attention { name, .. })
            | Self::WindowAttention(WindowAttention { name, .. })
            | Self::Pool(Pooling::Gem { name }) => *name = new(name),
            Self::SqueezeExcite(layer) => {
                layer.reduce.name = new(&layer.reduce.name);
                layer.expand.name = new(&layer.expand.name);
            }
            Self::Tokens(layer) => {
                layer.class = new(&layer.class);
                layer.positions = layer.positions.as_deref().map(new);
                layer.registers = layer.registers.as_ref().map(|(name, count)| (new(name), *count));
            }
            Self::Residual { branch, shortcut } => {
                each(branch);
                each(shortcut);
            }
            Self::Pool(_)
            | Self::Activation(_)
            | Self::MaxPool { .. }
            | Self::Flatten
            | Self::Merge { .. } => {}
        }
    }

    /// The shape of what comes out of the layer, from that of what goes in.
    pub fn shape_after(&self, input: Shape) -> Shape {
        match (self, input) {
            (Self::Convolution(layer), Shape::Maps { height, width, .. }) => Shape::Maps {
                channels: layer.outputs,
                height: layer.margins(height).output,
                width: layer.margins(width).output,
            },
            (Self::MaxPool { kernel, stride, padding }, Shape::Maps { channels, height, width }) => {
                let output = |side| padding.margins(side, *kernel, *stride).output;
                Shape::Maps { channels, height: output(height), width: output(width) }
            }
            (Self::Residual { branch, .. }, input) => shape_after(branch, input),
            (Self::Linear(layer), input) => input.with_channels(layer.outputs),
            (Self::Tokens(layer), _) => {
                Shape::Tokens { channels: layer.channels, leading: layer.leading(), patches: layer.patches() }
            }
            (Self::Flatten, Shape::Maps { channels, height, width }) => {
                Shape::Tokens { channels, leading: 0, patches: height * width }
            }
            (Self::Merge { .. }, Shape::Tokens { channels, leading, patches }) => {
                Shape::Tokens { channels: 4 * channels, leading, patches: patches / 4 }
            }
            (Self::Pool(_), input) => Shape::Features { channels: input.channels() },
            (_, input) => input,
        }
    }
}

/// The shape after a row of layers.
pub(crate) fn shape_after(layers: &[Layer], input: Shape) -> Shape {
    layers.iter().fold(input, |shape, layer| layer.shape_after(shape))
}
