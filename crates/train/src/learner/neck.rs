//! The neck: from pooled maps to the embedding.

use burn::tensor::{Tensor, TensorData};
use rand::Rng;
use resight_model::{BatchNorm, Layer, LayerNorm, Linear};

use crate::generator;
use crate::network::{Mode, Value, forward_from};
use crate::parameters::{Leaves, ParameterSpec, Part, Start};
use crate::recipe::{NeckNorm, NeckRecipe};

/// Share of a batch's statistics in the new running ones.
const MOMENTUM: f64 = 0.1;
/// Keeps roots away from zero.
const EPSILON: f64 = 1e-5;

/// The neck of a learner.
#[derive(Debug, Clone)]
pub struct Neck {
    layers: Vec<Layer>,
    dimension: usize,
    dropout: f64,
}

impl Neck {
    /// A neck for pooled vectors of this many numbers.
    pub fn new(recipe: &NeckRecipe, inputs: usize) -> Self {
        let dimension = recipe.dimension.unwrap_or(inputs);
        let mut layers = Vec::new();
        if recipe.dimension.is_some() {
            let name = "neck.linear".to_owned();
            layers.push(Layer::Linear(Linear { name, inputs, outputs: dimension, bias: false }));
        }
        let name = "neck.norm".to_owned();
        match recipe.norm {
            NeckNorm::BatchNorm => {
                layers.push(Layer::BatchNorm(BatchNorm { name, channels: dimension, epsilon: EPSILON }));
            }
            NeckNorm::LayerNorm => {
                layers.push(Layer::LayerNorm(LayerNorm { name, channels: dimension, epsilon: EPSILON }));
            }
            NeckNorm::None => {}
        }
        Self { layers, dimension, dropout: recipe.dropout }
    }

    /// Numbers of the embedding.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Its layers, as a bundle holds them.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Its parameters: a projection that nearly keeps angles (Johnson and Lindenstrauss 1984), and a normalisation
    /// that changes nothing yet.
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        self.layers.iter().flat_map(Layer::tensors).map(|(name, shape)| self.parameter(name, shape)).collect()
    }

    fn parameter(&self, name: String, shape: Vec<usize>) -> ParameterSpec {
        let is_statistic = name.contains(".running_");
        let start = match shape.len() {
            2 => Start::Normal { deviation: (1.0 / self.dimension as f32).sqrt() },
            _ if name.ends_with(".weight") || name.ends_with(".running_var") => Start::Constant(1.0),
            _ => Start::Constant(0.0),
        };
        let part = if is_statistic { Part::Buffer } else { Part::Neck };
        ParameterSpec { decays: shape.len() == 2, name, shape, part, start }
    }

    /// The embeddings of pooled vectors, and new values of the running statistics.
    ///
    /// # Shapes
    /// pooled is n × inputs, the embeddings n × dimension.
    pub fn forward(
        &self,
        pooled: Tensor<2>,
        leaves: &Leaves,
        learning: Option<u64>,
    ) -> (Tensor<2>, Vec<(String, Tensor<1>)>) {
        let (pooled, mode) = match learning {
            Some(step_seed) => (self.dropped(pooled, step_seed), Mode::learning(MOMENTUM)),
            None => (pooled, Mode::FROZEN),
        };
        let output = forward_from(&self.layers, leaves, Value::Features(pooled), mode);
        let buffers = output.buffers.clone();
        (output.embeddings(), buffers)
    }

    /// Drops numbers at random and makes up for it in the others (Srivastava et al. 2014).
    fn dropped(&self, pooled: Tensor<2>, step_seed: u64) -> Tensor<2> {
        if self.dropout <= 0.0 {
            return pooled;
        }
        let [n, d] = pooled.dims();
        let mut random = generator(step_seed, "dropout", &[]);
        let kept = (1.0 / (1.0 - self.dropout)) as f32;
        let mask = (0..n * d).map(|_| if random.random_bool(self.dropout) { 0.0 } else { kept });
        let mask = TensorData::new(mask.collect::<Vec<f32>>(), [n, d]);
        let device = pooled.device();
        pooled * Tensor::from_data(mask, &device)
    }
}
