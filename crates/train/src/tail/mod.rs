//! The last stages of a network, forward and back, at the speed of matrix products.
//!
//! The stages are those of an architecture whose normalisation is folded into its convolutions: 1×1 convolutions,
//! depthwise ones, ReLU and ReLU6, shortcuts, and a pooling at the end. Numbers lie photo after photo, position
//! after position, with the channels side by side, so that a 1×1 convolution *is* a matrix product of
//! (photo × position) rows with the weights; what comes between the products (biases, activations, depthwise
//! convolutions, the pooling) is fused and vectorised so that it costs little beside them.
//!
//! - **Forward**: a group of a few photos goes through all operations on one thread; what an
//!   operation reads is mostly still in the second-level cache. Values are kept for the way back.
//! - **Back**, first part: the same groups, in the other order. The gradient of a value takes the value's own place
//!   as soon as nothing needs the value.
//! - **Back**, second part: the products that the weight matrices learn from, over all photos of the batch, some
//!   rows of a matrix a task.
//!
//! Every product is computed by one thread, groups depend on the number of photos alone, and sums over groups run
//! in their order: **the results do not depend on the number of threads**, to the last bit. They may depend on the
//! processor, by its vector width and the size of its caches.

mod backward;
mod buffer;
mod builder;
mod convert;
mod depthwise;
mod elementwise;
mod error;
mod forward;
mod group;
mod plan;
mod pool;
mod power;

mod weights;
mod workspace;

use std::collections::BTreeMap;

use half::f16;
use rayon::prelude::*;
use resight_model::Layer;

pub use error::{TailError, Unsupported};
pub use workspace::Workspace;

use backward::{Backward, matrix_gradient};
use group::SmallTensors;
use plan::{Kind, Plan};
use weights::Weights;

/// Rows of a product from which it runs at full speed; a group has about as many in the last layers.
const GROUP_ROWS: usize = 196;
/// The most numbers of a weight matrix whose gradient is one task.
const TASK_NUMBERS: usize = 256 * 1024;

/// The fast way through the last stages of a network.
#[derive(Debug, Clone)]
pub struct FastTail {
    plan: Plan,
    small: SmallTensors,
    group_photos: usize,
}

impl FastTail {
    /// Plans the layers, which end with a pooling and whose normalisation is folded into the convolutions, for
    /// features of channels × height × width.
    ///
    /// # Errors
    /// When there is a layer that the fast way does not know; the plain network does.
    pub fn plan(layers: &[Layer], input: [usize; 3]) -> Result<Self, Unsupported> {
        let plan = convert::plan(layers, input)?;
        let small = SmallTensors::new(&plan);
        let group_photos = GROUP_ROWS.div_ceil(plan.pooled().positions()).clamp(1, 16);
        Ok(Self { plan, small, group_photos })
    }

    /// Numbers of a photo's features: height × width × channels.
    pub fn features(&self) -> usize {
        self.plan.values[0].length()
    }

    /// Numbers that come out for a photo.
    pub fn dimension(&self) -> usize {
        self.plan.dimension()
    }

