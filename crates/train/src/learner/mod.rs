//! Everything that learns in a run, and one step of it: body, neck, loss, species head, memory.

mod body;
pub mod inputs;
mod neck;
mod step;

use burn::tensor::{Device, Tensor};

pub use body::Body;
pub use neck::Neck;
pub use step::{StepInput, StepOutcome};

use crate::distance::LossDistance;
use crate::loss::Loss;
use crate::loss::species_head::SpeciesHead;
use crate::miner::{Memory, MemoryRecipe, MinerRecipe};
use crate::parameters::{Leaves, Parameters, numbers};
use inputs::InputBatch;

/// Everything that learns.
#[derive(Debug)]
pub struct Learner {
    /// The numbers that change.
    pub parameters: Parameters,
    /// The part of the image network that learns.
    pub body: Body,
    /// From pooled maps to the embedding.
    pub neck: Neck,
    /// What is made small.
    pub loss: Box<dyn Loss>,
    /// What the loss and the miner compare by.
    pub distance: LossDistance,
    /// The species head.
    pub species: Option<SpeciesHead>,
    /// Chooses pairs or triplets.
    pub miner: Option<MinerRecipe>,
    /// Embeddings of earlier batches.
    pub memory: Option<Memory>,
    /// When they are used.
    pub memory_recipe: MemoryRecipe,
    /// Where it computes, with gradients.
    pub device: Device,
}

impl Learner {
    /// Embeddings of a batch as in use, with these parameters: n × dimension, not normalised.
    pub fn embed(&self, parameters: &Parameters, inputs: InputBatch) -> Vec<f32> {
        numbers(self.embedded(parameters, inputs).0)
    }

    /// Embeddings, and the similarity to each class where the loss has centres (n × classes).
    pub fn embed_and_classify(
        &self,
        parameters: &Parameters,
        inputs: InputBatch,
    ) -> (Vec<f32>, Option<Vec<f32>>) {
        let (embeddings, leaves) = self.embedded(parameters, inputs);
        let similarities = self.loss.class_similarities(embeddings.clone(), &leaves);
        (numbers(embeddings), similarities.map(numbers))
    }

    /// What the body alone gives, before the neck: n × its dimension.
    pub fn pooled(&self, parameters: &Parameters, inputs: InputBatch) -> Vec<f32> {
        let device = self.device.clone().inner();
        numbers(self.body.forward(parameters, &parameters.constants(), inputs, false, &device).pooled())
    }

    fn embedded(&self, parameters: &Parameters, inputs: InputBatch) -> (Tensor<2>, Leaves) {
        let device = self.device.clone().inner();
        let leaves = parameters.constants();
        let passed = self.body.forward(parameters, &leaves, inputs, false, &device);
        let (embeddings, _) = self.neck.forward(passed.pooled(), &leaves, None);
        (embeddings, leaves)
    }
}
