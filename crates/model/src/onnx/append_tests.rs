//! A neck behind a network that was written elsewhere.

use prost::Message as _;
use prost::bytes::Bytes;

use super::append;
use super::inspect::inspect;
use super::proto::{DimensionValue, ModelProto};
use super::wire::push_field;
use super::{Normalization, write_network};
use crate::architecture::{Activation, Architecture, BatchNorm, Layer, LayerNorm, Linear, Scale};
use crate::runtime::{RuntimeChoice, load_written, runtimes};
use crate::test_support::{picture, relative_difference, tiny_architecture, tiny_onnx};
use crate::weights::Weights;

/// A layer of every kind that a neck can have; 8 numbers in, 5 out.
fn neck() -> Vec<Layer> {
    let norm =
        |name: &str, channels| Layer::BatchNorm(BatchNorm { name: name.to_owned(), channels, epsilon: 1e-5 });
    let linear = |name: &str, inputs, outputs, bias| {
        Layer::Linear(Linear { name: name.to_owned(), inputs, outputs, bias })
    };
    vec![
        norm("first", 8),
        linear("wide", 8, 6, true),
        norm("second", 6),
        Layer::Activation(Activation::Gelu),
        Layer::Residual {
            branch: vec![
                linear("deep", 6, 6, false),
                Layer::Activation(Activation::Silu),
                Layer::Scale(Scale { name: "deep.gamma".to_owned(), channels: 6 }),
            ],
            shortcut: vec![Layer::Activation(Activation::Relu6)],
        },
        Layer::LayerNorm(LayerNorm { name: "third".to_owned(), channels: 6, epsilon: 1e-6 }),
        linear("narrow", 6, 5, false),
    ]
}

/// The tiny network with the neck behind it, and its weights.
fn whole() -> (Architecture, Weights) {
    let mut layers = tiny_architecture().layers;
    layers.extend(neck());
    let whole = Architecture::of_images("whole", 16, layers);
    let weights = whole.seeded_weights();
    (whole, weights)
}

fn run(onnx: &[u8], choice: RuntimeChoice) -> Vec<f32> {
    let images = [picture(16), picture(16).iter().map(|value| -value).collect()].concat();
    load_written(onnx, 16, choice, 1, "test").unwrap().run(&images, 2).unwrap().remove(0).values
}

fn with_operator_set(set: i64) -> Vec<u8> {
    let mut model = ModelProto::decode(Bytes::from(tiny_onnx())).unwrap();
    model.opset_import[0].version = Some(set);
    model.encode_to_vec()
}

#[test]
fn a_neck_behind_a_file_answers_what_the_whole_network_does() {
    let (whole, weights) = whole();
    let expected =
        run(&write_network(&whole, &weights, Normalization::Separate).unwrap(), RuntimeChoice::Rten);
    assert_eq!(expected.len(), 10);
    for set in [11, 13, 17] {
        let onnx = append(&with_operator_set(set), "embedding", &neck(), &weights).unwrap();
        let facts = inspect(onnx.clone().into()).unwrap();
        assert_eq!((facts.operator_set, facts.outputs.len()), (set, 1));
        let mut choices = vec![RuntimeChoice::Rten];
        if runtimes()[0].available {
            choices.push(RuntimeChoice::OnnxRuntime);
        }
        for choice in choices {
            let difference = relative_difference(&run(&onnx, choice), &expected);
            assert!(difference < 1e-5, "operator set {set} in {choice:?}: {difference:e}");
        }
    }
}

#[test]
fn maps_of_one_place_are_taken_as_a_row() {
    let mut model = ModelProto::decode(Bytes::from(tiny_onnx())).unwrap();
    let graph = model.graph.as_mut().unwrap();
    let flatten = graph.node.pop().unwrap();
    assert_eq!(flatten.op_type(), "Flatten");
    graph.node.last_mut().unwrap().output = vec!["maps".to_owned()];
    graph.output[0].name = Some("maps".to_owned());
    graph.output[0].kind = None;
    let (_, weights) = whole();
    let from_maps = append(&model.encode_to_vec(), "maps", &neck(), &weights).unwrap();
    let from_row = append(&tiny_onnx(), "embedding", &neck(), &weights).unwrap();
    assert_eq!(run(&from_maps, RuntimeChoice::Rten), run(&from_row, RuntimeChoice::Rten));
}

