//! The readable version of search: one row after the other, in double precision.
//!
//! It is what [`crate::search()`] and [`crate::scan()`] are tested against, and slow.

use half::f16;

use crate::{Hit, Metric, RowFilter, Rows, VectorError};

/// The score of one row, in double precision.
pub fn score(query: &[f32], row: &[f16], metric: Metric) -> f64 {
    let pairs = query.iter().zip(row).map(|(query, row)| (f64::from(*query), row.to_f64()));
    match metric {
        Metric::Dot => pairs.map(|(query, row)| query * row).sum(),
        Metric::SquaredEuclidean => -pairs.map(|(query, row)| (query - row).powi(2)).sum::<f64>(),
    }
}

/// The score of one row, as a [`Hit`] has it.
pub fn rounded_score(query: &[f32], row: &[f16], metric: Metric) -> f32 {
    score(query, row, metric) as f32
}

/// The closest `k` rows of each query, as [`crate::search()`] gives them.
///
/// # Errors
/// As [`crate::search()`].
pub fn search(
    parts: &[Rows<'_>],
    queries: &[f32],
    k: usize,
    metric: Metric,
    admitted: Option<&RowFilter>,
) -> Result<Vec<Vec<Hit>>, VectorError> {
    let dim = parts.first().ok_or(VectorError::NoParts)?.dim();
    let answers = queries.chunks_exact(dim).map(|query| {
        let mut hits: Vec<Hit> = parts
            .iter()
            .flat_map(Rows::iter)
            .zip(0..)
            .filter(|(_, row)| admitted.is_none_or(|filter| filter.contains(*row)))
            .map(|(values, row)| Hit { row, score: rounded_score(query, values, metric) })
            .filter(|hit| hit.score.is_finite())
            .collect();
        hits.sort_by(Hit::closest_first);
        hits.truncate(k);
        hits
    });
    Ok(answers.collect())
}
