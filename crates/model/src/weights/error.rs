//! Why a weight file is not taken.

use std::path::PathBuf;

use resight_core::{ErrorKind, RoomError};

/// What is wrong with the bytes of a weight file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    /// A refusal with a fixed text; for `ok_or_else`.
    pub(super) fn because(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

/// Why a weight file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The system could not read it.
    #[error("cannot read the weight file: {source}: {}", .path.display())]
    Io {
        /// What the system said.
        source: std::io::Error,
        /// Which file.
        path: PathBuf,
    },
    /// It is damaged, hostile or of an unknown kind.
    #[error("the weight file is refused: {reason}: {}", .path.display())]
    Refused {
        /// What is wrong.
        reason: Refusal,
        /// Which file.
        path: PathBuf,
    },
}

impl RoomError for WeightsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } => ErrorKind::of_file(source),
            Self::Refused { .. } => ErrorKind::User,
        }
    }
}
