//! The best few of many scores, for every query at once.

use std::cmp::Ordering;

use crate::Hit;
use crate::scorer::Scores;

/// Scores that are compared with their limits at a time.
const STRIP: usize = 16;

/// For each query the `keep` closest of the rows seen so far.
///
/// Rows must come in growing order: of equal scores the one that came first is kept.
pub(crate) struct Top {
    keep: usize,
    /// Per query the score that a row must exceed to be among the closest.
    limits: Vec<f32>,
    /// Per query up to twice `keep` hits, the closest among them.
    kept: Vec<Vec<Hit>>,
}

impl Top {
    /// Nothing seen yet.
    pub(crate) fn new(n_queries: usize, keep: usize) -> Self {
        let limit = if keep == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { keep, limits: vec![limit; n_queries], kept: vec![Vec::new(); n_queries] }
    }

    /// Takes in some scores; `numbers` has the number of each row of their block.
    pub(crate) fn take(&mut self, scores: &Scores<'_>, numbers: &[u64]) {
        for (row, scores_of_row) in scores.rows() {
            let limits = &self.limits[scores.first_query..][..scores.n_queries];
            let strips = scores_of_row.chunks(STRIP).zip(limits.chunks(STRIP));
            // Few rows are among the closest: whole strips are passed over without a branch for each score.
            let mut strips_with_some = 0_u64;
            for (index, (strip, limits)) in strips.enumerate() {
                strips_with_some |= u64::from(exceeds_any(strip, limits)) << index;
            }
            while strips_with_some != 0 {
                let strip = strips_with_some.trailing_zeros() as usize;
                strips_with_some &= strips_with_some - 1;
                let lanes = (strip * STRIP..).zip(scores_of_row.chunks(STRIP).nth(strip).unwrap_or_default());
                for (lane, score) in lanes {
                    self.offer(scores.first_query + lane, Hit { row: numbers[row], score: *score });
                }
            }
        }
    }

    /// Keeps `hit` where it is among the closest; a score that is not finite never is.
    fn offer(&mut self, query: usize, hit: Hit) {
        if !hit.score.is_finite() || hit.score <= self.limits[query] {
            return;
        }
        let kept = &mut self.kept[query];
        kept.push(hit);
        if kept.len() >= self.keep.saturating_mul(2) {
            kept.select_nth_unstable_by(self.keep - 1, order);
            kept.truncate(self.keep);
            self.limits[query] = kept[self.keep - 1].score;
        }
    }

    /// The closest of several, per query, closest first.
    pub(crate) fn merge(tops: Vec<Self>) -> Vec<Vec<Hit>> {
        let mut tops = tops.into_iter();
        let Some(Self { keep, kept: mut merged, .. }) = tops.next() else { return Vec::new() };
        for top in tops {
            merged.iter_mut().zip(top.kept).for_each(|(all, more)| all.extend(more));
        }
        for hits in &mut merged {
            hits.sort_unstable_by(order);
            hits.truncate(keep);
        }
        merged
    }
}

fn order(one: &Hit, other: &Hit) -> Ordering {
    one.closest_first(other)
}

fn exceeds_any(scores: &[f32], limits: &[f32]) -> bool {
    match (scores.first_chunk::<STRIP>(), limits.first_chunk::<STRIP>()) {
        (Some(scores), Some(limits)) => {
            scores.iter().zip(limits).fold(false, |any, (score, limit)| any | (score > limit))
        }
        _ => scores.iter().zip(limits).any(|(score, limit)| score > limit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top_of(keep: usize, scores: &[f32]) -> Vec<u64> {
        let mut top = Top::new(1, keep);
        let numbers: Vec<u64> = (0..scores.len() as u64).collect();
        let scores = Scores { first_row: 0, first_query: 0, n_queries: 1, stride: 1, values: scores };
        top.take(&scores, &numbers);
        Top::merge(vec![top]).remove(0).into_iter().map(|hit| hit.row).collect()
    }

    #[test]
    fn the_closest_are_kept_and_of_equals_the_first() {
        assert_eq!(top_of(2, &[1.0, 3.0, 2.0, 3.0, 3.0, 0.0]), [1, 3]);
        assert_eq!(top_of(10, &[1.0, 3.0, 2.0]), [1, 2, 0]);
        assert_eq!(top_of(3, &[0.0; 50]), [0, 1, 2]);
        assert!(top_of(0, &[1.0]).is_empty());
    }

    #[test]
    fn scores_that_are_not_finite_are_never_kept() {
        assert_eq!(top_of(5, &[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -5.0]), [3]);
    }

    #[test]
    fn a_limit_of_minus_zero_does_not_let_a_later_zero_in_before_it() {
        assert_eq!(top_of(1, &[-0.0, 0.0, 0.0, -0.0]), [0]);
    }
}
