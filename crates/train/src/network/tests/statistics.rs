//! Statistics of the batch against a case computed by hand.

use resight_model::{BatchNorm, Tensor as Weight};

use super::*;

const LAYER: &str = "norm";

/// Two images of two channels and two places: channel 0 has 1, 3, 5, 7 (mean 4, variance 5, of the population 20/3),
/// channel 1 has 2 four times.
fn case(mode: Mode) -> (Vec<f32>, Vec<(String, Vec<f32>)>) {
    let layers = [Layer::BatchNorm(BatchNorm { name: LAYER.to_owned(), channels: 2, epsilon: 4.0 })];
    let mut weights = Weights::default();
    let tensors = [
        ("weight", [2.0, 3.0]),
        ("bias", [1.0, 0.5]),
        ("running_mean", [10.0, 0.0]),
        ("running_var", [12.0, 1.0]),
    ];
    for (name, values) in tensors {
        weights.insert(format!("{LAYER}.{name}"), Weight { shape: vec![2], values: values.to_vec() });
    }
    let architecture = Architecture::of_images("case", 1, layers.to_vec());
    let leaves = parameters_on(&architecture, &weights, &Device::flex()).leaves(|_, _| true);
    let maps = vec![1.0_f32, 3.0, 2.0, 2.0, 5.0, 7.0, 2.0, 2.0];
    let maps = Tensor::from_data(TensorData::new(maps, [2, 2, 1, 2]), &Device::flex().autodiff());
    let output = forward(&layers, &leaves, maps, mode);
    let buffers =
        output.buffers.iter().map(|(name, values)| (name.clone(), values_of(values.clone()))).collect();
    (values_of(output.maps()), buffers)
}

fn assert_close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(near, "{found:?} instead of {expected:?}");
}

#[test]
fn statistics_of_the_batch_normalise_and_move_the_running_ones() {
    let (values, buffers) = case(Mode::learning(0.1));
    // (x − 4) / √(5 + 4) · 2 + 1, and the bias alone where nothing varies.
    assert_close(&values, &[-1.0, 1.0 / 3.0, 0.5, 0.5, 5.0 / 3.0, 3.0, 0.5, 0.5]);
    let names: Vec<&str> = buffers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["norm.running_mean", "norm.running_var"]);
    assert_close(&buffers[0].1, &[0.9 * 10.0 + 0.1 * 4.0, 0.1 * 2.0]);
    assert_close(&buffers[1].1, &[0.9 * 12.0 + 0.1 * 20.0 / 3.0, 0.9]);
}

#[test]
fn running_statistics_stay_as_they_are() {
    let (values, buffers) = case(Mode::FROZEN);
    let second = 2.0 / 5.0_f32.sqrt() * 3.0 + 0.5;
    // (x − 10) / √(12 + 4) · 2 + 1.
    assert_close(&values, &[-3.5, -2.5, second, second, -1.5, -0.5, second, second]);
    assert!(buffers.is_empty());
}
