//! Why nothing can be searched.

use std::path::PathBuf;

use resight_core::{ErrorKind, Hint, RoomError};
use resight_train::data::division::DivisionError;
use resight_train::trainer::TrainError;

/// Why nothing can be searched.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    /// A training cannot be done.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Full depth.
    #[error("a search trains many times, which full depth is too slow for: tune at head or tail depth")]
    Depth,
    /// The recipe has none of the numbers.
    #[error("the recipe has no number above 0 that is searched")]
    Nothing,
    /// A setting that was drawn is refused; the recipe stood at the border of what makes sense.
    #[error("a setting that was drawn makes no sense: {0}")]
    Setting(String),
    /// The division cannot be written down.
    #[error(transparent)]
    Division(#[from] DivisionError),
    /// The folder holds another search.
    #[error("the search there began with another {what}: {}", path.display())]
    Changed {
        /// What is another.
        what: &'static str,
        /// The folder.
        path: PathBuf,
    },
    /// A file of the search is not what it should be.
    #[error("{reason}: {}", path.display())]
    Damaged {
        /// What is wrong.
        reason: String,
        /// Which file.
        path: PathBuf,
    },
}

impl RoomError for TuneError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Train(error) => error.kind(),
            Self::Division(error) => error.kind(),
            Self::Damaged { .. } => ErrorKind::Corrupt,
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Train(error) => error.hint(),
            Self::Division(error) => error.hint(),
            Self::Changed { .. } => Some(Hint::OtherRunFolder),
            _ => None,
        }
    }
}

impl TuneError {
    /// As [`TrainError::is_cancelled`].
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Train(error) if error.is_cancelled())
    }
}
