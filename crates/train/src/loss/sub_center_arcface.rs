//! Sub-center ArcFace: several centres a class, the nearest counts (Deng et al. 2020).
//!
//! Room for an animal's two sides, or for wrong labels to gather away from the right ones.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::arcface::{angular_levels, with_margin};
use super::centers::{Centers, PhotoLoss, mean_over_photos};
use super::margin::{Margin, MarginLaw};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue};
use crate::parameters::{Leaves, ParameterSpec};

/// ArcFace where the cosine with a class is the largest of those with its centres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SubCenterArcFaceRecipe {
    /// What cosines are multiplied with. Default 20.96, as for ArcFace.
    pub scale: f64,
    /// What is added to the angle with the own class, radians. Default the law 0.271·n^−0.364 + 0.05.
    pub margin: Margin,
    /// Centres a class. Default 2, as the winners of Happywhale 2022 had it; the paper takes 3.
    pub centers: usize,
}

impl Default for SubCenterArcFaceRecipe {
    fn default() -> Self {
        Self { scale: 20.96, margin: Margin::Law(MarginLaw::default()), centers: 2 }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct SubCenterArcFace {
    scale: f64,
    margins: Vec<f64>,
    per_class: usize,
    centers: Centers,
    levels: LossLevels,
}

impl SubCenterArcFace {
    /// For so many classes.
    pub fn new(recipe: SubCenterArcFaceRecipe, context: &LossContext<'_>) -> Self {
        let LossContext { classes, dimension, class_sizes, .. } = *context;
        let margins = recipe.margin.of_classes(class_sizes, classes);
        let levels = angular_levels(recipe.scale, &margins, context);
        let centers = Centers::new("head.centers", classes * recipe.centers, dimension);
        Self { scale: recipe.scale, margins, per_class: recipe.centers, centers, levels }
    }

    /// The loss of one photo from its cosines with all centres, those of a class side by side.
    fn judge(&self, row: &mut [f32], class: usize, margin: f64) -> PhotoLoss {
        let nearest: Vec<usize> = row.chunks(self.per_class).map(largest).collect();
        let mut of_classes: Vec<f32> =
            row.chunks(self.per_class).zip(&nearest).map(|(centers, place)| centers[*place]).collect();
        let loss = with_margin(&mut of_classes, class, self.scale, margin);
        row.fill(0.0);
        for ((centers, place), slope) in row.chunks_mut(self.per_class).zip(nearest).zip(of_classes) {
            centers[place] = slope;
        }
        loss
    }
}

/// Place of the largest number, the first of equals.
fn largest(numbers: &[f32]) -> usize {
    (1..numbers.len()).fold(0, |best, place| if numbers[place] > numbers[best] { place } else { best })
}

impl Loss for SubCenterArcFace {
    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![self.centers.spec()]
    }

    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue {
        let cosines = self.centers.cosines(input.embeddings.clone(), leaves);
        let share = f64::from(input.margin_share);
        mean_over_photos(cosines, &input.labels.classes, |_, class, row| {
            self.judge(row, class, self.margins[class] * share)
        })
    }

    fn class_similarities(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Option<Tensor<2>> {
        let [photos, _] = embeddings.dims();
        let cosines = self.centers.cosines(embeddings, leaves);
        let by_class = cosines.reshape([photos, self.margins.len(), self.per_class]);
        Some(by_class.max_dim(2).reshape([photos, self.margins.len()]))
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
