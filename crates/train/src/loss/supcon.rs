//! Supervised contrastive loss: of all others, those of the class should be the likely ones (Khosla et al. 2020).

use serde::{Deserialize, Serialize};

use super::centers::ACTIVE;
use super::pairs::{AnchorLoss, Comparison, Mean, Others, log_sum_exp, mean_over_anchors};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::distance::LossDistance;
use crate::parameters::Leaves;

/// Mean over an anchor's positives of −log of their softmax share among all its others, at similarity/temperature;
/// mean over anchors. Similarity is the cosine, or minus the distance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SupConRecipe {
    /// Default `cosine`, as in the paper.
    pub distance: LossDistance,
    /// What similarities are divided by. Default 0.1, as in the paper.
    pub temperature: f64,
    /// What the mean over anchors is over. Default `non-zero`: anchors without a positive do not count.
    pub mean: Mean,
}

impl Default for SupConRecipe {
    fn default() -> Self {
        Self { distance: LossDistance::Cosine, temperature: 0.1, mean: Mean::NonZero }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct SupCon {
    recipe: SupConRecipe,
    levels: LossLevels,
}

impl SupCon {
    /// For batches of so many references.
    pub fn new(recipe: SupConRecipe, context: &LossContext<'_>) -> Self {
        Self { recipe, levels: levels_of(recipe, context) }
    }

    fn judge(&self, distances: &[f32], others: &Others, gradient: &mut [f32]) -> AnchorLoss {
        let Others { positives, negatives } = others;
        if positives.is_empty() {
            return AnchorLoss::default();
        }
        let places = || positives.iter().chain(negatives).map(|place| *place as usize);
        let logit = |place: usize| -f64::from(distances[place]) / self.recipe.temperature;
        let mut shares: Vec<f64> = places().map(logit).collect();
        let own: f64 = shares[..positives.len()].iter().sum::<f64>() / positives.len() as f64;
        let value = log_sum_exp(f64::NEG_INFINITY, &mut shares) - own;
        let wanted = 1.0 / positives.len() as f64;
        let mut pull = 0.0;
        for (number, (place, share)) in places().zip(shares).enumerate() {
            let slope = if number < positives.len() { share - wanted } else { share };
            gradient[place] += (-slope / self.recipe.temperature) as f32;
            pull += slope.abs() / 2.0;
        }
        AnchorLoss { value, judged: true, active: pull > ACTIVE }
    }
}

/// Collapsed, all of an anchor's n − 1 others are as likely: ln(n − 1). At the start their similarities spread as
/// those of random directions do.
fn levels_of(recipe: SupConRecipe, context: &LossContext<'_>) -> LossLevels {
    let others = context.references.map(|references| references.max(2) - 1);
    let scale = recipe.distance.spread(context.dimension).map(|spread| spread / recipe.temperature);
    let start = |(others, scale)| levels::random_log_sum(scale, others, context.dimension);
    LossLevels {
        at_start: others.zip(scale).map(start),
        collapsed: others.map(|others| (others as f64).ln()),
    }
}

impl Loss for SupCon {
    fn forward(&self, input: &LossInput<'_>, _leaves: &Leaves) -> LossValue {
        let comparison = Comparison::new(input, self.recipe.distance);
        let others = comparison.others();
        // Nothing to tell apart in a batch of one class (as in pytorch-metric-learning).
        let judgement = if others.iter().all(|others| others.negatives.is_empty()) {
            comparison.nothing()
        } else {
            mean_over_anchors(&comparison, &others, self.recipe.mean, |distances, others, gradient| {
                self.judge(distances, others, gradient)
            })
        };
        comparison.value(judgement)
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
