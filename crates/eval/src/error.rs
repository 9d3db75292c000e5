//! What can be wrong with a question to this room.

use resight_core::CalibrationError;
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
    /// The share of newcomers is not between 0 and 1.
    #[error("the expected share of newcomers must lie between 0 and 1, both excluded, not {0}")]
    NewRate(f64),
    /// The search refused.
    #[error(transparent)]
    Vector(#[from] VectorError),
    /// The fit refused.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
}
