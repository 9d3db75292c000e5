//! Every pair there is.

use serde::{Deserialize, Serialize};

use super::candidates::Candidates;
use crate::batch::Tuples;

/// Every positive and every negative pair of the batch: no choice at all.
///
/// With P individuals of K photos each that is PK(K−1) positive and P(P−1)K² negative pairs, so nearly all
/// negatives are easy soon; losses that weight pairs themselves (supcon, multi-similarity, circle) want it so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct All {
    /// Negatives of the anchor's species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub skip_same_encounter: bool,
}

impl All {
    pub(super) fn mine(&self, candidates: &Candidates<'_>) -> Tuples {
        let mut positives = Vec::new();
        let mut negatives = Vec::new();
        for anchor in candidates.anchors() {
            positives.extend(candidates.positives(anchor).map(|(other, _)| (anchor, other)));
            negatives.extend(candidates.negatives(anchor).map(|(other, _)| (anchor, other)));
        }
        Tuples::Pairs { positives, negatives }
    }
}
