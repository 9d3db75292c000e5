//! Small networks that have every kind of layer between them.

use resight_model::{
    Activation, Architecture, Attention, BatchNorm, Convolution, Layer, LayerNorm, Linear, Padding, Pooling,
    Rotary, Scale, SqueezeExcite, Tokens, WindowAttention,
};

const SIDE: usize = 8;

/// All of them.
pub(super) fn all() -> Vec<Architecture> {
    vec![lite(), squeezed(), next(), transformer(), windows(), turned()]
}

/// As EfficientNet-Lite: padding on one side, depthwise convolutions, a learnt pooling; and a neck.
pub(super) fn lite() -> Architecture {
    let depthwise = Convolution { groups: 6, ..conv("deep", 6, 6, 5, 1, Padding::Same) };
    let branch = vec![Layer::Convolution(depthwise), norm("norm1", 6)];
    let layers = vec![
        Layer::Convolution(conv("stem", 3, 6, 3, 2, Padding::Same)),
        norm("norm0", 6),
        Layer::Activation(Activation::Relu6),
        Layer::Residual { branch, shortcut: Vec::new() },
        Layer::Pool(Pooling::Gem { name: "pool".to_owned() }),
        Layer::Linear(linear("neck", 6, 4)),
        norm("neck.norm", 4),
    ];
    Architecture::of_images("lite", SIDE, layers)
}

/// As ResNet and EfficientNetV2: even padding, a shortcut with work, squeeze and excitation.
fn squeezed() -> Architecture {
    let squeeze = SqueezeExcite {
        reduce: Convolution { bias: true, ..Convolution::pointwise("reduce", 8, 2) },
        activation: Activation::Silu,
        expand: Convolution { bias: true, ..Convolution::pointwise("expand", 2, 8) },
    };
    let branch = vec![
        Layer::Convolution(Convolution { bias: true, ..conv("first", 4, 8, 3, 2, Padding::Even(1)) }),
        norm("norm", 8),
        Layer::Activation(Activation::Relu),
        Layer::SqueezeExcite(squeeze),
    ];
    let shortcut = vec![Layer::Convolution(conv("short", 4, 8, 1, 2, Padding::Even(0)))];
    let layers = vec![
        Layer::Convolution(conv("stem", 3, 4, 3, 1, Padding::Even(1))),
        Layer::MaxPool { kernel: 3, stride: 2, padding: Padding::Even(1) },
        Layer::Residual { branch, shortcut },
        Layer::Activation(Activation::Sigmoid),
        Layer::Pool(Pooling::Average),
    ];
    Architecture::of_images("squeezed", SIDE, layers)
}

/// As ConvNeXt: layer normalisation of maps, matrix products at every place, layer scale.
fn next() -> Architecture {
    let branch = vec![
        Layer::LayerNorm(layer_norm("norm", 4)),
        Layer::Linear(linear("wide", 4, 8)),
        Layer::Activation(Activation::Gelu),
        Layer::Linear(linear("narrow", 8, 4)),
        Layer::Scale(Scale { name: "gamma".to_owned(), channels: 4 }),
    ];
    let layers = vec![
        Layer::Convolution(conv("stem", 3, 4, 2, 2, Padding::Even(0))),
        Layer::Residual { branch, shortcut: Vec::new() },
        Layer::Pool(Pooling::Max),
        Layer::LayerNorm(layer_norm("end", 4)),
    ];
    Architecture::of_images("next", SIDE, layers)
}

/// As a vision transformer with registers.
fn transformer() -> Architecture {
    let tokens = Tokens {
        class: "class".to_owned(),
        registers: Some(("registers".to_owned(), 2)),
        positions: Some("positions".to_owned()),
        side: 2,
        channels: 6,
    };
    let attention = Attention::plain("attention".to_owned(), 6, 2);
    let branch = vec![
        Layer::LayerNorm(layer_norm("norm", 6)),
        Layer::Attention(attention),
        Layer::Scale(Scale { name: "scale".to_owned(), channels: 6 }),
    ];
    let layers = vec![
        Layer::Convolution(conv("patches", 3, 6, 4, 4, Padding::Even(0))),
        Layer::Tokens(tokens),
        Layer::Residual { branch, shortcut: Vec::new() },
        Layer::Linear(linear("mix", 6, 6)),
        Layer::Activation(Activation::Gelu),
        Layer::Pool(Pooling::ClassToken),
    ];
    Architecture::of_images("transformer", SIDE, layers)
}

/// As Swin: windows, shifted, and tokens that are put together.
fn windows() -> Architecture {
    let asking = |name: &str, channels, side, shifted| {
        let (name, window, heads) = (name.to_owned(), 2, 2);
        let attention = WindowAttention { name, channels, heads, window, shifted, side };
        Layer::Residual { branch: vec![Layer::WindowAttention(attention)], shortcut: Vec::new() }
    };
    let layers = vec![
        Layer::Convolution(conv("patches", 3, 4, 2, 2, Padding::Even(0))),
        Layer::Flatten,
        Layer::LayerNorm(layer_norm("norm", 4)),
        asking("first", 4, 4, false),
        asking("second", 4, 4, true),
        Layer::Merge { side: 4 },
        Layer::Linear(linear("merged", 16, 6)),
        asking("last", 6, 2, true),
        Layer::Pool(Pooling::Average),
    ];
    Architecture::of_images("windows", SIDE, layers)
}

/// As DINOv3 and OpenAI's CLIP: tokens that know their places by rotation, an approximated activation.
fn turned() -> Architecture {
    let tokens = Tokens {
        class: "class".to_owned(),
        registers: Some(("registers".to_owned(), 1)),
        positions: None,
        side: 2,
        channels: 8,
    };
    let rotary = Some(Rotary { side: 2, leading: 2 });
    let attention = Attention { rotary, ..Attention::plain("attention".to_owned(), 8, 2) };
    let layers = vec![
        Layer::Convolution(conv("patches", 3, 8, 4, 4, Padding::Even(0))),
        Layer::Tokens(tokens),
        Layer::Residual { branch: vec![Layer::Attention(attention)], shortcut: Vec::new() },
        Layer::Activation(Activation::QuickGelu),
        Layer::Pool(Pooling::ClassToken),
    ];
    Architecture::of_images("turned", SIDE, layers)
}

fn conv(
    name: &str,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    padding: Padding,
) -> Convolution {
    Convolution { kernel, stride, padding, ..Convolution::pointwise(name, inputs, outputs) }
}

fn norm(name: &str, channels: usize) -> Layer {
    Layer::BatchNorm(BatchNorm { name: name.to_owned(), channels, epsilon: 1e-3 })
}

fn layer_norm(name: &str, channels: usize) -> LayerNorm {
    LayerNorm { name: name.to_owned(), channels, epsilon: 1e-3 }
}

fn linear(name: &str, inputs: usize, outputs: usize) -> Linear {
    Linear { name: name.to_owned(), inputs, outputs, bias: true }
}
