//! ArcFace: a margin on the angle to the own class's centre (Deng et al. 2019).

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::centers::{Centers, PhotoLoss, cross_entropy, mean_over_photos};
use super::margin::{Margin, MarginLaw, additive_angle};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::parameters::{Leaves, ParameterSpec};

/// −log softmax of s·cos(θ + m) for the own class, s·cos θ for the others.
///
/// The defaults are those of the winners of Happywhale 2022 for individuals (knshnb/kaggle-happywhale-1st-place).
/// The paper's s = 64 and m = 0.5 are for faces with hundreds of photos each; with one to three photos a class they
/// diverge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArcFaceRecipe {
    /// What cosines are multiplied with. Default 20.96.
    pub scale: f64,
    /// What is added to the angle with the own class, radians. Default the law 0.271·n^−0.364 + 0.05.
    pub margin: Margin,
}

impl Default for ArcFaceRecipe {
    fn default() -> Self {
        Self { scale: 20.96, margin: Margin::Law(MarginLaw::default()) }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct ArcFace {
    scale: f64,
    margins: Vec<f64>,
    centers: Centers,
    levels: LossLevels,
}

impl ArcFace {
    /// For so many classes.
    pub fn new(recipe: ArcFaceRecipe, context: &LossContext<'_>) -> Self {
        let margins = recipe.margin.of_classes(context.class_sizes, context.classes);
        let levels = angular_levels(recipe.scale, &margins, context);
        let centers = Centers::new("head.centers", context.classes, context.dimension);
        Self { scale: recipe.scale, margins, centers, levels }
    }
}

/// Levels of a loss with a margin on the angle. At the start the own cosine is about 0 and cos(θ + m) about −sin m:
/// ln C + s·sin m + s²/2d. Collapsed, all embeddings and centres lie together: ln(1 + (C − 1)·exp(s·(1 − cos m))).
pub(super) fn angular_levels(scale: f64, margins: &[f64], context: &LossContext<'_>) -> LossLevels {
    let LossContext { classes, dimension, class_sizes, .. } = *context;
    let sine = levels::over_photos(class_sizes, |class| margins[class].sin(), classes);
    let collapsed = |class: usize| levels::all_alike(classes, scale * (1.0 - margins[class].cos()));
    LossLevels {
        at_start: Some(levels::random_log_sum(scale, classes, dimension) + scale * sine),
        collapsed: Some(levels::over_photos(class_sizes, collapsed, classes)),
    }
}

/// The loss of one photo whose own class lies at an angle that is made larger by `margin`.
pub(super) fn with_margin(row: &mut [f32], class: usize, scale: f64, margin: f64) -> PhotoLoss {
    let target = additive_angle(row[class], margin);
    row[class] = target.value as f32;
    let loss = cross_entropy(row, class, scale as f32);
    row[class] = (f64::from(row[class]) * target.slope) as f32;
    loss
}

impl Loss for ArcFace {
    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![self.centers.spec()]
    }

    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue {
        let cosines = self.centers.cosines(input.embeddings.clone(), leaves);
        let share = f64::from(input.margin_share);
        mean_over_photos(cosines, &input.labels.classes, |_, class, row| {
            with_margin(row, class, self.scale, self.margins[class] * share)
        })
    }

    fn class_similarities(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Option<Tensor<2>> {
        Some(self.centers.cosines(embeddings, leaves))
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
