//! The closest rows of each query.
//!
//! Single precision finds the closest rows and a few more; these are then compared again in double precision, in
//! a fixed order of additions. So the answer is the same bits on every processor, for any number of threads, and
//! whether a query comes alone or with others.

use crate::kernel::Kernel;
use crate::query::check_queries;
use crate::rows::Parts;
use crate::scorer::{Scorer, Scratch};
use crate::threads::{Pieces, on_threads, threads_for};
use crate::top::Top;
use crate::{Hit, Metric, RowFilter, Rows, VectorError, oracle};

/// Hits that are kept beyond those asked for, until double precision has decided.
const SPARE: usize = 16;

/// Blocks of rows that a thread takes at a time.
const BLOCKS_IN_PIECE: usize = 16;

/// Finds the closest `k` rows of each query, by looking at every admitted row.
///
/// Scores are sums in double precision, rounded once. Rows whose scores are so alike that single precision cannot
/// tell them apart (about 1 in a million) are still ordered rightly, as long as there are no more than sixteen such
/// rows at the edge of the answer; rows that are the same bits always are.
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
    let parts = Parts::new(parts)?;
    check_queries(queries, parts.dim())?;
    check_filter(admitted, parts.len())?;
    let n_rows = admitted.map_or(parts.len(), RowFilter::count);
    let threads = threads_for(n_rows.saturating_mul(queries.len() as u64));
    let question = Question { parts: &parts, queries, k, metric, admitted };
    Ok(question.answer(Kernel::best(), threads))
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

/// A search whose input has been checked.
struct Question<'a> {
    parts: &'a Parts<'a>,
    queries: &'a [f32],
    k: usize,
    metric: Metric,
    admitted: Option<&'a RowFilter>,
}

impl Question<'_> {
    fn answer(&self, kernel: Kernel, threads: usize) -> Vec<Vec<Hit>> {
        let scorer = Scorer::new(kernel, self.metric, self.queries, self.parts.dim());
        let pieces = Pieces::new(self.parts.len(), (scorer.block_rows() * BLOCKS_IN_PIECE) as u64);
        let tops = on_threads(threads, || self.closest_in(&pieces, &scorer));
        let mut answers = Top::merge(tops);
        for (query, hits) in self.queries.chunks_exact(self.parts.dim()).zip(&mut answers) {
            self.decide(query, hits);
        }
        answers
    }

    /// The closest rows of the pieces that this thread gets hold of.
    fn closest_in(&self, pieces: &Pieces, scorer: &Scorer) -> Top {
        let keep = if self.k == 0 { 0 } else { self.k.saturating_add(SPARE) };
        let mut top = Top::new(scorer.n_queries(), keep);
        let mut scratch = Scratch::default();
        let mut block = self.parts.block(scorer.block_rows());
        while let Some((start, end)) = pieces.take() {
            let mut take = |numbers: &[u64], rows: &[&[half::f16]]| {
                scorer.score(rows, &mut scratch, |scores| top.take(&scores, numbers));
            };
            match self.admitted {
                Some(filter) => block.each(filter.iter_range(start, end), &mut take),
                None => block.each(start..end, &mut take),
            }
        }
        top
    }

    /// Orders what single precision found by double precision, and keeps `k`.
    fn decide(&self, query: &[f32], hits: &mut Vec<Hit>) {
        for hit in hits.iter_mut() {
            hit.score = oracle::rounded_score(query, self.parts.row(hit.row), self.metric);
        }
        hits.sort_unstable_by(Hit::closest_first);
        hits.truncate(self.k);
    }
}

#[cfg(test)]
mod tests;
