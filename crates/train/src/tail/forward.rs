//! A group of photos on its way forward.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::depthwise::{self, Shape};
use super::elementwise::finish;
use super::group::Group;
use super::plan::{Kind, Plan};
use super::pool;
use super::weights::Weights;
use crate::product::{View, product};

/// Computes all values of a group and pools the last.
pub(super) fn forward(
    plan: &Plan,
    weights: &Weights<'_>,
    features: &[&[f16]],
    group: &mut Group,
    pooled: &mut [f32],
) {
    let photos = features.len();
    group.photos = photos;
    let length = plan.values[0].length();
    for (numbers, features) in group.values[0].chunks_exact_mut(length).zip(features) {
        features.convert_to_f32_slice(numbers);
    }
    for (index, operation) in plan.operations.iter().enumerate() {
        let (before, after) = group.values.split_at_mut(operation.output);
        let of = |value: usize| &before[value][..photos * plan.values[value].length()];
        let (input, output) = (&plan.values[operation.input], &plan.values[operation.output]);
        let target = &mut after[0][..photos * output.length()];
        let (matrix, bias) = (weights.turned[index], weights.biases[index]);
        match operation.kind {
            Kind::Pointwise => {
                let rows = View::new(of(operation.input), photos * input.positions(), input.channels);
                product(target, false, rows, View::new(matrix, input.channels, output.channels));
                finish(target, bias, operation.shortcut.map(of), operation.activation);
            }
            Kind::Depthwise(window) => {
                let shape = Shape::new(input, output, window);
                let numbers = of(operation.input);
                depthwise::forward(
                    &shape,
                    numbers,
                    matrix,
                    bias,
                    operation.activation,
                    target,
                    &mut group.scratch,
                );
            }
        }
    }
    let last = plan.pooled();
    let numbers = &group.values[plan.values.len() - 1][..photos * last.length()];
    pool::forward(&plan.pool, weights.exponent, last.positions(), numbers, pooled, last.channels);
}
