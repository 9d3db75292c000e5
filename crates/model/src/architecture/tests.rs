//! EfficientNet-Lite against the original PyTorch code (`fixtures/reference/model`).

use super::*;
use crate::onnx::{INPUT, Normalization, OUTPUT, write_network};
use crate::runtime::{NetworkSpec, RuntimeChoice, load_onnx};
use crate::test_support::{picture, real_weights, reference, relative_difference};
use crate::weights::Tensor;

/// How far the embedding may be from PyTorch's, relative to its greatest value.
const TOLERANCE: f64 = 1e-4;

const MEASURED: [EfficientNetLite; 3] =
    [EfficientNetLite::Lite0, EfficientNetLite::Lite1, EfficientNetLite::Lite2];

fn embed(architecture: &Architecture, weights: &Weights, normalization: Normalization) -> Vec<f32> {
    let onnx = write_network(architecture, weights, normalization).unwrap();
    let side = architecture.side;
    let spec = NetworkSpec {
        input: INPUT,
        outputs: vec![OUTPUT],
        height: side,
        width: side,
        threads: 1,
        one_by_one: false,
    };
    let network = load_onnx(&onnx, &spec, RuntimeChoice::Rten, &architecture.name).unwrap();
    network.run(&picture(side), 1).unwrap().remove(0).values
}

#[test]
fn seeded_networks_agree_with_pytorch() {
    for architecture in MEASURED.map(EfficientNetLite::architecture) {
        let found = embed(&architecture, &architecture.seeded_weights(), Normalization::Folded);
        let difference = relative_difference(&found, &reference(&architecture.name, "seeded"));
        println!("{} seeded: relative difference {difference:.1e}", architecture.name);
        assert!(difference < TOLERANCE, "{}: {difference:e}", architecture.name);
    }
}

#[test]
fn pretrained_networks_agree_with_pytorch() {
    for architecture in MEASURED.map(EfficientNetLite::architecture) {
        let Some(weights) = real_weights(&architecture.name) else { return };
        let found = embed(&architecture, &weights, Normalization::Folded);
        let difference = relative_difference(&found, &reference(&architecture.name, "pretrained"));
        println!("{} pretrained: relative difference {difference:.1e}", architecture.name);
        assert!(difference < TOLERANCE, "{}: {difference:e}", architecture.name);
    }
}

#[test]
fn folding_normalization_changes_nothing() {
    let architecture = EfficientNetLite::Lite0.architecture();
    let weights = architecture.seeded_weights();
    let separate = embed(&architecture, &weights, Normalization::Separate);
    let difference = relative_difference(&separate, &embed(&architecture, &weights, Normalization::Folded));
    assert!(difference < 1e-5, "{difference:e}");
    let against_pytorch = relative_difference(&separate, &reference(&architecture.name, "seeded"));
    assert!(against_pytorch < TOLERANCE, "{against_pytorch:e}");
}

#[test]
fn the_same_weights_give_the_same_bytes_for_ever() {
    let architecture = EfficientNetLite::Lite0.architecture();
    let onnx = write_network(&architecture, &architecture.seeded_weights(), Normalization::Folded).unwrap();
    // Bundle ids hang on these bytes: if they change, catalogs no longer know their own embeddings.
    let expected = "16924b979b1c60046411aeb09a7a26fe6f9523d8031dd00e4860fb69612ecff2";
    assert_eq!(blake3::hash(&onnx).to_hex().as_str(), expected);
}

#[test]
fn same_padding_puts_the_odd_pixel_below_and_right() {
    let mut layer = Convolution { kernel: 3, stride: 2, ..Convolution::pointwise("", 1, 1) };
    assert_eq!(layer.margins(224), Margins { before: 0, after: 1, output: 112 });
    assert_eq!(layer.margins(65), Margins { before: 1, after: 1, output: 33 });
    layer.kernel = 5;
    assert_eq!(layer.margins(112), Margins { before: 1, after: 2, output: 56 });
    layer.stride = 1;
    assert_eq!(layer.margins(14), Margins { before: 2, after: 2, output: 14 });
}

#[test]
fn what_does_not_fit_is_named() {
    let architecture = EfficientNetLite::Lite0.architecture();
    let mut weights = Weights::default();
    for (name, tensor) in architecture.seeded_weights().iter().filter(|(name, _)| *name != "_bn1.bias") {
        weights.insert(name.to_owned(), tensor.clone());
    }
    let odd = Tensor { shape: vec![1], values: vec![0.0] };
    weights.insert("_conv_head.weight".to_owned(), odd.clone());
    weights.insert("_fc.weight".to_owned(), odd.clone());
    weights.insert("_blocks.0._se_reduce.weight".to_owned(), odd);
    let mismatch = architecture.check(&weights).unwrap_err();
    assert_eq!(
        mismatch.to_string(),
        "these weights are not those of efficientnet-lite0: 1 missing: _bn1.bias; 1 of another shape: \
         _conv_head.weight ([1] instead of [1280, 320, 1, 1]); 1 without a place: _blocks.0._se_reduce.weight"
    );
}
