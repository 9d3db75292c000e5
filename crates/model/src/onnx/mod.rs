//! ONNX files: the few messages that are read and written, a look inside, and the writer.

mod inspect;
mod proto;

pub use inspect::{Dimension, OnnxError, OnnxFacts, ValueFacts, inspect};
