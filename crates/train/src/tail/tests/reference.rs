//! The same computation once more: plain loops in double precision, one number at a time.

use std::collections::BTreeMap;

use resight_model::{Activation, Convolution, GEM_LEAST, Layer, Pooling};

/// Maps of one photo: rows × columns × channels.
#[derive(Debug, Clone)]
pub(super) struct Maps {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) numbers: Vec<f64>,
}

impl Maps {
    fn at(&self, row: isize, column: isize, channel: usize) -> f64 {
        let is_inside =
            (0..self.height as isize).contains(&row) && (0..self.width as isize).contains(&column);
        if !is_inside {
            return 0.0;
        }
        self.numbers[(row as usize * self.width + column as usize) * self.channels + channel]
    }
}

pub(super) type Tensors = BTreeMap<String, Vec<f64>>;

/// What layers that end with a pooling answer for one photo.
pub(super) fn answer(layers: &[Layer], tensors: &Tensors, features: Maps) -> Vec<f64> {
    let Some((Layer::Pool(pooling), layers)) = layers.split_last() else { panic!("no pooling") };
    let maps = layers.iter().fold(features, |maps, layer| apply(layer, tensors, maps));
    (0..maps.channels).map(|channel| pool(pooling, tensors, &maps, channel)).collect()
}

fn pool(pooling: &Pooling, tensors: &Tensors, maps: &Maps, channel: usize) -> f64 {
    let numbers = || maps.numbers.iter().skip(channel).step_by(maps.channels).copied();
    let positions = (maps.height * maps.width) as f64;
    match pooling {
        Pooling::Average => numbers().sum::<f64>() / positions,
        Pooling::Max => numbers().fold(f64::NEG_INFINITY, f64::max),
        Pooling::Gem { name } => {
            let p = tensors[&Pooling::exponent(name)][0];
            let mean =
                numbers().map(|number| number.max(f64::from(GEM_LEAST)).powf(p)).sum::<f64>() / positions;
            mean.powf(1.0 / p)
        }
        Pooling::ClassToken => panic!("no tokens here"),
    }
}

fn apply(layer: &Layer, tensors: &Tensors, maps: Maps) -> Maps {
    match layer {
        Layer::Convolution(layer) => convolve(layer, tensors, &maps),
        Layer::Activation(activation) => {
            let function = |number: f64| match activation {
                Activation::Relu => number.max(0.0),
                Activation::Relu6 => number.clamp(0.0, 6.0),
                other => panic!("no {other:?} here"),
            };
            Maps { numbers: maps.numbers.iter().map(|&number| function(number)).collect(), ..maps }
        }
        Layer::Residual { branch, .. } => {
            let after = branch.iter().fold(maps.clone(), |maps, layer| apply(layer, tensors, maps));
            let numbers = after.numbers.iter().zip(&maps.numbers).map(|(one, other)| one + other).collect();
            Maps { numbers, ..after }
        }
        other => panic!("no {other:?} here"),
    }
}

fn convolve(layer: &Convolution, tensors: &Tensors, maps: &Maps) -> Maps {
    let (weights, bias) = (&tensors[&layer.weight()], &tensors[&layer.bias_name().unwrap()]);
    let (rows, columns) = (layer.margins(maps.height), layer.margins(maps.width));
    let (inputs, outputs) = (layer.inputs / layer.groups, layer.outputs / layer.groups);
    let mut numbers = Vec::new();
    for row in 0..rows.output {
        for column in 0..columns.output {
            for (output, bias) in bias.iter().enumerate() {
                let mut sum = *bias;
                for input in 0..inputs {
                    for tap_row in 0..layer.kernel {
                        for tap_column in 0..layer.kernel {
                            let from_row = (row * layer.stride + tap_row) as isize - rows.before as isize;
                            let from_column =
                                (column * layer.stride + tap_column) as isize - columns.before as isize;
                            let channel = output / outputs * inputs + input;
                            let tap = ((output * inputs + input) * layer.kernel + tap_row) * layer.kernel
                                + tap_column;
                            sum += weights[tap] * maps.at(from_row, from_column, channel);
                        }
                    }
                }
                numbers.push(sum);
            }
        }
    }
    Maps { height: rows.output, width: columns.output, channels: layer.outputs, numbers }
}
