//! What window transformers do with tokens.

use burn::tensor::activation::softmax;
use burn::tensor::{Int, Tensor, TensorData};
use resight_model::WindowAttention;

use super::pass::{Pass, cast, wide};

impl Pass<'_> {
    /// Attention among the tokens of each window: Z. Liu et al., "Swin Transformer" (2021). The softmax is taken in single precision
    /// at least.
    pub(super) fn window_attention(&self, layer: &WindowAttention, tokens: Tensor<3>) -> Tensor<3> {
        let [n, count, channels] = tokens.dims();
        let (side, extent, windows) = (layer.side, layer.extent(), layer.windows());
        let (places, each) = (extent * extent, channels / layer.heads);
        let square = rolled(tokens.reshape([n, side, side, channels]), layer.shift());
        let apart = square.reshape([n, windows, extent, windows, extent, channels]).swap_dims(2, 3);
        let [joined, output] = layer.linear();
        let joined = self.linear(&joined, apart.reshape([n * windows * windows, places, channels]));
        let [queries, keys, values] = [0, 1, 2].map(|place| {
            let part = joined.clone().narrow(2, place * channels, channels);
            part.reshape([n * windows * windows, places, layer.heads, each]).swap_dims(1, 2)
        });
        let precision = queries.dtype();
        let scores =
            (queries * (each as f64).powf(-0.5)).matmul(keys.swap_dims(2, 3)) + self.ways(layer, precision);
        let scores = match layer.apart() {
            None => scores,
            Some(numbers) => {
                let data = TensorData::new(numbers, [1, windows * windows, 1, places, places]);
                let apart = cast(Tensor::<5>::from_data(data, &scores.device()), precision);
                let by_window = scores.reshape([n, windows * windows, layer.heads, places, places]) + apart;
                by_window.reshape([n * windows * windows, layer.heads, places, places])
            }
        };
        let shares = cast(softmax(cast(scores, wide(precision)), 3), precision);
        let answers =
            shares.matmul(values).swap_dims(1, 2).reshape([n * windows * windows, places, channels]);
        let answers = self.linear(&output, answers);
        let together = answers.reshape([n, windows, windows, extent, extent, channels]).swap_dims(2, 3);
        let square = together.reshape([n, side, side, channels]);
        rolled(square, (side - layer.shift()) % side).reshape([n, count, channels])
    }

    /// What is added to scores for how far places are apart.
    fn ways(&self, layer: &WindowAttention, precision: burn::tensor::DType) -> Tensor<4> {
        let places = layer.extent() * layer.extent();
        let table: Tensor<2> = self.leaf(&layer.table(), precision);
        let ways = layer.ways();
        let rows = TensorData::new(ways.clone(), [ways.len()]);
        let rows = table.clone().select(0, Tensor::<1, Int>::from_data(rows, &table.device()));
        rows.reshape([1, places, places, layer.heads]).permute([0, 3, 1, 2])
    }
}

/// Four neighbors become one.
pub(super) fn merged(tokens: Tensor<3>, side: usize) -> Tensor<3> {
    let [n, count, channels] = tokens.dims();
    let neighbors = tokens.reshape([n, side / 2, 2, side / 2, 2, channels]);
    neighbors.permute([0, 1, 3, 4, 2, 5]).reshape([n, count / 4, 4 * channels])
}

/// Everything by so many places up and left, around the edges.
fn rolled(square: Tensor<4>, by: usize) -> Tensor<4> {
    if by == 0 {
        return square;
    }
    [1, 2].into_iter().fold(square, |square, axis| {
        let side = square.dims()[axis];
        Tensor::cat(vec![square.clone().narrow(axis, by, side - by), square.narrow(axis, 0, by)], axis)
    })
}