#[test]
fn a_second_neck_takes_other_names() {
    let (_, weights) = whole();
    let once = append(&tiny_onnx(), "embedding", &neck(), &weights).unwrap();
    let more = [Layer::Linear(Linear { name: "again".to_owned(), inputs: 5, outputs: 3, bias: true })];
    let more_weights = Architecture::of_images("more", 1, more.to_vec()).seeded_weights();
    let name = inspect(once.clone().into()).unwrap().outputs[0].name.clone();
    assert_eq!(name, "neck/embedding");
    let twice = append(&once, &name, &more, &more_weights).unwrap();
    assert_eq!(inspect(twice.clone().into()).unwrap().outputs[0].name, "neck2/embedding");
    let (rows, found) = (run(&once, RuntimeChoice::Rten), run(&twice, RuntimeChoice::Rten));
    let [matrix, bias] = ["again.weight", "again.bias"].map(|name| &more_weights.get(name).unwrap().values);
    let products = rows.chunks(5).flat_map(|row| {
        let dot = |line: &[f32]| row.iter().zip(line).map(|(a, b)| a * b).sum::<f32>();
        matrix.chunks(5).zip(bias).map(move |(line, bias)| dot(line) + bias).collect::<Vec<_>>()
    });
    let products: Vec<f32> = products.collect();
    assert!(relative_difference(&found, &products) < 1e-5);
}

#[test]
fn what_resight_does_not_know_stays_in_the_file() {
    let (_, weights) = whole();
    let mut onnx = tiny_onnx();
    let (documentation, metadata) = (b"made by somebody".as_slice(), b"\x0a\x03key\x12\x05value".as_slice());
    push_field(&mut onnx, 6, documentation);
    push_field(&mut onnx, 14, metadata);
    let appended = append(&onnx, "embedding", &neck(), &weights).unwrap();
    for kept in [documentation, metadata] {
        assert!(appended.windows(kept.len()).any(|window| window == kept));
    }
    let before = ModelProto::decode(Bytes::from(onnx)).unwrap().graph.unwrap();
    let after = ModelProto::decode(Bytes::from(appended)).unwrap().graph.unwrap();
    assert_eq!(after.node[..before.node.len()], before.node);
    assert_eq!(after.initializer[..before.initializer.len()], before.initializer);
    assert_eq!((after.name, after.input), (before.name, before.input));
}

#[test]
fn what_cannot_have_this_neck_is_refused_with_the_reason() {
    let (_, weights) = whole();
    let refusal = |onnx: &[u8], output: &str, layers: &[Layer], weights: &Weights| {
        append(onnx, output, layers, weights).unwrap_err().to_string()
    };
    let good = tiny_onnx();
    assert!(refusal(b"no network at all", "embedding", &neck(), &weights).contains("not an ONNX model"));
    let unnamed = refusal(&good, "logits", &neck(), &weights);
    assert!(unnamed.contains("no output named `logits`; it has: embedding"), "{unnamed}");
    let old = refusal(&with_operator_set(10), "embedding", &neck(), &weights);
    assert!(old.contains("operator set, 10, is too old"), "{old}");
    let pooled = refusal(&good, "embedding", &tiny_architecture().layers, &weights);
    assert!(pooled.contains("cannot have this layer"), "{pooled}");
    assert!(refusal(&good, "embedding", &neck(), &Weights::default()).contains("first.weight"));
    assert!(refusal(&good, "embedding", &[], &weights).contains("no layer with channels"));
    let narrow = [neck().pop().unwrap()];
    let message = refusal(&good, "embedding", &narrow, &weights);
    assert!(message.contains("takes 6 numbers, the network gives 8"), "{message}");
    let mut open = ModelProto::decode(Bytes::from(good)).unwrap();
    let kind = open.graph.as_mut().unwrap().output[0].kind.as_mut().unwrap();
    let shape = kind.tensor_type.as_mut().unwrap().shape.as_mut().unwrap();
    shape.dim[1].value = Some(DimensionValue::Named("features".to_owned()));
    assert!(append(&open.encode_to_vec(), "embedding", &neck(), &weights).is_ok());
}
