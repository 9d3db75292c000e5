//! Samplers: which photos come into a batch together. One file each.
//!
//! What a sampler plans for an epoch depends on the labels, the recipe, the seed and the number of the epoch alone
//! (and on the embeddings, for `hard-pairs`), so a resumed run goes on with the batches it would have had.

mod assignment;
mod balanced;
mod chunks;
mod deal;
mod expected;
mod figures;
mod hard_negatives;
mod hard_pairs;
mod labels;
mod p_by_k;
mod packing;
mod positives;
mod shuffled;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use assignment::Costs;
pub use balanced::Balanced;
pub use expected::expected_positives;
pub use figures::SamplerFigures;
pub use hard_pairs::HardPairs;
pub use labels::SamplerLabels;
pub use p_by_k::{PByK, ShortClasses};
pub use shuffled::Shuffled;

use crate::batch::Tuples;
use crate::generator;

/// Which photos come into a batch together: `sampler = { kind = "p-by-k", photos-per-individual = 4 }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SamplerRecipe {
    /// All photos in random order.
    Shuffled(Shuffled),
    /// P individuals with K photos each.
    PByK(PByK),
    /// Rare and common individuals as often as each other.
    Balanced(Balanced),
    /// Pairs with the hardest negatives of all photos, by linear assignment.
    HardPairs(HardPairs),
}

impl Default for SamplerRecipe {
    fn default() -> Self {
        Self::Shuffled(Shuffled::default())
    }
}

/// A batch to come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlannedBatch {
    /// Positions of its annotations in the training data.
    pub rows: Vec<u32>,
    /// Pairs that the sampler has chosen already, by place in `rows`: the loss works on them, and no miner is
    /// asked. `None` where the miner chooses.
    pub tuples: Option<Tuples>,
}

/// A sampler that cannot work with what it is given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SamplerError {
    /// A number of the recipe makes no sense.
    #[error("the sampler wants {wanted}: {value}")]
    Senseless {
        /// What it wants.
        wanted: &'static str,
        /// What the recipe says.
        value: f64,
    },
    /// The batch is too small to compare anything in it.
    #[error("the sampler needs batches of {needed} photos or more: {batch}")]
    BatchTooSmall {
        /// Photos it needs.
        needed: usize,
        /// Photos there are.
        batch: usize,
    },
    /// Fewer than two individuals can be compared with themselves.
    #[error(
        "too few individuals have two photos{} (learn from single photos with the sampler `shuffled` and a loss with class centers): {able} of {individuals}",
        if *.other_encounter { " of different encounters" } else { "" }
    )]
    NothingToPair {
        /// Individuals that have a positive pair.
        able: usize,
        /// Individuals in all.
        individuals: usize,
        /// Whether the recipe wants positives of another encounter.
        other_encounter: bool,
    },
    /// The recipe asks for a label that no photo has.
    #[error("the recipe wants `{wish}`, but no photo has a known {label}")]
    Unlabelled {
        /// The recipe's key.
        wish: &'static str,
        /// The missing label.
        label: &'static str,
    },
}

impl SamplerRecipe {
    /// The batches of an epoch, in order.
    ///
    /// `embeddings` are those of all photos (photos × dimension, with the dimension), as the learner gives them
    /// before this epoch; only a sampler that [wants them](Self::wants_embeddings) looks at them. `epoch` counts
    /// from 0. Where [`Self::check`] would have refused, there may be no batch at all.
    pub fn epoch(
        &self,
        labels: &SamplerLabels<'_>,
        embeddings: Option<(&[f32], usize)>,
        batch: usize,
        epoch: u64,
        seed: u64,
    ) -> Vec<PlannedBatch> {
        let batch = batch.max(1);
        let random = &mut generator(seed, "order", &[epoch]);
        match self {
            Self::Shuffled(sampler) => sampler.epoch(labels, batch, random),
            Self::PByK(sampler) => sampler.epoch(labels, batch, random),
            Self::Balanced(sampler) => sampler.epoch(labels, batch, random),
            Self::HardPairs(sampler) => sampler.epoch(labels, embeddings, batch, epoch, seed),
        }
    }

    /// Whether the embeddings of all photos are needed before an epoch.
    pub fn wants_embeddings(&self) -> bool {
        matches!(self, Self::HardPairs(_))
    }

    /// Whether the recipe makes sense for these photos and this size of a batch.
    ///
    /// # Errors
    /// [`SamplerError`] says what does not fit.
    pub fn check(&self, labels: &SamplerLabels<'_>, batch: usize) -> Result<(), SamplerError> {
        if batch == 0 {
            return Err(SamplerError::BatchTooSmall { needed: 1, batch });
        }
        match self {
            Self::Shuffled(_) => Ok(()),
            Self::PByK(sampler) => sampler.check(labels, batch),
            Self::Balanced(sampler) => sampler.check(),
            Self::HardPairs(sampler) => sampler.check(labels, batch),
        }
    }

    /// The kind, as the recipe writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Shuffled(_) => "shuffled",
            Self::PByK(_) => "p-by-k",
            Self::Balanced(_) => "balanced",
            Self::HardPairs(_) => "hard-pairs",
        }
    }
}

/// Cuts rows into batches.
fn cut(rows: &[u32], batch: usize, drop_last: bool) -> Vec<PlannedBatch> {
    let batches = rows.chunks(batch).filter(|rows| !drop_last || rows.len() == batch);
    batches.map(|rows| PlannedBatch { rows: rows.to_vec(), tuples: None }).collect()
}
