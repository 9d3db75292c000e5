//! The part of the image network that learns.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use half::f16;
use resight_model::{Layer, Shape, Weights};

use super::inputs::InputBatch;
use crate::network::{self, Mode, forward};
use crate::optimize::Gradients;
use crate::parameters::{Leaves, ParameterSpec, Parameters, Part};
use crate::tail::{FastTail, Workspace};

/// The part of the image network that learns.
#[derive(Debug)]
pub enum Body {
    /// Nothing: the vectors come ready.
    Ready,
    /// The last stages, by matrix products.
    Fast(Box<FastBody>),
    /// Layer by layer with the tensor library: whatever the fast tail does not take, and whole networks.
    Plain {
        /// The layers.
        layers: Vec<Layer>,
        /// How normalisation learns.
        mode: Mode,
        /// The numbers that it learns in.
        precision: FloatDType,
    },
}

/// The fast tail with its memory.
#[derive(Debug)]
pub struct FastBody {
    tail: FastTail,
    workspace: Mutex<Workspace>,
}

/// What a planned tail promises.
const PLANNED: &str =
    "the tail was planned for these tensors and features, and goes forward before it goes back";

impl FastBody {
    fn workspace(&self) -> MutexGuard<'_, Workspace> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forward(&self, parameters: &Parameters, values: &[f16], device: &Device) -> Tensor<2> {
        let features: Vec<&[f16]> = values.chunks_exact(self.tail.features()).collect();
        let mut workspace = self.workspace();
        let pooled = self.tail.forward(&trunk_numbers(parameters), &features, &mut workspace).expect(PLANNED);
        rows(pooled.to_vec(), features.len(), device)
    }

    fn backward(&self, parameters: &Parameters, gradient: &[f32], device: &Device) -> Gradients {
        let mut workspace = self.workspace();
        let found = self.tail.backward(&trunk_numbers(parameters), gradient, &mut workspace).expect(PLANNED);
        let tensor =
            |values: &Vec<f32>| Tensor::from_data(TensorData::new(values.clone(), [values.len()]), device);
        found.iter().map(|(name, values)| (name.clone(), tensor(values))).collect()
    }
}

/// A forward pass of the body, to go back through.
pub(super) enum Passed {
    /// Pooled vectors that hang on nothing.
    Ready(Tensor<2>),
    /// Pooled vectors as a leaf; the fast tail remembers the rest.
    Fast(Tensor<2>),
    /// Pooled vectors with their graph, and new running statistics.
    Plain(Tensor<2>, Vec<(String, Tensor<1>)>),
}

impl Passed {
    pub(super) fn pooled(&self) -> Tensor<2> {
        match self {
            Self::Ready(pooled) | Self::Fast(pooled) | Self::Plain(pooled, _) => pooled.clone(),
        }
    }
}

impl Body {
    /// The fastest body for these layers. The fast tail remembers little and computes in single precision.
    pub fn of(layers: &[Layer], input: Shape, mode: Mode, precision: FloatDType) -> Self {
        if let Shape::Maps { channels, height, width } = input
            && mode.statistics == Mode::FROZEN.statistics
            && precision == FloatDType::F32
            && let Ok(tail) = FastTail::plan(layers, [channels, height, width])
        {
            return Self::Fast(Box::new(FastBody { tail, workspace: Mutex::default() }));
        }
        Self::Plain { layers: layers.to_vec(), mode, precision }
    }

    /// The parameters of the layers, beginning at given weights. A learnt pooling is one of them.
    ///
    /// # Errors
    /// Names a tensor that the weights lack.
    pub fn parameters(
        layers: &[Layer],
        weights: &Weights,
    ) -> Result<Vec<ParameterSpec>, network::MissingTensor> {
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
            (Self::Fast(fast), InputBatch::Maps { values, .. }) => {
                let pooled = fast.forward(parameters, &values, device);
                Passed::Fast(if learning { pooled.require_grad() } else { pooled })
            }
            (Self::Plain { layers, mode, precision }, inputs) => {
                // What is judged is what the bundle will answer: in single precision.
                let (mode, precision) =
                    if learning { (*mode, *precision) } else { (Mode::FROZEN, FloatDType::F32) };
                let output = forward(layers, leaves, maps(inputs, device).cast(precision), mode);
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
        let (Self::Fast(fast), Passed::Fast(pooled)) = (self, passed) else { return Gradients::new() };
        let Some(gradient) = pooled.grad_remove(gradients) else { return Gradients::new() };
        let device = gradient.device();
        fast.backward(parameters, &crate::parameters::numbers(gradient), &device)
    }
}

/// The trunk's numbers on the CPU. A pooling's power that is not learnt is a buffer.
fn trunk_numbers(parameters: &Parameters) -> BTreeMap<String, Vec<f32>> {
    let of_trunk =
        |name: &str, part: Part| part == Part::Trunk || (part == Part::Buffer && name.ends_with("gem.p"));
    let trunk = parameters.iter().filter(|(name, parameter)| of_trunk(name, parameter.part));
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
            let places: Tensor<4> =
                Tensor::from_data(TensorData::new(values, [n, height, width, channels]), device);
            places.permute([0, 3, 1, 2])
        }
        InputBatch::Images { values, shape: [channels, height, width] } => {
            let n = values.len() / (channels * height * width).max(1);
            Tensor::from_data(TensorData::new(values, [n, channels, height, width]), device)
        }
    }
}
