//! The fast way against a plain one, and against itself.

mod network;
mod networks;
mod reference;

use std::collections::BTreeMap;

use half::f16;
use rand::seq::index::sample;
use resight_model::{Layer, Padding, Pooling};

use super::{FastTail, TailError, Unsupported, Workspace};
use crate::generator;
use networks::{RELU6, blocks, depthwise, features, gradient, pointwise, residual, tensors, windows};
use reference::{Maps, Tensors, answer};

fn slices(features: &[Vec<f16>]) -> Vec<&[f16]> {
    features.iter().map(Vec::as_slice).collect()
}

fn poolings() -> [Pooling; 3] {
    [Pooling::Average, Pooling::Max, Pooling::Gem { name: "pool".to_owned() }]
}

/// What the plain way answers for all photos.
fn plain(
    layers: &[Layer],
    [channels, height, width]: [usize; 3],
    tensors: &Tensors,
    photos: &[Vec<f16>],
) -> Vec<f64> {
    let maps = |photo: &Vec<f16>| {
        let numbers = photo.iter().map(|number| number.to_f64()).collect();
        Maps { height, width, channels, numbers }
    };
    photos.iter().flat_map(|photo| answer(layers, tensors, maps(photo))).collect()
}

fn relative(found: &[f64], wanted: &[f64]) -> f64 {
    let norm =
        |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|number| number * number).sum::<f64>().sqrt();
    let difference = norm(&mut found.iter().zip(wanted).map(|(found, wanted)| found - wanted));
    difference / norm(&mut wanted.iter().copied()).max(1e-12)
}

/// Compares answers, and gradients with finite differences of the plain way at up to `places` places a tensor.
fn compare((layers, input): (Vec<Layer>, [usize; 3]), photos: usize, places: usize) {
    let tail = FastTail::plan(&layers, input).unwrap();
    let tensors = tensors(&tail, &layers, 5);
    let features = features(&tail, photos, 6);
    let gradient = gradient(&tail, photos, 7);
    let mut precise: Tensors = tensors
        .iter()
        .map(|(name, tensor)| (name.clone(), tensor.iter().map(|&number| f64::from(number)).collect()))
        .collect();
    let mut workspace = Workspace::default();
    let answers = tail.forward(&tensors, &slices(&features), &mut workspace).unwrap().to_vec();
    let answers: Vec<f64> = answers.into_iter().map(f64::from).collect();
    let error = relative(&answers, &plain(&layers, input, &precise, &features));
    assert!(error < 1e-5, "answers differ by {error}");

    let gradients = tail.backward(&tensors, &gradient, &mut workspace).unwrap();
    let mut loss = |name: &str, place: usize, step: f64| {
        let number = precise.get_mut(name).unwrap();
        let before = number[place];
        number[place] += step;
        let answers = plain(&layers, input, &precise, &features);
        precise.get_mut(name).unwrap()[place] = before;
        answers.iter().zip(&gradient).map(|(answer, gradient)| answer * f64::from(*gradient)).sum::<f64>()
    };
    for (name, found) in gradients {
        let places = sample(&mut generator(8, name, &[]), found.len(), places.min(found.len()));
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        for place in places {
            const STEP: f64 = 1e-6;
            fast.push(f64::from(found[place]));
            slow.push((loss(name, place, STEP) - loss(name, place, -STEP)) / (2.0 * STEP));
        }
        let error = relative(&fast, &slow);
        assert!(slow.iter().any(|number| *number != 0.0), "nothing is learnt of {name}");
        assert!(error < 1e-4, "gradients of {name} differ by {error}: {fast:?} {slow:?}");
    }
}

#[test]
fn gradients_of_blocks_with_shortcuts_are_those_of_finite_differences() {
    for pooling in poolings() {
        compare(blocks(pooling), 11, 6);
    }
}

#[test]
fn gradients_of_all_windows_and_paddings_are_those_of_finite_differences() {
    for pooling in poolings() {
        compare(windows(pooling), 3, 8);
    }
}

fn all_gradients(
    tail: &FastTail,
    tensors: &BTreeMap<String, Vec<f32>>,
    photos: usize,
) -> BTreeMap<String, Vec<f32>> {
    let (features, gradient) = (features(tail, photos, 3), gradient(tail, photos, 4));
    let mut workspace = Workspace::default();
    tail.forward(tensors, &slices(&features), &mut workspace).unwrap();
    tail.backward(tensors, &gradient, &mut workspace).unwrap().clone()
}

#[test]
fn the_number_of_threads_changes_not_one_bit() {
    let (layers, input) = blocks(Pooling::Gem { name: "pool".to_owned() });
    let tail = FastTail::plan(&layers, input).unwrap();
    let tensors = tensors(&tail, &layers, 1);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| all_gradients(&tail, &tensors, 50))
    };
    let alone = with(1);
    assert!(alone == with(2) && alone == with(5));
}

