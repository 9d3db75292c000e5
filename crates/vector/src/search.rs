//! The closest rows of each query.

use crate::query::check_queries;
use crate::rows::Parts;
use crate::{Hit, Metric, RowFilter, Rows, VectorError, oracle};

/// Finds the closest `k` rows of each query, by looking at every admitted row.
///
/// # Shapes
/// `queries` is n × dim, row after row; the answer has n lists, each of at most `k` hits, closest first, the
/// smaller row first among equals. There are fewer where fewer rows are admitted. A row that holds a number that
/// is not finite is never a hit.
///
/// # Errors
/// Where the parts or queries are not matrices of one dimension, a query holds a number that is not finite or
/// is greater than 1e15, or the filter is for another number of rows.
pub fn search(
    parts: &[Rows<'_>],
    queries: &[f32],
    k: usize,
    metric: Metric,
    admitted: Option<&RowFilter>,
) -> Result<Vec<Vec<Hit>>, VectorError> {
    let table = Parts::new(parts)?;
    check_queries(queries, table.dim())?;
    check_filter(admitted, table.len())?;
    oracle::search(parts, queries, k, metric, admitted)
}

/// Refuses a filter that was made for another number of rows.
fn check_filter(admitted: Option<&RowFilter>, rows: u64) -> Result<(), VectorError> {
    match admitted {
        Some(filter) if filter.rows() != rows => {
            Err(VectorError::FilterLength { filter: filter.rows(), rows })
        }
        _ => Ok(()),
    }
}
