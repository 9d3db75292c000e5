//! A neck behind any network: layers put at the end of an ONNX file whose network resight does not know.

use prost::Message as _;
use prost::bytes::Bytes;

use super::inspect::{Dimension, OnnxError, inspect};
use super::message::{int, value_info};
use super::proto::{GraphProto, ModelProto, NodeProto, ValueInfoProto};
use super::wire::{Field, LENGTH_DELIMITED, fields, push_field};
use super::writer::Writer;
use crate::architecture::{Layer, Shape, folded_layers};
use crate::weights::Weights;

/// Field numbers of `onnx.proto`.
const GRAPH: u64 = 7;
const NODE: u64 = 1;
const INITIALIZER: u64 = 5;
const INPUT_OF_GRAPH: u64 = 11;
const OUTPUT_OF_GRAPH: u64 = 12;

/// The oldest operator set that has what a neck wants.
const OLDEST_OPERATOR_SET: i64 = 11;

/// Puts layers over features behind the output `output` of a network. What that output holds for each image is taken
/// as one row of numbers, whatever its shape. The last layer's is the only output of the new file; everything else
/// in it stays as it was.
///
/// Batch normalisation behind a linear layer goes into its weights.
///
/// # Errors
/// When the bytes are not an ONNX model, there is no such output or it has another number of channels than the first
/// layer takes, the operator set is older than 11, a layer is not one over features ([`Layer::BatchNorm`],
/// [`Layer::LayerNorm`], [`Layer::Activation`], [`Layer::Scale`], [`Layer::Linear`], and [`Layer::Residual`] of
/// these), or a tensor is not among the weights in its shape.
pub fn append(onnx: &[u8], output: &str, layers: &[Layer], weights: &Weights) -> Result<Vec<u8>, OnnxError> {
    let bytes = Bytes::copy_from_slice(onnx);
    let channels = check(&bytes, output, layers, weights)?;
    let model = ModelProto::decode(bytes).map_err(|error| OnnxError::NotOnnx(error.to_string()))?;
    let graph = model.graph.as_ref().ok_or_else(|| OnnxError::NotOnnx("it has no graph".to_owned()))?;
    let beginning = free_beginning(graph);
    let (layers, weights) = folded_layers(layers, weights);
    let shape = Shape::Features { channels };
    let set = super::inspect::operator_set(&model);
    let mut writer = Writer::behind(&weights, output, shape, set, beginning.clone());
    writer.node("Flatten", &[], vec![int("axis", 1)]);
    writer.layers(&layers);
    let (mut neck, dimension) = (writer.graph, writer.shape.channels());
    let name = format!("{beginning}{}", super::OUTPUT);
    if let Some(last) = neck.node.last_mut() {
        last.output = vec![name.clone()];
    }
    neck.output = vec![value_info(&name, &[dimension])];
    with_graph(onnx, &neck, None)
        .ok_or_else(|| OnnxError::NotOnnx("its bytes cannot be told apart".to_owned()))
}

/// Checks what is asked for; how many channels the first layer takes.
fn check(onnx: &Bytes, output: &str, layers: &[Layer], weights: &Weights) -> Result<usize, OnnxError> {
    let refuse = |reason: String| Err(OnnxError::Unsuitable(reason));
    let facts = inspect(onnx.clone())?;
    let Some(found) = facts.outputs.iter().find(|found| found.name == output) else {
        let names: Vec<&str> = facts.outputs.iter().map(|output| output.name.as_str()).collect();
        return refuse(format!("there is no output named `{output}`; it has: {}", names.join(", ")));
    };
    if facts.operator_set < OLDEST_OPERATOR_SET {
        let set = facts.operator_set;
        return refuse(format!(
            "its operator set, {set}, is too old for a neck; export it with at least {OLDEST_OPERATOR_SET}"
        ));
    }
    if let Some(other) = layers.iter().find(|layer| !is_over_features(layer)) {
        return refuse(format!("a neck cannot have this layer: {other:?}"));
    }
    for (name, shape) in layers.iter().flat_map(Layer::tensors) {
        if weights.get(&name).is_none_or(|tensor| tensor.shape != shape) {
            return refuse(format!("the weights of the neck want a tensor of shape {shape:?}: {name}"));
        }
    }
    let Some(channels) = layers.iter().find_map(channels_in) else {
        return refuse("the neck has no layer with channels".to_owned());
    };
    let extents = found.shape.as_deref().unwrap_or_default().iter().skip(1);
    let fixed: Option<Vec<usize>> = extents
        .map(|extent| match extent {
            Dimension::Fixed(extent) => Some(*extent),
            Dimension::Open => None,
        })
        .collect();
    let told = fixed.filter(|extents| !extents.is_empty()).map(|extents| extents.iter().product::<usize>());
    match told {
        Some(told) if told != channels => {
            refuse(format!("the neck takes {channels} numbers, the network gives {told} in `{output}`"))
        }
        _ => Ok(channels),
    }
}

