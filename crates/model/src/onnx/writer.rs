//! An ONNX graph that grows by one layer at a time.

use super::message::{float, int, ints, tensor, whole_numbers};
use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto};
use crate::architecture::{
    Activation, Attention, BatchNorm, Convolution, GEM_LEAST, Layer, LayerNorm, Linear, Margins, Pooling,
    Shape, SqueezeExcite, Tokens,
};
use crate::weights::{Tensor, Weights};

/// Version of the standard operator set that is written; old enough for every runtime in use.
const OPERATOR_SET: i64 = 13;
/// The first version that has layer normalisation as one operator.
pub(super) const WITH_LAYER_NORM: i64 = 17;

/// A graph in the making, and what is known of its last value.
pub(super) struct Writer<'w> {
    weights: &'w Weights,
    pub(super) graph: GraphProto,
    /// Name of the value that the next layer takes.
    pub(super) value: String,
    /// What that value is.
    pub(super) shape: Shape,
    /// The oldest version of the standard operator set that has all operators so far.
    pub(super) operator_set: i64,
    /// Whether a newer version of it may be asked for.
    may_rise: bool,
    /// What every name begins with.
    beginning: String,
}

impl<'w> Writer<'w> {
    /// A graph that begins with the value `input`.
    pub(super) fn new(weights: &'w Weights, input: &str, shape: Shape) -> Self {
        let mut writer = Self::behind(weights, input, shape, OPERATOR_SET, String::new());
        writer.may_rise = true;
        writer.graph.initializer.push(tensor("zero", &[], &[0.0]));
        writer.graph.initializer.push(tensor("six", &[], &[6.0]));
        writer
    }

