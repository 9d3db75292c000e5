//! Circle loss: each pair is pulled the more the further it is from its goal (Sun et al. 2020).

use serde::{Deserialize, Serialize};

use super::centers::ACTIVE;
use super::pairs::{AnchorLoss, Comparison, Mean, Others, log_sum_exp, mean_over_anchors, soft_plus};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue};
use crate::distance::LossDistance;
use crate::parameters::Leaves;

/// ln(1 + Σ exp(γ·[s + m]₊·(s − m)) · Σ exp(−γ·[1 + m − s]₊·(s − 1 + m))) over an anchor's negatives and positives of
/// cosine s, the weights in square brackets taken as constants; mean over anchors. For cosines only.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CircleRecipe {
    /// γ. Default 128, the paper's for re-identification of persons.
    pub scale: f64,
    /// m: goals are a cosine of 1 − m for positives and m for negatives. Default 0.25, the paper's for
    /// re-identification.
    pub margin: f64,
    /// What the mean over anchors is over. Default `non-zero` (pytorch-metric-learning): anchors that lack a positive
    /// or a negative do not count.
    pub mean: Mean,
}

impl Default for CircleRecipe {
    fn default() -> Self {
        Self { scale: 128.0, margin: 0.25, mean: Mean::NonZero }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct Circle {
    recipe: CircleRecipe,
    levels: LossLevels,
}

impl Circle {
    /// For batches of so many references.
    pub fn new(recipe: CircleRecipe, context: &LossContext<'_>) -> Self {
        let CircleRecipe { scale, margin, .. } = recipe;
        let level = |references: usize| {
            let both = scale * (1.0 - 2.0 * margin * margin);
            soft_plus(both + (references.max(3) as f64 - 2.0).ln()).0
        };
        let collapsed = context.references.map(level);
        let at_start = collapsed.map(|level| level + scale / context.dimension as f64);
        Self { recipe, levels: LossLevels { at_start, collapsed } }
    }

    fn judge(&self, distances: &[f32], others: &Others, gradient: &mut [f32], margin: f64) -> AnchorLoss {
        let Others { positives, negatives } = others;
        if positives.is_empty() || negatives.is_empty() {
            return AnchorLoss::default();
        }
        let scale = self.recipe.scale;
        let cosine = |place: &u32| 1.0 - f64::from(distances[*place as usize]);
        let pull = |cosine: f64| scale * (1.0 + margin - cosine).max(0.0);
        let push = |cosine: f64| scale * (cosine + margin).max(0.0);
        let logit = |cosine: f64| -pull(cosine) * (cosine - 1.0 + margin);
        let mut near: Vec<f64> = positives.iter().map(cosine).map(logit).collect();
        let logit = |cosine: f64| push(cosine) * (cosine - margin);
        let mut far: Vec<f64> = negatives.iter().map(cosine).map(logit).collect();
        let none = f64::NEG_INFINITY;
        let (value, slope) = soft_plus(log_sum_exp(none, &mut near) + log_sum_exp(none, &mut far));
        for (place, share) in positives.iter().zip(near) {
            gradient[*place as usize] += (slope * share * pull(cosine(place))) as f32;
        }
        for (place, share) in negatives.iter().zip(far) {
            gradient[*place as usize] -= (slope * share * push(cosine(place))) as f32;
        }
        AnchorLoss { value, judged: true, active: slope > ACTIVE }
    }
}

impl Loss for Circle {
    fn forward(&self, input: &LossInput<'_>, _leaves: &Leaves) -> LossValue {
        let comparison = Comparison::new(input, LossDistance::Cosine);
        let margin = self.recipe.margin * f64::from(input.margin_share);
        let others = comparison.others();
        let judgement =
            mean_over_anchors(&comparison, &others, self.recipe.mean, |distances, others, gradient| {
                self.judge(distances, others, gradient, margin)
            });
        comparison.value(judgement)
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
