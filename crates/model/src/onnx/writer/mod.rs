//! An ONNX graph that grows by one layer at a time.
//!
//! The tensors of the network stand in the graph as they are, under their own names; where an operator wants them
//! otherwise, operators over constants turn them, which every runtime does once, when it loads the file.

mod dense;
mod maps;
mod transformer;
mod windows;

use super::message::{ints, tensor, whole_numbers};
use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto};
use crate::architecture::{Layer, Linear, Shape};
use crate::weights::{Tensor, Weights};

/// Version of the standard operator set that is written; old enough for every runtime in use.
const OPERATOR_SET: i64 = 13;
/// The first version that has layer normalisation as one operator.
pub(in crate::onnx) const WITH_LAYER_NORM: i64 = 17;

/// A graph in the making, and what is known of its last value.
pub(in crate::onnx) struct Writer<'w> {
    weights: &'w Weights,
    pub(in crate::onnx) graph: GraphProto,
    /// Name of the value that the next layer takes.
    pub(in crate::onnx) value: String,
    /// What that value is.
    pub(in crate::onnx) shape: Shape,
    /// The oldest version of the standard operator set that has all operators so far.
    pub(in crate::onnx) operator_set: i64,
    /// Whether a newer version of it may be asked for.
    may_rise: bool,
    /// What every name begins with.
    beginning: String,
}

impl<'w> Writer<'w> {
    /// A graph that begins with the value `input`.
    pub(in crate::onnx) fn new(weights: &'w Weights, input: &str, shape: Shape) -> Self {
        let mut writer = Self::behind(weights, input, shape, OPERATOR_SET, String::new());
        writer.may_rise = true;
        writer.graph.initializer.push(tensor("zero", &[], &[0.0]));
        writer.graph.initializer.push(tensor("six", &[], &[6.0]));
        writer
    }

    /// Part of a graph: what follows the value `input` of a graph with this operator set, all names beginning with
    /// `beginning`.
    pub(in crate::onnx) fn behind(
        weights: &'w Weights,
        input: &str,
        shape: Shape,
        operator_set: i64,
        beginning: String,
    ) -> Self {
        let (graph, value) = (GraphProto::default(), input.to_owned());
        Self { weights, graph, value, shape, operator_set, may_rise: false, beginning }
    }

    /// Adds layers, one after the other.
    pub(in crate::onnx) fn layers(&mut self, layers: &[Layer]) {
        layers.iter().for_each(|layer| self.layer(layer));
    }

    fn layer(&mut self, layer: &Layer) {
        let after = layer.shape_after(self.shape);
        match layer {
            Layer::Convolution(convolution) => self.convolution(convolution),
            Layer::BatchNorm(norm) => self.batch_norm(norm),
            Layer::LayerNorm(norm) => self.layer_norm(norm),
            Layer::Activation(activation) => self.activation(*activation),
            Layer::MaxPool { kernel, stride, padding } => {
                let window = self.window(*kernel, *stride, |side| padding.margins(side, *kernel, *stride));
                self.node("MaxPool", &[], window);
            }
            Layer::Residual { branch, shortcut } => self.residual(branch, shortcut),
            Layer::SqueezeExcite(layer) => self.squeeze_excite(layer),
            Layer::Scale(scale) => self.scale(scale),
            Layer::Linear(linear) => self.linear(linear),
            Layer::Tokens(tokens) => self.tokens(tokens),
            Layer::Flatten => self.flatten(),
            Layer::Merge { side } => self.merge(*side),
            Layer::WindowAttention(attention) => self.window_attention(attention),
            Layer::Attention(attention) => self.attention(attention),
            Layer::Pool(pooling) => self.pool(pooling),
        }
        self.shape = after;
    }

    fn residual(&mut self, branch: &[Layer], shortcut: &[Layer]) {
        let (value, shape) = (self.value.clone(), self.shape);
        self.layers(branch);
        let sum = std::mem::replace(&mut self.value, value);
        self.shape = shape;
        self.layers(shortcut);
        let other = std::mem::replace(&mut self.value, sum);
        self.node("Add", &[&other], Vec::new());
    }

    /// Puts a tensor of the weights, which have been checked, into the graph.
    fn weight(&mut self, name: &str) -> String {
        let weights = self.weights;
        match weights.get(name) {
            Some(Tensor { shape, values }) => self.add_tensor(name, shape, values),
            None => self.add_tensor(name, &[], &[]),
        }
    }

    /// The matrix of a linear layer, turned to inputs × outputs.
    fn turned(&mut self, linear: &Linear) -> String {
        let matrix = self.weight(&linear.weight());
        self.beside("Transpose", &[&matrix], vec![ints("perm", vec![1, 0])])
    }

    /// One number.
    fn number(&mut self, name: &str, value: f32) -> String {
        self.add_tensor(name, &[], &[value])
    }

    /// A row of whole numbers.
    fn whole(&mut self, name: &str, values: &[i64]) -> String {
        let name = format!("{}{name}", self.beginning);
        self.keep(whole_numbers(&name, &[values.len()], values))
    }

    /// An index: one whole number.
    fn index(&mut self, name: &str, value: i64) -> String {
        let name = format!("{}{name}", self.beginning);
        self.keep(whole_numbers(&name, &[], &[value]))
    }

    fn add_tensor(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let name = format!("{}{name}", self.beginning);
        self.keep(tensor(&name, shape, values))
    }

    /// Adds a constant unless the very same one is there; one of another content gets another name.
    fn keep(&mut self, mut constant: TensorProto) -> String {
        let wanted = constant.name().to_owned();
        for copy in 2.. {
            match self.graph.initializer.iter().find(|there| there.name() == constant.name()) {
                Some(there) if *there == constant => break,
                Some(_) => constant.name = Some(format!("{wanted}_{copy}")),
                None => {
                    self.graph.initializer.push(constant.clone());
                    break;
                }
            }
        }
        constant.name().to_owned()
    }

    /// Adds an operator that takes the current value first, and makes its output the current value.
    pub(in crate::onnx) fn node(
        &mut self,
        operator: &str,
        more_inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) {
        let value = self.value.clone();
        let inputs: Vec<&str> = std::iter::once(value.as_str()).chain(more_inputs.iter().copied()).collect();
        self.value = self.beside(operator, &inputs, attribute);
    }

    /// Adds an operator beside the current value; the name of its output.
    fn beside(&mut self, operator: &str, inputs: &[&str], attribute: Vec<AttributeProto>) -> String {
        let name = format!("{}{operator}_{}", self.beginning, self.graph.node.len());
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.clone()],
            name: Some(name.clone()),
            op_type: Some(operator.to_owned()),
            attribute,
        });
        name
    }
}
