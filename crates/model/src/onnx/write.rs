//! From an architecture and weights to an ONNX file.

use prost::Message as _;
use prost::bytes::Bytes;

use super::proto::{
    AttributeProto, DimensionProto, DimensionValue, FLOAT, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
    attribute_type,
};
use crate::architecture::{Architecture, BatchNorm, Convolution, Layer, Mismatch};
use crate::weights::{Tensor, Weights};

/// Name of the input of a written network: images × 3 × height × width.
pub const INPUT: &str = "image";
/// Name of the output of a written network: images × dimension.
pub const OUTPUT: &str = "embedding";

/// Version of the standard operator set that is written; old enough for every runtime in use.
const OPERATOR_SET: i64 = 13;
/// Version of the file format that belongs to it.
const IR_VERSION: i64 = 7;

/// What becomes of batch normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalization {
    /// Its numbers go into the weights of the convolution before it: fewer steps, the same answer.
    #[default]
    Folded,
    /// It stays a step of its own, as in training; to compare with.
    Separate,
}

/// Writes a network as ONNX, for batches of any size.
///
/// # Errors
/// When the weights are not those of the architecture.
pub fn write_network(
    architecture: &Architecture,
    weights: &Weights,
    normalization: Normalization,
) -> Result<Vec<u8>, Mismatch> {
    architecture.check(weights)?;
    let mut writer = Writer::new(weights, architecture.side);
    let mut layers = architecture.layers.as_slice();
    while let [layer, rest @ ..] = layers {
        layers = rest;
        match (layer, rest) {
            (Layer::Convolution(convolution), [Layer::BatchNorm(norm), rest @ ..])
                if normalization == Normalization::Folded =>
            {
                writer.folded(convolution, norm);
                layers = rest;
            }
            _ => writer.layer(layer),
        }
    }
    Ok(writer.finish(architecture).encode_to_vec())
}

/// A graph that grows by one layer at a time.
struct Writer<'w> {
    weights: &'w Weights,
    graph: GraphProto,
    /// Name of the value that the next layer takes.
    value: String,
    /// Height and width of that value, in pixels.
    side: usize,
    remembered: Vec<String>,
}

impl<'w> Writer<'w> {
    fn new(weights: &'w Weights, side: usize) -> Self {
        let mut graph = GraphProto::default();
        graph.initializer.push(tensor("zero", &[], &[0.0]));
        graph.initializer.push(tensor("six", &[], &[6.0]));
        Self { weights, graph, value: INPUT.to_owned(), side, remembered: Vec::new() }
    }

    fn layer(&mut self, layer: &Layer) {
        match layer {
            Layer::Convolution(convolution) => {
                let kernel = self.tensor(&convolution.weight());
                self.convolution(convolution, &kernel, None);
            }
            Layer::BatchNorm(norm) => self.batch_norm(norm),
            Layer::Relu6 => self.node("Clip", &["zero", "six"], Vec::new()),
            Layer::Remember => self.remembered.push(self.value.clone()),
            Layer::AddRemembered => {
                let remembered = self.remembered.pop().unwrap_or_else(|| self.value.clone());
                self.node("Add", &[&remembered], Vec::new());
            }
            Layer::GlobalAveragePool => {
                self.node("GlobalAveragePool", &[], Vec::new());
                self.node("Flatten", &[], vec![int("axis", 1)]);
                self.side = 1;
            }
        }
    }

    /// A convolution that also does the work of the normalisation after it.
    fn folded(&mut self, convolution: &Convolution, norm: &BatchNorm) {
        let mut kernel = self.tensor(&convolution.weight());
        let [gains, biases, means, variances] = norm.tensors().map(|name| self.tensor(&name).values);
        let each = kernel.values.len() / norm.channels;
        let mut bias = Tensor { shape: vec![norm.channels], values: Vec::with_capacity(norm.channels) };
        for (channel, values) in kernel.values.chunks_exact_mut(each).enumerate() {
            let spread = (f64::from(variances[channel]) + norm.epsilon).sqrt();
            let gain = f64::from(gains[channel]) / spread;
            values.iter_mut().for_each(|value| *value = (f64::from(*value) * gain) as f32);
            bias.values.push((f64::from(biases[channel]) - f64::from(means[channel]) * gain) as f32);
        }
        self.convolution(convolution, &kernel, Some(&bias));
    }

