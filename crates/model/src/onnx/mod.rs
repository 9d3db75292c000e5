//! ONNX files: the few messages that are read and written, a look inside, and the writer.

mod inspect;
mod message;
mod proto;
mod read_weights;
mod write;
mod writer;

pub use inspect::{Dimension, OnnxError, OnnxFacts, ValueFacts, inspect};
pub use read_weights::read_weights;
pub use write::{BETWEEN, INPUT, Normalization, OUTPUT, write_network};

#[cfg(test)]
mod tests;
