//! One step: forward, loss, backward.

use burn::tensor::{Tensor, TensorData};

use super::Learner;
use super::inputs::InputBatch;
use crate::batch::{BatchLabels, Tuples};
use crate::generator;
use crate::loss::LossInput;
use crate::miner::{Census, MiningInput, Scope};
use crate::optimize::Gradients;
use crate::parameters::{Part, numbers};

/// Of how many photos of a batch the cosines are looked at.
const LOOKED_AT: usize = 64;

/// What a step is given.
#[derive(Debug, Clone)]
pub struct StepInput {
    /// What goes into the body.
    pub inputs: InputBatch,
    /// Its labels.
    pub labels: BatchLabels,
    /// Pairs or triplets that the sampler has chosen already.
    pub tuples: Option<Tuples>,
    /// Multiplies the margin.
    pub margin_share: f64,
    /// Steps that are done.
    pub step: u64,
    /// Seed of this very step.
    pub seed: u64,
}

/// What came of a step, before anything is changed.
#[derive(Debug)]
pub struct StepOutcome {
    /// The loss of individuals.
    pub loss: f64,
    /// The loss of the species head.
    pub species_loss: Option<f64>,
    /// Share of the tuples or anchors that still give a gradient.
    pub active_share: Option<f64>,
    /// Positive pairs in the batch.
    pub positives: f64,
    /// Share of anchors without any.
    pub without_positive: f64,
    /// Mean cosine of pairs of the same class.
    pub same_cosine: Option<f64>,
    /// Mean cosine of other pairs.
    pub other_cosine: Option<f64>,
    /// Gradients by name.
    pub gradients: Gradients,
    /// New values of buffers by name.
    pub buffers: Vec<(String, Tensor<1>)>,
    /// The embeddings, for the memory: n × dimension.
    pub embeddings: Vec<f32>,
}

impl Learner {
    /// Computes loss and gradients of a batch. Parameters stay as they are; call [`Learner::take_in`] afterwards.
    pub fn step(&self, input: &StepInput) -> StepOutcome {
        let learns_plainly = matches!(self.body, super::Body::Plain { .. });
        let leaves = self.parameters.leaves(|_, one| one.part != Part::Trunk || learns_plainly);
        let passed = self.body.forward(&self.parameters, &leaves, input.inputs.clone(), true, &self.device);
        let (embeddings, mut buffers) = self.neck.forward(passed.pooled(), &leaves, Some(input.seed));
        if let super::body::Passed::Plain(_, found) = &passed {
            buffers.extend(found.clone());
        }
        let (references, reference_labels) = self.references(&embeddings, input);
        let tuples = self.tuples(&embeddings, &references, &reference_labels, input);
        let value = self.loss.forward(
            &LossInput {
                embeddings: embeddings.clone(),
                references,
                labels: &input.labels,
                reference_classes: &reference_labels.classes,
                tuples: tuples.as_ref(),
                margin_share: input.margin_share as f32,
                step_seed: input.seed,
            },
            &leaves,
        );
        buffers.extend(value.buffers.clone());
        let species = self.species.as_ref().and_then(|head| {
            head.forward(embeddings.clone(), &input.labels, &leaves).map(|loss| (loss, head.weight() as f32))
        });
        let total = match &species {
            Some((loss, weight)) => value.loss.clone() + loss.clone().mul_scalar(*weight),
            None => value.loss.clone(),
        };
        let loss = f64::from(value.loss.into_scalar::<f32>());
        let species_loss = species.map(|(loss, _)| f64::from(loss.into_scalar::<f32>()));
        let (gradients, embeddings) = self.backward(&total, &leaves, &passed, embeddings);
        let scope = self.miner.as_ref().map_or_else(Scope::default, |miner| miner.scope());
        let census = Census::of(&input.labels, &reference_labels, scope);
        let (same_cosine, other_cosine) = cosines(&embeddings, &input.labels.classes);
        StepOutcome {
            loss,
            species_loss,
            active_share: value.active_share.map(f64::from),
            positives: census.positives as f64,
            without_positive: census.share_without_positive(),
            same_cosine,
            other_cosine,
            gradients,
            buffers,
            embeddings,
        }
    }

