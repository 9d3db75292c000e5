//! Weights that rest in half precision: half the file, the same network to within three digits.

use half::f16;
use prost::bytes::Bytes;

use super::message::int;
use super::proto::{FLOAT, FLOAT16, GraphProto, NodeProto, TensorProto};

/// What the name of a tensor at rest ends with; the tensor that the network uses has the name without it.
pub(super) const AT_REST: &str = "/half";

/// Tensors of fewer numbers stay as they are: biases and constants, which weigh nothing.
const LEAST: usize = 1024;

/// Puts the large tensors of a graph to rest in half precision. Steps before all others widen them again; runtimes do
/// so once, when they load the file.
///
/// A number that half precision cannot hold (above 65,504 in size) stays in its tensor as it was, which is then left
/// alone.
pub(super) fn put_to_rest(graph: &mut GraphProto) {
    let mut widening = Vec::new();
    for tensor in &mut graph.initializer {
        let Some((name, raw)) = halved(tensor) else { continue };
        let at_rest = format!("{name}{AT_REST}");
        widening.push(NodeProto {
            input: vec![at_rest.clone()],
            output: vec![name.clone()],
            name: Some(format!("{name}/widen")),
            op_type: Some("Cast".to_owned()),
            attribute: vec![int("to", i64::from(FLOAT))],
        });
        *tensor = TensorProto {
            name: Some(at_rest),
            data_type: Some(FLOAT16),
            raw_data: Some(raw),
            ..tensor.clone()
        };
    }
    graph.node.splice(0..0, widening);
}

fn halved(tensor: &TensorProto) -> Option<(String, Bytes)> {
    let (Some(name), Some(raw), Some(FLOAT)) = (&tensor.name, &tensor.raw_data, tensor.data_type) else {
        return None;
    };
    if raw.len() < 4 * LEAST {
        return None;
    }
    let halves: Vec<f16> =
        raw.as_chunks::<4>().0.iter().map(|bytes| f16::from_f32(f32::from_le_bytes(*bytes))).collect();
    if halves.iter().any(|half| !half.is_finite()) {
        return None;
    }
    Some((name.clone(), Bytes::from_iter(halves.iter().flat_map(|half| half.to_le_bytes()))))
}
