//! How similarities are spread: of the right individual, of the best wrong one, of known queries and of new ones.

use serde::{Deserialize, Serialize};

use super::judged::Judged;

/// Counts over bins of equal width.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histograms {
    /// Similarity where the first bin begins.
    pub low: f64,
    /// Similarity where the last bin ends; it belongs to that bin.
    pub high: f64,
    /// The right individual, over the answerable queries.
    pub same: Vec<u32>,
    /// The best other individual, over all queries: what each would find first if it were a newcomer.
    pub different: Vec<u32>,
    /// The best individual, right or wrong, over the answerable queries.
    pub known_best: Vec<u32>,
}

pub(crate) fn histograms(judged: &[Judged<'_>], bins: usize) -> Histograms {
    let same: Vec<f64> =
        judged.iter().filter_map(Judged::own).map(|own| f64::from(own.similarity.0)).collect();
    let different: Vec<f64> = judged.iter().filter_map(|one| one.best_similarities().0).collect();
    let known: Vec<f64> =
        judged.iter().filter(|one| one.answerable()).filter_map(|one| one.best_similarities().1).collect();
    let all = || same.iter().chain(&different).copied();
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return Histograms::default();
    }
    let count = |values: &[f64]| counts(values, low, high, bins);
    Histograms { low, high, same: count(&same), different: count(&different), known_best: count(&known) }
}

fn counts(values: &[f64], low: f64, high: f64, bins: usize) -> Vec<u32> {
    let mut counts = vec![0; bins];
    for value in values {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let bin = ((value - low) / (high - low).max(f64::MIN_POSITIVE) * bins as f64) as usize;
        counts[bin.min(bins - 1)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_value_belongs_to_the_last_bin() {
        assert_eq!(counts(&[0.0, 0.49, 0.5, 1.0], 0.0, 1.0, 2), [2, 2]);
        assert_eq!(counts(&[0.3, 0.3], 0.3, 0.3, 2), [2, 0]);
    }
}