    /// Takes the new buffers and the memory of a step.
    pub fn take_in(&mut self, outcome: &StepOutcome, input: &StepInput) {
        for (name, values) in &outcome.buffers {
            self.parameters.set(name, values.clone());
        }
        if let Some(memory) = &mut self.memory
            && self.memory_recipe.is_used(input.step)
        {
            memory.push(&outcome.embeddings, &input.labels);
        }
    }

    fn backward(
        &self,
        total: &Tensor<1>,
        leaves: &crate::parameters::Leaves,
        passed: &super::body::Passed,
        embeddings: Tensor<2>,
    ) -> (Gradients, Vec<f32>) {
        let numbers_of = numbers(embeddings.without_autodiff());
        if !total.is_tracked() {
            return (Gradients::new(), numbers_of);
        }
        let mut found = total.backward();
        let mut gradients = self.body.backward(passed, &mut found, &self.parameters);
        for (name, leaf) in leaves.iter() {
            if let Some(gradient) = leaf.grad_remove(&mut found) {
                gradients.insert(name.to_owned(), gradient);
            }
        }
        (gradients, numbers_of)
    }

    /// What anchors are compared with, and its labels.
    fn references(&self, embeddings: &Tensor<2>, input: &StepInput) -> (Tensor<2>, BatchLabels) {
        match &self.memory {
            Some(memory) if self.memory_recipe.is_used(input.step) && !memory.is_empty() => {
                let shape = [memory.len(), self.neck.dimension()];
                let earlier = TensorData::new(memory.embeddings().to_vec(), shape);
                let earlier = Tensor::from_data(earlier, &self.device);
                (Tensor::cat(vec![embeddings.clone(), earlier], 0), memory.references(&input.labels))
            }
            _ => (embeddings.clone(), input.labels.clone()),
        }
    }

    fn tuples(
        &self,
        embeddings: &Tensor<2>,
        references: &Tensor<2>,
        reference_labels: &BatchLabels,
        input: &StepInput,
    ) -> Option<Tuples> {
        if input.tuples.is_some() {
            return input.tuples.clone();
        }
        let miner = self.miner.as_ref()?;
        let (a, b) = (embeddings.clone().without_autodiff(), references.clone().without_autodiff());
        let distances = numbers(self.distance.matrix(a, b));
        let mining = MiningInput {
            distances: &distances,
            distance: self.distance,
            dimension: self.neck.dimension(),
            batch: &input.labels,
            references: reference_labels,
        };
        Some(miner.mine(&mining, &mut generator(input.seed, "miner", &[])))
    }
}

/// Mean cosine of pairs of the same class and of other pairs, among the first photos of a batch.
fn cosines(embeddings: &[f32], classes: &[u32]) -> (Option<f64>, Option<f64>) {
    let dimension = embeddings.len() / classes.len().max(1);
    let rows: Vec<Vec<f32>> = embeddings.chunks_exact(dimension.max(1)).take(LOOKED_AT).map(unit).collect();
    let (mut same, mut other) = ((0.0, 0u32), (0.0, 0u32));
    for (i, row) in rows.iter().enumerate() {
        for (j, another) in rows.iter().enumerate().skip(i + 1) {
            let cosine: f32 = row.iter().zip(another).map(|(a, b)| a * b).sum();
            let sum = if classes[i] == classes[j] { &mut same } else { &mut other };
            *sum = (sum.0 + f64::from(cosine), sum.1 + 1);
        }
    }
    let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
    (mean(same), mean(other))
}

fn unit(row: &[f32]) -> Vec<f32> {
    let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
    row.iter().map(|value| value / length).collect()
}
