//! From maps or tokens to one row of numbers for each image, in single precision at least.

use burn::tensor::Tensor;
use resight_model::{GEM_LEAST, Pooling};

use super::Value;
use super::pass::{Pass, cast, wide};

impl Pass<'_> {
    /// Pools; leading tokens count for the class token alone.
    pub(super) fn pool(&self, pooling: &Pooling, value: Value) -> Tensor<2> {
        match pooling {
            Pooling::Average => places(value).mean_dim(2).squeeze_dim(2),
            Pooling::Max => places(value).max_dim(2).squeeze_dim(2),
            Pooling::Gem { name } => self.generalized_mean(&Pooling::exponent(name), places(value)),
            Pooling::ClassToken => class_token(value),
        }
    }

    /// The generalized mean, (mean xᵖ)^(1/p) of what is positive, with a p that can learn: F. Radenović, G. Tolias
    /// and O. Chum, "Fine-tuning CNN Image Retrieval with No Human Annotation" (2018).
    fn generalized_mean(&self, exponent: &str, places: Tensor<3>) -> Tensor<2> {
        let exponent = self.leaf::<1>(exponent, places.dtype());
        let logarithms = places.clamp_min(GEM_LEAST).log();
        let powers = (logarithms * exponent.clone().reshape([1, 1, 1])).exp();
        let means: Tensor<2> = powers.mean_dim(2).squeeze_dim(2);
        (means.log() / exponent.reshape([1, 1])).exp()
    }
}

/// n × channels × places.
fn places(value: Value) -> Tensor<3> {
    match value {
        Value::Maps(maps) => {
            let [n, channels, height, width] = maps.dims();
            widened(maps).reshape([n, channels, height * width])
        }
        Value::Tokens { tokens, leading } => {
            let patches = tokens.dims()[1] - leading;
            widened(tokens.narrow(1, leading, patches)).swap_dims(1, 2)
        }
        Value::Features(features) => widened(features).unsqueeze_dim(2),
    }
}

fn class_token(value: Value) -> Tensor<2> {
    match value {
        Value::Tokens { tokens, .. } => widened(tokens.narrow(1, 0, 1)).squeeze_dim(1),
        other => panic!("{} have no class token", other.kind()),
    }
}

fn widened<const D: usize>(values: Tensor<D>) -> Tensor<D> {
    let wide = wide(values.dtype());
    cast(values, wide)
}
