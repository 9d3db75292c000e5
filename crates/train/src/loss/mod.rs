//! Losses: what training makes small. One file each; [`Loss`] is what they have in common.

mod centers;
mod graph;
mod levels;
mod pairs;
mod recipe;
#[cfg(test)]
mod tests;

pub mod arcface;
pub mod circle;
pub mod contrastive;
pub mod cosface;
pub mod curricularface;
pub mod elasticface;
pub mod margin;
pub mod multi_similarity;
pub mod normface;
pub mod proxy_anchor;
pub mod softmax;
pub mod species_head;
pub mod sub_center_arcface;
pub mod supcon;
pub mod triplet;

pub use pairs::Mean;
pub use recipe::{LossError, LossRecipe};

use burn::tensor::Tensor;
use resight_runs::run::log::LossLevels;

use crate::batch::{BatchLabels, Tuples};
use crate::parameters::{Leaves, ParameterSpec};

/// What a loss is made for.
#[derive(Debug, Clone, Copy, Default)]
pub struct LossContext<'a> {
    /// How many classes there are to learn.
    pub classes: usize,
    /// Numbers of an embedding.
    pub dimension: usize,
    /// Photos of each class: what a margin by class size needs. May be empty otherwise.
    pub class_sizes: &'a [u32],
    /// How many embeddings an anchor is compared with, itself included: the batch and the memory. The levels of some
    /// losses depend on it.
    pub references: Option<usize>,
}

/// What a loss is given at a step.
#[derive(Debug, Clone)]
pub struct LossInput<'a> {
    /// Embeddings as the neck gives them, not normalised: batch × dimension.
    pub embeddings: Tensor<2>,
    /// Embeddings that anchors are compared with: those of the batch, followed by the memory of earlier batches
    /// where the recipe keeps one (without gradient): references × dimension.
    pub references: Tensor<2>,
    /// Labels of the batch.
    pub labels: &'a BatchLabels,
    /// Classes of the references; the first `batch` are those of the batch.
    pub reference_classes: &'a [u32],
    /// What the miner chose; `None` where the loss takes every pair there is.
    pub tuples: Option<&'a Tuples>,
    /// Multiplies the margin: rises from its start to 1 while the recipe's ramp lasts.
    pub margin_share: f32,
    /// Seed of this very step, for losses that draw.
    pub step_seed: u64,
}

/// What a loss says of a step.
#[derive(Debug, Clone)]
pub struct LossValue {
    /// The value to make smaller: one number, with its graph.
    pub loss: Tensor<1>,
    /// Share of the tuples (or anchors) that still give a gradient, 0 to 1, where that can be said.
    pub active_share: Option<f32>,
    /// New values of this loss's buffers, by name.
    pub buffers: Vec<(String, Tensor<1>)>,
}

/// A loss, made for a number of classes and a dimension.
pub trait Loss: std::fmt::Debug + Send + Sync {
    /// The parameters it needs; their names begin with `head.`. A loss that compares photos with one another has
    /// none, which is the default.
    fn parameters(&self) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// The loss of a batch.
    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue;

    /// Similarity of embeddings to each class, batch × classes, without margin or scale; `None` for losses without
    /// class centres, the default. Used for the head's own accuracy and the angles to centres.
    fn class_similarities(&self, _embeddings: Tensor<2>, _leaves: &Leaves) -> Option<Tensor<2>> {
        None
    }

    /// Whether those similarities are cosines, so that an angle can be made of them.
    fn similarities_are_cosines(&self) -> bool {
        true
    }

    /// Its meaningful values.
    fn levels(&self) -> LossLevels;
}