    /// Part of a graph: what follows the value `input` of a graph with this operator set, all names beginning with
    /// `beginning`.
    pub(super) fn behind(
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
    pub(super) fn layers(&mut self, layers: &[Layer]) {
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
                let attributes = self.window(*kernel, *stride, |side| padding.margins(side, *kernel, *stride));
                self.node("MaxPool", &[], attributes);
            }
            Layer::Residual { branch, shortcut } => self.residual(branch, shortcut),
            Layer::SqueezeExcite(layer) => self.squeeze_excite(layer),
            Layer::Scale(scale) => {
                let factors = self.tensor(&scale.name).values;
                let factors = self.per_channel(&scale.name, &factors);
                self.node("Mul", &[&factors], Vec::new());
            }
            Layer::Linear(linear) => self.linear(linear),
            Layer::Tokens(tokens) => self.tokens(tokens),
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

    fn convolution(&mut self, layer: &Convolution) {
        let kernel = self.weight(&layer.weight());
        let bias = layer.bias_name().map(|name| self.weight(&name));
        let inputs: Vec<&str> = std::iter::once(kernel.as_str()).chain(bias.as_deref()).collect();
        let mut attributes = self.window(layer.kernel, layer.stride, |side| layer.margins(side));
        attributes.push(int("group", layer.groups as i64));
        self.node("Conv", &inputs, attributes);
    }

    /// How a window moves over maps.
    fn window(&self, kernel: usize, stride: usize, margins: impl Fn(usize) -> Margins) -> Vec<AttributeProto> {
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

    fn batch_norm(&mut self, norm: &BatchNorm) {
        let names = norm.tensors();
        if matches!(self.shape, Shape::Maps { .. }) {
            let names = names.map(|name| self.weight(&name));
            let inputs = names.each_ref().map(String::as_str);
            self.node("BatchNormalization", &inputs, vec![float("epsilon", norm.epsilon as f32)]);
            return;
        }
        let [weights, biases, means, variances] = names.each_ref().map(|name| self.tensor(name).values);
        let spreads = variances.iter().map(|variance| (f64::from(*variance) + norm.epsilon).sqrt());
        let gains: Vec<f64> = weights.iter().zip(spreads).map(|(weight, s)| f64::from(*weight) / s).collect();
        let shifts = biases.iter().zip(&means).zip(&gains);
        let shifts: Vec<f32> =
            shifts.map(|((bias, mean), gain)| (f64::from(*bias) - f64::from(*mean) * gain) as f32).collect();
        let gains: Vec<f32> = gains.iter().map(|gain| *gain as f32).collect();
        let gains = self.per_channel(&names[0], &gains);
        self.node("Mul", &[&gains], Vec::new());
        let shifts = self.per_channel(&names[1], &shifts);
        self.node("Add", &[&shifts], Vec::new());
    }

    fn layer_norm(&mut self, norm: &LayerNorm) {
        let [weight, bias] = norm.tensors().map(|name| self.weight(&name));
        let is_maps = matches!(self.shape, Shape::Maps { .. });
        if is_maps {
            self.node("Transpose", &[], vec![ints("perm", vec![0, 2, 3, 1])]);
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
            self.node("Transpose", &[], vec![ints("perm", vec![0, 3, 1, 2])]);
        }
    }

    fn layer_norm_in_steps(&mut self, norm: &LayerNorm, weight: &str, bias: &str) {
        let mean = |writer: &mut Self| {
            writer.node("ReduceMean", &[], vec![ints("axes", vec![-1]), int("keepdims", 1)]);
            writer.value.clone()
        };
        let value = self.value.clone();
        let average = mean(self);
        self.value = value;
        self.node("Sub", &[&average], Vec::new());
        let difference = self.value.clone();
        self.node("Mul", &[&difference], Vec::new());
        mean(self);
        let epsilon = self.number("epsilon", norm.epsilon as f32);
        self.node("Add", &[&epsilon], Vec::new());
        self.node("Sqrt", &[], Vec::new());
        let spread = std::mem::replace(&mut self.value, difference);
        self.node("Div", &[&spread], Vec::new());
        self.node("Mul", &[weight], Vec::new());
        self.node("Add", &[bias], Vec::new());
    }

    fn activation(&mut self, activation: Activation) {
        let value = self.value.clone();
        match activation {
            Activation::Relu => self.node("Relu", &[], Vec::new()),
            Activation::Relu6 => {
                let (zero, six) = (self.number("zero", 0.0), self.number("six", 6.0));
                self.node("Clip", &[&zero, &six], Vec::new());
            }
            Activation::Sigmoid => self.node("Sigmoid", &[], Vec::new()),
            Activation::Silu => {
                self.node("Sigmoid", &[], Vec::new());
                let share = std::mem::replace(&mut self.value, value);
                self.node("Mul", &[&share], Vec::new());
            }
            Activation::Gelu => {
                let root = self.number("root_of_two", std::f32::consts::SQRT_2);
                self.node("Div", &[&root], Vec::new());
                self.node("Erf", &[], Vec::new());
                let one = self.number("one", 1.0);
                self.node("Add", &[&one], Vec::new());
                let share = std::mem::replace(&mut self.value, value);
                self.node("Mul", &[&share], Vec::new());
                let half = self.number("half", 0.5);
                self.node("Mul", &[&half], Vec::new());
            }
        }
    }

    fn squeeze_excite(&mut self, layer: &SqueezeExcite) {
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

    fn linear(&mut self, linear: &Linear) {
        match self.shape {
            Shape::Maps { .. } => {
                let Linear { name, inputs, outputs, bias } = linear.clone();
                let pointwise = Convolution { bias, ..Convolution::pointwise(name, inputs, outputs) };
                self.convolution(&pointwise);
            }
            Shape::Tokens { .. } => {
                let matrix = self.tensor(&linear.weight());
                let bias = linear.bias_name().map(|name| self.tensor(&name).values);
                self.product(&linear.name, &matrix, bias.as_deref());
            }
            Shape::Features { .. } => {
                let matrix = self.weight(&linear.weight());
                let bias = linear.bias_name().map(|name| self.weight(&name));
                let inputs: Vec<&str> = std::iter::once(matrix.as_str()).chain(bias.as_deref()).collect();
                self.node("Gemm", &inputs, vec![int("transB", 1)]);
            }
        }
    }

    /// Tokens times a matrix of outputs × inputs.
    fn product(&mut self, name: &str, matrix: &Tensor, bias: Option<&[f32]>) {
        let (outputs, inputs) = (matrix.shape[0], matrix.shape[1]);
        let columns = (0..inputs).flat_map(|input| matrix.values[input..].iter().step_by(inputs));
        let turned: Vec<f32> = columns.copied().collect();
        let matrix = self.add_tensor(&format!("{name}.weight"), &[inputs, outputs], &turned);
        self.node("MatMul", &[&matrix], Vec::new());
        if let Some(bias) = bias {
            let bias = self.add_tensor(&format!("{name}.bias"), &[outputs], bias);
            self.node("Add", &[&bias], Vec::new());
        }
    }

    fn tokens(&mut self, layer: &Tokens) {
        let channels = layer.channels;
        let positions = self.tensor(&layer.positions).values;
        let (first, others) = positions.split_at(channels.min(positions.len()));
        let class = self.tensor(&layer.class).values;
        let mut leading: Vec<f32> = class.iter().zip(first).map(|(token, position)| token + position).collect();
        if let Some((name, _)) = &layer.registers {
            leading.extend(self.tensor(name).values);
        }
        let flat = self.add_whole("patches", &[0, channels as i64, -1]);
        self.node("Reshape", &[&flat], Vec::new());
        self.node("Transpose", &[], vec![ints("perm", vec![0, 2, 1])]);
        let others = self.add_tensor(&layer.positions, &[1, layer.patches(), channels], others);
        self.node("Add", &[&others], Vec::new());
        let patches = self.value.clone();
        self.node("Shape", &[], Vec::new());
        let zero = self.add_whole("first", &[0]);
        self.node("Gather", &[&zero], Vec::new());
        let each = self.add_whole("leading", &[layer.leading() as i64, channels as i64]);
        self.node("Concat", &[&each], vec![int("axis", 0)]);
        let leading = self.add_tensor(&layer.class, &[1, layer.leading(), channels], &leading);
        let shape = std::mem::replace(&mut self.value, leading);
        self.node("Expand", &[&shape], Vec::new());
        self.node("Concat", &[&patches], vec![int("axis", 1)]);
    }

    /// The joined matrix is cut into those of queries, keys and values, and the root goes into the queries'.
    fn attention(&mut self, layer: &Attention) {
        let (channels, heads) = (layer.channels, layer.heads);
        let each = channels / heads;
        let joined = layer.joined();
        let (matrix, bias) = (self.tensor(&joined.weight()), self.tensor(&format!("{}.bias", joined.name)));
        let split = self.add_whole("heads", &[0, 0, heads as i64, each as i64]);
        let value = self.value.clone();
        let root = (each as f32).sqrt().recip();
        let parts = [("q", root, [0, 2, 1, 3]), ("k", 1.0, [0, 2, 3, 1]), ("v", 1.0, [0, 2, 1, 3])];
        let [queries, keys, values] = [0, 1, 2].map(|part| {
            let (letter, factor, order) = parts[part];
            let rows = part * channels..(part + 1) * channels;
            let cut = |values: &[f32], width: usize| -> Vec<f32> {
                values[rows.start * width..rows.end * width].iter().map(|value| value * factor).collect()
            };
            let matrix = Tensor { shape: vec![channels, channels], values: cut(&matrix.values, channels) };
            self.value.clone_from(&value);
            self.product(&format!("{}.{letter}", layer.name), &matrix, Some(&cut(&bias.values, 1)));
            self.node("Reshape", &[&split], Vec::new());
            self.node("Transpose", &[], vec![ints("perm", order.to_vec())]);
            self.value.clone()
        });
        self.value = queries;
        self.node("MatMul", &[&keys], Vec::new());
        self.node("Softmax", &[], vec![int("axis", -1)]);
        self.node("MatMul", &[&values], Vec::new());
        self.node("Transpose", &[], vec![ints("perm", vec![0, 2, 1, 3])]);
        let joined = self.add_whole("joined", &[0, 0, channels as i64]);
        self.node("Reshape", &[&joined], Vec::new());
        self.linear(&layer.output());
    }

    fn pool(&mut self, pooling: &Pooling) {
        let maps = match self.shape {
            Shape::Maps { .. } => true,
            Shape::Tokens { .. } if *pooling == Pooling::ClassToken => {
                let first = self.number_index("class", 0);
                return self.node("Gather", &[&first], vec![int("axis", 1)]);
            }
            Shape::Tokens { leading, .. } => {
                self.without_leading(leading);
                false
            }
            Shape::Features { .. } => return,
        };
        let root = match pooling {
            Pooling::Gem { name } => Some(self.power(name)),
            Pooling::Average | Pooling::Max | Pooling::ClassToken => None,
        };
        match (maps, pooling) {
            (true, Pooling::Max) => self.node("GlobalMaxPool", &[], Vec::new()),
            (true, _) => self.node("GlobalAveragePool", &[], Vec::new()),
            (false, Pooling::Max) => self.reduce("ReduceMax"),
            (false, _) => self.reduce("ReduceMean"),
        }
        if maps {
            self.node("Flatten", &[], vec![int("axis", 1)]);
        }
        if let Some(root) = root {
            self.node("Pow", &[&root], Vec::new());
        }
    }

    /// To the power of the generalized mean; the name of the exponent that leads back.
    fn power(&mut self, name: &str) -> String {
        let exponent = self.tensor(&Pooling::exponent(name)).values.first().copied().unwrap_or(1.0);
        let least = self.number("gem_least", GEM_LEAST);
        self.node("Clip", &[&least], Vec::new());
        let power = self.number(&Pooling::exponent(name), exponent);
        self.node("Pow", &[&power], Vec::new());
        self.number(&format!("{name}.root"), exponent.recip())
    }

    fn reduce(&mut self, operator: &str) {
        self.node(operator, &[], vec![ints("axes", vec![1]), int("keepdims", 0)]);
    }

    /// The tokens of the patches alone.
    fn without_leading(&mut self, leading: usize) {
        let start = self.add_whole("start", &[leading as i64]);
        let end = self.add_whole("end", &[i64::from(i32::MAX)]);
        let axis = self.add_whole("axis", &[1]);
        self.node("Slice", &[&start, &end, &axis], Vec::new());
    }

    /// A tensor of the weights, which have been checked.
    fn tensor(&self, name: &str) -> Tensor {
        self.weights.get(name).cloned().unwrap_or_else(|| Tensor { shape: Vec::new(), values: Vec::new() })
    }

    /// Puts a tensor of the weights into the graph as it is; a matrix before maps becomes a kernel.
    fn weight(&mut self, name: &str) -> String {
        let Tensor { mut shape, values } = self.tensor(name);
        if shape.len() == 2 && matches!(self.shape, Shape::Maps { .. }) {
            shape.extend([1, 1]);
        }
        self.add_tensor(name, &shape, &values)
    }

    /// Puts one number for each channel into the graph, so that it meets the channels of the value.
    fn per_channel(&mut self, name: &str, values: &[f32]) -> String {
        let shape: &[usize] = match self.shape {
            Shape::Maps { .. } => &[values.len(), 1, 1],
            Shape::Tokens { .. } | Shape::Features { .. } => &[values.len()],
        };
        self.add_tensor(name, shape, values)
    }

    fn number(&mut self, name: &str, value: f32) -> String {
        self.add_tensor(name, &[], &[value])
    }

    fn number_index(&mut self, name: &str, value: i64) -> String {
        let name = format!("{}{name}", self.beginning);
        self.keep(whole_numbers(&name, &[], &[value]))
    }

    fn add_whole(&mut self, name: &str, values: &[i64]) -> String {
        let name = format!("{}{name}", self.beginning);
        self.keep(whole_numbers(&name, &[values.len()], values))
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
    pub(super) fn node(&mut self, operator: &str, more_inputs: &[&str], attribute: Vec<AttributeProto>) {
        let name = format!("{}{operator}_{}", self.beginning, self.graph.node.len());
        let inputs = std::iter::once(self.value.as_str()).chain(more_inputs.iter().copied());
        let input = inputs.map(str::to_owned).collect();
        self.graph.node.push(NodeProto {
            input,
            output: vec![name.clone()],
            name: Some(name.clone()),
            op_type: Some(operator.to_owned()),
            attribute,
        });
        self.value = name;
    }
}
