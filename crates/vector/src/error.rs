//! What can be wrong with a question to this room.

/// The rows, queries or filter given do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    /// A row must have at least one number.
    #[error("rows need at least one number each")]
    NoDimension,
    /// The numbers are not a whole count of rows.
    #[error("{values} numbers are not a whole count of rows of {dim}")]
    RaggedRows {
        /// How many numbers were given.
        values: usize,
        /// Numbers in a row.
        dim: usize,
    },
    /// Without any part the length of a row is not known; an empty part says it.
    #[error("no part was given, not even an empty one, so the length of a row is not known")]
    NoParts,
    /// The parts do not have rows of one length.
    #[error("part {part} has rows of {found} numbers where the first part has rows of {expected}")]
    MixedDimensions {
        /// Position of the part that differs.
        part: usize,
        /// Numbers in a row of the first part.
        expected: usize,
        /// Numbers in a row of this part.
        found: usize,
    },
    /// The numbers are not a whole count of queries.
    #[error("{values} numbers are not a whole count of queries of {dim}")]
    RaggedQueries {
        /// How many numbers were given.
        values: usize,
        /// Numbers in a query.
        dim: usize,
    },
    /// A query holds a number that cannot be compared.
    #[error(
        "number {position} of query {query} is not finite or is greater than 1e15: the embedding was not made rightly"
    )]
    UnusableQuery {
        /// Position of the query.
        query: usize,
        /// Position of the first such number within it.
        position: usize,
    },
    /// The filter speaks of another number of rows.
    #[error("the filter is for {filter} rows, the parts have {rows}")]
    FilterLength {
        /// Rows that the filter is for.
        filter: u64,
        /// Rows in all parts.
        rows: u64,
    },
}
