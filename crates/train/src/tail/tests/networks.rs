//! Small networks that together have every kind of layer in every place, and numbers for them.

use std::collections::BTreeMap;

use half::f16;
use rand::Rng;
use resight_model::{Activation, Convolution, Layer, Padding, Pooling};

use crate::generator;
use crate::tail::FastTail;

pub(super) fn pointwise(name: &str, inputs: usize, outputs: usize) -> Layer {
    Layer::Convolution(Convolution { bias: true, ..Convolution::pointwise(name, inputs, outputs) })
}

pub(super) fn depthwise(
    name: &str,
    channels: usize,
    kernel: usize,
    stride: usize,
    padding: Padding,
) -> Layer {
    let name = name.to_owned();
    let (inputs, outputs, groups) = (channels, channels, channels);
    Layer::Convolution(Convolution { name, inputs, outputs, kernel, stride, groups, padding, bias: true })
}

pub(super) const RELU: Layer = Layer::Activation(Activation::Relu);
pub(super) const RELU6: Layer = Layer::Activation(Activation::Relu6);

pub(super) fn residual(branch: Vec<Layer>) -> Layer {
    Layer::Residual { branch, shortcut: Vec::new() }
}

/// Inverted residual blocks as in the tails that are trained, with a shortcut that begins at the features, one
/// around a depthwise convolution, and one inside another.
pub(super) fn blocks(pooling: Pooling) -> (Vec<Layer>, [usize; 3]) {
    let same = Padding::Same;
    let inner = residual(vec![depthwise("inner.filter", 9, 3, 1, same), pointwise("inner.mix", 9, 9)]);
    let layers = vec![
        residual(vec![
            pointwise("first.widen", 6, 19),
            RELU6,
            depthwise("first.filter", 19, 3, 1, same),
            RELU6,
            pointwise("first.narrow", 19, 6),
        ]),
        pointwise("second.widen", 6, 37),
        RELU6,
        depthwise("second.filter", 37, 5, 2, same),
        RELU6,
        pointwise("second.narrow", 37, 9),
        residual(vec![pointwise("third.mix", 9, 9), inner, pointwise("third.end", 9, 9)]),
        RELU,
        residual(vec![
            pointwise("fourth.widen", 9, 20),
            RELU,
            depthwise("fourth.filter", 20, 5, 1, same),
            RELU6,
            pointwise("fourth.narrow", 20, 9),
        ]),
        pointwise("head", 9, 33),
        RELU6,
        Layer::Pool(pooling),
    ];
    (layers, [6, 10, 8])
}

/// A tail that begins with a depthwise convolution and has large windows, even padding and strides.
pub(super) fn windows(pooling: Pooling) -> (Vec<Layer>, [usize; 3]) {
    let layers = vec![
        depthwise("first.filter", 16, 7, 1, Padding::Even(3)),
        RELU6,
        pointwise("first.mix", 16, 21),
        RELU,
        depthwise("second.filter", 21, 3, 2, Padding::Even(1)),
        RELU,
        pointwise("second.mix", 21, 5),
        depthwise("third.filter", 5, 5, 1, Padding::Even(1)),
        pointwise("third.mix", 5, 11),
        depthwise("fourth.filter", 11, 7, 2, Padding::Same),
        pointwise("fourth.mix", 11, 12),
        RELU6,
        Layer::Pool(pooling),
    ];
    (layers, [16, 10, 17])
}

/// Weights such that many numbers lie between the bounds of the activations and many beyond.
pub(super) fn tensors(tail: &FastTail, layers: &[Layer], seed: u64) -> BTreeMap<String, Vec<f32>> {
    let fan_in: BTreeMap<String, usize> = layers
        .iter()
        .flat_map(Layer::tensors)
        .map(|(name, shape)| (name, shape.iter().skip(1).product()))
        .collect();
    tail.tensors()
        .map(|(name, length)| {
            let mut random = generator(seed, name, &[]);
            // The last layer is not to be cut off everywhere: its maximum would learn nothing.
            let gain = if name.starts_with("head") { 0.4 } else { 2.4 };
            let bound = gain / (fan_in[name] as f32).sqrt();
            let mut draw = || match name {
                _ if name.ends_with(".p") => 2.7,
                _ if name.ends_with(".bias") => random.random_range(-0.5_f32..1.0),
                _ => random.random_range(-bound..bound),
            };
            (name.to_owned(), (0..length).map(|_| draw()).collect())
        })
        .collect()
}

/// Features of some photos.
pub(super) fn features(tail: &FastTail, photos: usize, seed: u64) -> Vec<Vec<f16>> {
    let photo = |photo: usize| {
        let mut random = generator(seed, "features", &[photo as u64]);
        (0..tail.features()).map(|_| f16::from_f32(random.random_range(-2.0..3.0))).collect()
    };
    (0..photos).map(photo).collect()
}

/// A gradient of the answers.
pub(super) fn gradient(tail: &FastTail, photos: usize, seed: u64) -> Vec<f32> {
    let mut random = generator(seed, "gradient", &[]);
    (0..photos * tail.dimension()).map(|_| random.random_range(-1.0..1.0)).collect()
}
