//! A look inside an ONNX file before any runtime sees it: what goes in, what comes out, and whether it
//! points to other files.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use prost::bytes::Bytes;

use super::limits::{check_bytes, check_operators};
use super::proto::{
    AttributeProto, DimensionValue, EXTERNAL, FLOAT, GraphProto, ModelProto, NodeProto, SparseTensorProto,
    TensorProto, ValueInfoProto,
};

/// The most notes of a file, and the most bytes of one.
const MOST_NOTES: (usize, usize) = (256, 1 << 20);

/// The most numbers of one weight.
const MAX_NUMBERS: u64 = 1 << 31;

/// Why a file is not taken as a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnnxError {
    /// The bytes are not an ONNX model.
    #[error("not an ONNX model: {0}")]
    NotOnnx(String),
    /// Weights lie in another file, which could be any file of this computer.
    #[error(
        "the ONNX model keeps weights in another file (`{0}`), which is refused; save it as one file \
         (in Python: onnx.save(model, path, save_as_external_data=False))"
    )]
    ExternalData(String),
    /// The file describes far more than networks need.
    #[error("the ONNX model has {0}, far beyond what networks need; it is refused")]
    TooMuch(String),
    /// The network has no input or no output of the kind asked for.
    #[error("{0}")]
    Unsuitable(String),
}

/// One extent of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// Always this many.
    Fixed(usize),
    /// Any number, chosen when the network runs.
    Open,
}

/// Name and shape of an input or output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFacts {
    /// The name in the file.
    pub name: String,
    /// Whether its numbers are 32-bit floats, as far as the file says.
    pub is_f32: bool,
    /// Its extents, outermost first; `None` where the file does not say.
    pub shape: Option<Vec<Dimension>>,
}

/// What an ONNX file says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnnxFacts {
    /// Inputs that the caller has to give (weights are not among them).
    pub inputs: Vec<ValueFacts>,
    /// Outputs, in the order of the file.
    pub outputs: Vec<ValueFacts>,
    /// Version of the standard operator set.
    pub operator_set: i64,
    /// How many operators the main graph has.
    pub operators: usize,
    /// What the program that wrote the file noted in it, such as the names of classes; long notes are left out.
    pub notes: BTreeMap<String, String>,
}

/// Reads what an ONNX file says about itself, without running it. No weights are copied.
///
/// # Errors
/// When the bytes are not an ONNX model, describe far more than networks need, or when weights lie in another file
/// (see [`OnnxError`]).
pub fn inspect(bytes: Bytes) -> Result<OnnxFacts, OnnxError> {
    check_bytes(&bytes)?;
    let model = ModelProto::decode(bytes).map_err(|error| OnnxError::NotOnnx(error.to_string()))?;
    let graph = model.graph.as_ref().ok_or_else(|| OnnxError::NotOnnx("it has no graph".to_owned()))?;
    let function_nodes = model.functions.iter().flat_map(|function| &function.node);
    let external = external_in_graph(graph).or_else(|| function_nodes.filter_map(external_in_node).next());
    if let Some(place) = external {
        return Err(OnnxError::ExternalData(place));
    }
    if let Some(weight) = graph.initializer.iter().find(|tensor| !has_sane_shape(tensor)) {
        return Err(OnnxError::NotOnnx(format!("its weight `{}` has a shape that cannot be", weight.name())));
    }
    check_operators(&model)?;
    let weights: BTreeSet<&str> = graph.initializer.iter().map(TensorProto::name).collect();
    let facts = OnnxFacts {
        inputs: graph.input.iter().filter(|value| !weights.contains(value.name())).map(value_facts).collect(),
        outputs: graph.output.iter().map(value_facts).collect(),
        operator_set: operator_set(&model),
        operators: graph.node.len(),
        notes: notes(&model),
    };
    if facts.inputs.is_empty() || facts.outputs.is_empty() {
        return Err(OnnxError::NotOnnx("it has no input or no output".to_owned()));
    }
    Ok(facts)
}

fn notes(model: &ModelProto) -> BTreeMap<String, String> {
    let short = |text: &str| text.len() <= MOST_NOTES.1;
    let props = model.metadata_props.iter().filter(|note| short(note.key()) && short(note.value()));
    props.take(MOST_NOTES.0).map(|note| (note.key().to_owned(), note.value().to_owned())).collect()
}

/// Whether the extents of a tensor can be multiplied without leaving what a file can hold.
fn has_sane_shape(tensor: &TensorProto) -> bool {
    let extents = tensor.dims.iter().map(|&extent| u64::try_from(extent).ok());
    let count = extents.into_iter().try_fold(1_u64, |count, extent| count.checked_mul(extent?));
    count.is_some_and(|count| count <= MAX_NUMBERS)
}

/// The version of the standard operator set that a file is written in.
pub(super) fn operator_set(model: &ModelProto) -> i64 {
    let standard = model.opset_import.iter().find(|set| matches!(set.domain(), "" | "ai.onnx"));
    standard.map_or(1, super::proto::OperatorSetIdProto::version)
}

fn value_facts(value: &ValueInfoProto) -> ValueFacts {
    let tensor = value.kind.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let shape = tensor.and_then(|tensor| tensor.shape.as_ref()).map(|shape| {
        shape.dim.iter().map(|dimension| match dimension.value {
            Some(DimensionValue::Fixed(extent)) => {
                usize::try_from(extent).map_or(Dimension::Open, Dimension::Fixed)
            }
            _ => Dimension::Open,
        })
    });
    ValueFacts {
        name: value.name().to_owned(),
        is_f32: tensor.is_none_or(|tensor| tensor.elem_type() == FLOAT),
        shape: shape.map(Iterator::collect),
    }
}

/// The first other file that a graph or one of its sub-graphs points to.
fn external_in_graph(graph: &GraphProto) -> Option<String> {
    let sparse = graph.sparse_initializer.iter().filter_map(external_in_sparse);
    graph
        .initializer
        .iter()
        .filter_map(external_in_tensor)
        .chain(sparse)
        .chain(graph.node.iter().filter_map(external_in_node))
        .next()
}

fn external_in_node(node: &NodeProto) -> Option<String> {
    node.attribute.iter().find_map(external_in_attribute)
}

fn external_in_attribute(attribute: &AttributeProto) -> Option<String> {
    let tensors = attribute.t.iter().chain(&attribute.tensors).filter_map(external_in_tensor);
    let graphs = attribute.g.iter().chain(&attribute.graphs).filter_map(external_in_graph);
    let sparse =
        attribute.sparse_tensor.iter().chain(&attribute.sparse_tensors).filter_map(external_in_sparse);
    tensors.chain(graphs).chain(sparse).next()
}

fn external_in_sparse(tensor: &SparseTensorProto) -> Option<String> {
    tensor.values.iter().chain(&tensor.indices).find_map(external_in_tensor)
}

fn external_in_tensor(tensor: &TensorProto) -> Option<String> {
    let points_elsewhere = tensor.data_location() == EXTERNAL || !tensor.external_data.is_empty();
    points_elsewhere.then(|| {
        let location = tensor.external_data.iter().find(|entry| entry.key() == "location");
        location.map_or_else(|| tensor.name().to_owned(), |entry| entry.value().to_owned())
    })
}
