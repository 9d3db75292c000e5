//! Every score, block by block.

use crate::query::check_queries;
use crate::rows::Parts;
use crate::{Metric, Rows, VectorError, oracle};

/// Rows in a block.
const BLOCK: u64 = 192;

/// Shows `visit` the score of every query with every row, a block of rows at a time, in the order of the rows.
///
/// `visit` gets the number of the first row of the block, how many rows it has, and the scores: queries ×
/// rows of the block, all rows of the first query first.
///
/// # Errors
/// As [`crate::search`].
pub fn scan(
    parts: &[Rows<'_>],
    queries: &[f32],
    metric: Metric,
    mut visit: impl FnMut(u64, usize, &[f32]),
) -> Result<(), VectorError> {
    let table = Parts::new(parts)?;
    check_queries(queries, table.dim())?;
    for first in (0..table.len()).step_by(BLOCK as usize) {
        let end = (first + BLOCK).min(table.len());
        let scores: Vec<f32> = queries
            .chunks_exact(table.dim())
            .flat_map(|query| {
                (first..end)
                    .map(|row| oracle::score(query, table.row(row), metric) as f32)
                    .collect::<Vec<_>>()
            })
            .collect();
        visit(first, (end - first) as usize, &scores);
    }
    Ok(())
}
