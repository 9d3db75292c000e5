//! MAP@k as Kaggle scores Happywhale: the mean of 1 / rank of the one right answer within k guesses.

use super::mean;

/// What one query scores: 1 / `rank` within the first `k` guesses, else 0.
///
/// With one right answer a query this is its average precision at k; the evaluation page of the Happywhale
/// competition defines MAP@5 by it, "new individual" being a guess like any other.
pub fn points_at_k(rank: Option<u32>, k: u32) -> f64 {
    match rank {
        Some(rank) if (1..=k).contains(&rank) => 1.0 / f64::from(rank),
        _ => 0.0,
    }
}

/// Mean of [`points_at_k`] over the queries, 0 to 1.
pub fn map_at_k(ranks: &[Option<u32>], k: u32) -> Option<f64> {
    mean(ranks.iter().map(|rank| points_at_k(*rank, k)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_scores_its_inverse_and_nothing_beyond_k() {
        assert_eq!(map_at_k(&[Some(1), Some(2), Some(5), Some(6), None], 5), Some((1.0 + 0.5 + 0.2) / 5.0));
        assert_eq!(map_at_k(&[], 5), None);
        assert_eq!(points_at_k(Some(0), 5), 0.0);
    }
}
