//! Which positive and which negative, said in one line of the recipe.

use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::candidates::{Candidates, Other, farthest, nearest};
use crate::batch::Tuples;

/// Triplets by a rule for the positive and a rule for the negative.
///
/// "The positive that looks least like this photo, the negative that looks most like it" is
/// `miner = { kind = "chosen", positive = "hardest", negative = "hardest" }`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Chosen {
    /// Which positives of an anchor. Default: `hardest`.
    pub positive: PositiveChoice,
    /// Which negatives, for each of these positives. Default: `hardest`.
    pub negative: NegativeChoice,
    /// Negatives of the anchor's species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub skip_same_encounter: bool,
}

/// Which positives of an anchor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PositiveChoice {
    /// The one that looks least like the anchor.
    #[default]
    Hardest,
    /// The one that looks most like it.
    Easiest,
    /// Any one.
    Random,
    /// Each of them.
    All,
}

/// Which negatives, given a positive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NegativeChoice {
    /// The one that looks most like the anchor.
    #[default]
    Hardest,
    /// The one that looks most like the anchor among those that look less like it than the positive does; where
    /// there is none, there is no triplet (Schroff et al., "FaceNet", 2015, without its bound by the margin).
    SemiHard,
    /// Any one, drawn for each positive anew.
    Random,
    /// Each of them.
    All,
}

impl Chosen {
    pub(super) fn mine(&self, candidates: &Candidates<'_>, random: &mut ChaCha8Rng) -> Tuples {
        let mut triplets = Vec::new();
        for anchor in candidates.anchors() {
            for positive in self.positives(candidates, anchor, random) {
                let negatives = self.negatives(candidates, anchor, positive, random);
                triplets.extend(negatives.into_iter().map(|negative| [anchor, positive.0, negative.0]));
            }
        }
        Tuples::Triplets(triplets)
    }

    fn positives(&self, candidates: &Candidates<'_>, anchor: u32, random: &mut ChaCha8Rng) -> Vec<Other> {
        let positives = candidates.positives(anchor);
        match self.positive {
            PositiveChoice::Hardest => farthest(positives).into_iter().collect(),
            PositiveChoice::Easiest => nearest(positives).into_iter().collect(),
            PositiveChoice::Random => any(positives, random).into_iter().collect(),
            PositiveChoice::All => positives.collect(),
        }
    }

    fn negatives(
        &self,
        candidates: &Candidates<'_>,
        anchor: u32,
        positive: Other,
        random: &mut ChaCha8Rng,
    ) -> Vec<Other> {
        let negatives = candidates.negatives(anchor);
        match self.negative {
            NegativeChoice::Hardest => nearest(negatives).into_iter().collect(),
            NegativeChoice::SemiHard => {
                nearest(negatives.filter(|negative| negative.1 > positive.1)).into_iter().collect()
            }
            NegativeChoice::Random => any(negatives, random).into_iter().collect(),
            NegativeChoice::All => negatives.collect(),
        }
    }
}

fn any(others: impl Iterator<Item = Other>, random: &mut ChaCha8Rng) -> Option<Other> {
    others.collect::<Vec<_>>().choose(random).copied()
}
