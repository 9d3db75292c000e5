//! The part of the image network that learns.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use resight_model::{Layer, Shape, Weights};

use super::inputs::InputBatch;
use crate::network::{self, Mode, forward};
use crate::optimize::Gradients;
use crate::parameters::{Leaves, ParameterSpec, Parameters, Part};
use crate::tail::{FastTail, Forward};

/// The part of the image network that learns.
#[derive(Debug)]
pub enum Body {
    /// Nothing: the vectors come ready.
    Ready,
    /// The last stages, by matrix products.
    Fast(Box<FastTail>),
    /// Layer by layer with the tensor library: whatever the fast tail does not take, and whole networks.
    Plain {
        /// The layers.
        layers: Vec<Layer>,
        /// How normalisation learns.
        mode: Mode,
    },
}

/// A forward pass of the body, to go back through.
pub(super) enum Passed {
    /// Pooled vectors that hang on nothing.
    Ready(Tensor<2>),
    /// Pooled vectors as a leaf, and what the fast tail remembers.
    Fast(Tensor<2>, Box<Forward>),
    /// Pooled vectors with their graph, and new running statistics.
    Plain(Tensor<2>, Vec<(String, Tensor<1>)>),
}

impl Passed {
    pub(super) fn pooled(&self) -> Tensor<2> {
        match self {
            Self::Ready(pooled) | Self::Fast(pooled, _) | Self::Plain(pooled, _) => pooled.clone(),
        }
    }
}

impl Body {
    /// The fastest body for these layers.
    pub fn of(layers: &[Layer], input: Shape, mode: Mode) -> Self {
        if let Shape::Maps { channels, height, width } = input
            && mode == Mode::FROZEN
            && let Ok(tail) = FastTail::plan(layers, [channels, height, width])
        {
            return Self::Fast(Box::new(tail));
        }
        Self::Plain { layers: layers.to_vec(), mode }
    }

    /// The parameters of the layers, beginning at given weights. A learnt pooling is one of them.
    ///
    /// # Errors
    /// Names a tensor that the weights lack.
    pub fn parameters(layers: &[Layer], weights: &Weights) -> Result<Vec<ParameterSpec>, network::MissingTensor> {
        network::parameters(layers, weights)
    }

    pub(super) fn forward(
        &self,
        parameters: &Parameters,
        leaves: &Leaves,
        inputs: InputBatch,
        learning: bool,
        device: &Device,
    ) -> Passed {
        match (self, inputs) {
            (Self::Fast(tail), InputBatch::Maps { values, shape }) => {
                let n = values.len() / shape.iter().product::<usize>().max(1);
                let passed = tail.forward(&trunk_numbers(parameters), &values, n);
                let pooled = rows(passed.pooled().to_vec(), n, device);
                let pooled = if learning { pooled.require_grad() } else { pooled };
                Passed::Fast(pooled, Box::new(passed))
            }
            (Self::Plain { layers, mode }, inputs) => {
                let mode = if learning { *mode } else { Mode::FROZEN };
                let output = forward(layers, leaves, maps(inputs, device), mode);
                let buffers = output.buffers.clone();
                Passed::Plain(output.embeddings(), buffers)
            }
            (_, inputs) => Passed::Ready(ready(inputs, device)),
        }
    }

    /// The gradients of the body's own parameters, from those of its answer.
    pub(super) fn backward(
        &self,
        passed: &Passed,
        gradients: &mut burn::tensor::Gradients,
        parameters: &Parameters,
    ) -> Gradients {
        let (Self::Fast(tail), Passed::Fast(pooled, forward)) = (self, passed) else { return Gradients::new() };
        let Some(gradient) = pooled.grad_remove(gradients) else { return Gradients::new() };
        let device = gradient.device();
        let gradient = crate::parameters::numbers(gradient);
        let found = tail.backward(&trunk_numbers(parameters), forward, &gradient);
        let tensor = |values: Vec<f32>| {
            let count = values.len();
            Tensor::from_data(TensorData::new(values, [count]), &device)
        };
        found.into_iter().map(|(name, values)| (name, tensor(values))).collect()
    }
}

/// The trunk's numbers on the CPU.
fn trunk_numbers(parameters: &Parameters) -> BTreeMap<String, Vec<f32>> {
    let trunk = parameters.iter().filter(|(_, parameter)| parameter.part == Part::Trunk);
    trunk.map(|(name, one)| (name.to_owned(), crate::parameters::numbers(one.values.clone()))).collect()
}

fn rows(values: Vec<f32>, n: usize, device: &Device) -> Tensor<2> {
    let dimension = values.len() / n.max(1);
    Tensor::from_data(TensorData::new(values, [n, dimension]), device)
}

/// Vectors as they came; maps are averaged, which is what they are good for without layers.
fn ready(inputs: InputBatch, device: &Device) -> Tensor<2> {
    match inputs {
        InputBatch::Rows { values, dimension } => {
            let n = values.len() / dimension.max(1);
            rows(values, n, device)
        }
        other => maps(other, device).mean_dims(&[2, 3]).flatten::<2>(1, 3),
    }
}

/// As a network takes it: n × channels × height × width.
fn maps(inputs: InputBatch, device: &Device) -> Tensor<4> {
    match inputs {
        InputBatch::Rows { values, dimension } => {
            let n = values.len() / dimension.max(1);
            Tensor::from_data(TensorData::new(values, [n, dimension, 1, 1]), device)
        }
        InputBatch::Maps { values, shape: [height, width, channels] } => {
            let n = values.len() / (height * width * channels).max(1);
            let values: Vec<f32> = values.into_iter().map(f16::to_f32).collect();
            let places: Tensor<4> = Tensor::from_data(TensorData::new(values, [n, height, width, channels]), device);
            places.permute([0, 3, 1, 2])
        }
        InputBatch::Images { values, shape: [channels, height, width] } => {
            let n = values.len() / (channels * height * width).max(1);
            Tensor::from_data(TensorData::new(values, [n, channels, height, width]), device)
        }
    }
}
