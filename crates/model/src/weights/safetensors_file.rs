//! safetensors: a header of names, kinds and shapes, then the numbers.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::error::Refusal;
use super::{Tensor, Weights};

/// Reads the tensors of a file in memory. Half-precision numbers become 32-bit floats.
pub(super) fn read(bytes: &[u8]) -> Result<Weights, Refusal> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| Refusal(format!("it is no safetensors file: {error}")))?;
    let mut weights = Weights::default();
    for (name, view) in file.iter() {
        if let Some(values) = floats(name, &view)? {
            weights.insert(name.to_owned(), Tensor { shape: view.shape().to_vec(), values });
        }
    }
    Ok(weights)
}

/// The numbers of a tensor; `None` for counters and masks.
fn floats(name: &str, view: &TensorView<'_>) -> Result<Option<Vec<f32>>, Refusal> {
    let halves = || view.data().as_chunks::<2>().0.iter();
    Ok(Some(match view.dtype() {
        Dtype::F32 => view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F16 => halves().map(|bytes| half::f16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::BF16 => halves().map(|bytes| half::bf16::from_le_bytes(*bytes).to_f32()).collect(),
        Dtype::BOOL
        | Dtype::U8
        | Dtype::I8
        | Dtype::I16
        | Dtype::U16
        | Dtype::I32
        | Dtype::U32
        | Dtype::I64
        | Dtype::U64 => {
            return Ok(None);
        }
        other => {
            return Err(Refusal(format!("the tensor `{name}` is {other:?}; F32, F16 and BF16 are read")));
        }
    }))
}
