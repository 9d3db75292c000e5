//! The weights inside an ONNX file, by name.

use half::f16;
use prost::Message as _;
use prost::bytes::Bytes;

use super::half::AT_REST;
use super::inspect::OnnxError;
use super::proto::{FLOAT, FLOAT16, ModelProto, TensorProto};
use crate::weights::{Tensor, Weights};

/// Reads the weights that an ONNX file holds as raw floats, as [`super::write_network`] and
/// [`super::write_half_network`] write them; others are left out.
///
/// # Errors
/// When the bytes are no ONNX model, or a tensor has more or fewer bytes than its shape promises.
pub fn read_weights(onnx: Bytes) -> Result<Weights, OnnxError> {
    let model = ModelProto::decode(onnx).map_err(|error| OnnxError::NotOnnx(error.to_string()))?;
    let mut weights = Weights::default();
    for tensor in model.graph.unwrap_or_default().initializer {
        if let Some((name, tensor)) = tensor_of(&tensor)? {
            weights.insert(name, tensor);
        }
    }
    Ok(weights)
}

fn tensor_of(tensor: &TensorProto) -> Result<Option<(String, Tensor)>, OnnxError> {
    let (Some(name), Some(raw)) = (&tensor.name, &tensor.raw_data) else { return Ok(None) };
    let (name, width) = match (tensor.data_type, name.strip_suffix(AT_REST)) {
        (Some(FLOAT), _) => (name.as_str(), 4),
        (Some(FLOAT16), Some(name)) => (name, 2),
        _ => return Ok(None),
    };
    let shape: Option<Vec<usize>> = tensor.dims.iter().map(|extent| usize::try_from(*extent).ok()).collect();
    let count =
        shape.as_ref().and_then(|shape| shape.iter().try_fold(1usize, |all, one| all.checked_mul(*one)));
    match (shape, count) {
        (Some(shape), Some(count)) if count.checked_mul(width) == Some(raw.len()) => {
            let values = if width == 4 {
                raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
            } else {
                raw.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
            };
            Ok(Some((name.to_owned(), Tensor { shape, values })))
        }
        _ => Err(OnnxError::Unsuitable(format!("the shape and the bytes of `{name}` do not fit together"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::EfficientNetLite;
    use crate::onnx::{Normalization, write_half_network, write_network};

    #[test]
    fn weights_come_back_from_a_written_network() {
        let architecture = EfficientNetLite::Lite0.architecture();
        let weights = architecture.seeded_weights();
        let onnx = write_network(&architecture, &weights, Normalization::Separate).unwrap();
        let read = read_weights(onnx.into()).unwrap();
        for (name, tensor) in weights.iter() {
            assert_eq!(read.get(name), Some(tensor), "{name}");
        }
    }

    #[test]
    fn weights_come_back_rounded_from_a_network_in_half_precision_of_half_the_size() {
        let architecture = EfficientNetLite::Lite0.architecture();
        let (folded, weights) = architecture.folded(&architecture.seeded_weights()).unwrap();
        let whole = write_network(&folded, &weights, Normalization::Separate).unwrap();
        let half = write_half_network(&folded, &weights).unwrap();
        assert!(half.len() * 100 < whole.len() * 52, "{} of {}", half.len(), whole.len());
        let read = read_weights(half.into()).unwrap();
        for (name, tensor) in weights.iter() {
            let found = read.get(name).unwrap();
            assert_eq!(found.shape, tensor.shape, "{name}");
            let limit = tensor.values.iter().fold(0.0f32, |most, value| most.max(value.abs())) * 1e-3;
            assert!(found.values.iter().zip(&tensor.values).all(|(a, b)| (a - b).abs() <= limit), "{name}");
        }
    }

    #[test]
    fn a_tensor_of_the_wrong_length_is_refused() {
        let tensor = TensorProto {
            name: Some("a".to_owned()),
            dims: vec![1 << 40, 1 << 40],
            data_type: Some(FLOAT),
            raw_data: Some(Bytes::from_static(&[0; 8])),
            ..TensorProto::default()
        };
        assert!(matches!(tensor_of(&tensor), Err(OnnxError::Unsuitable(_))));
    }
}
