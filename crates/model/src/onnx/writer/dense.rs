//! Layers over channels: normalisation, activations, matrix products, pooling.

use super::{WITH_LAYER_NORM, Writer};
use crate::architecture::{
    Activation, BatchNorm, Convolution, GEM_LEAST, LayerNorm, Linear, Pooling, QUICK, Scale, Shape,
};
use crate::onnx::message::{float, int, ints};

impl Writer<'_> {
    pub(super) fn batch_norm(&mut self, norm: &BatchNorm) {
        let names = norm.tensors().map(|name| self.weight(&name));
        let inputs = names.each_ref().map(String::as_str);
        let is_tokens = matches!(self.shape, Shape::Tokens { .. });
        if is_tokens {
            self.transpose(&[0, 2, 1]);
        }
        self.node("BatchNormalization", &inputs, vec![float("epsilon", norm.epsilon as f32)]);
        if is_tokens {
            self.transpose(&[0, 2, 1]);
        }
    }

    pub(super) fn layer_norm(&mut self, norm: &LayerNorm) {
        let [weight, bias] = norm.tensors().map(|name| self.weight(&name));
        let is_maps = matches!(self.shape, Shape::Maps { .. });
        if is_maps {
            self.transpose(&[0, 2, 3, 1]);
        }
        if self.may_rise {
            self.operator_set = self.operator_set.max(WITH_LAYER_NORM);
        }
        if self.operator_set >= WITH_LAYER_NORM {
            let attributes = vec![int("axis", -1), float("epsilon", norm.epsilon as f32)];
            self.node("LayerNormalization", &[&weight, &bias], attributes);
        } else {
            self.layer_norm_in_steps(norm, &weight, &bias);
        }
        if is_maps {
            self.transpose(&[0, 3, 1, 2]);
        }
    }

    fn layer_norm_in_steps(&mut self, norm: &LayerNorm, weight: &str, bias: &str) {
        let over_channels = || vec![ints("axes", vec![-1]), int("keepdims", 1)];
        let value = self.value.clone();
        let mean = self.beside("ReduceMean", &[&value], over_channels());
        self.node("Sub", &[&mean], Vec::new());
        let difference = self.value.clone();
        self.node("Mul", &[&difference], Vec::new());
        self.node("ReduceMean", &[], over_channels());
        let epsilon = self.number("epsilon", norm.epsilon as f32);
        self.node("Add", &[&epsilon], Vec::new());
        self.node("Sqrt", &[], Vec::new());
        let spread = std::mem::replace(&mut self.value, difference);
        self.node("Div", &[&spread], Vec::new());
        self.node("Mul", &[weight], Vec::new());
        self.node("Add", &[bias], Vec::new());
    }

    pub(super) fn activation(&mut self, activation: Activation) {
        let value = self.value.clone();
        match activation {
            Activation::Relu => self.node("Relu", &[], Vec::new()),
            Activation::Relu6 => {
                let (zero, six) = (self.number("zero", 0.0), self.number("six", 6.0));
                self.node("Clip", &[&zero, &six], Vec::new());
            }
            Activation::Sigmoid => self.node("Sigmoid", &[], Vec::new()),
            Activation::Silu => {
                let share = self.beside("Sigmoid", &[&value], Vec::new());
                self.node("Mul", &[&share], Vec::new());
            }
            Activation::QuickGelu => {
                let quick = self.number("quick", QUICK);
                let steeper = self.beside("Mul", &[&value, &quick], Vec::new());
                let share = self.beside("Sigmoid", &[&steeper], Vec::new());
                self.node("Mul", &[&share], Vec::new());
            }
            Activation::Gelu => {
                let (root, one) =
                    (self.number("root_of_two", std::f32::consts::SQRT_2), self.number("one", 1.0));
                self.node("Div", &[&root], Vec::new());
                self.node("Erf", &[], Vec::new());
                self.node("Add", &[&one], Vec::new());
                let share = std::mem::replace(&mut self.value, value);
                self.node("Mul", &[&share], Vec::new());
                let half = self.number("half", 0.5);
                self.node("Mul", &[&half], Vec::new());
            }
        }
    }

    pub(super) fn scale(&mut self, scale: &Scale) {
        let mut factors = self.weight(&scale.name);
        if matches!(self.shape, Shape::Maps { .. }) {
            let places = self.whole("places_behind", &[1, 2]);
            factors = self.beside("Unsqueeze", &[&factors, &places], Vec::new());
        }
        self.node("Mul", &[&factors], Vec::new());
    }

    pub(super) fn linear(&mut self, linear: &Linear) {
        match self.shape {
            Shape::Maps { .. } => {
                let Linear { name, inputs, outputs, bias } = linear.clone();
                let pointwise = Convolution { bias, ..Convolution::pointwise(name, inputs, outputs) };
                let matrix = self.weight(&linear.weight());
                let places = self.whole("kernel_behind", &[2, 3]);
                let kernel = self.beside("Unsqueeze", &[&matrix, &places], Vec::new());
                self.convolution_with(&pointwise, &kernel);
            }
            Shape::Tokens { .. } => {
                let matrix = self.turned(linear);
                self.node("MatMul", &[&matrix], Vec::new());
                if let Some(bias) = linear.bias_name() {
                    let bias = self.weight(&bias);
                    self.node("Add", &[&bias], Vec::new());
                }
            }
            Shape::Features { .. } => {
                let matrix = self.weight(&linear.weight());
                let bias = linear.bias_name().map(|name| self.weight(&name));
                let inputs: Vec<&str> = std::iter::once(matrix.as_str()).chain(bias.as_deref()).collect();
                self.node("Gemm", &inputs, vec![int("transB", 1)]);
            }
        }
    }

    pub(super) fn pool(&mut self, pooling: &Pooling) {
        match (self.shape, pooling) {
            (Shape::Tokens { .. }, Pooling::ClassToken) => {
                let first = self.index("class_index", 0);
                return self.node("Gather", &[&first], vec![int("axis", 1)]);
            }
            (Shape::Tokens { leading, .. }, _) => self.without_leading(leading),
            (Shape::Maps { .. }, _) => {}
            (Shape::Features { .. }, _) => return,
        }
        let exponent = match pooling {
            Pooling::Gem { name } => Some(self.weight(&Pooling::exponent(name))),
            Pooling::Average | Pooling::Max | Pooling::ClassToken => None,
        };
        if let Some(exponent) = &exponent {
            let least = self.number("gem_least", GEM_LEAST);
            self.node("Clip", &[&least], Vec::new());
            self.node("Pow", &[exponent], Vec::new());
        }
        self.over_places(*pooling == Pooling::Max);
        if let Some(exponent) = &exponent {
            let root = self.beside("Reciprocal", &[exponent], Vec::new());
            self.node("Pow", &[&root], Vec::new());
        }
    }

    /// The mean or the greatest over all places or tokens.
    fn over_places(&mut self, greatest: bool) {
        if matches!(self.shape, Shape::Maps { .. }) {
            self.node(if greatest { "GlobalMaxPool" } else { "GlobalAveragePool" }, &[], Vec::new());
            self.node("Flatten", &[], vec![int("axis", 1)]);
        } else {
            let operator = if greatest { "ReduceMax" } else { "ReduceMean" };
            self.node(operator, &[], vec![ints("axes", vec![1]), int("keepdims", 0)]);
        }
    }

    pub(super) fn transpose(&mut self, order: &[i64]) {
        self.node("Transpose", &[], vec![ints("perm", order.to_vec())]);
    }
}
