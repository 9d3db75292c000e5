//! The queries: checked.

use crate::VectorError;

/// The greatest number in a query: far beyond any embedding, and small enough that no sum overflows `f32`.
const GREATEST: f32 = 1e15;

/// Refuses queries that are not n × `dim` usable numbers.
pub(crate) fn check_queries(queries: &[f32], dim: usize) -> Result<(), VectorError> {
    if !queries.len().is_multiple_of(dim) {
        return Err(VectorError::RaggedQueries { values: queries.len(), dim });
    }
    // Written so that "not a number" is refused too.
    match queries.iter().position(|value| !(value.abs() <= GREATEST)) {
        Some(at) => Err(VectorError::UnusableQuery { query: at / dim, position: at % dim }),
        None => Ok(()),
    }
}
