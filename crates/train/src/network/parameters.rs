//! The parameters of layers: from weights to what training changes, and back.

use resight_model::{Layer, Tensor, Weights};

use crate::parameters::{ParameterSpec, Parameters, Part, Start};

/// A tensor that layers need and weights do not have, or have in another shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these weights have no tensor of shape {shape:?} that is called `{name}`")]
pub struct MissingTensor {
    /// Its name.
    pub name: String,
    /// The shape it should have.
    pub shape: Vec<usize>,
}

/// What the layers of the image network learn, beginning at given weights. Names are those of the tensors.
///
/// Running statistics are [`Part::Buffer`]. Weight decay is for the kernels of convolutions and the matrices of
/// linear layers, not for biases, normalisation, scales, positions or extra tokens.
///
/// # Errors
/// Names the first tensor that is missing or misshapen.
pub fn parameters(layers: &[Layer], weights: &Weights) -> Result<Vec<ParameterSpec>, MissingTensor> {
    parameters_of(Part::Trunk, layers, weights)
}

/// As [`parameters`], for layers of another part, such as the neck.
///
/// # Errors
/// As [`parameters`].
pub fn parameters_of(
    part: Part,
    layers: &[Layer],
    weights: &Weights,
) -> Result<Vec<ParameterSpec>, MissingTensor> {
    let tensors = layers.iter().flat_map(Layer::tensors);
    let spec = |(name, shape): (String, Vec<usize>)| {
        let found = weights.get(&name).filter(|tensor| tensor.shape == shape);
        let Some(tensor) = found else { return Err(MissingTensor { name, shape }) };
        let is_statistic = name.ends_with(".running_mean") || name.ends_with(".running_var");
        let part = if is_statistic { Part::Buffer } else { part };
        let decays = shape.len() > 1 && name.ends_with(".weight");
        Ok(ParameterSpec { name, shape, part, start: Start::Values(tensor.values.clone()), decays })
    };
    tensors.map(spec).collect()
}

/// The weights of layers as they stand in the parameters: what a bundle is written from.
///
/// # Panics
/// When a parameter of the layers is missing: the caller made them with [`parameters`], so that is a mistake in the
/// program.
pub fn weights_of(layers: &[Layer], parameters: &Parameters) -> Weights {
    let mut weights = Weights::default();
    for (name, shape) in layers.iter().flat_map(Layer::tensors) {
        let values = parameters.numbers(&name).unwrap_or_else(|| panic!("no parameter is called {name}"));
        weights.insert(name, Tensor { shape, values });
    }
    weights
}
