//! ONNX files: the few messages that are read and written, a look inside, the writer, a neck behind any network.

mod append;
mod half;
mod inspect;
mod join_boxes;
mod limits;
mod merge;
mod message;
mod proto;
mod read_weights;
mod wire;
mod write;
mod writer;

pub use append::append;
pub use inspect::{Dimension, OnnxError, OnnxFacts, ValueFacts, inspect};
pub(crate) use join_boxes::{BoxesInParts, join_boxes};
pub(crate) use merge::{Merged, merge};
pub use read_weights::read_weights;
pub use write::{BETWEEN, INPUT, Normalization, OUTPUT, write_half_network, write_network};

#[cfg(test)]
mod append_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod join_boxes_tests;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use join_boxes_tests::detector as detector_in_parts;
