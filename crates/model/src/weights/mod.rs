//! Weight files of other frameworks: torch (both containers) and safetensors.
//!
//! Every file is hostile until checked. Nothing in a file is ever executed: the reader for torch files knows
//! the few instructions and the four names that tensors need, and refuses everything else. All sizes are
//! compared with the length of the file before memory is taken.

mod error;
mod pickle;
mod safetensors_file;
mod torch;
mod torch_legacy;
mod torch_zip;

use std::collections::BTreeMap;
use std::path::Path;

use resight_files::read_plain;

pub use error::{Refusal, WeightsError};

/// The largest weight file that is read, in bytes.
const MAX_FILE: u64 = 1 << 32;

/// An array of numbers with a shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Extents, outermost first; empty for a single number.
    pub shape: Vec<usize>,
    /// The numbers in row-major order, as many as the extents multiplied.
    pub values: Vec<f32>,
}

/// The tensors of a network by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    tensors: BTreeMap<String, Tensor>,
}

impl Weights {
    /// Reads a weight file; its kind is told from its contents, not its name.
    ///
    /// Tensors of whole numbers (counters, such as `num_batches_tracked`) are left out.
    ///
    /// # Errors
    /// When the file cannot be read, is of no known kind, or holds anything but tensors.
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        let bytes = read_plain(path, MAX_FILE)
            .map_err(|source| WeightsError::Io { source, path: path.to_path_buf() })?;
        Self::from_bytes(&bytes).map_err(|reason| WeightsError::Refused { reason, path: path.to_path_buf() })
    }

    /// As [`Weights::read`], for a file in memory.
    ///
    /// # Errors
    /// When the bytes are of no known kind, or hold anything but tensors.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.starts_with(b"PK\x03\x04") {
            torch_zip::read(bytes)
        } else if bytes.starts_with(&torch_legacy::START) {
            torch_legacy::read(bytes)
        } else if bytes.get(8) == Some(&b'{') {
            safetensors_file::read(bytes)
        } else {
            Err(Refusal("it is neither a torch file (.pth, .pt) nor a safetensors file".to_owned()))
        }
    }

    /// The tensor called `name`.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// Adds a tensor; one of the same name is replaced.
    pub fn insert(&mut self, name: String, tensor: Tensor) {
        self.tensors.insert(name, tensor);
    }

    /// Takes the tensor called `name` out.
    pub fn take(&mut self, name: &str) -> Option<Tensor> {
        self.tensors.remove(name)
    }

    /// All tensors with their names, in alphabetical order.
    pub fn into_tensors(self) -> impl Iterator<Item = (String, Tensor)> {
        self.tensors.into_iter()
    }

    /// The same names and shapes without the numbers: enough to tell what it is.
    pub fn hollow(&self) -> Self {
        let hollow = |(name, tensor): (&String, &Tensor)| {
            (name.clone(), Tensor { shape: tensor.shape.clone(), values: Vec::new() })
        };
        Self { tensors: self.tensors.iter().map(hollow).collect() }
    }

    /// All tensors in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// How many tensors there are.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }
}

#[cfg(test)]
mod tests;
