//! A plain classifier: a linear layer with a bias behind the embedding, and cross-entropy.
//!
//! The embedding is the penultimate layer of the classifier, as in DeepFace (Taigman et al. 2014) and every image
//! classifier whose features are used for search.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::centers::{cross_entropy, mean_over_photos};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::parameters::{Leaves, ParameterSpec, Part, Start};

/// −log softmax(W·x + b), mean over the photos. Has no settings.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SoftmaxRecipe {}

/// The classifier.
#[derive(Debug, Clone)]
pub struct Softmax {
    classes: usize,
    dimension: usize,
    levels: LossLevels,
}

impl Softmax {
    /// For so many classes.
    pub fn new(_recipe: SoftmaxRecipe, context: &LossContext<'_>) -> Self {
        let levels = LossLevels {
            at_start: Some((context.classes as f64).ln()),
            collapsed: Some(levels::entropy(context.class_sizes, context.classes)),
        };
        Self { classes: context.classes, dimension: context.dimension, levels }
    }
}

/// Weight and bias of a linear layer, begun as PyTorch begins them: evenly within ±1/√d.
pub(super) fn linear_parameters(names: [&str; 2], classes: usize, dimension: usize) -> Vec<ParameterSpec> {
    let start = || Start::Uniform { bound: (1.0 / dimension as f32).sqrt() };
    let spec = |name: &str, shape: Vec<usize>, decays| ParameterSpec {
        name: name.to_owned(),
        shape,
        part: Part::Head,
        start: start(),
        decays,
    };
    vec![spec(names[0], vec![classes, dimension], true), spec(names[1], vec![classes], false)]
}

/// W·x + b, batch × classes.
pub(super) fn linear(embeddings: Tensor<2>, leaves: &Leaves, names: [&str; 2]) -> Tensor<2> {
    embeddings.matmul(leaves.get::<2>(names[0]).transpose()) + leaves.get::<1>(names[1]).unsqueeze::<2>()
}

const NAMES: [&str; 2] = ["head.weight", "head.bias"];

impl Loss for Softmax {
    fn parameters(&self) -> Vec<ParameterSpec> {
        linear_parameters(NAMES, self.classes, self.dimension)
    }

    fn forward(&self, input: &LossInput<'_>, leaves: &Leaves) -> LossValue {
        let logits = linear(input.embeddings.clone(), leaves, NAMES);
        mean_over_photos(logits, &input.labels.classes, |_, class, row| cross_entropy(row, class, 1.0))
    }

    fn class_similarities(&self, embeddings: Tensor<2>, leaves: &Leaves) -> Option<Tensor<2>> {
        Some(linear(embeddings, leaves, NAMES))
    }

    fn similarities_are_cosines(&self) -> bool {
        false
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
