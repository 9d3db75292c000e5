//! What can be wrong with a question to this room.

use resight_core::{CalibrationError, ErrorKind, PolicyError, RoomError};
use resight_vector::VectorError;

/// The rows, their embeddings or the protocol do not fit together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// Labels and embeddings are of different numbers of rows.
    #[error("{labels} labelled rows but {embeddings} embeddings")]
    RowCount {
        /// Labelled rows.
        labels: usize,
        /// Embeddings.
        embeddings: usize,
    },
    /// A split names a row that is not there.
    #[error("the split names row {row}, but there are {rows} rows")]
    NoSuchRow {
        /// The row named.
        row: u32,
        /// How many there are.
        rows: usize,
    },
    /// No query carries an individual.
    #[error("no query is labelled with an individual, so no answer can be judged")]
    NothingToJudge,
    /// The network has learnt all photos that could be asked.
    #[error(
        "the network has learnt all {photos} photos that could be asked: none of them says how well it works"
    )]
    AllLearnt {
        /// How many.
        photos: usize,
    },
    /// A price or the expected share of newcomers makes no sense.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The search refused.
    #[error(transparent)]
    Vector(#[from] VectorError),
    /// The fit refused.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
}

impl RoomError for EvalError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::RowCount { .. } | Self::NoSuchRow { .. } | Self::Vector(_) => ErrorKind::Internal,
            _ => ErrorKind::User,
        }
    }
}
