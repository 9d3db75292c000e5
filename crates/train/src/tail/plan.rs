//! What is computed, in which order, and where every number lies.

/// The activation that ends an operation; both know their gradient from their output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    None,
    Relu,
    Relu6,
}

impl Activation {
    /// Outputs lie between these; at them the gradient is 0.
    #[inline(always)]
    pub(super) fn bounds(self) -> (f32, f32) {
        match self {
            Self::None => (f32::NEG_INFINITY, f32::INFINITY),
            Self::Relu => (0.0, f32::INFINITY),
            Self::Relu6 => (0.0, 6.0),
        }
    }
}

/// Where a value's gradient lies during the backward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// Nobody asks for it: the features.
    Nowhere,
    /// In memory of its own.
    Own,
    /// In the value's own memory: its one reader needs it no more once the gradient is there.
    InPlace,
    /// In memory that a group of photos uses again and again: read at once, by one operation.
    Passing,
}

/// Maps that an operation makes: positions × channels, photo after photo.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) storage: Storage,
}

impl Value {
    pub(super) fn positions(&self) -> usize {
        self.height * self.width
    }

    /// Numbers a photo.
    pub(super) fn length(&self) -> usize {
        self.positions() * self.channels
    }
}

/// How an operation mixes what it reads.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Channels with channels, position by position: a matrix product.
    Pointwise,
    /// Positions with positions, channel by channel.
    Depthwise(Window),
}

/// The window of a depthwise convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) kernel: usize,
    pub(super) stride: usize,
    /// Rows of zeros above.
    pub(super) above: usize,
    /// Columns of zeros on the left.
    pub(super) left: usize,
}

/// `output = activation(convolution(input) + bias + shortcut)`.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    pub(super) weight: String,
    pub(super) bias: String,
    pub(super) activation: Activation,
    /// Index of the value that is read.
    pub(super) input: usize,
    /// Index of the value that is written: operation i writes value i + 1.
    pub(super) output: usize,
    /// Index of the value that is added.
    pub(super) shortcut: Option<usize>,
}

/// How maps become one vector.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pool {
    Average,
    Max,
    /// Generalised mean; the name of its exponent.
    Gem {
        exponent: String,
    },
}

/// The whole computation.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Value 0 are the features; the last is pooled.
    pub(super) values: Vec<Value>,
    pub(super) operations: Vec<Operation>,
    pub(super) pool: Pool,
}

impl Plan {
    /// The channels that come out.
    pub(super) fn dimension(&self) -> usize {
        self.pooled().channels
    }

    /// The value that is pooled.
    pub(super) fn pooled(&self) -> &Value {
        self.values.last().expect("the features are always there")
    }

    /// Names and lengths of the tensors that are learnt.
    pub(super) fn tensors(&self) -> impl Iterator<Item = (&str, usize)> {
        let of = |operation: &Operation| {
            let (inputs, outputs) =
                (self.values[operation.input].channels, self.values[operation.output].channels);
            match operation.kind {
                Kind::Pointwise => (inputs * outputs, outputs),
                Kind::Depthwise(window) => (outputs * window.kernel * window.kernel, outputs),
            }
        };
        let exponent = match &self.pool {
            Pool::Gem { exponent } => Some((exponent.as_str(), 1)),
            Pool::Average | Pool::Max => None,
        };
        self.operations
            .iter()
            .flat_map(move |operation| {
                let (weight, bias) = of(operation);
                [(operation.weight.as_str(), weight), (operation.bias.as_str(), bias)]
            })
            .chain(exponent)
    }
}
