//! Why an annotation cannot be looked at.

use std::path::{Path, PathBuf};

use resight_imaging::{DecodeError, PreprocessError};

/// Why an annotation cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[error("row {row}: {reason}: {}", path.display())]
pub struct ViewFailure {
    /// Position in the training data.
    pub row: u32,
    /// The photo's file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: ViewFailureReason,
}

/// What is wrong with a photo or a region.
#[derive(Debug, thiserror::Error)]
pub enum ViewFailureReason {
    /// The file cannot be read.
    #[error("the photo cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// The file is no picture, or a damaged one.
    #[error("{0}")]
    Undecodable(#[from] DecodeError),
    /// The region does not lie in the photo.
    #[error("{0}")]
    Region(#[from] PreprocessError),
    /// A bug in a decoder or here; the others go on.
    #[error("internal error: {0}")]
    Panicked(String),
    /// The photo failed for another annotation of it already.
    #[error("{0}")]
    SameAsBefore(String),
    /// What the network makes of it cannot be kept.
    #[error("the network's answer holds {value}, which half precision (up to 65504) cannot keep")]
    UnusableAnswer {
        /// The first such number.
        value: f32,
    },
}

impl ViewFailureReason {
    pub(crate) fn of(self, row: u32, path: &Path) -> ViewFailure {
        ViewFailure { row, path: path.to_owned(), reason: self }
    }
}
