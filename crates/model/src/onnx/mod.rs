//! ONNX files: the few messages that are read and written, a look inside, and the writer.

mod inspect;
mod proto;
mod write;

pub use inspect::{Dimension, OnnxError, OnnxFacts, ValueFacts, inspect};
pub use write::{INPUT, Normalization, OUTPUT, write_network};

#[cfg(test)]
mod tests;
