//! The numbers that training changes, by name: weights of the trunk's tail, of the neck, of the loss.
//!
//! Kept flat and by name, so that one mechanism serves the optimizer, checkpoints, the moving average and the
//! bundle at the end, whichever network they belong to.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;

use crate::generator;

/// Which part of the learner a parameter belongs to; each part has a learning rate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The image network.
    Trunk,
    /// From the network's pooled maps to the embedding.
    Neck,
    /// What only training needs: class centres, proxies, the species head.
    Head,
    /// State that is not learnt by gradient: running statistics, a memory of embeddings. Saved with the rest.
    Buffer,
}

/// How a parameter begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// The same value everywhere.
    Constant(f32),
    /// Normally distributed around 0.
    Normal {
        /// Standard deviation.
        deviation: f32,
    },
    /// Evenly distributed between minus and plus this.
    Uniform {
        /// The bound.
        bound: f32,
    },
    /// Given numbers.
    Values(Vec<f32>),
}

/// A parameter that somebody needs.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterSpec {
    /// Unique name, such as `head.centers`.
    pub name: String,
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// Where it belongs.
    pub part: Part,
    /// How it begins.
    pub start: Start,
    /// Whether weight decay pulls it towards 0; not so for biases and normalisation.
    pub decays: bool,
}

/// One parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// Where it belongs.
    pub part: Part,
    /// Whether weight decay pulls it towards 0.
    pub decays: bool,
    /// Its numbers, row-major, outside any gradient graph.
    pub values: Tensor<1>,
}

/// All parameters of a learner, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    entries: BTreeMap<String, Parameter>,
}

impl Parameters {
    /// Adds a parameter as it begins. What is drawn depends on the seed and the name alone.
    pub fn add(&mut self, spec: ParameterSpec, seed: u64, device: &Device) {
        let count = spec.shape.iter().product();
        let mut random = generator(seed, &spec.name, &[]);
        let values: Vec<f32> = match spec.start {
            Start::Constant(value) => vec![value; count],
            Start::Normal { deviation } => (0..count).map(|_| normal(&mut random) * deviation).collect(),
            Start::Uniform { bound } => (0..count).map(|_| random.random_range(-bound..=bound)).collect(),
            Start::Values(values) => values,
        };
        assert_eq!(values.len(), count, "the values of {} do not fill its shape", spec.name);
        let values = Tensor::from_data(TensorData::new(values, [count]), &device.clone().inner());
        let parameter = Parameter { shape: spec.shape, part: spec.part, decays: spec.decays, values };
        self.entries.insert(spec.name, parameter);
    }

    /// The parameter of this name.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.entries.get(name)
    }

    /// Replaces the numbers of a parameter that is there.
    pub fn set(&mut self, name: &str, values: Tensor<1>) {
        if let Some(parameter) = self.entries.get_mut(name) {
            parameter.values = values;
        }
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Parameter)> {
        self.entries.iter().map(|(name, parameter)| (name.as_str(), parameter))
    }

    /// The numbers of a parameter on the CPU.
    pub fn numbers(&self, name: &str) -> Option<Vec<f32>> {
        self.get(name).map(|parameter| numbers(parameter.values.clone()))
    }

    /// Leaves of a new gradient graph on this (autodiff) device: everything but the buffers asks for a gradient.
    pub fn leaves(&self, only: impl Fn(&str, &Parameter) -> bool) -> Leaves {
        let chosen = self.entries.iter().filter(|(name, parameter)| only(name, parameter));
        let leaf = |parameter: &Parameter| {
            let tensor = parameter.values.clone().autodiff();
            let tensor = if parameter.part == Part::Buffer { tensor } else { tensor.require_grad() };
            (parameter.shape.clone(), tensor)
        };
        Leaves { tensors: chosen.map(|(name, parameter)| (name.clone(), leaf(parameter))).collect() }
    }

    /// The parameters as constants, for answers without a gradient.
    pub fn constants(&self) -> Leaves {
        let constant = |parameter: &Parameter| (parameter.shape.clone(), parameter.values.clone());
        Leaves { tensors: self.entries.iter().map(|(name, one)| (name.clone(), constant(one))).collect() }
    }

    /// All numbers by name, for a checkpoint.
    pub fn arrays(&self) -> BTreeMap<String, Vec<f32>> {
        self.entries.iter().map(|(name, one)| (name.clone(), numbers(one.values.clone()))).collect()
    }

    /// Takes numbers up again; the name of the first parameter that is missing or of another length is the error.
    ///
    /// # Errors
    /// Names a parameter whose numbers are missing or of another length.
    pub fn restore(&mut self, arrays: &BTreeMap<String, Vec<f32>>) -> Result<(), String> {
        for (name, parameter) in &mut self.entries {
            let count: usize = parameter.shape.iter().product();
            let values =
                arrays.get(name).filter(|values| values.len() == count).ok_or_else(|| name.clone())?;
            let device = parameter.values.device();
            parameter.values = Tensor::from_data(TensorData::new(values.clone(), [count]), &device);
        }
        Ok(())
    }
}

/// The parameters of one step, as leaves of its gradient graph.
#[derive(Debug, Clone, Default)]
pub struct Leaves {
    tensors: BTreeMap<String, (Vec<usize>, Tensor<1>)>,
}

impl Leaves {
    /// A parameter in its own shape.
    ///
    /// # Panics
    /// When it does not exist or has another number of dimensions: the caller declared it, so that is a mistake in
    /// the program.
    pub fn get<const D: usize>(&self, name: &str) -> Tensor<D> {
        let (shape, tensor) =
            self.tensors.get(name).unwrap_or_else(|| panic!("no parameter is called {name}"));
        let shape: [usize; D] =
            shape.as_slice().try_into().unwrap_or_else(|_| panic!("{name} has {} dimensions", shape.len()));
        tensor.clone().reshape(shape)
    }

    /// Whether there is a parameter of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The flat leaves by name: what gradients are asked for.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor<1>)> {
        self.tensors.iter().map(|(name, (_, tensor))| (name.as_str(), tensor))
    }
}

/// The numbers of a tensor, row-major, on the CPU, in single precision.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = tensor.into_data().convert::<f32>();
    data.try_into_vec().expect("the data was just converted to f32")
}

/// A normally distributed number by Box and Muller (1958).
pub(crate) fn normal(random: &mut impl Rng) -> f32 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    (radius * (std::f64::consts::TAU * random.random::<f64>()).cos()) as f32
}
