//! `rten`: a runtime written in Rust, part of the program, on every machine.

use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::prelude::*;
use rten_tensor::{Tensor, TensorView};

use super::network::{Graph, GraphSpec, Input, Output, guarded};

/// Name and version as shown.
pub(super) const RTEN: &str = "rten 0.27";

/// A network loaded by `rten`.
pub(super) struct RtenNetwork {
    model: Model,
    inputs: Vec<NodeId>,
    outputs: Vec<(String, NodeId)>,
    threads: Arc<ThreadPool>,
}

impl RtenNetwork {
    /// Loads an ONNX model that has been inspected (one file, no external data).
    ///
    /// # Errors
    /// When `rten` does not understand the file, lacks an operator, or a named input or output is not there.
    pub(super) fn load(onnx: &[u8], spec: &GraphSpec<'_>) -> Result<Self, String> {
        guarded(|| {
            let mut options = ModelOptions::with_all_ops();
            options.prepack_weights(true);
            let model = options.load(onnx.to_vec()).map_err(|error| error.to_string())?;
            let input = |name: &&str| model.node_id(name).map_err(|_| format!("there is no input `{name}`"));
            let inputs = spec.inputs.iter().map(input).collect::<Result<Vec<_>, String>>()?;
            let found = |name: &&str| match model.node_id(name) {
                Ok(node) => Ok(((*name).to_owned(), node)),
                Err(_) => Err(format!("there is no output `{name}`")),
            };
            let outputs = spec.outputs.iter().map(found).collect::<Result<Vec<_>, String>>()?;
            let threads = Arc::new(ThreadPool::with_num_threads(spec.threads.max(1)));
            Ok(Self { model, inputs, outputs, threads })
        })
    }
}

impl Graph for RtenNetwork {
    fn run(&self, inputs: &[Input<'_>]) -> Result<Vec<Output>, String> {
        guarded(|| {
            let given = self.inputs.iter().zip(inputs).map(|(node, input)| {
                let view = TensorView::try_from_data(input.shape, input.values);
                view.map(|view| (*node, view.into())).map_err(|error| format!("{error:?}"))
            });
            let given = given.collect::<Result<Vec<_>, String>>()?;
            let mut options = RunOptions::default();
            options.thread_pool = Some(Arc::clone(&self.threads));
            let wanted: Vec<NodeId> = self.outputs.iter().map(|(_, node)| *node).collect();
            let values = self.model.run(given, &wanted, Some(options)).map_err(|error| error.to_string())?;
            self.outputs.iter().zip(values).map(|((name, _), value)| float_output(name, value)).collect()
        })
    }

    fn runtime(&self) -> &str {
        RTEN
    }
}

fn float_output(name: &str, value: Value) -> Result<Output, String> {
    let tensor: Tensor<f32> =
        value.try_into().map_err(|_| format!("the output `{name}` is not made of 32-bit floats"))?;
    Ok(Output { name: name.to_owned(), shape: tensor.shape().to_vec(), values: tensor.into_data() })
}
