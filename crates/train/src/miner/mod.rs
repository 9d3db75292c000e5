//! Miners: which pairs or triplets of a batch a loss works on. One file each.
//!
//! A miner sees distances only; smaller is closer. A pair of one class is a *positive* pair, a pair of different
//! classes a *negative* one. Who may be either is decided in one place, [`Scope`]; a miner only chooses among them.

mod all;
mod batch_hard;
mod candidates;
mod census;
mod chosen;
mod distance_weighted;
mod easy_positive;
mod memory;
mod multi_similarity;
mod pair_margin;
mod semi_hard;

#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod tests;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use all::All;
pub use batch_hard::BatchHard;
pub use candidates::{MiningInput, Scope};
pub use census::Census;
pub use chosen::{Chosen, NegativeChoice, PositiveChoice};
pub use distance_weighted::DistanceWeighted;
pub use easy_positive::{EasyPositive, HarderNegative};
pub use memory::{Memory, MemoryError, MemoryRecipe, MemoryState};
pub use multi_similarity::MultiSimilarity;
pub use pair_margin::PairMargin;
pub use semi_hard::SemiHard;

use crate::batch::Tuples;
use crate::distance::LossDistance;
use candidates::Candidates;

/// Which pairs or triplets a loss works on: `miner = { kind = "batch-hard" }`.
///
/// All kinds take `within-species` and `skip-same-encounter`, see [`Scope`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum MinerRecipe {
    /// Every pair there is.
    All(All),
    /// The positive that looks least alike and the negative that looks most alike, per anchor.
    BatchHard(BatchHard),
    /// Negatives farther than the positive, but not by the margin.
    SemiHard(SemiHard),
    /// The positive that looks most alike, with a negative that is hard.
    EasyPositive(EasyPositive),
    /// Negatives drawn evenly over all distances.
    DistanceWeighted(DistanceWeighted),
    /// Pairs that are harder than the hardest of the other sort, less a little.
    MultiSimilarity(MultiSimilarity),
    /// Positives that are far and negatives that are near, by fixed bounds.
    PairMargin(PairMargin),
    /// Which positive and which negative, in one line.
    Chosen(Chosen),
}

impl Default for MinerRecipe {
    fn default() -> Self {
        Self::All(All::default())
    }
}

/// A miner that cannot work with what it is given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MinerError {
    /// The law it draws by holds on the unit sphere only.
    #[error(
        "the miner needs embeddings of unit length; choose another distance than `raw-euclidean`: distance-weighted"
    )]
    NeedsUnitLength,
    /// A number of the recipe makes no sense.
    #[error("the miner wants {wanted}: {value}")]
    Senseless {
        /// What it wants.
        wanted: &'static str,
        /// What the recipe says.
        value: f32,
    },
}

impl MinerRecipe {
    /// Chooses pairs or triplets.
    ///
    /// The choice depends on the input and the generator alone. Of equally distant candidates the one in the
    /// earlier place is chosen. Nothing is chosen for an anchor that lacks what the miner needs.
    pub fn mine(&self, input: &MiningInput<'_>, random: &mut ChaCha8Rng) -> Tuples {
        let candidates = Candidates::new(input, self.scope());
        match self {
            Self::All(miner) => miner.mine(&candidates),
            Self::BatchHard(miner) => miner.mine(&candidates, random),
            Self::SemiHard(miner) => miner.mine(&candidates),
            Self::EasyPositive(miner) => miner.mine(&candidates, random),
            Self::DistanceWeighted(miner) => miner.mine(&candidates, input, random),
            Self::MultiSimilarity(miner) => miner.mine(&candidates),
            Self::PairMargin(miner) => miner.mine(&candidates),
            Self::Chosen(miner) => miner.mine(&candidates, random),
        }
    }

    /// Whether it can work with this distance and its numbers make sense.
    ///
    /// # Errors
    /// [`MinerError`] says what does not fit.
    pub fn check(&self, distance: LossDistance) -> Result<(), MinerError> {
        let at_least_zero = |value: f32, wanted| {
            if value >= 0.0 { Ok(()) } else { Err(MinerError::Senseless { wanted, value }) }
        };
        match self {
            Self::DistanceWeighted(_) if distance == LossDistance::RawEuclidean => {
                Err(MinerError::NeedsUnitLength)
            }
            Self::DistanceWeighted(miner) => miner.check(),
            Self::SemiHard(miner) => at_least_zero(miner.margin, "a margin of 0 or more"),
            Self::MultiSimilarity(miner) => at_least_zero(miner.epsilon, "an epsilon of 0 or more"),
            Self::PairMargin(miner) => at_least_zero(miner.negative_margin, "a negative-margin of 0 or more"),
            Self::All(_) | Self::BatchHard(_) | Self::EasyPositive(_) | Self::Chosen(_) => Ok(()),
        }
    }

    /// Who may be a positive and who a negative.
    pub fn scope(&self) -> Scope {
        let (within_species, skip_same_encounter) = match self {
            Self::All(miner) => (miner.within_species, miner.skip_same_encounter),
            Self::BatchHard(miner) => (miner.within_species, miner.skip_same_encounter),
            Self::SemiHard(miner) => (miner.within_species, miner.skip_same_encounter),
            Self::EasyPositive(miner) => (miner.within_species, miner.skip_same_encounter),
            Self::DistanceWeighted(miner) => (miner.within_species, miner.skip_same_encounter),
            Self::MultiSimilarity(miner) => (miner.within_species, miner.skip_same_encounter),
            Self::PairMargin(miner) => (miner.within_species, miner.skip_same_encounter),
            Self::Chosen(miner) => (miner.within_species, miner.skip_same_encounter),
        };
        Scope { within_species, skip_same_encounter }
    }

    /// The kind, as the recipe writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::All(_) => "all",
            Self::BatchHard(_) => "batch-hard",
            Self::SemiHard(_) => "semi-hard",
            Self::EasyPositive(_) => "easy-positive",
            Self::DistanceWeighted(_) => "distance-weighted",
            Self::MultiSimilarity(_) => "multi-similarity",
            Self::PairMargin(_) => "pair-margin",
            Self::Chosen(_) => "chosen",
        }
    }
}
