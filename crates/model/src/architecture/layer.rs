//! The kinds of layers.

/// One step of a network. Images are n × channels × height × width.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// A convolution without a bias.
    Convolution(Convolution),
    /// Scaling by the statistics of training.
    BatchNorm(BatchNorm),
    /// Cuts every number to the range 0 to 6.
    Relu6,
    /// Remembers the numbers as they are here, for the next [`Layer::AddRemembered`].
    Remember,
    /// Adds the numbers that were remembered last.
    AddRemembered,
    /// The mean over height and width: n × channels.
    GlobalAveragePool,
}

/// A convolution without a bias, padded so that its output has ⌈side / stride⌉ pixels a side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Convolution {
    /// Name of the layer; its tensor is `name.weight`, outputs × (inputs / groups) × kernel × kernel.
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
}

/// `(x − mean) / √(variance + epsilon) · weight + bias`, channel by channel.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNorm {
    /// Name of the layer; its tensors are `name.weight`, `.bias`, `.running_mean` and `.running_var`.
    pub name: String,
    /// Channels.
    pub channels: usize,
    /// Keeps the root away from zero.
    pub epsilon: f64,
}

/// Rows or columns of zeros around an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamePadding {
    /// Above, and on the left.
    pub before: usize,
    /// Below, and on the right.
    pub after: usize,
    /// Pixels a side that come out.
    pub output: usize,
}

impl Layer {
    /// Name and shape of the tensors of the layer.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            Self::Convolution(layer) => vec![(layer.weight(), layer.shape())],
            Self::BatchNorm(layer) => layer.tensors().map(|name| (name, vec![layer.channels])).to_vec(),
            Self::Relu6 | Self::Remember | Self::AddRemembered | Self::GlobalAveragePool => Vec::new(),
        }
    }
}

impl Convolution {
    /// Name of its tensor.
    pub fn weight(&self) -> String {
        format!("{}.weight", self.name)
    }

    /// Shape of its tensor.
    pub fn shape(&self) -> Vec<usize> {
        vec![self.outputs, self.inputs / self.groups, self.kernel, self.kernel]
    }

    /// Padding in the manner of TensorFlow's "SAME": the odd row or column lies below or on the right
    /// (<https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2>).
    pub fn padding(&self, side: usize) -> SamePadding {
        let output = side.div_ceil(self.stride);
        let total = ((output - 1) * self.stride + self.kernel).saturating_sub(side);
        SamePadding { before: total / 2, after: total - total / 2, output }
    }
}

impl BatchNorm {
    /// Names of its tensors: weight, bias, mean, variance.
    pub fn tensors(&self) -> [String; 4] {
        ["weight", "bias", "running_mean", "running_var"].map(|part| format!("{}.{part}", self.name))
    }
}
