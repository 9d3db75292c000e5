//! Convolutions, and what is around the maps that they take.

use super::Activation;

/// A convolution, with or without a bias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Convolution {
    /// Name of the layer; its tensors are `name.weight`, outputs × (inputs / groups) × kernel × kernel, and with a
    /// bias `name.bias`, outputs.
    pub name: String,
    /// Channels that come in.
    pub inputs: usize,
    /// Channels that go out.
    pub outputs: usize,
    /// Height and width of the kernel.
    pub kernel: usize,
    /// Step between neighbouring places, in pixels.
    pub stride: usize,
    /// Independent parts of the channels; as many as channels for a depthwise convolution.
    pub groups: usize,
    /// What is around the maps.
    pub padding: Padding,
    /// Whether a number of its own is added to every channel that goes out.
    pub bias: bool,
}

/// How many rows and columns of nothing (zeros; for a maximum, what never is the greatest) are around maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// In the manner of TensorFlow's "SAME": so many that ⌈side / stride⌉ places a side come out; an odd row or
    /// column lies below or on the right
    /// (<https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2>).
    Same,
    /// So many on each of the four sides.
    Even(usize),
}

/// Rows or columns of nothing around maps of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margins {
    /// Above, and on the left.
    pub before: usize,
    /// Below, and on the right.
    pub after: usize,
    /// Places a side that come out.
    pub output: usize,
}

impl Padding {
    /// What is around maps of `side` places a side, and how many places a side come out.
    pub fn margins(self, side: usize, kernel: usize, stride: usize) -> Margins {
        match self {
            Self::Same => {
                let output = side.div_ceil(stride);
                let total = (output.saturating_sub(1) * stride + kernel).saturating_sub(side);
                Margins { before: total / 2, after: total - total / 2, output }
            }
            Self::Even(each) => {
                let room = (side + 2 * each).checked_sub(kernel);
                Margins { before: each, after: each, output: room.map_or(0, |room| room / stride + 1) }
            }
        }
    }
}

impl Convolution {
    /// Every place for itself: a kernel of one pixel and no bias.
    pub fn pointwise(name: impl Into<String>, inputs: usize, outputs: usize) -> Self {
        let name = name.into();
        Self { name, inputs, outputs, kernel: 1, stride: 1, groups: 1, padding: Padding::Same, bias: false }
    }

    /// Name of its kernel.
    pub fn weight(&self) -> String {
        format!("{}.weight", self.name)
    }

    /// Name of its bias, where it has one.
    pub fn bias_name(&self) -> Option<String> {
        self.bias.then(|| format!("{}.bias", self.name))
    }

    /// Shape of its kernel.
    pub fn shape(&self) -> Vec<usize> {
        vec![self.outputs, self.inputs / self.groups, self.kernel, self.kernel]
    }

    /// Name and shape of its tensors.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let bias = self.bias_name().map(|name| (name, vec![self.outputs]));
        std::iter::once((self.weight(), self.shape())).chain(bias).collect()
    }

    /// What is around maps of `side` places a side, and how many places a side come out.
    pub fn margins(&self, side: usize) -> Margins {
        self.padding.margins(side, self.kernel, self.stride)
    }
}

/// Squeeze and excitation (Hu et al. 2018): `x · sigmoid(expand(activation(reduce(mean of x))))`, channel by
/// channel, the mean being over height and width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqueezeExcite {
    /// From the means to fewer numbers; a convolution of one pixel.
    pub reduce: Convolution,
    /// After it.
    pub activation: Activation,
    /// Back to as many numbers as channels; a convolution of one pixel.
    pub expand: Convolution,
}
