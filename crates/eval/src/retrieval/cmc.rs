//! The cumulative match characteristic: top-k accuracy as a curve over k.

/// Share of queries whose right individual is among the first k, for k = 1 to `length`; empty without queries.
pub fn cmc(ranks: &[Option<u32>], length: usize) -> Vec<f64> {
    if ranks.is_empty() {
        return Vec::new();
    }
    let mut at_rank = vec![0_usize; length];
    for rank in ranks.iter().flatten() {
        if let Some(count) = (*rank as usize).checked_sub(1).and_then(|place| at_rank.get_mut(place)) {
            *count += 1;
        }
    }
    let mut found = 0;
    #[expect(clippy::cast_precision_loss, reason = "counts of queries are small")]
    let share = |count: usize| count as f64 / ranks.len() as f64;
    at_rank
        .into_iter()
        .map(|count| {
            found += count;
            share(found)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieval::top_k;

    #[test]
    fn each_point_is_the_top_k_accuracy() {
        let ranks = [Some(1), Some(3), Some(3), Some(900), None];
        let curve = cmc(&ranks, 5);
        for (place, share) in curve.iter().enumerate() {
            assert_eq!(Some(*share), top_k(&ranks, place as u32 + 1));
        }
        assert!(cmc(&[], 5).is_empty());
    }
}
