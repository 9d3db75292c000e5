//! What the fast way cannot do, and what it cannot use.

/// Why layers have no fast way. The plain network knows them all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// A kind of layer that it does not know.
    #[error("the fast way does not know {0}")]
    Layer(String),
    /// Layers that it knows, in an order that it does not.
    #[error("the fast way does not know {0}")]
    Order(&'static str),
    /// A convolution without a bias.
    #[error("a convolution has no bias, as where its normalisation is not folded into it: {0}")]
    Bias(String),
    /// A window of another size.
    #[error(
        "depthwise windows are 3, 5 or 7 wide with a stride of 1 or 2, not {kernel} and {stride}: {layer}"
    )]
    Window {
        /// Side of the window.
        kernel: usize,
        /// Its stride.
        stride: usize,
        /// Name of the layer.
        layer: String,
    },
    /// A depthwise convolution some outputs of which see nothing but padding.
    #[error("a depthwise window lies in the padding alone: {0}")]
    Padding(String),
    /// Layers that do not fit one another.
    #[error("a layer takes {wanted} channels and gets {found}: {layer}")]
    Channels {
        /// Channels that come.
        found: usize,
        /// Channels that are wanted.
        wanted: usize,
        /// Name of the layer.
        layer: String,
    },
}

/// What was given does not fit the plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TailError {
    /// A tensor that is not there.
    #[error("the tail lacks a tensor: {0}")]
    Missing(String),
    /// A tensor of another size.
    #[error("a tensor of the tail holds {found} numbers instead of {wanted}: {name}")]
    Length {
        /// Numbers that are there.
        found: usize,
        /// Numbers that are wanted.
        wanted: usize,
        /// Name of the tensor.
        name: String,
    },
    /// Features of another size.
    #[error("the features hold {found} numbers instead of {wanted}: photo {photo} of the batch")]
    Features {
        /// Numbers that are there.
        found: usize,
        /// Numbers that are wanted.
        wanted: usize,
        /// Place in the batch.
        photo: usize,
    },
    /// Gradients of another size.
    #[error("the gradient of what was pooled holds {found} numbers instead of {wanted}")]
    Gradient {
        /// Numbers that are there.
        found: usize,
        /// Numbers that are wanted.
        wanted: usize,
    },
    /// A way back without a way forward before it.
    #[error("every way back needs a way forward of its own before it")]
    Order,
}