    fn convolution(&mut self, layer: &Convolution, kernel: &Tensor, bias: Option<&Tensor>) {
        let (kernel_name, bias_name) = (layer.weight(), format!("{}.bias", layer.name));
        self.graph.initializer.push(tensor(&kernel_name, &kernel.shape, &kernel.values));
        let mut inputs = vec![kernel_name.as_str()];
        if let Some(bias) = bias {
            self.graph.initializer.push(tensor(&bias_name, &bias.shape, &bias.values));
            inputs.push(&bias_name);
        }
        let padding = layer.padding(self.side);
        let (before, after) = (padding.before as i64, padding.after as i64);
        let attributes = vec![
            ints("kernel_shape", vec![layer.kernel as i64; 2]),
            ints("strides", vec![layer.stride as i64; 2]),
            ints("pads", vec![before, before, after, after]),
            int("group", layer.groups as i64),
        ];
        self.side = padding.output;
        self.node("Conv", &inputs, attributes);
    }

    fn batch_norm(&mut self, norm: &BatchNorm) {
        let names = norm.tensors();
        for name in &names {
            let Tensor { shape, values } = self.tensor(name);
            self.graph.initializer.push(tensor(name, &shape, &values));
        }
        self.node(
            "BatchNormalization",
            &names.each_ref().map(String::as_str),
            vec![float("epsilon", norm.epsilon as f32)],
        );
    }

    /// A tensor of the weights, which have been checked.
    fn tensor(&self, name: &str) -> Tensor {
        self.weights.get(name).cloned().unwrap_or_else(|| Tensor { shape: Vec::new(), values: Vec::new() })
    }

    /// Adds an operator that takes the current value first, and makes its output the current value.
    fn node(&mut self, operator: &str, more_inputs: &[&str], attribute: Vec<AttributeProto>) {
        let name = format!("{operator}_{}", self.graph.node.len());
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

    fn finish(mut self, architecture: &Architecture) -> ModelProto {
        let side = architecture.side;
        if let Some(last) = self.graph.node.last_mut() {
            last.output = vec![OUTPUT.to_owned()];
        }
        self.graph.name = Some(architecture.name.clone());
        self.graph.input = vec![value_info(INPUT, &[3, side, side])];
        self.graph.output = vec![value_info(OUTPUT, &[architecture.dimension])];
        ModelProto {
            ir_version: Some(IR_VERSION),
            producer_name: Some("resight".to_owned()),
            // No version: the same weights give the same bytes, and so the same bundle id, for ever.
            producer_version: None,
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto {
                domain: Some(String::new()),
                version: Some(OPERATOR_SET),
            }],
            functions: Vec::new(),
        }
    }
}

fn tensor(name: &str, shape: &[usize], values: &[f32]) -> TensorProto {
    TensorProto {
        dims: shape.iter().map(|&extent| extent as i64).collect(),
        data_type: Some(FLOAT),
        name: Some(name.to_owned()),
        raw_data: Some(Bytes::from_iter(values.iter().flat_map(|value| value.to_le_bytes()))),
        ..TensorProto::default()
    }
}

/// A value of which there is one for each image of a batch.
fn value_info(name: &str, extents: &[usize]) -> ValueInfoProto {
    let batch = DimensionValue::Named("images".to_owned());
    let fixed = extents.iter().map(|&extent| DimensionValue::Fixed(extent as i64));
    let dim =
        std::iter::once(batch).chain(fixed).map(|value| DimensionProto { value: Some(value) }).collect();
    let tensor_type = TensorTypeProto { elem_type: Some(FLOAT), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: Some(name.to_owned()), kind: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}

fn attribute(name: &str, kind: i32) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), kind: Some(kind), ..AttributeProto::default() }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..attribute(name, attribute_type::INT) }
}

fn ints(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto { ints: values, ..attribute(name, attribute_type::INTS) }
}

fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { f: Some(value), ..attribute(name, attribute_type::FLOAT) }
}
