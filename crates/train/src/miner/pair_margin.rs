//! Positives that are far and negatives that are near, by fixed bounds.

use serde::{Deserialize, Serialize};

use super::candidates::Candidates;
use crate::batch::Tuples;

/// Positive pairs farther than one bound, negative pairs nearer than another.
///
/// With the margins of a contrastive loss these are just the pairs that it has a gradient for (Hadsell, Chopra and
/// LeCun, 2006).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct PairMargin {
    /// Positive pairs must be farther than this, in units of the loss's distance. Default: 0.2.
    pub positive_margin: f32,
    /// Negative pairs must be nearer than this. Default: 0.8.
    pub negative_margin: f32,
    /// Negatives of the anchor's species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub skip_same_encounter: bool,
}

impl Default for PairMargin {
    fn default() -> Self {
        Self { positive_margin: 0.2, negative_margin: 0.8, within_species: false, skip_same_encounter: false }
    }
}

impl PairMargin {
    pub(super) fn mine(&self, candidates: &Candidates<'_>) -> Tuples {
        let mut positives = Vec::new();
        let mut negatives = Vec::new();
        for anchor in candidates.anchors() {
            let far = candidates.positives(anchor).filter(|(_, distance)| *distance > self.positive_margin);
            positives.extend(far.map(|(other, _)| (anchor, other)));
            let near = candidates.negatives(anchor).filter(|(_, distance)| *distance < self.negative_margin);
            negatives.extend(near.map(|(other, _)| (anchor, other)));
        }
        Tuples::Pairs { positives, negatives }
    }
}
