//! Pairs that are harder than the hardest pair of the other sort, less a little.

use serde::{Deserialize, Serialize};

use super::candidates::{Candidates, farthest, nearest};
use crate::batch::Tuples;

/// Positive pairs with d + ε > the nearest negative's d, negative pairs with d − ε < the farthest positive's d.
///
/// Wang et al., "Multi-similarity loss with general pair weighting for deep metric learning" (2019), equations 11
/// and 12. Anchors without a positive give no negative pairs, and the other way round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct MultiSimilarity {
    /// ε, in units of the loss's distance. Default: 0.1.
    pub epsilon: f32,
    /// Negatives of the anchor's species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub skip_same_encounter: bool,
}

impl Default for MultiSimilarity {
    fn default() -> Self {
        Self { epsilon: 0.1, within_species: false, skip_same_encounter: false }
    }
}

impl MultiSimilarity {
    pub(super) fn mine(&self, candidates: &Candidates<'_>) -> Tuples {
        let mut positives = Vec::new();
        let mut negatives = Vec::new();
        for anchor in candidates.anchors() {
            let (Some((_, positive)), Some((_, negative))) =
                (farthest(candidates.positives(anchor)), nearest(candidates.negatives(anchor)))
            else {
                continue;
            };
            let far = candidates.positives(anchor).filter(|(_, distance)| distance + self.epsilon > negative);
            positives.extend(far.map(|(other, _)| (anchor, other)));
            let near =
                candidates.negatives(anchor).filter(|(_, distance)| distance - self.epsilon < positive);
            negatives.extend(near.map(|(other, _)| (anchor, other)));
        }
        Tuples::Pairs { positives, negatives }
    }
}
