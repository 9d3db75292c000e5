//! The hardest positive and the hardest negative of every anchor.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::candidates::Candidates;
use super::chosen::{Chosen, NegativeChoice, PositiveChoice};
use crate::batch::Tuples;

/// One triplet an anchor: the positive that looks least like it, the negative that looks most like it.
///
/// Hermans, Beyer and Leibe, "In defense of the triplet loss for person re-identification" (2017). From an
/// untrained network it finds near-duplicates and wrong labels first, and may draw everything to one point:
/// begin with `semi-hard`, or use a soft margin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct BatchHard {
    /// Negatives of the anchor's species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub skip_same_encounter: bool,
}

impl BatchHard {
    pub(super) fn mine(&self, candidates: &Candidates<'_>, random: &mut ChaCha8Rng) -> Tuples {
        let hardest = Chosen {
            positive: PositiveChoice::Hardest,
            negative: NegativeChoice::Hardest,
            ..Chosen::default()
        };
        hardest.mine(candidates, random)
    }
}
