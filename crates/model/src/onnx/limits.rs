//! How much an ONNX file may be before anything is made of it: a file of a few megabytes can describe millions of
//! empty parts, each of which takes hundreds of bytes once it is read, or a chain of operators so long that whoever
//! follows it by recursion runs out of stack.

use std::collections::HashMap;

use super::inspect::OnnxError;
use super::proto::{GraphProto, ModelProto, NodeProto};
use super::wire::{LENGTH_DELIMITED, next_field};

/// The most parts of a file: operators, their names and attributes, extents. Large networks have a quarter of it.
const MAX_PARTS: usize = 1 << 19;
/// The most bytes of a file beside the numbers of its weights.
const MAX_STRUCTURE: usize = 1 << 26;
/// How deep graphs may lie in each other, as in loops and branches.
const MAX_NESTING: usize = 8;
/// The most operators, those of loops and branches included. Large networks have a few thousand.
const MAX_OPERATORS: usize = 50_000;
/// The most operators in a row of which each waits for the one before.
const MAX_CHAIN: u32 = 10_000;

/// A message of the format, as far as it has to be followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Model,
    Function,
    Graph,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    Entry,
    Value,
    Type,
    TensorType,
    Shape,
    Dimension,
}

impl Kind {
    /// What the length-delimited field of this number is, by `onnx.proto`; `None` for text and numbers.
    fn inner(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Model, 7) | (Self::Attribute, 6 | 11) => Self::Graph,
            (Self::Model, 25) => Self::Function,
            (Self::Model, 8) | (Self::Tensor, 13) => Self::Entry,
            (Self::Function, 7) | (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) | (Self::SparseTensor, 1 | 2) => Self::Tensor,
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Self::SparseTensor,
            (Self::Graph, 11 | 12) => Self::Value,
            (Self::Node, 5) => Self::Attribute,
            (Self::Value, 2) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::TensorType, 2) => Self::Shape,
            (Self::Shape, 1) => Self::Dimension,
            _ => return None,
        })
    }

    /// Whether the field holds the numbers of a weight, which are not copied.
    fn is_numbers(self, number: u64) -> bool {
        self == Self::Tensor && matches!(number, 4 | 5 | 7 | 9 | 10 | 11)
    }
}

/// Refuses a file that describes too much, before it is read into memory.
///
/// # Errors
/// Says what it has too much of; also when the bytes are no message.
pub(super) fn check_bytes(bytes: &[u8]) -> Result<(), OnnxError> {
    let refuse = |reason: &str| Err(OnnxError::NotOnnx(reason.to_owned()));
    let (mut parts, mut structure) = (0_usize, 0_usize);
    // Messages that are still to be followed: by no recursion, however deep they lie in each other.
    let mut open = vec![(Kind::Model, 0, bytes)];
    while let Some((kind, nesting, message)) = open.pop() {
        let mut place = 0;
        while place < message.len() {
            let Some(field) = next_field(message, place) else { return refuse("it is cut or damaged") };
            place = field.whole.end;
            parts += 1;
            let value = &message[field.value.clone()];
            match kind.inner(field.number) {
                Some(inner) if field.kind == LENGTH_DELIMITED => {
                    let nesting = nesting + usize::from(inner == Kind::Graph);
                    if nesting > MAX_NESTING {
                        return Err(OnnxError::TooMuch(format!("graphs more than {MAX_NESTING} deep")));
                    }
                    open.push((inner, nesting, value));
                }
                _ if kind.is_numbers(field.number) => {}
                _ => structure = structure.saturating_add(value.len()),
            }
            if parts > MAX_PARTS {
                return Err(OnnxError::TooMuch(format!("more than {MAX_PARTS} parts")));
            }
            if structure > MAX_STRUCTURE {
                let reason = format!("more than {MAX_STRUCTURE} bytes beside its weights");
                return Err(OnnxError::TooMuch(reason));
            }
        }
    }
    Ok(())
}

/// Refuses a network of too many operators, or with too many in a row.
///
/// # Errors
/// Says what it has too much of.
pub(super) fn check_operators(model: &ModelProto) -> Result<(), OnnxError> {
    let graph = model.graph.iter().map(|graph| graph.node.as_slice());
    let mut open: Vec<&[NodeProto]> =
        graph.chain(model.functions.iter().map(|function| function.node.as_slice())).collect();
    let mut operators = 0_usize;
    while let Some(nodes) = open.pop() {
        operators += nodes.len();
        if operators > MAX_OPERATORS {
            return Err(OnnxError::TooMuch(format!("more than {MAX_OPERATORS} operators")));
        }
        if longest_chain(nodes) > MAX_CHAIN {
            return Err(OnnxError::TooMuch(format!("more than {MAX_CHAIN} operators in a row")));
        }
        open.extend(nodes.iter().flat_map(inner_graphs).map(|graph| graph.node.as_slice()));
    }
    Ok(())
}

/// The graphs in the attributes of an operator: bodies of loops, branches.
fn inner_graphs(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute.iter().flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs))
}

/// How many operators wait for each other at most, in the order of the file, which the format wants to be one in which
/// every operator stands behind those it waits for.
fn longest_chain(nodes: &[NodeProto]) -> u32 {
    let mut depths: HashMap<&str, u32> = HashMap::new();
    let mut longest = 0;
    for node in nodes {
        let before = node.input.iter().filter_map(|name| depths.get(name.as_str())).max();
        let depth = before.map_or(1, |depth| depth + 1);
        longest = longest.max(depth);
        depths.extend(node.output.iter().map(|name| (name.as_str(), depth)));
    }
    longest
}
