//! NormFace: softmax over scaled cosines with class centres, without a margin (Wang et al. 2017).

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::centers::{Centers, cross_entropy, mean_over_photos};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::parameters::{Leaves, ParameterSpec};

/// −log softmax(s·cos θ).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NormFaceRecipe {
    /// What cosines are multiplied with. Default 20, the temperature of 0.05 of pytorch-metric-learning's
    /// NormalizedSoftmaxLoss.
    pub scale: f64,
}

impl Default for NormFaceRecipe {
    fn default() -> Self {
        Self { scale: 20.0 }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct NormFace {
    scale: f64,
    centers: Centers,
    levels: LossLevels,
}

impl NormFace {
    /// For so many classes.
    pub fn new(recipe: NormFaceRecipe, context: &LossContext<'_>) -> Self {
        let levels = LossLevels {
            at_start: Some(levels::random_log_sum(recipe.scale, context.classes, context.dimension)),
            collapsed: Some((context.classes as f64).ln()),
        };
        let centers = Centers::new("head.centers", context.classes, context.dimension);
        Self { scale: recipe.scale, centers, levels }
    }
}

impl Loss for NormFace {
    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![self.centers.spec()]
    }

    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue {
        let cosines = self.centers.cosines(input.embeddings.clone(), leaves);
        let scale = self.scale as f32;
        mean_over_photos(cosines, &input.labels.classes, |_, class, row| cross_entropy(row, class, scale))
    }

    fn class_similarities(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Option<Tensor<2>> {
        Some(self.centers.cosines(embeddings, leaves))
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
