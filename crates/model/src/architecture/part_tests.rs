//! Stages, parts, folding and pooling.

use super::*;
use crate::onnx::{Normalization, read_weights, write_network};
use crate::runtime::{RuntimeChoice, load_written, runtimes};
use crate::test_support::{picture, relative_difference};
use crate::weights::Tensor;

const MINIS: [&str; 5] =
    ["resnet-mini", "efficientnetv2-mini", "convnext-mini", "dinov2-mini", "dinov2-mini-reg"];

fn minis() -> impl Iterator<Item = Architecture> {
    MINIS.into_iter().map(|name| Architecture::named(name).unwrap())
}

fn run(onnx: &[u8], side: usize, choice: RuntimeChoice) -> Vec<f32> {
    load_written(onnx, side, choice, 1, "test").unwrap().run(&picture(side), 1).unwrap().remove(0).values
}

fn run_network(architecture: &Architecture, weights: &Weights, normalization: Normalization) -> Vec<f32> {
    run(&write_network(architecture, weights, normalization).unwrap(), architecture.side, RuntimeChoice::Rten)
}

#[test]
fn stages_have_the_names_that_recipes_use() {
    let names = |name: &str| {
        let stages = Architecture::named(name).unwrap().stages;
        stages.into_iter().map(|stage| stage.name).collect::<Vec<_>>().join(" ")
    };
    let lite = "stem stage1 stage2 stage3 stage4 stage5 stage6 stage7 head pool";
    assert_eq!(names("efficientnet-lite0"), lite);
    assert_eq!(names("resnet50"), "stem stage1 stage2 stage3 stage4 pool");
    assert_eq!(names("convnext-tiny"), "stem stage1 stage2 stage3 stage4 pool");
    assert_eq!(names("efficientnetv2-s"), "stem stage1 stage2 stage3 stage4 stage5 stage6 head pool");
    assert_eq!(names("dinov2-mini"), "stem block1 block2 head pool");
}

#[test]
fn maps_before_the_pooling_have_the_shape_that_is_told() {
    let shape = |name: &str, side| Architecture::named(name).unwrap().output_shape([3, side, side]);
    assert_eq!(shape("efficientnet-lite0", 224), [1280, 7, 7]);
    assert_eq!(shape("efficientnet-lite0", 225), [1280, 8, 8]);
    assert_eq!(shape("resnet50", 224), [2048, 7, 7]);
    assert_eq!(shape("convnext-tiny", 256), [768, 8, 8]);
    assert_eq!(shape("efficientnetv2-rw-m", 320), [2152, 10, 10]);
    assert_eq!(shape("dinov2-vits14-reg", 224), [384, 5 + 256, 1]);
    let (prefix, rest) = Architecture::named("resnet50").unwrap().parts("stage4").unwrap();
    assert_eq!(prefix.output_shape([3, 224, 224]), [1024, 14, 14]);
    assert_eq!((prefix.dimension, rest.side, rest.input_channels), (1024 * 14 * 14, 14, 1024));
    assert_eq!(
        rest.stages,
        [Stage { name: "stage4".into(), first: 0 }, Stage { name: "pool".into(), first: 6 }]
    );
}

/// Runs the second part of a network in rten, on what the first part answered.
fn run_rest(onnx: &[u8], between: &[f32], shape: &[usize]) -> Vec<f32> {
    let model = rten::ModelOptions::with_all_ops().load(onnx.to_vec()).unwrap();
    let (input, output) = (model.node_id("between").unwrap(), model.node_id("embedding").unwrap());
    let between = rten_tensor::Tensor::from_data(shape, between.to_vec());
    let [answer] = model.run_n(vec![(input, between.into())], [output], None).unwrap();
    let answer: rten_tensor::Tensor<f32> = answer.try_into().unwrap();
    answer.into_data()
}

