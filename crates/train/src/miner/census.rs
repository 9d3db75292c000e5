//! How much a batch has to offer to losses that compare photos.

use super::candidates::Scope;
use crate::batch::BatchLabels;

/// Counts of a batch and what it is compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Census {
    /// Positive pairs: each pair within the batch counts once, each pair with the memory once.
    pub positives: usize,
    /// Places with no positive.
    pub without_positive: usize,
    /// Places with no negative.
    pub without_negative: usize,
    /// Places of the batch.
    pub places: usize,
}

impl Census {
    /// Counts. The references begin with the batch itself.
    pub fn of(batch: &BatchLabels, references: &BatchLabels, scope: Scope) -> Self {
        let mut census = Self { places: batch.len(), ..Self::default() };
        for place in 0..batch.len() {
            let is_positive = |other: &usize| scope.is_positive(batch, place, references, *other);
            let before = (0..place).filter(is_positive).count();
            let after = (place..references.len()).filter(is_positive).count();
            census.positives += after;
            census.without_positive += usize::from(before + after == 0);
            let mut others = 0..references.len();
            census.without_negative +=
                usize::from(!others.any(|other| scope.is_negative(batch, place, references, other)));
        }
        census
    }

    /// Share of places with no positive, 0 to 1; 0 for an empty batch.
    pub fn share_without_positive(&self) -> f64 {
        if self.places == 0 { 0.0 } else { self.without_positive as f64 / self.places as f64 }
    }
}
