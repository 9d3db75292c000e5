//! Any ONNX file by path: what fits becomes a bundle, the rest is refused with a reason.

use std::path::Path;

use prost::Message as _;
use prost::bytes::Bytes;

use super::inspect::inspect;
use super::proto::{
    AttributeProto, DimensionValue, EXTERNAL, GraphProto, ModelProto, NodeProto, StringStringEntryProto,
    TensorProto,
};
use crate::bundle::{Bundle, ManifestInput};
use crate::runtime::{RuntimeChoice, load_embedder};
use crate::test_support::{manifest_input, picture, tiny_onnx};

fn changed(change: impl FnOnce(&mut ModelProto)) -> Bytes {
    let mut model = ModelProto::decode(Bytes::from(tiny_onnx())).unwrap();
    change(&mut model);
    model.encode_to_vec().into()
}

fn graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().unwrap()
}

fn add(onnx: Bytes, input: ManifestInput) -> Result<Bundle, String> {
    Bundle::from_onnx_bytes(onnx, input, Path::new("my.onnx")).map_err(|error| error.to_string())
}

fn refusal(onnx: Bytes) -> String {
    add(onnx, manifest_input("mine", 16)).unwrap_err()
}

fn set_extent(model: &mut ModelProto, axis: usize, extent: i64) {
    let kind = graph(model).input[0].kind.as_mut().unwrap();
    let shape = kind.tensor_type.as_mut().unwrap().shape.as_mut().unwrap();
    shape.dim[axis].value = Some(DimensionValue::Fixed(extent));
}

fn external() -> TensorProto {
    let entry =
        StringStringEntryProto { key: Some("location".to_owned()), value: Some("/etc/passwd".to_owned()) };
    TensorProto { external_data: vec![entry], data_location: Some(EXTERNAL), ..TensorProto::default() }
}

#[test]
fn names_and_dimension_are_found_by_running_it() {
    let bundle = add(tiny_onnx().into(), manifest_input("mine", 16)).unwrap();
    let manifest = bundle.manifest();
    assert_eq!(
        (manifest.input.as_str(), manifest.output.as_str(), manifest.dimension),
        ("image", "embedding", 8)
    );
    assert_eq!((bundle.facts().operator_set, bundle.facts().operators), (13, 6));
}

#[test]
fn a_network_for_one_image_at_a_time_serves_batches_too() {
    let bundle = add(changed(|model| set_extent(model, 0, 1)), manifest_input("mine", 16)).unwrap();
    let usual = add(tiny_onnx().into(), manifest_input("mine", 16)).unwrap();
    let images = [picture(16), picture(16).iter().map(|value| -value).collect(), picture(16)].concat();
    let embed = |bundle| load_embedder(bundle, RuntimeChoice::Rten, 1).unwrap().embed(&images, 3).unwrap();
    let (one_by_one, together) = (embed(&bundle), embed(&usual));
    assert_eq!(one_by_one.len(), 24);
    assert!(one_by_one.iter().zip(&together).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn weights_in_another_file_are_refused_wherever_they_hide() {
    let in_node = |attribute| NodeProto { attribute: vec![attribute], ..NodeProto::default() };
    let constant = AttributeProto { t: Some(external()), ..AttributeProto::default() };
    let inner = GraphProto { initializer: vec![external()], ..GraphProto::default() };
    let branch = AttributeProto { g: Some(inner), ..AttributeProto::default() };
    for onnx in [
        changed(|model| graph(model).initializer.push(external())),
        changed(|model| graph(model).node.push(in_node(constant))),
        changed(|model| graph(model).node.push(in_node(branch))),
    ] {
        let message = refusal(onnx);
        assert!(message.contains("`/etc/passwd`") && message.contains("save it as one file"), "{message}");
    }
}

#[test]
fn what_is_no_network_is_refused() {
    assert!(refusal(Bytes::from_static(b"no network at all")).contains("not an ONNX model"));
    assert!(refusal(Bytes::new()).contains("no graph"));
    let good = tiny_onnx();
    for length in (0..good.len()).step_by(89) {
        assert!(inspect(Bytes::copy_from_slice(&good[..length])).is_err(), "cut to {length}");
    }
}

#[test]
fn networks_that_do_not_suit_are_refused_with_the_reason() {
    assert!(refusal(changed(|model| set_extent(model, 2, 32))).contains("any × 3 × 32 × 16"));
    assert!(refusal(changed(|model| set_extent(model, 1, 1))).contains("any × 1 × 16 × 16"));
    let mut named = manifest_input("mine", 16);
    named.output = Some("logits".to_owned());
    assert!(
        add(tiny_onnx().into(), named).unwrap_err().contains("no output named `logits`; it has: embedding")
    );
    let two_inputs = changed(|model| {
        let mut second = graph(model).input[0].clone();
        second.name = Some("mask".to_owned());
        graph(model).input.push(second);
    });
    assert!(refusal(two_inputs).contains("wants 2 inputs (image, mask)"));
    let not_pooled = changed(|model| {
        let graph = graph(model);
        graph.node.truncate(graph.node.len() - 2);
        graph.node.last_mut().unwrap().output = vec!["embedding".to_owned()];
        graph.output[0].kind = None;
    });
    assert!(refusal(not_pooled).contains("× dimension"));
}

#[test]
fn broken_graphs_are_errors_not_crashes() {
    let unknown_operator = changed(|model| graph(model).node[0].op_type = Some("Telepathy".to_owned()));
    assert!(refusal(unknown_operator).contains("cannot load"));
    let circle = changed(|model| {
        let graph = graph(model);
        graph.node[0].input[0] = graph.node.last().unwrap().output[0].clone();
    });
    assert!(!refusal(circle).is_empty());
    let missing_weight = changed(|model| graph(model).initializer.clear());
    assert!(!refusal(missing_weight).is_empty());
    let short_weight = changed(|model| {
        let tensor = graph(model).initializer.last_mut().unwrap();
        tensor.raw_data = Some(Bytes::from_static(&[0; 4]));
    });
    assert!(!refusal(short_weight).is_empty());
    let endless_weight =
        changed(|model| graph(model).initializer.last_mut().unwrap().dims = vec![i64::MAX, i64::MAX]);
    assert!(!refusal(endless_weight).is_empty());
    let negative_weight = changed(|model| graph(model).initializer.last_mut().unwrap().dims = vec![-1]);
    assert!(!refusal(negative_weight).is_empty());
}
