//! Normalisation by statistics, in single precision at least.

use burn::tensor::Tensor;
use burn::tensor::module::{batch_norm_train, layer_norm};
use resight_model::{BatchNorm, LayerNorm};

use super::Statistics;
use super::pass::{Pass, cast, wide};

impl Pass<'_> {
    /// Batch normalisation of maps (n × channels × height × width) or rows (n × channels): S. Ioffe and C. Szegedy,
    /// "Batch Normalization" (2015).
    pub(super) fn batch_norm<const D: usize>(&mut self, layer: &BatchNorm, values: Tensor<D>) -> Tensor<D> {
        let precision = values.dtype();
        let wide = wide(precision);
        let values = cast(values, wide);
        let [weight, bias, mean, variance] = layer.tensors().map(|name| self.leaf::<1>(&name, wide));
        let normalized = match self.statistics {
            Statistics::Running => {
                let gain = weight / (variance + layer.epsilon).sqrt();
                let shift = bias - mean * gain.clone();
                values * spread(gain) + spread(shift)
            }
            Statistics::Batch { momentum } => {
                let count = values.shape().num_elements() / layer.channels;
                let batch = batch_norm_train(values, weight, bias, layer.epsilon);
                // The running variance is that of the population behind the batch.
                let unbiased = batch.variance * (count as f64 / (count as f64 - 1.0).max(1.0));
                self.moved(layer, [mean, variance], [batch.mean, unbiased], momentum);
                batch.output
            }
        };
        cast(normalized, precision)
    }

    /// Notes new running statistics.
    fn moved(&mut self, layer: &BatchNorm, running: [Tensor<1>; 2], batch: [Tensor<1>; 2], momentum: f64) {
        let [_, _, mean_name, variance_name] = layer.tensors();
        for ((name, old), new) in [mean_name, variance_name].into_iter().zip(running).zip(batch) {
            let (old, new) = (old.inner(), new.inner());
            self.buffers.push((name, old * (1.0 - momentum) + new * momentum));
        }
    }

    /// Layer normalisation over the channels of tokens: J. Ba, J. Kiros and G. Hinton, "Layer Normalization" (2016).
    pub(super) fn layer_norm<const D: usize>(&self, layer: &LayerNorm, values: Tensor<D>) -> Tensor<D> {
        let precision = values.dtype();
        let wide = wide(precision);
        let [weight, bias] = layer.tensors().map(|name| self.leaf::<1>(&name, wide));
        let normalized = layer_norm(cast(values, wide), weight, Some(bias), layer.epsilon);
        cast(normalized, precision)
    }

    /// The same over the channels of maps.
    pub(super) fn layer_norm_of_maps(&self, layer: &LayerNorm, maps: Tensor<4>) -> Tensor<4> {
        self.layer_norm(layer, maps.permute([0, 2, 3, 1])).permute([0, 3, 1, 2])
    }
}

/// One number a channel, spread over images and places.
fn spread<const D: usize>(channels: Tensor<1>) -> Tensor<D> {
    let mut shape = [1; D];
    shape[1] = channels.dims()[0];
    channels.reshape(shape)
}