#[test]
fn two_parts_in_a_row_answer_what_the_whole_does() {
    for whole in minis() {
        let weights = whole.seeded_weights();
        let expected = run_network(&whole, &weights, Normalization::Folded);
        for stage in whole.stages.iter().skip(1) {
            let (prefix, rest) = whole.parts(&stage.name).unwrap();
            let onnx = write_network(&prefix, &weights, Normalization::Folded).unwrap();
            let network = load_written(&onnx, prefix.side, RuntimeChoice::Rten, 1, "prefix").unwrap();
            let between = network.run(&picture(prefix.side), 1).unwrap().remove(0);
            let told = [vec![1], rest.input_shape().extents()].concat();
            assert_eq!(between.shape, told, "{}", prefix.name);
            assert_eq!(prefix.dimension, between.values.len());
            let rest_onnx = write_network(&rest, &weights, Normalization::Folded).unwrap();
            let found = run_rest(&rest_onnx, &between.values, &between.shape);
            let difference = relative_difference(&found, &expected);
            assert!(difference < 1e-5, "{} from {}: {difference:e}", whole.name, stage.name);
        }
        let (nothing, all) = whole.parts("stem").unwrap();
        assert!(nothing.layers.is_empty() && all.layers == whole.layers);
        assert_eq!(nothing.dimension, 3 * whole.side * whole.side);
        let nothing = write_network(&nothing, &weights, Normalization::Folded).unwrap();
        assert_eq!(run(&nothing, whole.side, RuntimeChoice::Rten), picture(whole.side));
        assert_eq!(whole.parts("no such stage"), None);
    }
}

#[test]
fn a_folded_network_has_no_batch_normalisation_and_answers_the_same() {
    fn has_norm(layers: &[Layer]) -> bool {
        layers.iter().any(|layer| match layer {
            Layer::BatchNorm(_) => true,
            Layer::Residual { branch, shortcut } => has_norm(branch) || has_norm(shortcut),
            _ => false,
        })
    }
    for whole in minis() {
        let weights = whole.seeded_weights();
        let (folded, folded_weights) = whole.folded(&weights).unwrap();
        assert!(!has_norm(&folded.layers), "{}", whole.name);
        folded.check(&folded_weights).unwrap();
        assert_eq!(folded_weights.len(), folded.tensors().count());
        for (stage, old) in folded.stages.iter().zip(&whole.stages) {
            assert_eq!(stage.name, old.name);
        }
        let (_, rest) = folded.parts("pool").unwrap();
        assert!(matches!(rest.layers[0], Layer::Pool(_)));
        let expected = run_network(&whole, &weights, Normalization::Separate);
        let found = run_network(&folded, &folded_weights, Normalization::Separate);
        assert!(relative_difference(&found, &expected) < 1e-5, "{}", whole.name);
    }
}

#[test]
fn the_tensors_of_a_written_network_can_be_read_again() {
    for whole in minis() {
        let (folded, weights) = whole.folded(&whole.seeded_weights()).unwrap();
        let onnx = write_network(&folded, &weights, Normalization::Folded).unwrap();
        let found = read_weights(onnx.into()).unwrap();
        for (name, tensor) in weights.iter() {
            assert_eq!(found.get(name), Some(tensor), "{}", whole.name);
        }
    }
}

fn linear(name: &str, inputs: usize, outputs: usize, bias: bool) -> Layer {
    Layer::Linear(Linear { name: name.to_owned(), inputs, outputs, bias })
}

fn batch_norm(name: &str, channels: usize) -> Layer {
    Layer::BatchNorm(BatchNorm { name: name.to_owned(), channels, epsilon: 1e-5 })
}

