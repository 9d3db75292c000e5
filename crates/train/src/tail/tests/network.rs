//! The last stages of a real network against the plain network of the tensor library.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use resight_model::{Architecture, EfficientNetLite, Layer};

use super::networks::{features, gradient};
use super::slices;
use crate::generator;
use crate::network::{self, Mode};
use crate::parameters::{ParameterSpec, Parameters, Part, Start, numbers};
use crate::tail::{FastTail, Workspace};

/// The layers from a stage on, without normalisation and with biases, as folding leaves them.
fn folded(architecture: &Architecture, stage: &str) -> (Vec<Layer>, [usize; 3]) {
    let (before, after) = architecture.parts(stage).unwrap();
    let input = before.output_shape([3, 224, 224]);
    (with_biases(&after.layers), input)
}

fn with_biases(layers: &[Layer]) -> Vec<Layer> {
    let kept = layers.iter().filter(|layer| !matches!(layer, Layer::BatchNorm(_)));
    kept.map(|layer| match layer {
        Layer::Convolution(layer) => {
            let mut layer = layer.clone();
            layer.bias = true;
            Layer::Convolution(layer)
        }
        Layer::Residual { branch, shortcut } => {
            Layer::Residual { branch: with_biases(branch), shortcut: shortcut.clone() }
        }
        other => other.clone(),
    })
    .collect()
}

/// Weights such that some numbers lie well between the bounds of ReLU6 and the others well beyond: close to a bound
/// single precision decides by its last digit whether a gradient passes, and one that passes here and not there is
/// some 10⁻³ of all.
fn tensors(layers: &[Layer]) -> BTreeMap<String, Vec<f32>> {
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let mut random = generator(1, &name, &[]);
        let bound = 0.3 / (shape.iter().skip(1).product::<usize>() as f32).sqrt();
        let bias = |channel: usize| [3.0, -40.0, 2.5, 40.0][channel % 7 % 4];
        let number = |place: usize| match shape.len() {
            1 => bias(place),
            _ => random.random_range(-bound..bound),
        };
        let numbers = (0..shape.iter().product()).map(number).collect();
        (name, numbers)
    };
    layers.iter().flat_map(Layer::tensors).map(tensor).collect()
}

#[test]
fn the_last_stages_of_efficientnet_lite_learn_as_the_plain_network_does() {
    const PHOTOS: usize = 5;
    let (layers, input) = folded(&EfficientNetLite::Lite0.architecture(), "stage6");
    let [channels, height, width] = input;
    assert_eq!(input, [112, 14, 14]);
    let tail = FastTail::plan(&layers, input).unwrap();
    let tensors = tensors(&layers);
    let features = features(&tail, PHOTOS, 2);
    let gradient = gradient(&tail, PHOTOS, 3);

    let device = Device::flex().autodiff();
    let mut parameters = Parameters::default();
    for (name, shape) in layers.iter().flat_map(Layer::tensors) {
        let start = Start::Values(tensors[&name].clone());
        parameters.add(ParameterSpec { name, shape, part: Part::Trunk, start, decays: true }, 0, &device);
    }
    let leaves = parameters.leaves(|_, _| true);
    let flat: Vec<f32> = features.iter().flatten().map(|number| number.to_f32()).collect();
    let images = Tensor::<4>::from_data(TensorData::new(flat, [PHOTOS, height, width, channels]), &device);
    let images = images.permute([0, 3, 1, 2]);
    let plain = network::forward(&layers, &leaves, images, Mode::FROZEN).embeddings();
    let mut workspace = Workspace::default();
    let fast = tail.forward(&tensors, &slices(&features), &mut workspace).unwrap().to_vec();
    assert_close("answers", &fast, &numbers(plain.clone()));

    let weights = TensorData::new(gradient.clone(), [PHOTOS, tail.dimension()]);
    let graph = (plain * Tensor::<2>::from_data(weights, &device)).sum().backward();
    let fast = tail.backward(&tensors, &gradient, &mut workspace).unwrap();
    let plain: BTreeMap<&str, Vec<f32>> =
        leaves.iter().map(|(name, leaf)| (name, numbers(leaf.grad(&graph).unwrap()))).collect();
    assert_eq!(fast.len(), plain.len());
    for (name, plain) in plain {
        assert_close(name, &fast[name], &plain);
    }
}

fn assert_close(name: &str, fast: &[f32], plain: &[f32]) {
    let double = |numbers: &[f32]| numbers.iter().map(|&number| f64::from(number)).collect::<Vec<_>>();
    let error = super::relative(&double(fast), &double(plain));
    assert!(fast.len() == plain.len() && error < 1e-4, "{name} differs by {error}");
}