#[test]
fn a_workspace_that_was_used_before_changes_nothing() {
    let (layers, input) = blocks(Pooling::Average);
    let tail = FastTail::plan(&layers, input).unwrap();
    let tensors = tensors(&tail, &layers, 1);
    let mut workspace = Workspace::default();
    let mut step = |photos: usize| {
        let (features, gradient) = (features(&tail, photos, 3), gradient(&tail, photos, 4));
        tail.forward(&tensors, &slices(&features), &mut workspace).unwrap();
        tail.backward(&tensors, &gradient, &mut workspace).unwrap().clone()
    };
    step(40);
    assert!(step(23) == all_gradients(&tail, &tensors, 23));
    assert!(step(31) == all_gradients(&tail, &tensors, 31));
    assert!(step(0).values().flatten().all(|number| *number == 0.0));
}

#[test]
fn what_is_no_number_is_not_hidden() {
    let (layers, input) = blocks(Pooling::Average);
    let tail = FastTail::plan(&layers, input).unwrap();
    let mut tensors = tensors(&tail, &layers, 1);
    tensors.get_mut("second.filter.bias").unwrap()[36] = f32::NAN;
    let features = features(&tail, 1, 3);
    let mut workspace = Workspace::default();
    let answers = tail.forward(&tensors, &slices(&features), &mut workspace).unwrap();
    assert!(answers.iter().any(|answer| answer.is_nan()));
}

#[test]
fn what_the_fast_way_does_not_know_is_refused_by_name() {
    let refusal = |layers: Vec<Layer>| FastTail::plan(&layers, [4, 6, 6]).unwrap_err();
    let pool = || Layer::Pool(Pooling::Average);
    assert!(matches!(refusal(vec![pointwise("a", 4, 4)]), Unsupported::Order(_)));
    assert!(matches!(refusal(vec![pointwise("a", 5, 4), pool()]), Unsupported::Channels { found: 4, .. }));
    assert!(matches!(refusal(vec![RELU6, pointwise("a", 4, 4), pool()]), Unsupported::Order(_)));
    assert!(matches!(refusal(vec![pool()]), Unsupported::Order(_)));
    let window = depthwise("wide", 4, 9, 1, Padding::Same);
    assert!(matches!(refusal(vec![window, pool()]), Unsupported::Window { kernel: 9, .. }));
    let filter = depthwise("filter", 4, 3, 1, Padding::Same);
    assert!(matches!(refusal(vec![filter.clone(), pool()]), Unsupported::Order(_)));
    assert!(matches!(
        refusal(vec![residual(vec![pointwise("a", 4, 4), filter]), pool()]),
        Unsupported::Order(_)
    ));
    let without_bias = resight_model::Convolution::pointwise("plain", 4, 4);
    let message = refusal(vec![Layer::Convolution(without_bias), pool()]).to_string();
    assert!(message.ends_with(": plain"), "{message}");
    let dense = Layer::Convolution(resight_model::Convolution {
        kernel: 3,
        bias: true,
        ..resight_model::Convolution::pointwise("dense", 4, 4)
    });
    assert!(refusal(vec![dense, pool()]).to_string().ends_with("dense"));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let (layers, input) = blocks(Pooling::Average);
    let tail = FastTail::plan(&layers, input).unwrap();
    let mut tensors = tensors(&tail, &layers, 1);
    let mut workspace = Workspace::default();
    let short: &[f16] = &[f16::ZERO; 5];
    let error = tail.forward(&tensors, &[short], &mut workspace).unwrap_err();
    assert_eq!(error, TailError::Features { found: 5, wanted: 6 * 10 * 8, photo: 0 });
    assert_eq!(tail.backward(&tensors, &[], &mut workspace).unwrap_err(), TailError::Order);
    let features = features(&tail, 2, 3);
    tail.forward(&tensors, &slices(&features), &mut workspace).unwrap();
    let error = tail.backward(&tensors, &[1.0], &mut workspace).unwrap_err();
    assert_eq!(error, TailError::Gradient { found: 1, wanted: 66 });
    tensors.get_mut("head.bias").unwrap().pop();
    let error = tail.forward(&tensors, &slices(&features), &mut workspace).unwrap_err();
    assert_eq!(error, TailError::Length { found: 32, wanted: 33, name: "head.bias".to_owned() });
    tensors.remove("head.bias");
    let error = tail.forward(&tensors, &slices(&features), &mut workspace).unwrap_err();
    assert_eq!(error, TailError::Missing("head.bias".to_owned()));
}