fn is_over_features(layer: &Layer) -> bool {
    match layer {
        Layer::BatchNorm(_)
        | Layer::LayerNorm(_)
        | Layer::Activation(_)
        | Layer::Scale(_)
        | Layer::Linear(_) => true,
        Layer::Residual { branch, shortcut } => branch.iter().chain(shortcut).all(is_over_features),
        _ => false,
    }
}

/// How many channels a layer takes, where it knows.
fn channels_in(layer: &Layer) -> Option<usize> {
    match layer {
        Layer::BatchNorm(layer) => Some(layer.channels),
        Layer::LayerNorm(layer) => Some(layer.channels),
        Layer::Scale(layer) => Some(layer.channels),
        Layer::Linear(layer) => Some(layer.inputs),
        Layer::Residual { branch, shortcut } => branch.iter().chain(shortcut).find_map(channels_in),
        _ => None,
    }
}

/// What the names of the new values can begin with, so that they are new.
pub(super) fn free_beginning(graph: &GraphProto) -> String {
    let mut beginning = "neck/".to_owned();
    for count in 2.. {
        if !has_name(graph, &beginning) {
            break;
        }
        beginning = format!("neck{count}/");
    }
    beginning
}

/// Whether a name in a graph, or in a graph inside it, has this beginning.
fn has_name(graph: &GraphProto, beginning: &str) -> bool {
    let in_node = |node: &NodeProto| {
        let inner = node.attribute.iter().flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs));
        node.name().starts_with(beginning)
            || node.output.iter().any(|name| name.starts_with(beginning))
            || inner.into_iter().any(|graph| has_name(graph, beginning))
    };
    graph.node.iter().any(in_node)
        || graph.initializer.iter().any(|tensor| tensor.name().starts_with(beginning))
        || graph.input.iter().any(|value| value.name().starts_with(beginning))
}

/// The file with the nodes, constants and output of the neck, and without an input that is a constant from now on;
/// `None` where it is not one message with one graph.
pub(super) fn with_graph(onnx: &[u8], neck: &GraphProto, without: Option<&str>) -> Option<Vec<u8>> {
    let is_graph = |field: &Field| field.number == GRAPH && field.kind == LENGTH_DELIMITED;
    let of_model = fields(onnx)?;
    let mut model = Vec::with_capacity(onnx.len());
    if of_model.iter().filter(|field| is_graph(field)).count() != 1 {
        return None;
    }
    for field in of_model {
        if is_graph(&field) {
            push_field(&mut model, GRAPH, &joined(&onnx[field.value], neck, without)?);
        } else {
            model.extend_from_slice(&onnx[field.whole]);
        }
    }
    Some(model)
}

fn joined(graph: &[u8], neck: &GraphProto, without: Option<&str>) -> Option<Vec<u8>> {
    let mut joined = Vec::with_capacity(graph.len());
    let is_without = |field: &Field| {
        let value = ValueInfoProto::decode(&graph[field.value.clone()]).ok();
        without.is_some() && value.is_some_and(|value| Some(value.name()) == without)
    };
    for field in fields(graph)? {
        if field.number == OUTPUT_OF_GRAPH || (field.number == INPUT_OF_GRAPH && is_without(&field)) {
            continue;
        }
        joined.extend_from_slice(&graph[field.whole]);
    }
    neck.node.iter().for_each(|node| push_field(&mut joined, NODE, &node.encode_to_vec()));
    neck.initializer.iter().for_each(|tensor| push_field(&mut joined, INITIALIZER, &tensor.encode_to_vec()));
    neck.output.iter().for_each(|output| push_field(&mut joined, OUTPUT_OF_GRAPH, &output.encode_to_vec()));
    Some(joined)
}
