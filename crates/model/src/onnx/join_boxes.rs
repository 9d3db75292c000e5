//! Detectors that give labels, boxes and scores apart, and want to know how large the photo was: RT-DETR as its authors
//! export it. Joined, they are one output like that of others, and the photo is as large as the network's input.

use prost::Message as _;
use prost::bytes::Bytes;

use super::append::{free_beginning, with_graph};
use super::inspect::OnnxError;
use super::message::{int, open_value_info, whole_numbers};
use super::proto::{FLOAT, GraphProto, ModelProto, NodeProto};

/// Names of the values that are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoxesInParts {
    /// Output of the classes: 1 × N whole numbers.
    pub(crate) labels: String,
    /// Output of left, top, right and bottom: 1 × N × 4.
    pub(crate) boxes: String,
    /// Output of the confidences: 1 × N.
    pub(crate) scores: String,
    /// Input of width and height of the photo, 1 × 2 whole numbers.
    pub(crate) photo_size: String,
}

/// Makes one output of 1 × N × 6 of the three: left, top, right, bottom, confidence, class, in pixels of an input of
/// this width and height, which takes the place of the photo's size.
///
/// # Errors
/// When the bytes are not an ONNX model.
pub(crate) fn join_boxes(
    onnx: &[u8],
    parts: &BoxesInParts,
    (width, height): (u32, u32),
) -> Result<Vec<u8>, OnnxError> {
    let refuse = |reason: String| OnnxError::NotOnnx(reason);
    let model =
        ModelProto::decode(Bytes::copy_from_slice(onnx)).map_err(|error| refuse(error.to_string()))?;
    let graph = model.graph.as_ref().ok_or_else(|| refuse("it has no graph".to_owned()))?;
    let beginning = free_beginning(graph);
    let named = |name: &str| format!("{beginning}{name}");
    let node = |kind: &str, inputs: &[&str], output: &str, attribute| NodeProto {
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        name: Some(output.to_owned()),
        op_type: Some(kind.to_owned()),
        attribute,
    };
    let [column, cast, classes, confidences, joined] =
        ["column", "cast", "classes", "confidences", "joined"].map(named);
    let added = GraphProto {
        node: vec![
            node("Cast", &[&parts.labels], &cast, vec![int("to", i64::from(FLOAT))]),
            node("Reshape", &[&cast, &column], &classes, Vec::new()),
            node("Reshape", &[&parts.scores, &column], &confidences, Vec::new()),
            node("Concat", &[&parts.boxes, &confidences, &classes], &joined, vec![int("axis", 2)]),
        ],
        initializer: vec![
            // As many images as there were, a row for each box, one number in it.
            whole_numbers(&column, &[3], &[0, -1, 1]),
            whole_numbers(&parts.photo_size, &[1, 2], &[i64::from(width), i64::from(height)]),
        ],
        output: vec![open_value_info(&joined)],
        ..GraphProto::default()
    };
    with_graph(onnx, &added, Some(&parts.photo_size))
        .ok_or_else(|| refuse("its bytes cannot be told apart".to_owned()))
}