    /// Names and lengths of the tensors that are learnt, in the order of computation. Their layout is that of the
    /// architecture: 1×1 weights outputs × inputs, depthwise ones channels × kernel × kernel.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, usize)> {
        self.plan.tensors()
    }

    /// Multiplications and additions of a photo's way forward and of its way back.
    pub fn operations(&self) -> [u64; 2] {
        let (mut forward, mut back) = (0, 0);
        for operation in &self.plan.operations {
            let (input, output) = (&self.plan.values[operation.input], &self.plan.values[operation.output]);
            let each = match operation.kind {
                Kind::Pointwise => input.channels,
                Kind::Depthwise(window) => window.kernel * window.kernel,
            };
            let count = 2 * (output.length() * each) as u64;
            forward += count;
            back += count * if operation.input == 0 { 1 } else { 2 };
        }
        [forward, back]
    }

    /// Computes what the tail answers for the features of some photos (each height × width × channels), photos ×
    /// dimension, and keeps in the workspace what the way back needs.
    ///
    /// # Errors
    /// When a tensor is missing, or when it or a photo's features have another size.
    pub fn forward<'w>(
        &self,
        tensors: &BTreeMap<String, Vec<f32>>,
        features: &[&[f16]],
        workspace: &'w mut Workspace,
    ) -> Result<&'w [f32], TailError> {
        self.check(features)?;
        workspace.prepare(&self.plan, &self.small, self.group_photos, features.len());
        let Workspace { groups, turned, pooled, .. } = &mut *workspace;
        let weights = Weights::find(&self.plan, tensors, turned)?;
        groups
            .par_iter_mut()
            .zip(features.par_chunks(self.group_photos))
            .zip(pooled.par_chunks_mut(self.group_photos * self.dimension()))
            .for_each(|((group, features), pooled)| {
                forward::forward(&self.plan, &weights, features, group, pooled);
            });
        workspace.is_forward = true;
        Ok(&workspace.pooled)
    }

    fn check(&self, features: &[&[f16]]) -> Result<(), TailError> {
        let wanted = self.features();
        match features.iter().position(|features| features.len() != wanted) {
            Some(photo) => Err(TailError::Features { found: features[photo].len(), wanted, photo }),
            None => Ok(()),
        }
    }

    /// Computes the gradients of all tensors, by name, from that of what [`Self::forward`] answered last with the
    /// same workspace and the same tensors. They are sums over the photos. Uses up what was kept.
    ///
    /// # Errors
    /// When there was no way forward since the last way back, or the gradient has another size than its answer.
    pub fn backward<'w>(
        &self,
        tensors: &BTreeMap<String, Vec<f32>>,
        pooled_gradient: &[f32],
        workspace: &'w mut Workspace,
    ) -> Result<&'w BTreeMap<String, Vec<f32>>, TailError> {
        if !std::mem::take(&mut workspace.is_forward) {
            return Err(TailError::Order);
        }
        let (found, wanted) = (pooled_gradient.len(), workspace.pooled.len());
        if found != wanted {
            return Err(TailError::Gradient { found, wanted });
        }
        let Workspace { photos, groups, turned, pooled, gradients, .. } = &mut *workspace;
        let groups = &mut groups[..photos.div_ceil(self.group_photos)];
        let weights = Weights::find_turned(&self.plan, tensors, turned)?;
        let way = Backward { plan: &self.plan, small: &self.small, weights: &weights };
        let numbers = self.group_photos * self.dimension();
        groups
            .par_iter_mut()
            .zip(pooled.par_chunks(numbers))
            .zip(pooled_gradient.par_chunks(numbers))
            .for_each(|((group, pooled), gradient)| way.run(group, pooled, gradient));
        for (name, length) in self.plan.tensors() {
            gradients.entry(name.to_owned()).or_insert_with(|| vec![0.0; length]).fill(0.0);
        }
        self.learn_matrices(groups, gradients);
        self.small.add_up(&self.plan, groups, gradients);
        Ok(&workspace.gradients)
    }

    /// The gradients of the weights of the 1×1 convolutions.
    fn learn_matrices(&self, groups: &[group::Group], gradients: &mut BTreeMap<String, Vec<f32>>) {
        let operations: BTreeMap<&str, &plan::Operation> = self
            .plan
            .operations
            .iter()
            .filter(|operation| matches!(operation.kind, Kind::Pointwise))
            .map(|operation| (operation.weight.as_str(), operation))
            .collect();
        let tasks: Vec<_> = gradients
            .iter_mut()
            .filter_map(|(name, gradient)| Some((*operations.get(name.as_str())?, gradient)))
            .flat_map(|(operation, gradient)| {
                let inputs = self.plan.values[operation.input].channels;
                let outputs = gradient.len() / inputs;
                let count = outputs.div_ceil(gradient.len().div_ceil(TASK_NUMBERS)).next_multiple_of(16);
                let parts = gradient.chunks_mut(count * inputs).enumerate();
                parts.map(move |(part, gradient)| (operation, part * count, gradient))
            })
            .collect();
        tasks.into_par_iter().with_max_len(1).for_each(|(operation, first, gradient)| {
            matrix_gradient(&self.plan, operation, groups, first, gradient);
        });
    }
}

#[cfg(test)]
mod tests;
