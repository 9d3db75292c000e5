//! The numbers of the forward pass are those of the exported network.

use std::path::Path;

use burn::tensor::DType;
use resight_model::onnx::{Normalization, write_network};
use resight_model::{Bundle, ManifestInput, Purpose, RuntimeChoice, load_network};
use resight_testkit::bundles::preprocess;

use super::*;

/// What the runtime answers for the exported network with every normalisation merged into the layer before it.
fn exported(architecture: &Architecture, weights: &Weights, batch: &[f32], n: usize) -> Vec<f32> {
    let onnx = write_network(architecture, weights, Normalization::Folded).unwrap();
    let side = u32::try_from(architecture.side).unwrap();
    let input = ManifestInput::new(&architecture.name, Purpose::Embedder, preprocess(side, side), "CC0-1.0");
    let bundle = Bundle::from_onnx_bytes(onnx.into(), input, Path::new("memory")).unwrap();
    let network = load_network(&bundle, RuntimeChoice::Rten, 1).unwrap();
    network.run(batch, n).unwrap().remove(0).values
}

fn embedded(architecture: &Architecture, weights: &Weights, images: Tensor<4>, mode: Mode) -> Vec<f32> {
    let device = Device::flex();
    let leaves = parameters_on(architecture, weights, &device).leaves(|_, _| true);
    values_of(forward(&architecture.layers, &leaves, images.autodiff(), mode).embeddings())
}

#[test]
fn every_kind_of_layer_answers_as_the_exported_network() {
    for architecture in networks::all() {
        let weights = architecture.seeded_weights();
        let images = images(&architecture, 3, &Device::flex());
        let expected = exported(&architecture, &weights, &values_of(images.clone()), 3);
        let found = embedded(&architecture, &weights, images, Mode::FROZEN);
        let difference = relative_difference(&found, &expected);
        assert!(difference < 1e-5, "{}: {difference}", architecture.name);
    }
}

#[test]
fn whole_networks_answer_as_the_exported_ones() {
    let is_quick = |one: &Architecture| one.side <= 64 || one.name == "efficientnet-lite0";
    for architecture in Architecture::all().filter(is_quick) {
        let weights = architecture.seeded_weights();
        let images = images(&architecture, 1, &Device::flex());
        let expected = exported(&architecture, &weights, &values_of(images.clone()), 1);
        let found = embedded(&architecture, &weights, images, Mode::FROZEN);
        let difference = relative_difference(&found, &expected);
        println!("{}: {difference:.1e}", architecture.name);
        assert!(difference < 1e-4, "{}: {difference}", architecture.name);
    }
}

#[test]
fn a_network_in_two_parts_answers_as_the_whole() {
    let architecture = Architecture::named("efficientnet-lite0").unwrap();
    let (before, after) = architecture.parts("stage6").unwrap();
    let (weights, device) = (architecture.seeded_weights(), Device::flex());
    let images = images(&architecture, 1, &device);
    let maps = {
        let leaves = parameters_on(&before, &weights, &device).leaves(|_, _| true);
        forward(&before.layers, &leaves, images.clone(), Mode::FROZEN).maps()
    };
    let found = embedded(&after, &weights, maps.inner(), Mode::FROZEN);
    let whole = embedded(&architecture, &weights, images, Mode::FROZEN);
    assert!(relative_difference(&found, &whole) < 1e-6);
}

#[test]
fn half_precision_comes_near_and_answers_in_single() {
    for precision in [DType::BF16, DType::F16] {
        let tolerance = if precision == DType::BF16 { 0.1 } else { 0.02 };
        for architecture in networks::all() {
            let weights = architecture.seeded_weights();
            let images = images(&architecture, 3, &Device::flex());
            let expected = embedded(&architecture, &weights, images.clone(), Mode::FROZEN);
            let leaves = parameters_on(&architecture, &weights, &Device::flex()).leaves(|_, _| true);
            let half = images.autodiff().cast(precision);
            let found = forward(&architecture.layers, &leaves, half, Mode::FROZEN).embeddings();
            assert_eq!(found.dtype(), DType::F32);
            let difference = relative_difference(&values_of(found), &expected);
            assert!(
                difference > 0.0 && difference < tolerance,
                "{} {precision:?}: {difference}",
                architecture.name
            );
        }
    }
}

#[test]
fn weights_become_parameters_and_weights_again() {
    for architecture in networks::all() {
        let weights = architecture.seeded_weights();
        let found = parameters_on(&architecture, &weights, &Device::flex());
        assert_eq!(weights_of(&architecture.layers, &found), weights);
    }
}

#[test]
fn parameters_know_their_part_and_whether_they_decay() {
    let architecture = networks::lite();
    let specs = parameters(&architecture.layers, &architecture.seeded_weights()).unwrap();
    let names = |wanted: fn(&crate::parameters::ParameterSpec) -> bool| -> Vec<&str> {
        specs.iter().filter(|spec| wanted(spec)).map(|spec| spec.name.as_str()).collect()
    };
    assert_eq!(names(|spec| spec.decays), ["stem.weight", "deep.weight", "neck.weight"]);
    let buffers = names(|spec| spec.part == crate::parameters::Part::Buffer);
    assert_eq!(buffers.len(), 6);
    assert!(buffers.iter().all(|name| name.contains(".running_")), "{buffers:?}");
}

#[test]
fn a_missing_tensor_is_named() {
    let architecture = networks::lite();
    let error = parameters(&architecture.layers, &Weights::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "these weights have no tensor of shape [6, 3, 3, 3] that is called `stem.weight`"
    );
}
