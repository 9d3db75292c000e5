//! Proxy-anchor: every class is an anchor that draws its photos and pushes all others (Kim et al. 2020).

use burn::tensor::Tensor;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::centers::{ACTIVE, Centers};
use super::graph::{matrix_numbers, with_gradient};
use super::pairs::soft_plus;
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::parameters::{Leaves, ParameterSpec};

/// Mean over the classes in the batch of ln(1 + Σ exp(−α·(s − δ))) over their photos, and over all classes of
/// ln(1 + Σ exp(α·(s + δ))) over the other photos; s is the cosine with the class's proxy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyAnchorRecipe {
    /// α. Default 32, as in the paper.
    pub scale: f64,
    /// δ. Default 0.1, as in the paper.
    pub margin: f64,
}

impl Default for ProxyAnchorRecipe {
    fn default() -> Self {
        Self { scale: 32.0, margin: 0.1 }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct ProxyAnchor {
    recipe: ProxyAnchorRecipe,
    proxies: Centers,
    levels: LossLevels,
}

impl ProxyAnchor {
    /// For so many classes.
    pub fn new(recipe: ProxyAnchorRecipe, context: &LossContext<'_>) -> Self {
        let proxies = Centers::new("head.proxies", context.classes, context.dimension);
        Self { recipe, proxies, levels: levels_of(recipe, context) }
    }
}

/// At the start: ln(1 + exp(αδ)) for one photo of a class, and ln(1 + exp(αδ)·Σ exp(αs)) for random cosines s of a
/// class with the others of the batch. When all has collapsed it depends on where the proxies went.
fn levels_of(recipe: ProxyAnchorRecipe, context: &LossContext<'_>) -> LossLevels {
    let at_start = context.references.map(|references| {
        let margin = recipe.scale * recipe.margin;
        let others = levels::random_log_sum(recipe.scale, references, context.dimension);
        soft_plus(margin).0 + soft_plus(margin + others).0
    });
    LossLevels { at_start, collapsed: None }
}

/// Sums of one class: of its own photos and of the others, both as ln(1 + Σ) and as what a term is divided by.
#[derive(Debug, Clone, Copy, Default)]
struct ClassSums {
    positive: f64,
    negative: f64,
    photos: u32,
}

impl Loss for ProxyAnchor {
    fn parameters(&self) -> Vec<ParameterSpec> {
        vec![self.proxies.spec()]
    }

    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue {
        let cosines = self.proxies.cosines(input.embeddings.clone(), leaves);
        let (alpha, delta) = (self.recipe.scale, self.recipe.margin * f64::from(input.margin_share));
        let (value, gradient, active) =
            proxy_anchor(matrix_numbers(&cosines), &input.labels.classes, cosines.dims()[1], alpha, delta);
        LossValue {
            loss: with_gradient(value, cosines, gradient),
            active_share: Some(active),
            buffers: Vec::new(),
        }
    }

    fn class_similarities(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Option<Tensor<2>> {
        Some(self.proxies.cosines(embeddings, leaves))
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}

/// Value, gradient and share of photos that their own proxy still draws. Exponentials are taken relative to their
/// largest, that of a cosine of 1 (or −1), so none overflows.
fn proxy_anchor(
    mut row_major: Vec<f32>,
    own: &[u32],
    classes: usize,
    alpha: f64,
    delta: f64,
) -> (f64, Vec<f32>, f32) {
    let own_cosine: Vec<f64> =
        row_major.chunks(classes).zip(own).map(|(row, class)| f64::from(row[*class as usize])).collect();
    let draw = |cosine: f64| (alpha * (-cosine - 1.0)).exp();
    row_major.par_chunks_mut(classes).zip(own).for_each(|(row, class)| {
        row.iter_mut().for_each(|cosine| *cosine = (alpha as f32 * (*cosine - 1.0)).exp());
        row[*class as usize] = 0.0;
    });
    let mut sums = vec![ClassSums::default(); classes];
    for row in row_major.chunks(classes) {
        sums.iter_mut().zip(row).for_each(|(sums, push)| sums.negative += f64::from(*push));
    }
    for (class, cosine) in own.iter().zip(&own_cosine) {
        sums[*class as usize].positive += draw(*cosine);
        sums[*class as usize].photos += 1;
    }
    let present = sums.iter().filter(|sums| sums.photos > 0).count() as f64;
    let top = alpha * (1.0 + delta);
    let one = (-top).exp();
    // ln(1 + exp(top)·sum) = top + ln(exp(−top) + sum)
    let log = |sum: f64| if sum > 0.0 { top + (one + sum).ln() } else { 0.0 };
    let value =
        sums.iter().map(|sums| log(sums.positive) / present + log(sums.negative) / classes as f64).sum();
    let push_by: Vec<f32> =
        sums.iter().map(|sums| (alpha / classes as f64 / (one + sums.negative)) as f32).collect();
    row_major.par_chunks_mut(classes).for_each(|row| {
        row.iter_mut().zip(&push_by).for_each(|(push, by)| *push *= by);
    });
    let mut active = 0;
    for (place, (class, cosine)) in own.iter().zip(&own_cosine).enumerate() {
        let drawn = draw(*cosine) / (one + sums[*class as usize].positive);
        row_major[place * classes + *class as usize] = (-alpha * drawn / present) as f32;
        active += usize::from(drawn > ACTIVE);
    }
    (value, row_major, active as f32 / own.len() as f32)
}
