//! From an architecture and weights to an ONNX file.

use prost::Message as _;

use super::message::value_info;
use super::proto::{ModelProto, NodeProto, OperatorSetIdProto};
use super::writer::Writer;
use crate::architecture::{Architecture, Mismatch, Shape};
use crate::weights::Weights;

/// Name of the input of a written network: images × 3 × height × width.
pub const INPUT: &str = "image";
/// Name of the output of a written network: images × dimension.
pub const OUTPUT: &str = "embedding";
/// Name of what lies between the parts of a network: output of the first, input of the second.
pub const BETWEEN: &str = "between";

/// Version of the file format for each version of the standard operator set that is written.
const IR_VERSIONS: [(i64, i64); 2] = [(13, 7), (17, 8)];

/// What becomes of batch normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalization {
    /// Its numbers go into the weights of the convolution before it: fewer steps, the same answer.
    #[default]
    Folded,
    /// It stays a step of its own, as in training; to compare with.
    Separate,
}

/// Writes a network as ONNX, for batches of any size.
///
/// A network that answers features has the output [`OUTPUT`]; the part before a stage (see
/// [`Architecture::parts`]) has the output [`BETWEEN`], the maps or tokens of each image, and the part from there on
/// has the input [`BETWEEN`].
///
/// # Errors
/// When the weights are not those of the architecture.
pub fn write_network(
    architecture: &Architecture,
    weights: &Weights,
    normalization: Normalization,
) -> Result<Vec<u8>, Mismatch> {
    if normalization == Normalization::Folded {
        let (folded, weights) = architecture.folded(weights)?;
        return write_network(&folded, &weights, Normalization::Separate);
    }
    architecture.check(weights)?;
    let input = architecture.input_shape();
    let is_image = architecture.leading_tokens.is_none() && architecture.input_channels == 3;
    let input_name = if is_image { INPUT } else { BETWEEN };
    let mut writer = Writer::new(weights, input_name, input);
    writer.layers(&architecture.layers);
    Ok(finished(writer, architecture, input_name).encode_to_vec())
}

/// As [`write_network`] with [`Normalization::Folded`], with its large tensors in half precision: half the size, and
/// answers that differ in the fourth digit. [`read_weights`](super::read_weights()) reads them back, rounded.
///
/// # Errors
/// When the weights are not those of the architecture.
pub fn write_half_network(architecture: &Architecture, weights: &Weights) -> Result<Vec<u8>, Mismatch> {
    let (folded, weights) = architecture.folded(weights)?;
    folded.check(&weights)?;
    let mut writer = Writer::new(&weights, INPUT, folded.input_shape());
    writer.layers(&folded.layers);
    let mut model = finished(writer, &folded, INPUT);
    model.graph.iter_mut().for_each(super::half::put_to_rest);
    Ok(model.encode_to_vec())
}

fn finished(writer: Writer<'_>, architecture: &Architecture, input_name: &str) -> ModelProto {
    let (shape, operator_set) = (writer.shape, writer.operator_set);
    let mut graph = writer.graph;
    let output_name = if matches!(shape, Shape::Features { .. }) { OUTPUT } else { BETWEEN };
    match graph.node.last_mut() {
        Some(last) => last.output = vec![output_name.to_owned()],
        None => graph.node.push(NodeProto {
            input: vec![input_name.to_owned()],
            output: vec![output_name.to_owned()],
            op_type: Some("Identity".to_owned()),
            ..NodeProto::default()
        }),
    }
    graph.name = Some(architecture.name.clone());
    graph.input = vec![value_info(input_name, &architecture.input_shape().extents())];
    graph.output = vec![value_info(output_name, &shape.extents())];
    ModelProto {
        ir_version: IR_VERSIONS.iter().find(|(set, _)| *set == operator_set).map(|(_, version)| *version),
        producer_name: Some("resight".to_owned()),
        // No version: the same weights give the same bytes, and so the same bundle id, for ever.
        producer_version: None,
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(operator_set) }],
        functions: Vec::new(),
        metadata_props: Vec::new(),
    }
}
