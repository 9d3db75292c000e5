//! From the layers of an architecture to a plan.

use resight_model::{self as model, Convolution, Layer, Padding, Pooling};

use super::Unsupported;
use super::builder::Builder;
use super::plan::{Activation, Plan, Pool, Window};

/// The plan of the layers, the last of which is the pooling.
pub(super) fn plan(layers: &[Layer], input: [usize; 3]) -> Result<Plan, Unsupported> {
    let Some((Layer::Pool(pooling), layers)) = layers.split_last() else {
        return Err(Unsupported::Order("layers that do not end with a pooling"));
    };
    let pool = match pooling {
        Pooling::Average => Pool::Average,
        Pooling::Max => Pool::Max,
        Pooling::Gem { name } => Pool::Gem { exponent: Pooling::exponent(name) },
        Pooling::ClassToken => return Err(Unsupported::Layer("the pooling of tokens".to_owned())),
    };
    let mut builder = Builder::new(input);
    add_layers(&mut builder, layers)?;
    builder.finish(pool)
}

fn add_layers(builder: &mut Builder, layers: &[Layer]) -> Result<(), Unsupported> {
    for layer in layers {
        match layer {
            Layer::Convolution(layer) => add_convolution(builder, layer)?,
            Layer::Activation(model::Activation::Relu) => builder.activation(Activation::Relu)?,
            Layer::Activation(model::Activation::Relu6) => builder.activation(Activation::Relu6)?,
            Layer::Residual { branch, shortcut } if shortcut.is_empty() => {
                let start = builder.last();
                add_layers(builder, branch)?;
                builder.add(start)?;
            }
            other => return Err(Unsupported::Layer(described(other))),
        }
    }
    Ok(())
}

fn add_convolution(builder: &mut Builder, layer: &Convolution) -> Result<(), Unsupported> {
    if !layer.bias {
        return Err(Unsupported::Bias(layer.name.clone()));
    }
    let is_pointwise = layer.kernel == 1 && layer.stride == 1 && layer.groups == 1;
    if is_pointwise && matches!(layer.padding, Padding::Same | Padding::Even(0)) {
        return builder.pointwise(&layer.name, layer.inputs, layer.outputs);
    }
    if layer.groups != layer.inputs || layer.groups != layer.outputs {
        return Err(Unsupported::Layer(format!("the convolution {}", layer.name)));
    }
    let (height, width) = builder.extent();
    let (rows, columns) = (layer.margins(height), layer.margins(width));
    let window =
        Window { kernel: layer.kernel, stride: layer.stride, above: rows.before, left: columns.before };
    builder.depthwise(&layer.name, layer.inputs, window, (rows.output, columns.output))
}

/// What a layer is, for a message.
fn described(layer: &Layer) -> String {
    match layer {
        Layer::Convolution(layer) => format!("the convolution {}", layer.name),
        Layer::BatchNorm(layer) => format!("the normalisation {}, which is not folded", layer.name),
        Layer::LayerNorm(layer) => format!("the normalisation {}", layer.name),
        Layer::Activation(activation) => format!("the activation {activation:?}"),
        Layer::MaxPool { .. } => "a pooling between convolutions".to_owned(),
        Layer::Residual { .. } => "a shortcut with layers of its own".to_owned(),
        Layer::SqueezeExcite(layer) => format!("squeeze and excitation, {}", layer.reduce.name),
        Layer::Scale(layer) => format!("the scale {}", layer.name),
        Layer::Linear(layer) => format!("the matrix {}", layer.name),
        Layer::Tokens(_)
        | Layer::Attention(_)
        | Layer::Flatten
        | Layer::Merge { .. }
        | Layer::WindowAttention(_) => "tokens".to_owned(),
        Layer::Pool(_) => "a pooling that is not the last layer".to_owned(),
    }
}
