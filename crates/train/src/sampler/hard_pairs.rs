//! Pairs with the hardest negatives of all photos, by linear assignment.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::hard_negatives::HardNegatives;
use super::packing::{Packing, Unit};
use super::positives::partners;
use super::{PlannedBatch, SamplerError, SamplerLabels};
use crate::generator;

/// Every photo with a positive, and with a negative such that all photos together have the hardest negatives that
/// can be given out one to one.
///
/// After Martin Piotte's "whale recognition model with score 0.78563" (humpback whale competition, 2018). A hardest
/// negative for each photo alone would choose the same few photos again and again; one to one, each photo is an
/// anchor once and a negative once. Noise on the distances sets how hard the pairs are and shrinks over the epochs:
/// pairs that are too hard too soon teach nothing.
///
/// The batches carry their pairs with them, so no miner is asked. A photo that several pairs of a batch need is in
/// it once. Photos of individuals with one photo are negatives only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct HardPairs {
    /// Photos among which negatives are given out; more photos are divided into such blocks, anew each epoch.
    /// Time grows with its cube, memory with its square. Default: 3000.
    pub block: usize,
    /// How many negatives each photo gets in an epoch, a pair never twice; the epoch is that much longer, and the
    /// distances are computed once for all of them. Default: 1.
    pub rounds: usize,
    /// Noise on the distances in the first epoch, in standard deviations of the distances: 4 is nearly random.
    /// Default: 4.
    pub noise_start: f64,
    /// Noise at the end. Default: 0.25.
    pub noise_end: f64,
    /// Epochs until the noise has shrunk, by the same factor each. Default: 10.
    pub ramp_epochs: u64,
    /// Negatives of the same species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub other_encounter: bool,
    /// Whether a last batch that is not full is left out. Default: false.
    pub drop_last: bool,
}

impl Default for HardPairs {
    fn default() -> Self {
        Self {
            block: 3000,
            rounds: 1,
            noise_start: 4.0,
            noise_end: 0.25,
            ramp_epochs: 10,
            within_species: false,
            other_encounter: false,
            drop_last: false,
        }
    }
}

impl HardPairs {
    pub(super) fn check(&self, labels: &SamplerLabels<'_>, batch: usize) -> Result<(), SamplerError> {
        let senseless = |wanted, value| Err(SamplerError::Senseless { wanted, value });
        if self.block < 2 {
            return senseless("a block of 2 or more", self.block as f64);
        }
        if self.rounds < 1 {
            return senseless("1 round or more", self.rounds as f64);
        }
        for noise in [self.noise_start, self.noise_end] {
            if !(noise > 0.0 && noise.is_finite()) {
                return senseless("noise above 0", noise);
            }
        }
        if batch < 3 {
            return Err(SamplerError::BatchTooSmall { needed: 3, batch });
        }
        labels.check(self.within_species, self.other_encounter)
    }

    /// Noise on the distances of an epoch (from 0), in their standard deviations.
    pub fn noise(&self, epoch: u64) -> f64 {
        let share =
            if self.ramp_epochs == 0 { 1.0 } else { (epoch as f64 / self.ramp_epochs as f64).min(1.0) };
        self.noise_start * (self.noise_end / self.noise_start).powf(share)
    }

    pub(super) fn epoch(
        &self,
        labels: &SamplerLabels<'_>,
        embeddings: Option<(&[f32], usize)>,
        batch: usize,
        epoch: u64,
        seed: u64,
    ) -> Vec<PlannedBatch> {
        let negatives = HardNegatives {
            labels,
            embeddings: embeddings.filter(|(values, dimension)| values.len() == labels.len() * dimension),
            block: self.block.max(2),
            rounds: self.rounds.max(1),
            noise: self.noise(epoch) as f32,
            within_species: self.within_species,
        };
        let mut packing = Packing::new(batch);
        for (round, negatives) in (0..).zip(negatives.rounds(epoch, seed)) {
            let random = &mut generator(seed, "order", &[epoch, round]);
            let positives = partners(labels, self.other_encounter, random);
            let able = positives.into_iter().map(|(anchor, positive)| {
                let negative = negatives[anchor as usize];
                Unit { anchor, positive, negative }
            });
            let mut units: Vec<Unit> = able.collect();
            units.shuffle(random);
            units.into_iter().for_each(|unit| packing.add(unit));
        }
        packing.finish(self.drop_last)
    }
}
