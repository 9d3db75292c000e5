//! A group of photos on its way back, and the products that the weights learn from.

use super::depthwise::{self, Outcome, Shape, Target};
use super::elementwise::{add, add_rows, mask};
use super::group::{Group, SmallTensors};
use super::plan::{Activation, Kind, Operation, Plan, Storage, Window};
use super::pool;
use super::weights::Weights;
use crate::product::{View, product};

/// The way back of one group.
#[derive(Debug)]
pub(super) struct Backward<'a> {
    pub(super) plan: &'a Plan,
    pub(super) small: &'a SmallTensors,
    pub(super) weights: &'a Weights<'a>,
}

impl Backward<'_> {
    /// Computes the gradients of all values, from that of what was pooled, and the group's part of the gradients of
    /// the small tensors. Those of the matrices remain for [`matrix_gradient`].
    pub(super) fn run(&self, group: &mut Group, pooled: &[f32], pooled_gradient: &[f32]) {
        group.is_begun.fill(false);
        group.sums.fill(0.0);
        self.pool(group, pooled, pooled_gradient);
        for (index, operation) in self.plan.operations.iter().enumerate().rev() {
            match operation.kind {
                Kind::Pointwise => self.pointwise(index, operation, group),
                Kind::Depthwise(window) => self.depthwise(index, operation, window, group),
            }
        }
    }

    fn length(&self, value: usize, group: &Group) -> usize {
        group.photos * self.plan.values[value].length()
    }

    fn pool(&self, group: &mut Group, pooled: &[f32], pooled_gradient: &[f32]) {
        let (last, index) = (self.plan.pooled(), self.plan.operations.len() - 1);
        let length = self.length(index + 1, group);
        let values = &mut group.values[index + 1][..length];
        let way = pool::Backward {
            pool: &self.plan.pool,
            exponent: self.weights.exponent,
            positions: last.positions(),
            pooled,
            gradient: pooled_gradient,
            activation: self.plan.operations[index].activation,
        };
        let exponent_gradient = way.run(values, &mut group.scratch[..pool::SCRATCH_ROWS * last.channels]);
        add_rows(&mut group.sums[self.small.biases[index]..][..last.channels], values);
        if let Some(sum) = group.sums.get_mut(self.small.exponent) {
            *sum = exponent_gradient as f32;
        }
    }

    fn pointwise(&self, index: usize, operation: &Operation, group: &mut Group) {
        let (input, output) = (&self.plan.values[operation.input], &self.plan.values[operation.output]);
        let (in_length, out_length) =
            (self.length(operation.input, group), self.length(operation.output, group));
        if output.storage == Storage::Own {
            let gradient = &mut group.gradients[operation.output][..out_length];
            if operation.activation != Activation::None {
                mask(gradient, &group.values[operation.output][..out_length], operation.activation);
            }
            add_rows(&mut group.sums[self.small.biases[index]..][..output.channels], gradient);
        }
        let (before, after) = group.gradients.split_at_mut(operation.output);
        let gradient = match output.storage {
            Storage::Own => &after[0][..out_length],
            Storage::InPlace | Storage::Passing | Storage::Nowhere => {
                &group.values[operation.output][..out_length]
            }
        };
        if let Some(shortcut) = operation.shortcut
            && self.plan.values[shortcut].storage == Storage::Own
        {
            let target = &mut before[shortcut][..out_length];
            match group.is_begun[shortcut] {
                true => add(target, gradient),
                false => target.copy_from_slice(gradient),
            }
            group.is_begun[shortcut] = true;
        }
        let target = match input.storage {
            Storage::Nowhere => return,
            Storage::Own => &mut before[operation.input][..in_length],
            Storage::Passing | Storage::InPlace => &mut group.passing[..in_length],
        };
        let rows = View::new(gradient, group.photos * output.positions(), output.channels);
        let matrix = View::new(self.weights.matrices[index], output.channels, input.channels);
        product(target, group.is_begun[operation.input], rows, matrix);
        group.is_begun[operation.input] = true;
    }

    fn depthwise(&self, index: usize, operation: &Operation, window: Window, group: &mut Group) {
        let (input, output) = (&self.plan.values[operation.input], &self.plan.values[operation.output]);
        let (in_length, out_length) =
            (self.length(operation.input, group), self.length(operation.output, group));
        let (before, after) = group.values.split_at_mut(operation.output);
        let values = &mut before[operation.input][..in_length];
        let outcome = Outcome {
            output: &after[0][..out_length],
            activation: operation.activation,
            gradient: &group.passing[..out_length],
        };
        let (sums_before, sums) = group.sums.split_at_mut(self.small.weights[index]);
        let (weight_gradient, sums) = sums.split_at_mut(self.small.biases[index] - self.small.weights[index]);
        let target = match input.storage {
            Storage::Nowhere | Storage::Passing => Target::Nowhere { input: values },
            Storage::Own => Target::Own {
                input: values,
                gradient: &mut group.gradients[operation.input][..in_length],
                is_sum: group.is_begun[operation.input],
            },
            Storage::InPlace => Target::InPlace {
                values,
                activation: self.plan.operations[index - 1].activation,
                sums: &mut sums_before[self.small.biases[index - 1]..],
            },
        };
        depthwise::backward(
            &Shape::new(input, output, window),
            outcome,
            self.weights.turned[index],
            target,
            weight_gradient,
            &mut sums[..output.channels],
            &mut group.scratch,
        );
        group.is_begun[operation.input] = true;
    }
}

/// The gradient of some rows of a 1×1 convolution's matrix, summed over the groups one after the other.
pub(super) fn matrix_gradient(
    plan: &Plan,
    operation: &Operation,
    groups: &[Group],
    first: usize,
    target: &mut [f32],
) {
    let (input, output) = (&plan.values[operation.input], &plan.values[operation.output]);
    let count = target.len() / input.channels;
    for (index, group) in groups.iter().enumerate() {
        let rows = group.photos * input.positions();
        let gradient = View::new(group.outcome_gradient(plan, operation.output), rows, output.channels);
        let numbers = &group.values[operation.input][..rows * input.channels];
        let left = gradient.columns(first, count).transposed();
        product(target, index > 0, left, View::new(numbers, rows, input.channels));
    }
}
