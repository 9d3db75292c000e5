//! Top-k accuracy.

use super::mean;

/// Share of queries whose right individual is among the first `k`.
pub fn top_k(ranks: &[Option<u32>], k: u32) -> Option<f64> {
    mean(ranks.iter().map(|rank| f64::from(u8::from(rank.is_some_and(|rank| rank <= k)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_those_within_k() {
        let ranks = [Some(1), Some(3), Some(9), None];
        assert_eq!([1, 3, 10].map(|k| top_k(&ranks, k)), [Some(0.25), Some(0.5), Some(0.75)]);
        assert_eq!(top_k(&[], 1), None);
    }
}
