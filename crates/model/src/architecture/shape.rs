//! The forms of what flows through a network.

/// Form and extents of what flows between two layers, for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Numbers at places: channels × height × width.
    Maps {
        /// Channels.
        channels: usize,
        /// Rows of places.
        height: usize,
        /// Columns of places.
        width: usize,
    },
    /// A row of vectors: (leading + patches) × channels.
    Tokens {
        /// Channels.
        channels: usize,
        /// Tokens before those of the patches: the class token and the registers.
        leading: usize,
        /// Tokens of patches, row by row.
        patches: usize,
    },
    /// One vector.
    Features {
        /// Channels.
        channels: usize,
    },
}

impl Shape {
    /// Channels.
    pub fn channels(self) -> usize {
        match self {
            Self::Maps { channels, .. } | Self::Tokens { channels, .. } | Self::Features { channels } => {
                channels
            }
        }
    }

    /// The same form with another number of channels.
    pub fn with_channels(self, channels: usize) -> Self {
        match self {
            Self::Maps { height, width, .. } => Self::Maps { channels, height, width },
            Self::Tokens { leading, patches, .. } => Self::Tokens { channels, leading, patches },
            Self::Features { .. } => Self::Features { channels },
        }
    }

    /// The extents in the order of the numbers, without the batch.
    pub fn extents(self) -> Vec<usize> {
        match self {
            Self::Maps { channels, height, width } => vec![channels, height, width],
            Self::Tokens { channels, leading, patches } => vec![leading + patches, channels],
            Self::Features { channels } => vec![channels],
        }
    }

    /// How many numbers there are.
    pub fn numbers(self) -> usize {
        self.extents().iter().product()
    }
}
