//! What executes a network: ONNX Runtime, a fast library that may or may not be installed, and `rten`,
//! which is part of the program and always there. Both give the same numbers to within 1e-3.

mod choose;
mod error;
mod locate;
mod network;
mod onnx_runtime;
mod probe;
mod rten_runtime;

pub use choose::{RuntimeChoice, RuntimeStatus, load_embedder, load_network, load_written, runtimes};
pub use error::ModelError;
pub use network::{Network, Output};

pub(crate) use choose::{check_standing, load_graph, load_onnx, serving, spec_of};
pub(crate) use network::{Graph, GraphSpec, Input, NetworkSpec};
pub(crate) use probe::probe;

#[cfg(test)]
mod conformance;
