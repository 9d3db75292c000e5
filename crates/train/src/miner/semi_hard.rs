//! Triplets that are not yet right by the margin, but on the right side.

use serde::{Deserialize, Serialize};

use super::candidates::Candidates;
use crate::batch::Tuples;

/// All triplets with 0 < d(anchor, negative) − d(anchor, positive) ≤ margin.
///
/// After Schroff, Kalenichenko and Philbin, "FaceNet" (2015): the negative is farther than the positive, so the
/// pull of near-duplicates and wrong labels is left out, and still inside the margin, so there is something to
/// learn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SemiHard {
    /// How much farther the negative should be, in units of the loss's distance; usually the loss's own margin.
    /// Default: 0.2.
    pub margin: f32,
    /// Whether triplets whose negative is nearer than the positive are taken too: then it is every triplet that
    /// violates the margin. Default: false.
    pub hard_too: bool,
    /// Negatives of the anchor's species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub skip_same_encounter: bool,
}

impl Default for SemiHard {
    fn default() -> Self {
        Self { margin: 0.2, hard_too: false, within_species: false, skip_same_encounter: false }
    }
}

impl SemiHard {
    pub(super) fn mine(&self, candidates: &Candidates<'_>) -> Tuples {
        let wanted = |lead: f32| lead <= self.margin && (self.hard_too || lead > 0.0);
        let mut triplets = Vec::new();
        for anchor in candidates.anchors() {
            let negatives: Vec<_> = candidates.negatives(anchor).collect();
            for (positive, near) in candidates.positives(anchor) {
                let inside = negatives.iter().filter(|(_, far)| wanted(far - near));
                triplets.extend(inside.map(|(negative, _)| [anchor, positive, *negative]));
            }
        }
        Tuples::Triplets(triplets)
    }
}
