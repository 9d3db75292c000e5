//! CurricularFace: ArcFace that gives hard wrong classes more weight the further training is (Huang et al. 2020).

use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::arcface::with_margin;
use super::centers::{Centers, PhotoLoss, mean_over_photos};
use super::graph::matrix_numbers;
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::parameters::{Leaves, ParameterSpec, Part, Start, numbers};

/// ArcFace, with the cosine c of a wrong class replaced by c·(t + c) where it is above cos(θ + m) of the own class.
///
/// t begins at 0 and follows the mean cosine with the own class: as photos come near their centres, it grows, and so
/// does the weight of hard classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CurricularFaceRecipe {
    /// What cosines are multiplied with. Default 30; the paper's 64 is for hundreds of photos a class.
    pub scale: f64,
    /// What is added to the angle with the own class, radians. Default 0.5, as in the paper.
    pub margin: f64,
    /// How much of the batch's mean cosine enters t. Default 0.01, as in the paper.
    pub momentum: f64,
}

impl Default for CurricularFaceRecipe {
    fn default() -> Self {
        Self { scale: 30.0, margin: 0.5, momentum: 0.01 }
    }
}

/// Name of the buffer with t.
const CURRICULUM: &str = "head.curriculum";

/// The loss.
#[derive(Debug, Clone)]
pub struct CurricularFace {
    recipe: CurricularFaceRecipe,
    centers: Centers,
    levels: LossLevels,
}

impl CurricularFace {
    /// For so many classes.
    pub fn new(recipe: CurricularFaceRecipe, context: &LossContext<'_>) -> Self {
        let levels = levels_of(recipe, context);
        let centers = Centers::new("head.centers", context.classes, context.dimension);
        Self { recipe, centers, levels }
    }

    /// The loss of one photo.
    fn judge(&self, row: &mut [f32], class: usize, margin: f64, t: f32) -> PhotoLoss {
        let own = f64::from(row[class]).clamp(-1.0, 1.0);
        // The plain cos(θ + m), also where the sum is beyond π, as in the paper.
        let bar = (own.acos() + margin).cos() as f32;
        let before: Vec<f32> = row.to_vec();
        for (other, cosine) in row.iter_mut().enumerate() {
            if other != class && *cosine > bar {
                *cosine *= t + *cosine;
            }
        }
        let loss = with_margin(row, class, self.recipe.scale, margin);
        for (other, (slope, cosine)) in row.iter_mut().zip(before).enumerate() {
            if other != class && cosine > bar {
                *slope *= t + 2.0 * cosine;
            }
        }
        loss
    }
}

impl Loss for CurricularFace {
    fn parameters(&self) -> Vec<ParameterSpec> {
        let curriculum = ParameterSpec {
            name: CURRICULUM.to_owned(),
            shape: vec![1],
            part: Part::Buffer,
            start: Start::Constant(0.0),
            decays: false,
        };
        vec![self.centers.spec(), curriculum]
    }

    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue {
        let classes = &input.labels.classes;
        let cosines = self.centers.cosines(input.embeddings.clone(), leaves);
        let own = own_cosines(&cosines, classes);
        let mean = own.iter().map(|cosine| f64::from(*cosine)).sum::<f64>() / own.len().max(1) as f64;
        let before = leaves.get::<1>(CURRICULUM);
        let device = before.device().inner();
        let momentum = self.recipe.momentum;
        let t = (momentum * mean + (1.0 - momentum) * f64::from(numbers(before)[0])) as f32;
        let margin = self.recipe.margin * f64::from(input.margin_share);
        let mut value = mean_over_photos(cosines, classes, |_, class, row| self.judge(row, class, margin, t));
        let after = Tensor::<1>::from_data(TensorData::new(vec![t], [1]), &device);
        value.buffers.push((CURRICULUM.to_owned(), after));
        value
    }

    fn class_similarities(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Option<Tensor<2>> {
        Some(self.centers.cosines(embeddings, leaves))
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}

/// At the start t is 0 and nearly all wrong classes count as hard, with their cosines squared: ln C + s·sin m, and
/// little more. Collapsed, centres and t settle where the wrong classes stand least above the right one: the minimum
/// over θ of 2·cos²θ − cos(θ + m).
fn levels_of(recipe: CurricularFaceRecipe, context: &LossContext<'_>) -> LossLevels {
    let CurricularFaceRecipe { scale, margin, .. } = recipe;
    let start =
        levels::random_square_log_sum(scale, context.classes, context.dimension) + scale * margin.sin();
    let collapsed = levels::all_alike(context.classes, scale * settled(margin).1);
    LossLevels { at_start: Some(start), collapsed: Some(collapsed) }
}

/// The angle of the collapsed centres to the point, and how far wrong classes stand above the right one there.
fn settled(margin: f64) -> (f64, f64) {
    let above = |angle: f64| 2.0 * angle.cos().powi(2) - (angle + margin).cos();
    let angles = (0..1000).map(|step| f64::from(step) * std::f64::consts::FRAC_PI_2 / 1000.0);
    let states = angles.map(|angle| (angle, above(angle)));
    states.fold((0.0, f64::INFINITY), |best, state| if state.1 < best.1 { state } else { best })
}

/// Each photo's cosine with the centre of its own class.
fn own_cosines(cosines: &Tensor<2>, classes: &[u32]) -> Vec<f32> {
    let indices: Vec<i32> = classes.iter().map(|class| *class as i32).collect();
    let data = TensorData::new(indices, [classes.len(), 1]);
    let indices = Tensor::from_data(data, &cosines.device());
    matrix_numbers(&cosines.clone().gather(1, indices))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collapsed_row_is_worth_its_level_and_no_other_angle_is_worth_less() {
        let recipe = CurricularFaceRecipe::default();
        let loss =
            CurricularFace::new(recipe, &LossContext { classes: 50, dimension: 8, ..LossContext::default() });
        let at = |angle: f64| {
            let cosine = angle.cos() as f32;
            loss.judge(&mut [cosine; 50], 3, recipe.margin, cosine).value
        };
        let (angle, _) = settled(recipe.margin);
        let told = loss.levels.collapsed.unwrap();
        assert!((at(angle) - told).abs() < 1e-3 * told, "{} {told}", at(angle));
        assert!((0..157).all(|step| at(f64::from(step) / 100.0) > told - 1e-2));
    }
}
