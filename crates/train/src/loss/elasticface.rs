//! ElasticFace-Arc: ArcFace whose margin is drawn anew for every photo (Boutros et al. 2022).

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::arcface::{angular_levels, with_margin};
use super::centers::{Centers, mean_over_photos};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue};
use crate::generator;
use crate::parameters::{Leaves, ParameterSpec, normal};

/// −log softmax of s·cos(θ + m') for the own class, with m' drawn from a normal distribution around m.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ElasticFaceRecipe {
    /// What cosines are multiplied with. Default 30, as the winners of Where's Whale-do 2022 had it (paper: 64).
    pub scale: f64,
    /// Mean of the margin, radians. Default 0.5, as in the paper.
    pub margin: f64,
    /// Standard deviation of the margin, radians. Default 0.05, as in the paper.
    pub deviation: f64,
}

impl Default for ElasticFaceRecipe {
    fn default() -> Self {
        Self { scale: 30.0, margin: 0.5, deviation: 0.05 }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct ElasticFace {
    recipe: ElasticFaceRecipe,
    centers: Centers,
    levels: LossLevels,
}

impl ElasticFace {
    /// For so many classes.
    pub fn new(recipe: ElasticFaceRecipe, context: &LossContext<'_>) -> Self {
        let margins = vec![recipe.margin; context.classes];
        let levels = angular_levels(recipe.scale, &margins, context);
        let centers = Centers::new("head.centers", context.classes, context.dimension);
        Self { recipe, centers, levels }
    }

    /// The margins of the photos of the step with this seed, within 0 and a right angle.
    fn draw(&self, step_seed: u64, photos: usize) -> Vec<f64> {
        let mut random = generator(step_seed, "elasticface", &[]);
        let mut draw = || self.recipe.margin + self.recipe.deviation * f64::from(normal(&mut random));
        (0..photos).map(|_| draw().clamp(0.0, std::f64::consts::FRAC_PI_2)).collect()
    }

    /// The loss with the margin of each photo given.
    fn with_margins(&self, input: &LossInput<'_>, leaves: &Leaves, margins: &[f64]) -> LossValue {
        let cosines = self.centers.cosines(input.embeddings.clone(), leaves);
        let share = f64::from(input.margin_share);
        mean_over_photos(cosines, &input.labels.classes, |place, class, row| {
            with_margin(row, class, self.recipe.scale, margins[place] * share)
        })
    }
}

impl Loss for ElasticFace {
    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![self.centers.spec()]
    }

    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue {
        self.with_margins(input, leaves, &self.draw(input.step_seed, input.labels.len()))
    }

    fn class_similarities(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Option<Tensor<2>> {
        Some(self.centers.cosines(embeddings, leaves))
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::tests::reference;

    #[test]
    fn with_the_reference_margins_it_gives_the_reference_values() {
        let document = reference::document();
        let case = document.cases.iter().find(|case| case.name == "elasticface").unwrap();
        let margins = case.drawn_margins.clone().unwrap();
        let loss = ElasticFace::new(ElasticFaceRecipe::default(), &document.context());
        let outcome = reference::run(&document, case, &loss, |input, leaves| {
            loss.with_margins(input, leaves, &margins)
        });
        reference::compare(case, &outcome);
    }

    #[test]
    fn margins_are_drawn_around_the_mean_and_by_the_step_alone() {
        let loss = ElasticFace::new(ElasticFaceRecipe::default(), &reference::document().context());
        let drawn = loss.draw(7, 4000);
        assert_eq!(drawn, loss.draw(7, 4000));
        assert_ne!(drawn, loss.draw(8, 4000));
        let mean = drawn.iter().sum::<f64>() / 4000.0;
        let variance = drawn.iter().map(|margin| (margin - mean).powi(2)).sum::<f64>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.004 && (variance.sqrt() - 0.05).abs() < 0.003, "{mean} {variance}");
    }
}
