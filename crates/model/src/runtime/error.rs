//! What can go wrong between a network and its answer.

use resight_core::{ErrorKind, Hint, RoomError};

use super::onnx_runtime::OLDEST_MINOR;
use crate::bundle::BundleError;

/// Why a network could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The bundle itself is not in order.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The runtime refuses the network.
    #[error("{runtime} cannot load the network of {bundle}: {reason}")]
    Load {
        /// Which runtime, with its version.
        runtime: String,
        /// Which bundle.
        bundle: String,
        /// What the runtime said.
        reason: String,
    },
    /// The runtime failed while it ran the network.
    #[error("{runtime} failed while running the network of {bundle}: {reason}")]
    Run {
        /// Which runtime, with its version.
        runtime: String,
        /// Which bundle.
        bundle: String,
        /// What the runtime said.
        reason: String,
    },
    /// A network from elsewhere did not stand its trial.
    #[error("the network of {bundle} was tried in a process of its own, and is not run here: {reason}")]
    Trial {
        /// What happened.
        reason: String,
        /// Which bundle.
        bundle: String,
    },
    /// A network from elsewhere was refused in its trial, in the words of the runtime.
    #[error("{0}")]
    Refused(String),
    /// A network from elsewhere that nobody tried or vouched for.
    #[error("the network of {bundle} comes from elsewhere and cannot be tried here, so it is not run")]
    Untried {
        /// Which bundle.
        bundle: String,
    },
    /// The network's answer has not the shape that the manifest promises.
    #[error("the network of {bundle} gives {found}, but its manifest promises {expected}")]
    Shape {
        /// Which bundle.
        bundle: String,
        /// What was promised.
        expected: String,
        /// What came.
        found: String,
    },
    /// The caller gave a batch of the wrong length.
    #[error("a batch of {images} images for {bundle} takes {expected} numbers, but {found} were given")]
    Batch {
        /// Which bundle.
        bundle: String,
        /// Images in the batch.
        images: usize,
        /// Numbers it takes.
        expected: usize,
        /// Numbers given.
        found: usize,
    },
    /// The bundle is for something else.
    #[error("{bundle} is {found}, not {expected}")]
    Purpose {
        /// Which bundle.
        bundle: String,
        /// What was needed, with its article.
        expected: &'static str,
        /// What it is, with its article.
        found: &'static str,
    },
    /// A matcher was given features that it was not made for.
    #[error("the matcher {bundle} takes {expected}, not {found}")]
    Unsuited {
        /// Which bundle.
        bundle: String,
        /// What it takes.
        expected: String,
        /// What was given.
        found: String,
    },
    /// ONNX Runtime was asked for and is not there.
    #[error("ONNX Runtime is not available: {reason}")]
    NoOnnxRuntime {
        /// Where was looked and what was found.
        reason: String,
    },
}

impl RoomError for ModelError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Run { .. } | Self::Batch { .. } => ErrorKind::Internal,
            Self::Bundle(error) => error.kind(),
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Bundle(error) => error.hint(),
            Self::NoOnnxRuntime { .. } => Some(how_to_get_it()),
            _ => None,
        }
    }
}

/// How to get ONNX Runtime.
pub(super) fn how_to_get_it() -> Hint {
    Hint::GetOnnxRuntime { least_minor: OLDEST_MINOR }
}
