//! Tests of the optimizer.

use burn::tensor::{Device, TensorData};

use super::*;
use crate::parameters::{ParameterSpec, Start};

fn parameters() -> Parameters {
    let mut parameters = Parameters::default();
    for (name, part) in [("neck.w", Part::Neck), ("head.c", Part::Head), ("trunk.w", Part::Trunk)] {
        let spec = ParameterSpec {
            name: name.to_owned(),
            shape: vec![3],
            part,
            start: Start::Values(vec![1.0, -2.0, 3.0]),
            decays: true,
        };
        parameters.add(spec, 1, &Device::flex());
    }
    parameters
}

/// Gradients of half the squared distance from 0.5.
fn gradients(parameters: &Parameters) -> Gradients {
    parameters.iter().map(|(name, one)| (name.to_owned(), one.values.clone().sub_scalar(0.5))).collect()
}

fn tensor(values: &[f32]) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &Device::flex())
}

#[test]
fn both_methods_walk_to_the_minimum() {
    for kind in [OptimizerKind::Adamw, OptimizerKind::Sgd] {
        let recipe = OptimizerRecipe {
            kind,
            rate: 0.05,
            weight_decay: 0.0,
            head_factor: 1.0,
            ..OptimizerRecipe::default()
        };
        let (mut optimizer, mut parameters) = (Optimizer::new(&recipe), parameters());
        for _ in 0..400 {
            let gradients = gradients(&parameters);
            optimizer.step(&mut parameters, gradients, 1.0);
        }
        let end = parameters.numbers("neck.w").unwrap();
        assert!(end.iter().all(|value| (value - 0.5).abs() < 0.05), "{kind:?}: {end:?}");
    }
}

#[test]
fn each_part_moves_at_its_own_rate_and_a_frozen_one_stays() {
    let recipe = OptimizerRecipe {
        kind: OptimizerKind::Sgd,
        rate: 0.01,
        trunk_factor: 0.0,
        head_factor: 10.0,
        weight_decay: 0.0,
        clip_norm: 0.0,
        momentum: 0.0,
        ..OptimizerRecipe::default()
    };
    let (mut optimizer, mut parameters) = (Optimizer::new(&recipe), parameters());
    let all_ones: Gradients =
        ["neck.w", "head.c", "trunk.w"].map(|name| (name.to_owned(), tensor(&[1.0; 3]))).into();
    let report = optimizer.step(&mut parameters, all_ones, 0.5);
    let moved = |name: &str| 1.0 - parameters.numbers(name).unwrap()[0];
    assert!((moved("neck.w") - 0.005).abs() < 1e-6);
    assert!((moved("head.c") - 0.05).abs() < 1e-6);
    assert_eq!(moved("trunk.w"), 0.0);
    assert!((report.gradient.head - 3f64.sqrt()).abs() < 1e-6);
    assert_eq!(report.change.trunk, 0.0);
    assert!((report.change.head - 0.05 * 3f64.sqrt() / 14f64.sqrt()).abs() < 1e-5, "{:?}", report.change);
}

#[test]
fn a_large_gradient_is_cut_to_the_limit() {
    let recipe = OptimizerRecipe {
        kind: OptimizerKind::Sgd,
        rate: 1.0,
        clip_norm: 2.0,
        weight_decay: 0.0,
        momentum: 0.0,
        ..OptimizerRecipe::default()
    };
    let (mut optimizer, mut parameters) = (Optimizer::new(&recipe), parameters());
    let report =
        optimizer.step(&mut parameters, [("neck.w".to_owned(), tensor(&[0.0, 300.0, 400.0]))].into(), 1.0);
    assert!((report.gradient.neck - 500.0).abs() < 1e-3);
    let end = parameters.numbers("neck.w").unwrap();
    assert!((end[1] + 2.0 + 1.2).abs() < 1e-5 && (end[2] - 3.0 + 1.6).abs() < 1e-5, "{end:?}");
}

#[test]
fn what_is_remembered_and_restored_goes_on_to_the_last_bit() {
    for kind in [OptimizerKind::Adamw, OptimizerKind::Sgd] {
        let recipe = OptimizerRecipe { kind, ema: 0.9, ..OptimizerRecipe::default() };
        let (mut optimizer, mut parameters) = (Optimizer::new(&recipe), parameters());
        for _ in 0..5 {
            let gradients = gradients(&parameters);
            optimizer.step(&mut parameters, gradients, 1.0);
        }
        let (mut resumed, mut copy) = (Optimizer::new(&recipe), parameters.clone());
        resumed.restore(&optimizer.arrays(), &Device::flex());
        for _ in 0..5 {
            let one = gradients(&parameters);
            optimizer.step(&mut parameters, one, 1.0);
            let other = gradients(&copy);
            resumed.step(&mut copy, other, 1.0);
        }
        for name in ["neck.w", "head.c", "trunk.w"] {
            assert_eq!(parameters.numbers(name), copy.numbers(name), "{kind:?} {name}");
            let settled = |optimizer: &Optimizer, own: &Parameters| optimizer.settled(own).numbers(name);
            assert_eq!(settled(&optimizer, &parameters), settled(&resumed, &copy));
            assert_ne!(settled(&optimizer, &parameters), parameters.numbers(name));
        }
    }
}
