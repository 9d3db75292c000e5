//! A detector that gives labels, boxes and scores apart, made on the spot and joined.

use std::path::Path;

use prost::Message as _;

use super::join_boxes::{BoxesInParts, join_boxes};
use super::message::{float, int, ints, tensor, value_info, whole_numbers};
use super::proto::{
    DimensionProto, DimensionValue, GraphProto, INT64, ModelProto, NodeProto, OperatorSetIdProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use crate::bundle::{Bundle, ManifestInput, Purpose};
use crate::detect::{BoxesForm, DetectorManifest};
use crate::runtime::load_network;
use crate::test_support::{available, manifest_input};

const SIDE: u32 = 16;

fn whole(name: &str, extents: &[i64]) -> ValueInfoProto {
    let dim =
        extents.iter().map(|extent| DimensionProto { value: Some(DimensionValue::Fixed(*extent)) }).collect();
    let tensor_type = TensorTypeProto { elem_type: Some(INT64), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: Some(name.to_owned()), kind: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}

fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        name: Some(output.to_owned()),
        op_type: Some(kind.to_owned()),
        attribute: Vec::new(),
    }
}

/// Two boxes as shares of the photo times its size, whatever the picture; the scores take a little of its brightness.
pub(crate) fn detector() -> Vec<u8> {
    let with = |node: NodeProto, attribute| NodeProto { attribute, ..node };
    let graph = GraphProto {
        name: Some("parts".to_owned()),
        node: vec![
            with(node("Cast", &["photo"], "size"), vec![int("to", 1)]),
            with(node("Concat", &["size", "size"], "sizes"), vec![int("axis", 1)]),
            node("Mul", &["shares", "sizes"], "boxes"),
            with(
                node("ReduceMean", &["images"], "mean"),
                vec![ints("axes", vec![1, 2, 3]), int("keepdims", 0)],
            ),
            with(node("LeakyRelu", &["mean"], "leaky"), vec![float("alpha", 0.5)]),
            node("Mul", &["leaky", "nothing"], "zero"),
            node("Add", &["sure", "zero"], "scores"),
            node("Add", &["kinds", "none"], "labels"),
        ],
        initializer: vec![
            tensor("shares", &[1, 2, 4], &[0.0, 0.25, 0.5, 0.75, 0.5, 0.5, 1.0, 1.0]),
            tensor("sure", &[1, 2], &[0.75, 0.5]),
            tensor("nothing", &[1], &[0.0]),
            whole_numbers("kinds", &[1, 2], &[1, 0]),
            whole_numbers("none", &[1], &[0]),
        ],
        input: vec![value_info("images", &[3, SIDE as usize, SIDE as usize]), whole("photo", &[1, 2])],
        output: vec![whole("labels", &[1, 2]), value_info("boxes", &[2, 4]), value_info("scores", &[2])],
        ..GraphProto::default()
    };
    let set = OperatorSetIdProto { domain: Some(String::new()), version: Some(13) };
    let model = ModelProto {
        ir_version: Some(7),
        graph: Some(graph),
        opset_import: vec![set],
        ..ModelProto::default()
    };
    model.encode_to_vec()
}

fn parts() -> BoxesInParts {
    let [labels, boxes, scores, photo_size] = ["labels", "boxes", "scores", "photo"].map(str::to_owned);
    BoxesInParts { labels, boxes, scores, photo_size }
}

#[test]
fn labels_boxes_and_scores_become_one_output_in_pixels_of_the_input() {
    let facts = super::inspect(detector().into()).unwrap();
    let joined = join_boxes(&detector(), &parts(), (SIDE, SIDE)).unwrap();
    assert_eq!((facts.inputs.len(), facts.outputs.len()), (2, 3));
    let given = ManifestInput {
        purpose: Purpose::Detector,
        labels: vec!["fox".to_owned(), "deer".to_owned()],
        detector: Some(DetectorManifest { form: BoxesForm::Corners, ..DetectorManifest::default() }),
        ..manifest_input("parts", SIDE as usize)
    };
    let bundle = Bundle::from_onnx_bytes(joined.into(), given, Path::new("parts.onnx")).unwrap();
    assert_eq!((bundle.facts().inputs.len(), bundle.facts().outputs.len()), (1, 1));
    let picture = vec![0.5; 3 * (SIDE * SIDE) as usize];
    for choice in available() {
        let network = load_network(&bundle, choice, 1).unwrap();
        let output = network.run(&picture, 1).unwrap().remove(0);
        assert_eq!(output.shape, [1, 2, 6]);
        assert_eq!(output.values, [0.0, 4.0, 8.0, 12.0, 0.75, 1.0, 8.0, 8.0, 16.0, 16.0, 0.5, 0.0]);
    }
}

#[test]
fn bytes_that_are_no_model_are_refused() {
    assert!(join_boxes(b"nonsense", &parts(), (SIDE, SIDE)).is_err());
    assert!(join_boxes(&[], &parts(), (SIDE, SIDE)).is_err());
}
