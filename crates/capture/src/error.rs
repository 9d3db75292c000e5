//! Why there are no histories.

use resight_core::{ErrorKind, RoomError};

/// Histories cannot be made, written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// A line of a table or file makes no sense.
    #[error("line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// Two occasions share a day.
    #[error("the occasions `{one}` and `{other}` overlap")]
    Overlap {
        /// The earlier one.
        one: String,
        /// The later one.
        other: String,
    },
    /// There is nothing to make histories of.
    #[error("{0}")]
    Nothing(&'static str),
    /// More occasions than any program reads.
    #[error("{found} occasions are too many ({most} at most): take longer ones")]
    TooManyOccasions {
        /// How many.
        found: usize,
        /// How many are allowed.
        most: usize,
    },
    /// The format cannot say what is there.
    #[error("{format}: {reason}")]
    NotForFormat {
        /// Name of the format.
        format: &'static str,
        /// What it cannot say.
        reason: String,
    },
}

impl RoomError for CaptureError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::User
    }
}
