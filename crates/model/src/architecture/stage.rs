//! Stages of a network, and its division into a frozen part and one that learns.

use super::layer::shape_after;
use super::{Architecture, Layer, Shape};

/// Where a part of a network begins that has a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name, such as `stage3`.
    pub name: String,
    /// Index of its first layer in [`Architecture::layers`].
    pub first: usize,
}

/// Layers and stages in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) layers: Vec<Layer>,
    pub(super) stages: Vec<Stage>,
}

impl Builder {
    /// What is pushed from now on belongs to this stage.
    pub(super) fn stage(&mut self, name: impl Into<String>) {
        self.stages.push(Stage { name: name.into(), first: self.layers.len() });
    }

    pub(super) fn push(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    pub(super) fn extend(&mut self, layers: impl IntoIterator<Item = Layer>) {
        self.layers.extend(layers);
    }
}

impl Architecture {
    /// The network in two: all before the stage `first_learnt` (from the image to maps or tokens), and the rest (from
    /// there to the embedding). Both check against the weights of the whole. `None` when there is no such stage.
    pub fn parts(&self, first_learnt: &str) -> Option<(Self, Self)> {
        let first = self.stages.iter().find(|stage| stage.name == first_learnt)?.first;
        let (before, after) = self.layers.split_at(first);
        let between = shape_after(before, self.input_shape());
        let (side, leading_tokens) = match between {
            Shape::Maps { height, .. } => (height, None),
            Shape::Tokens { leading, patches, .. } => (patches.isqrt(), Some(leading)),
            Shape::Features { .. } => (1, None),
        };
        let (earlier, later): (Vec<_>, Vec<_>) =
            self.stages.iter().cloned().partition(|stage| stage.first < first);
        let prefix = Self {
            name: format!("{}-before-{first_learnt}", self.name),
            dimension: between.numbers(),
            layers: before.to_vec(),
            stages: earlier,
            left_out: self.left_out_and(after),
            ..self.clone()
        };
        let rest = Self {
            name: format!("{}-from-{first_learnt}", self.name),
            side,
            input_channels: between.channels(),
            leading_tokens,
            layers: after.to_vec(),
            stages: later.into_iter().map(|stage| Stage { first: stage.first - first, ..stage }).collect(),
            left_out: self.left_out_and(before),
            ..self.clone()
        };
        Some((prefix, rest))
    }

    /// What is left out of the whole, and the tensors of these layers.
    fn left_out_and(&self, layers: &[Layer]) -> Vec<String> {
        let others = layers.iter().flat_map(Layer::tensors).map(|(name, _)| name);
        self.left_out.iter().cloned().chain(others).collect()
    }

    /// The shape of what goes in.
    pub fn input_shape(&self) -> Shape {
        let (channels, side) = (self.input_channels, self.side);
        match self.leading_tokens {
            Some(leading) => Shape::Tokens { channels, leading, patches: side * side },
            None => Shape::Maps { channels, height: side, width: side },
        }
    }

    /// The shape of what comes out, for one image.
    pub fn answer_shape(&self) -> Shape {
        shape_after(&self.layers, self.input_shape())
    }

    /// Channels, height and width of the last maps before the pooling, for an input of these channels, height and
    /// width; of tokens channels, tokens and 1. A network without pooling: of what it answers.
    pub fn output_shape(&self, input: [usize; 3]) -> [usize; 3] {
        let [channels, height, width] = input;
        let input = match self.leading_tokens {
            Some(leading) => Shape::Tokens { channels, leading, patches: height * width },
            None => Shape::Maps { channels, height, width },
        };
        let is_pool = |layer: &Layer| matches!(layer, Layer::Pool(_));
        let end = self.layers.iter().position(is_pool).unwrap_or(self.layers.len());
        match shape_after(&self.layers[..end], input) {
            Shape::Maps { channels, height, width } => [channels, height, width],
            Shape::Tokens { channels, leading, patches } => [channels, leading + patches, 1],
            Shape::Features { channels } => [channels, 1, 1],
        }
    }
}
