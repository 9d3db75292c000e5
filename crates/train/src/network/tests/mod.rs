//! Tests of the plain interpreter: its numbers, its gradients, its statistics, and the same on a GPU.

mod gpu;
mod gradients;
mod networks;
mod numbers;
mod statistics;

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng as _;
use resight_model::{Architecture, Weights};

use super::*;
use crate::generator;
use crate::parameters::{Parameters, numbers as values_of};

/// The parameters of an architecture on a device.
fn parameters_on(architecture: &Architecture, weights: &Weights, device: &Device) -> Parameters {
    let mut found = Parameters::default();
    for spec in parameters(&architecture.layers, weights).unwrap() {
        found.add(spec, 0, device);
    }
    found
}

/// Random numbers from −1.5 to 1.5.
fn random(purpose: &str, count: usize) -> Vec<f32> {
    let mut random = generator(7, purpose, &[]);
    (0..count).map(|_| random.random_range(-1.5..1.5)).collect()
}

/// Random images for an architecture.
fn images(architecture: &Architecture, n: usize, device: &Device) -> Tensor<4> {
    let shape = [n, architecture.input_channels, architecture.side, architecture.side];
    Tensor::from_data(TensorData::new(random("images", shape.iter().product()), shape), device)
}

/// The greatest difference, relative to the greatest number of the second.
fn relative_difference(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().all(|value| value.is_finite()), "not all numbers are finite");
    let greatest = expected.iter().fold(1e-12_f64, |greatest, value| greatest.max(f64::from(value.abs())));
    let differences = found.iter().zip(expected).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    differences.fold(0.0, f64::max) / greatest
}