/// A neck in plain loops: normalisation, product, normalisation, layer normalisation.
fn neck_by_hand(features: &[f32], weights: &Weights) -> Vec<f64> {
    let get = |name: &str| -> Vec<f64> {
        weights.get(name).unwrap().values.iter().map(|value| f64::from(*value)).collect()
    };
    let norm = |values: Vec<f64>, name: &str| -> Vec<f64> {
        let [weight, bias, mean, variance] =
            ["weight", "bias", "running_mean", "running_var"].map(|part| get(&format!("{name}.{part}")));
        let one = |i: usize| (values[i] - mean[i]) / (variance[i] + 1e-5).sqrt() * weight[i] + bias[i];
        (0..values.len()).map(one).collect()
    };
    let values = norm(features.iter().map(|value| f64::from(*value)).collect(), "neck.0");
    let (matrix, width) = (get("neck.1.weight"), values.len());
    let dot = |row: &[f64]| row.iter().zip(&values).map(|(a, b)| a * b).sum::<f64>();
    let values: Vec<f64> = matrix.chunks_exact(width).map(dot).collect();
    let values = norm(values, "neck.2");
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let (weight, bias) = (get("neck.3.weight"), get("neck.3.bias"));
    (0..values.len()).map(|i| (values[i] - mean) / (variance + 1e-6).sqrt() * weight[i] + bias[i]).collect()
}

#[test]
fn poolings_and_necks_compute_what_their_formulas_say() {
    let choices = if runtimes()[0].available { 2 } else { 1 };
    for name in ["resnet-mini", "dinov2-mini-reg"] {
        let whole = Architecture::named(name).unwrap();
        let (prefix, _) = whole.parts("pool").unwrap();
        let maps = run_network(&prefix, &whole.seeded_weights(), Normalization::Folded);
        for pooling in [Pooling::Average, Pooling::Max, Pooling::Gem { name: "pool".into() }] {
            let channels = whole.dimension;
            let mut network = whole.clone();
            network.layers.pop();
            let pooled = pool_by_hand(&maps, channels, &pooling, name.starts_with("dinov2"));
            network.layers.extend([
                Layer::Pool(pooling.clone()),
                batch_norm("neck.0", channels),
                linear("neck.1", channels, 12, false),
                batch_norm("neck.2", 12),
                Layer::LayerNorm(LayerNorm { name: "neck.3".to_owned(), channels: 12, epsilon: 1e-6 }),
            ]);
            network.dimension = 12;
            let mut weights = network.seeded_weights();
            if pooling != Pooling::Average && pooling != Pooling::Max {
                weights.insert("pool.p".to_owned(), Tensor { shape: vec![1], values: vec![2.7] });
            }
            let expected: Vec<f32> =
                neck_by_hand(&pooled, &weights).into_iter().map(|value| value as f32).collect();
            for normalization in [Normalization::Folded, Normalization::Separate] {
                let onnx = write_network(&network, &weights, normalization).unwrap();
                for choice in &[RuntimeChoice::Rten, RuntimeChoice::OnnxRuntime][..choices] {
                    let found = run(&onnx, network.side, *choice);
                    let difference = relative_difference(&found, &expected);
                    assert!(
                        difference < 1e-4,
                        "{name} {pooling:?} {normalization:?} {choice:?}: {difference:e}"
                    );
                }
            }
        }
    }
}

/// The pooling of maps (channels × places) or of tokens (places × channels, the first 5 of them no patches).
fn pool_by_hand(numbers: &[f32], channels: usize, pooling: &Pooling, tokens: bool) -> Vec<f32> {
    let places = numbers.len() / channels;
    let of_channel = |channel: usize| -> Vec<f64> {
        let index = |place: usize| if tokens { place * channels + channel } else { channel * places + place };
        (if tokens { 5 } else { 0 }..places).map(|place| f64::from(numbers[index(place)])).collect()
    };
    let pooled = |values: Vec<f64>| match pooling {
        Pooling::Max => values.into_iter().fold(f64::NEG_INFINITY, f64::max),
        Pooling::Gem { .. } => {
            let powers = values.iter().map(|value| value.max(1e-6).powf(2.7));
            (powers.sum::<f64>() / values.len() as f64).powf(1.0 / 2.7)
        }
        _ => values.iter().sum::<f64>() / values.len() as f64,
    };
    (0..channels).map(|channel| pooled(of_channel(channel)) as f32).collect()
}
