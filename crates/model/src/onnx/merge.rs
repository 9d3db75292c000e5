//! Several networks as one: what two of them compute alike is computed once.

use std::collections::BTreeMap;

use prost::Message as _;
use prost::bytes::Bytes;

use super::proto::{GraphProto, ModelProto, NodeProto, TensorProto};

/// What the input of a merged network is called.
const IMAGE: &str = "image";

/// Several networks as one.
pub(crate) struct Merged {
    /// The network.
    pub(crate) onnx: Vec<u8>,
    /// Name of its input.
    pub(crate) input: &'static str,
    /// Names of its outputs, one for each network that went in.
    pub(crate) outputs: Vec<String>,
    /// Steps that are left of all, 0 to 1.
    pub(crate) left: f64,
}

/// The hash of all that decides a value.
type Key = [u8; 32];

/// A graph that grows by one network at a time.
#[derive(Default)]
struct Merging {
    graph: GraphProto,
    /// Names of values that are there, by what decides them.
    known: BTreeMap<Key, String>,
    /// Steps of all networks together.
    steps: usize,
}

/// Joins networks that resight wrote, each with the output that is used of it. Two steps are one where they do the same to the
/// same values, whatever they are called. `None` where a file is not of resight's writing (it may hold what would be lost), or
/// the files do not fit together.
pub(crate) fn merge(parts: &[(&[u8], &str)]) -> Option<Merged> {
    let mut merging = Merging::default();
    let mut whole: Option<ModelProto> = None;
    let mut outputs = Vec::new();
    for (onnx, output) in parts {
        let model = ModelProto::decode(Bytes::copy_from_slice(onnx)).ok()?;
        if model.producer_name.as_deref() != Some("resight") || !model.functions.is_empty() {
            return None;
        }
        if whole.as_ref().is_some_and(|first| first.opset_import != model.opset_import) {
            return None;
        }
        let name = merging.add(model.graph.as_ref()?, output)?;
        if outputs.contains(&name) {
            return None;
        }
        outputs.push(name);
        whole.get_or_insert(ModelProto { graph: None, ..model });
    }
    let Merging { graph, steps, .. } = merging;
    let left = graph.node.len() as f64 / steps.max(1) as f64;
    let model = ModelProto { graph: Some(graph), ..whole? };
    Some(Merged { onnx: model.encode_to_vec(), input: IMAGE, outputs, left })
}

impl Merging {
    /// Takes a network in; the name that its output has from now on.
    fn add(&mut self, graph: &GraphProto, output: &str) -> Option<String> {
        let [input] = graph.input.as_slice() else { return None };
        if !graph.sparse_initializer.is_empty() {
            return None;
        }
        // What a value of this network is called from now on.
        let mut called: BTreeMap<&str, String> = BTreeMap::new();
        called.insert(input.name.as_deref()?, IMAGE.to_owned());
        if self.graph.input.is_empty() {
            let named = super::proto::ValueInfoProto { name: Some(IMAGE.to_owned()), ..input.clone() };
            self.graph.input.push(named);
        }
        for tensor in &graph.initializer {
            called.insert(tensor.name.as_deref()?, self.constant(tensor));
        }
        for node in &graph.node {
            let inputs: Option<Vec<String>> =
                node.input.iter().map(|name| called.get(name.as_str()).cloned()).collect();
            let [result] = node.output.as_slice() else { return None };
            let name = self.step(node, inputs?);
            called.insert(result, name);
        }
        let of_output = graph.output.iter().find(|one| one.name.as_deref() == Some(output))?;
        let name = called.get(output)?.clone();
        self.graph
            .output
            .push(super::proto::ValueInfoProto { name: Some(name.clone()), ..of_output.clone() });
        Some(name)
    }

    fn constant(&mut self, tensor: &TensorProto) -> String {
        let bare = TensorProto { name: None, ..tensor.clone() };
        let key = *blake3::hash(&bare.encode_to_vec()).as_bytes();
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let name = format!("constant{}", self.graph.initializer.len());
        self.graph.initializer.push(TensorProto { name: Some(name.clone()), ..tensor.clone() });
        self.known.insert(key, name.clone());
        name
    }

    fn step(&mut self, node: &NodeProto, input: Vec<String>) -> String {
        self.steps += 1;
        let bare = NodeProto { input, output: Vec::new(), name: None, ..node.clone() };
        let key = *blake3::hash(&bare.encode_to_vec()).as_bytes();
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let name = format!("value{}", self.graph.node.len());
        let output = vec![name.clone()];
        self.graph.node.push(NodeProto { output, name: Some(name.clone()), ..bare });
        self.known.insert(key, name.clone());
        name
    }
}
