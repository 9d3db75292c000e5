//! The easiest positive of every anchor, with a hard negative.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::candidates::Candidates;
use super::chosen::{Chosen, NegativeChoice, PositiveChoice};
use crate::batch::Tuples;

/// One triplet an anchor: the positive that looks most like it, with a hard negative.
///
/// Xuan, Stylianou and Pless, "Improved embeddings with easy positive triplet mining" (2020): only the nearest
/// photo of the same animal is drawn near, so the left and the right flank need not fall on one point. With bursts
/// in the data ask for `skip-same-encounter`, or the easiest positive is always the neighbor of the burst.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct EasyPositive {
    /// Which negative. Default: `semi-hard`.
    pub negative: HarderNegative,
    /// Negatives of the anchor's species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub skip_same_encounter: bool,
}

/// Which negative goes with the easiest positive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HarderNegative {
    /// The nearest of those that are farther than the positive.
    #[default]
    SemiHard,
    /// The nearest.
    Hardest,
}

impl EasyPositive {
    pub(super) fn mine(&self, candidates: &Candidates<'_>, random: &mut ChaCha8Rng) -> Tuples {
        let negative = match self.negative {
            HarderNegative::SemiHard => NegativeChoice::SemiHard,
            HarderNegative::Hardest => NegativeChoice::Hardest,
        };
        Chosen { positive: PositiveChoice::Easiest, negative, ..Chosen::default() }.mine(candidates, random)
    }
}
