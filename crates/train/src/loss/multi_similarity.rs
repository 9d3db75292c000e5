//! Multi-similarity: the hardest pairs of either kind count most, softly (Wang et al. 2019).

use serde::{Deserialize, Serialize};

use super::centers::ACTIVE;
use super::pairs::{AnchorLoss, Comparison, Mean, Others, log_sum_exp, mean_over_anchors, soft_plus};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::distance::LossDistance;
use crate::parameters::Leaves;

/// ln(1 + Σ exp(α·(D − λ)))/α over an anchor's positives, plus ln(1 + Σ exp(β·(λ − D)))/β over its negatives; mean
/// over anchors. λ is the distance that belongs to `base`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MultiSimilarityRecipe {
    /// Default `cosine`, as in the paper.
    pub distance: LossDistance,
    /// How sharply hard positives stand out. Default 2, as in the paper.
    pub alpha: f64,
    /// How sharply hard negatives stand out. Default 50, as in the paper.
    pub beta: f64,
    /// The border between near and far: a cosine with the cosine distance, else a distance. Default 0.5
    /// (pytorch-metric-learning; the paper's λ is 1).
    pub base: f64,
    /// What the mean over anchors is over. Default `all` (paper; pytorch-metric-learning).
    pub mean: Mean,
}

impl Default for MultiSimilarityRecipe {
    fn default() -> Self {
        Self { distance: LossDistance::Cosine, alpha: 2.0, beta: 50.0, base: 0.5, mean: Mean::All }
    }
}

impl MultiSimilarityRecipe {
    /// The border as a distance.
    fn border(&self) -> f64 {
        (self.distance.offset() - self.base).abs()
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct MultiSimilarity {
    recipe: MultiSimilarityRecipe,
    levels: LossLevels,
}

impl MultiSimilarity {
    /// For batches of so many references.
    pub fn new(recipe: MultiSimilarityRecipe, context: &LossContext<'_>) -> Self {
        Self { recipe, levels: levels_of(recipe, context) }
    }

    fn judge(&self, distances: &[f32], others: &Others, gradient: &mut [f32]) -> AnchorLoss {
        let border = self.recipe.border();
        let side = |places: &[u32], sharpness: f64, way: f64, gradient: &mut [f32]| {
            let term = |place: &u32| sharpness * way * (f64::from(distances[*place as usize]) - border);
            let mut shares: Vec<f64> = places.iter().map(term).collect();
            let value = log_sum_exp(0.0, &mut shares) / sharpness;
            for (place, share) in places.iter().zip(&shares) {
                gradient[*place as usize] += (way * share) as f32;
            }
            (value, shares.iter().sum::<f64>())
        };
        let (near, pull) = side(&others.positives, self.recipe.alpha, 1.0, gradient);
        let (far, push) = side(&others.negatives, self.recipe.beta, -1.0, gradient);
        let judged = !others.positives.is_empty() || !others.negatives.is_empty();
        AnchorLoss { value: near + far, judged, active: pull + push > ACTIVE }
    }
}

/// For one positive and all other references negative. Collapsed, all distances are 0; at the start they are those of
/// random directions, and the log of the negatives' sum is that of random cosines.
fn levels_of(recipe: MultiSimilarityRecipe, context: &LossContext<'_>) -> LossLevels {
    let MultiSimilarityRecipe { alpha, beta, distance, .. } = recipe;
    let value = |at: f64, negatives: f64| {
        let beyond = at - recipe.border();
        (alpha * beyond).exp().ln_1p() / alpha + soft_plus(negatives - beta * beyond).0 / beta
    };
    let Some(negatives) = context.references.map(|references| references.max(3) - 2) else {
        return LossLevels::default();
    };
    let mean = distance.at_random(context.dimension).map(|(mean, _)| mean);
    let start = |(mean, spread): (f64, f64)| {
        value(mean, levels::random_log_sum(beta * spread, negatives, context.dimension))
    };
    LossLevels {
        at_start: mean.zip(distance.spread(context.dimension)).map(start),
        collapsed: Some(value(0.0, (negatives as f64).ln())),
    }
}

impl Loss for MultiSimilarity {
    fn forward(&self, input: &LossInput<'_>, _leaves: &Leaves) -> LossValue {
        let comparison = Comparison::new(input, self.recipe.distance);
        let others = comparison.others();
        let judgement =
            mean_over_anchors(&comparison, &others, self.recipe.mean, |distances, others, gradient| {
                self.judge(distances, others, gradient)
            });
        comparison.value(judgement)
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
