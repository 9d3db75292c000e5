//! A network small enough to learn from nothing in seconds: three convolutions that halve the picture, and a mean.

use rand::Rng as _;
use resight_model::{Activation, Convolution, Layer, Padding, Pooling, Shape, Tensor, Weights};

use resight_train::generator;
use resight_train::trainer::LearningPart;

/// Channels after each convolution.
const CHANNELS: [usize; 3] = [16, 32, 64];

/// Numbers that come out.
pub const FEATURES: usize = CHANNELS[2];

/// The network for pictures of channels × height × width, with weights drawn by the seed: evenly within ±√(6/inputs)
/// (He et al. 2015, for rectifiers), biases 0.
pub fn small_network(shape: [usize; 3], seed: u64) -> LearningPart {
    let [channels, height, width] = shape;
    let (mut layers, mut inputs) = (Vec::new(), channels);
    for (number, outputs) in CHANNELS.into_iter().enumerate() {
        layers.push(Layer::Convolution(Convolution {
            name: format!("small.{}", number + 1),
            inputs,
            outputs,
            kernel: 3,
            stride: 2,
            groups: 1,
            padding: Padding::Even(1),
            bias: true,
        }));
        layers.push(Layer::Activation(Activation::Relu));
        inputs = outputs;
    }
    layers.push(Layer::Pool(Pooling::Average));
    let weights = weights(&layers, seed);
    LearningPart { layers, weights, input: Shape::Maps { channels, height, width } }
}

fn weights(layers: &[Layer], seed: u64) -> Weights {
    let mut weights = Weights::default();
    for (name, shape) in layers.iter().flat_map(Layer::tensors) {
        let size: usize = shape.iter().product();
        let values = match shape.len() {
            1 => vec![0.0; size],
            _ => {
                let inputs: usize = shape[1..].iter().product();
                let bound = (6.0 / inputs as f32).sqrt();
                let place = blake3::hash(name.as_bytes()).as_bytes()[0];
                let mut random = generator(seed, "small network", &[u64::from(place)]);
                (0..size).map(|_| random.random_range(-bound..bound)).collect()
            }
        };
        weights.insert(name, Tensor { shape, values });
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_its_features_and_has_all_its_weights() {
        let part = small_network([1, 28, 28], 1);
        let output = part.layers.iter().fold(part.input, |shape, layer| layer.shape_after(shape));
        assert_eq!(output.numbers(), FEATURES);
        assert_eq!(part.weights.len(), 6);
        let first = part.weights.get("small.1.weight").unwrap();
        assert_eq!(first.shape, [16, 1, 3, 3]);
        let largest = first.values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        assert!(largest > 0.5 && largest < (6.0_f32 / 9.0).sqrt(), "{largest}");
    }

    #[test]
    fn the_seed_decides_about_the_weights() {
        let weights = |seed| small_network([1, 28, 28], seed).weights;
        assert!(weights(1) == weights(1) && weights(1) != weights(2));
    }
}
