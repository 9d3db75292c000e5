//! The memory of a few photos on their way forward and back.

use std::collections::BTreeMap;

use super::depthwise::Shape;
use super::elementwise::{add, transpose};
use super::plan::{Kind, Plan, Pool, Storage};
use super::{buffer::Buffer, pool};

/// A few photos that one thread takes through all operations, so that most of what it reads was just written.
#[derive(Debug)]
pub(super) struct Group {
    /// How many there are in this step.
    pub(super) photos: usize,
    /// The values of the plan.
    pub(super) values: Vec<Buffer>,
    /// The gradients of those that keep them in memory of their own.
    pub(super) gradients: Vec<Buffer>,
    /// Which of these have a part already.
    pub(super) is_begun: Vec<bool>,
    /// The gradient that is on its way from a 1×1 convolution to a depthwise one.
    pub(super) passing: Buffer,
    /// Tiles of depthwise convolutions, rows of the pooling.
    pub(super) scratch: Buffer,
    /// The group's part of the gradients of the small tensors, as [`SmallTensors`] lays them out.
    pub(super) sums: Buffer,
}

impl Group {
    /// Memory for so many photos.
    pub(super) fn new(plan: &Plan, small: &SmallTensors, photos: usize) -> Self {
        let of = |storage: Storage| {
            plan.values
                .iter()
                .map(move |value| if value.storage == storage { photos * value.length() } else { 0 })
        };
        let scratch = plan.operations.iter().filter_map(|operation| match operation.kind {
            Kind::Pointwise => None,
            Kind::Depthwise(window) => {
                let (input, output) = (&plan.values[operation.input], &plan.values[operation.output]);
                Some(Shape::new(input, output, window).scratch())
            }
        });
        let scratch = scratch.max().unwrap_or(0).max(pool::SCRATCH_ROWS * plan.dimension());
        Self {
            photos: 0,
            values: plan.values.iter().map(|value| Buffer::zeros(photos * value.length())).collect(),
            gradients: of(Storage::Own).map(Buffer::zeros).collect(),
            is_begun: vec![false; plan.values.len()],
            passing: Buffer::zeros(of(Storage::Passing).max().unwrap_or(0)),
            scratch: Buffer::zeros(scratch),
            sums: Buffer::zeros(small.length),
        }
    }

    /// The gradient that a 1×1 convolution's weights are learnt from: that of its output, before the activation.
    pub(super) fn outcome_gradient(&self, plan: &Plan, output: usize) -> &[f32] {
        let length = self.photos * plan.values[output].length();
        match plan.values[output].storage {
            Storage::Own => &self.gradients[output][..length],
            Storage::InPlace | Storage::Passing | Storage::Nowhere => &self.values[output][..length],
        }
    }
}

/// Where the gradients of biases, depthwise weights (taps × channels) and the exponent lie in a row of sums: an
/// operation's depthwise weights, if it has them, and then its bias.
#[derive(Debug, Clone)]
pub(super) struct SmallTensors {
    /// First number of each operation's weights.
    pub(super) weights: Vec<usize>,
    /// First number of each operation's bias.
    pub(super) biases: Vec<usize>,
    /// The exponent of the pooling.
    pub(super) exponent: usize,
    length: usize,
}

impl SmallTensors {
    pub(super) fn new(plan: &Plan) -> Self {
        let (mut weights, mut biases, mut next) = (Vec::new(), Vec::new(), 0);
        for operation in &plan.operations {
            let channels = plan.values[operation.output].channels;
            weights.push(next);
            if let Kind::Depthwise(window) = operation.kind {
                next += channels * window.kernel * window.kernel;
            }
            biases.push(next);
            next += channels;
        }
        let exponent = next;
        let length = next + usize::from(matches!(plan.pool, Pool::Gem { .. }));
        Self { weights, biases, exponent, length }
    }
}

impl SmallTensors {
    /// Adds up the parts of the groups, in their order.
    pub(super) fn add_up(&self, plan: &Plan, groups: &[Group], gradients: &mut BTreeMap<String, Vec<f32>>) {
        let Some((first, others)) = groups.split_first() else { return };
        let mut sums = first.sums.to_vec();
        others.iter().for_each(|group| add(&mut sums, &group.sums));
        let mut write = |name: &str, write: &dyn Fn(&mut [f32])| {
            if let Some(gradient) = gradients.get_mut(name) {
                write(gradient);
            }
        };
        for (index, operation) in plan.operations.iter().enumerate() {
            let (weights, biases) = (self.weights[index], self.biases[index]);
            let channels = plan.values[operation.output].channels;
            if weights < biases {
                write(&operation.weight, &|target| transpose(&sums[weights..biases], channels, target));
            }
            write(&operation.bias, &|target| target.copy_from_slice(&sums[biases..biases + channels]));
        }
        if let Pool::Gem { exponent } = &plan.pool {
            write(exponent, &|target| target[0] = sums[self.exponent]);
        }
    }
}
