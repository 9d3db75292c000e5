//! Layers of maps: convolutions, windows, squeeze and excitation.

use super::Writer;
use crate::architecture::{Activation, Convolution, Margins, Shape, SqueezeExcite};
use crate::onnx::message::{int, ints};
use crate::onnx::proto::AttributeProto;

impl Writer<'_> {
    pub(super) fn convolution(&mut self, layer: &Convolution) {
        let kernel = self.weight(&layer.weight());
        self.convolution_with(layer, &kernel);
    }

    /// A convolution whose kernel is in the graph already.
    pub(super) fn convolution_with(&mut self, layer: &Convolution, kernel: &str) {
        let bias = layer.bias_name().map(|name| self.weight(&name));
        let inputs: Vec<&str> = std::iter::once(kernel).chain(bias.as_deref()).collect();
        let mut attributes = self.window(layer.kernel, layer.stride, |side| layer.margins(side));
        attributes.push(int("group", layer.groups as i64));
        self.node("Conv", &inputs, attributes);
    }

    /// How a window moves over maps.
    pub(super) fn window(
        &self,
        kernel: usize,
        stride: usize,
        margins: impl Fn(usize) -> Margins,
    ) -> Vec<AttributeProto> {
        let (rows, columns) = match self.shape {
            Shape::Maps { height, width, .. } => (margins(height), margins(width)),
            Shape::Tokens { .. } | Shape::Features { .. } => (margins(1), margins(1)),
        };
        let pads = [rows.before, columns.before, rows.after, columns.after];
        vec![
            ints("kernel_shape", vec![kernel as i64; 2]),
            ints("strides", vec![stride as i64; 2]),
            ints("pads", pads.map(|extent| extent as i64).to_vec()),
        ]
    }

    pub(super) fn squeeze_excite(&mut self, layer: &SqueezeExcite) {
        let (value, shape) = (self.value.clone(), self.shape);
        self.node("GlobalAveragePool", &[], Vec::new());
        self.shape = Shape::Maps { channels: shape.channels(), height: 1, width: 1 };
        self.convolution(&layer.reduce);
        self.activation(layer.activation);
        self.convolution(&layer.expand);
        self.activation(Activation::Sigmoid);
        let share = std::mem::replace(&mut self.value, value);
        self.shape = shape;
        self.node("Mul", &[&share], Vec::new());
    }
}
