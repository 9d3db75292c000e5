//! Negatives drawn evenly over all distances.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::MinerError;
use super::candidates::{Candidates, MiningInput};
use crate::batch::Tuples;
use crate::distance::LossDistance;

/// One triplet a positive pair, its negative drawn by the inverse of how common its distance is.
///
/// Wu, Manmatha, Smola and Krähenbühl, "Sampling matters in deep embedding learning" (2017). Random points of the
/// unit sphere in D dimensions lie at the distance d with density q(d) ∝ d^(D−2) · (1 − d²/4)^((D−3)/2), nearly all
/// of them close to √2, so a random negative is nearly always too easy. Drawn with weight 1 / q(max(d, cutoff)),
/// every distance is as likely as any other. Needs embeddings of unit length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct DistanceWeighted {
    /// Nearer negatives are drawn as if they were this far: Euclidean, of unit vectors. Default: 0.5.
    pub cutoff: f32,
    /// Farther negatives are not drawn: Euclidean, of unit vectors. With embeddings that are still random about
    /// half of all negatives are farther than the default. Default: 1.4.
    pub farthest: f32,
    /// Negatives of the anchor's species only. Default: false.
    pub within_species: bool,
    /// Positives of another encounter only. Default: false.
    pub skip_same_encounter: bool,
}

impl Default for DistanceWeighted {
    fn default() -> Self {
        Self { cutoff: 0.5, farthest: 1.4, within_species: false, skip_same_encounter: false }
    }
}

impl DistanceWeighted {
    pub(super) fn check(&self) -> Result<(), MinerError> {
        if !(self.cutoff > 0.0 && self.cutoff < 2.0) {
            return Err(MinerError::Senseless { wanted: "a cutoff between 0 and 2", value: self.cutoff });
        }
        if !(self.farthest > self.cutoff && self.farthest <= 2.0) {
            return Err(MinerError::Senseless {
                wanted: "farthest between cutoff and 2",
                value: self.farthest,
            });
        }
        Ok(())
    }

    pub(super) fn mine(
        &self,
        candidates: &Candidates<'_>,
        input: &MiningInput<'_>,
        random: &mut ChaCha8Rng,
    ) -> Tuples {
        let mut triplets = Vec::new();
        for anchor in candidates.anchors() {
            let (negatives, distances): (Vec<u32>, Vec<f64>) = candidates
                .negatives(anchor)
                .map(|(other, far)| (other, of_unit_vectors(far, input.distance)))
                .unzip();
            let chances = self.chances(&distances, input.dimension);
            for (positive, _) in candidates.positives(anchor) {
                triplets.extend(draw(&chances, random).map(|drawn| [anchor, positive, negatives[drawn]]));
            }
        }
        Tuples::Triplets(triplets)
    }

    /// How likely each of an anchor's negatives is drawn; all 0 where all are too far.
    pub(super) fn chances(&self, distances: &[f64], dimension: usize) -> Vec<f64> {
        let weights: Vec<f64> =
            distances.iter().map(|distance| self.log_weight(*distance, dimension)).collect();
        let heaviest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if heaviest == f64::NEG_INFINITY {
            return vec![0.0; distances.len()];
        }
        let weights: Vec<f64> = weights.iter().map(|weight| (weight - heaviest).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    }

    /// −log q(d), or −∞ where it is not to be drawn.
    fn log_weight(&self, distance: f64, dimension: usize) -> f64 {
        if distance.is_nan() || distance >= f64::from(self.farthest) {
            return f64::NEG_INFINITY;
        }
        let (distance, dimension) = (distance.max(f64::from(self.cutoff)), dimension as f64);
        (2.0 - dimension) * distance.ln() - (dimension - 3.0) / 2.0 * (1.0 - 0.25 * distance * distance).ln()
    }
}

/// Euclidean distance of unit vectors, from what the loss compares by.
fn of_unit_vectors(distance: f32, kind: LossDistance) -> f64 {
    let distance = f64::from(distance);
    match kind {
        LossDistance::Cosine => (2.0 * distance).clamp(0.0, f64::INFINITY).sqrt(),
        LossDistance::Euclidean | LossDistance::RawEuclidean => distance,
        LossDistance::SquaredEuclidean => distance.clamp(0.0, f64::INFINITY).sqrt(),
    }
}

/// Draws a place by its chance; none where all chances are 0.
fn draw(chances: &[f64], random: &mut ChaCha8Rng) -> Option<usize> {
    let mut left = random.random::<f64>();
    let mut last = None;
    for (place, chance) in chances.iter().enumerate().filter(|(_, chance)| **chance > 0.0) {
        last = Some(place);
        left -= chance;
        if left < 0.0 {
            break;
        }
    }
    last
}
