//! Messages of the ONNX format, made from plain values.

use prost::bytes::Bytes;

use super::proto::{
    AttributeProto, DimensionProto, DimensionValue, FLOAT, INT64, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto, attribute_type,
};

/// A named constant of 32-bit floats.
pub(super) fn tensor(name: &str, shape: &[usize], values: &[f32]) -> TensorProto {
    let raw_data = Bytes::from_iter(values.iter().flat_map(|value| value.to_le_bytes()));
    TensorProto { data_type: Some(FLOAT), ..constant(name, shape, raw_data) }
}

/// A named constant of 64-bit whole numbers.
pub(super) fn whole_numbers(name: &str, shape: &[usize], values: &[i64]) -> TensorProto {
    let raw_data = Bytes::from_iter(values.iter().flat_map(|value| value.to_le_bytes()));
    TensorProto { data_type: Some(INT64), ..constant(name, shape, raw_data) }
}

fn constant(name: &str, shape: &[usize], raw_data: Bytes) -> TensorProto {
    TensorProto {
        dims: shape.iter().map(|&extent| extent as i64).collect(),
        name: Some(name.to_owned()),
        raw_data: Some(raw_data),
        ..TensorProto::default()
    }
}

/// A value of which there is one for each image of a batch.
pub(super) fn value_info(name: &str, extents: &[usize]) -> ValueInfoProto {
    let batch = DimensionValue::Named("images".to_owned());
    let fixed = extents.iter().map(|&extent| DimensionValue::Fixed(extent as i64));
    let dim =
        std::iter::once(batch).chain(fixed).map(|value| DimensionProto { value: Some(value) }).collect();
    let tensor_type = TensorTypeProto { elem_type: Some(FLOAT), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: Some(name.to_owned()), kind: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}

/// A value of 32-bit floats whose shape is not said.
pub(super) fn open_value_info(name: &str) -> ValueInfoProto {
    let tensor_type = TensorTypeProto { elem_type: Some(FLOAT), shape: None };
    ValueInfoProto { name: Some(name.to_owned()), kind: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}

fn attribute(name: &str, kind: i32) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), kind: Some(kind), ..AttributeProto::default() }
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..attribute(name, attribute_type::INT) }
}

pub(super) fn ints(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto { ints: values, ..attribute(name, attribute_type::INTS) }
}

pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { f: Some(value), ..attribute(name, attribute_type::FLOAT) }
}
