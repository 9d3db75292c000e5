//! CosFace: a margin on the cosine (Wang et al. 2018; the same as AM-Softmax).

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::centers::{Centers, cross_entropy, mean_over_photos};
use super::margin::Margin;
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::parameters::{Leaves, ParameterSpec};

/// −log softmax(s·(cos θ − m·[own class])).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CosFaceRecipe {
    /// What cosines are multiplied with. Default 30; the paper's 64 is for hundreds of photos a class and diverges
    /// with the few that animals have.
    pub scale: f64,
    /// What is taken off the cosine with the own class. Default 0.35, as in the paper.
    pub margin: Margin,
}

impl Default for CosFaceRecipe {
    fn default() -> Self {
        Self { scale: 30.0, margin: Margin::Fixed(0.35) }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct CosFace {
    scale: f64,
    margins: Vec<f64>,
    centers: Centers,
    levels: LossLevels,
}

impl CosFace {
    /// For so many classes.
    pub fn new(recipe: CosFaceRecipe, context: &LossContext<'_>) -> Self {
        let LossContext { classes, dimension, class_sizes, .. } = *context;
        let margins = recipe.margin.of_classes(class_sizes, classes);
        let mean = levels::over_photos(class_sizes, |class| margins[class], classes);
        let collapsed = |class: usize| levels::all_alike(classes, recipe.scale * margins[class]);
        let levels = LossLevels {
            at_start: Some(levels::random_log_sum(recipe.scale, classes, dimension) + recipe.scale * mean),
            collapsed: Some(levels::over_photos(class_sizes, collapsed, classes)),
        };
        Self {
            scale: recipe.scale,
            margins,
            centers: Centers::new("head.centers", classes, dimension),
            levels,
        }
    }
}

impl Loss for CosFace {
    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![self.centers.spec()]
    }

    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue {
        let cosines = self.centers.cosines(input.embeddings.clone(), leaves);
        mean_over_photos(cosines, &input.labels.classes, |_, class, row| {
            row[class] -= self.margins[class] as f32 * input.margin_share;
            cross_entropy(row, class, self.scale as f32)
        })
    }

    fn class_similarities(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Option<Tensor<2>> {
        Some(self.centers.cosines(embeddings, leaves))
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
