//! What transformers do with tokens.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use resight_model::{Attention, Linear, Rotary, Tokens};

use super::pass::{Pass, cast, wide};

impl Pass<'_> {
    /// From maps of patches to tokens: the class token, registers, patches row by row; positions are added to all but
    /// the registers.
    pub(super) fn tokens(&self, layer: &Tokens, maps: Tensor<4>) -> Tensor<3> {
        let precision = maps.dtype();
        let mut patches = flat(maps);
        let [n, count, _] = patches.dims();
        let mut class = self.leaf::<3>(&layer.class, precision);
        if let Some(name) = &layer.positions {
            let positions: Tensor<3> = self.leaf(name, precision);
            class = class + positions.clone().narrow(1, 0, 1);
            patches = patches + positions.narrow(1, 1, count);
        }
        let registers = layer.registers.as_ref().map(|(name, _)| self.leaf::<3>(name, precision));
        let leading = std::iter::once(class).chain(registers);
        let leading = leading.map(|tokens| tokens.repeat_dim(0, n));
        Tensor::cat(leading.chain([patches]).collect(), 1)
    }

    /// A matrix product over the last dimension.
    pub(super) fn linear<const D: usize>(&self, layer: &Linear, values: Tensor<D>) -> Tensor<D> {
        let precision = values.dtype();
        let weight = self.leaf::<2>(&layer.weight(), precision).transpose();
        let bias = layer.bias_name().map(|name| self.leaf::<1>(&name, precision));
        burn::tensor::module::linear(values, weight, bias)
    }

    /// Attention of several heads: A. Vaswani et al., "Attention Is All You Need" (2017). The softmax is taken in
    /// single precision at least.
    pub(super) fn attention(&self, layer: &Attention, tokens: Tensor<3>) -> Tensor<3> {
        let [n, count, channels] = tokens.dims();
        let each = channels / layer.heads;
        let joined = self.linear(&layer.joined(), tokens);
        let [queries, keys, values] = [0, 1, 2].map(|place| {
            let part = joined.clone().narrow(2, place * channels, channels);
            part.reshape([n, count, layer.heads, each]).swap_dims(1, 2)
        });
        let precision = queries.dtype();
        let turned = |value: Tensor<4>| match layer.rotary {
            Some(rotary) => turned_by_place(value, rotary),
            None => value,
        };
        let (queries, keys) = (turned(queries), turned(keys));
        let scores = (queries * (each as f64).powf(-0.5)).matmul(keys.swap_dims(2, 3));
        let shares = cast(softmax(cast(scores, wide(precision)), 3), precision);
        let answers = shares.matmul(values).swap_dims(1, 2).reshape([n, count, channels]);
        self.linear(&layer.output(), answers)
    }
}

/// From maps to tokens, row by row.
pub(super) fn flat(maps: Tensor<4>) -> Tensor<3> {
    let [n, channels, height, width] = maps.dims();
    maps.reshape([n, channels, height * width]).swap_dims(1, 2)
}

/// Turns queries or keys, images × heads × tokens × channels of a head, by their places.
fn turned_by_place(value: Tensor<4>, rotary: Rotary) -> Tensor<4> {
    let [_, _, count, channels] = value.dims();
    let (cosines, sines) = rotary.tables(channels);
    let (device, precision) = (value.device(), value.dtype());
    let table = |numbers: Vec<f32>| {
        let data = burn::tensor::TensorData::new(numbers, [1, 1, count, channels]);
        cast(Tensor::<4>::from_data(data, &device), precision)
    };
    let half = channels / 2;
    let quarter =
        Tensor::cat(vec![-value.clone().narrow(3, half, half), value.clone().narrow(3, 0, half)], 3);
    value * table(cosines) + quarter * table(sines)
}
