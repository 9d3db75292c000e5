//! Layers of vision transformers.

use super::{Activation, Layer, LayerNorm, Linear, Scale};

/// From maps of patches to tokens: one a patch, row by row, plus its position; before them the class token plus its
/// position, and the registers (Darcet et al. 2024), which have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Name of the tensor of the class token, 1 × 1 × channels.
    pub class: String,
    /// Name of the tensor of the registers, 1 × registers × channels, and how many they are.
    pub registers: Option<(String, usize)>,
    /// Name of the tensor of the positions, 1 × (1 + side²) × channels; the first is the class token's. None where tokens know their
    /// places otherwise ([`Rotary`]).
    pub positions: Option<String>,
    /// Height and width of the maps, in patches.
    pub side: usize,
    /// Channels.
    pub channels: usize,
}

/// Attention of several heads over tokens: for each head `softmax(q·kᵀ / √d)·v`, d being its channels; then a matrix
/// product over the heads side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// Name of the layer; its tensors are those of the linear layers `name.qkv` (channels to 3 · channels: queries,
    /// keys and values, each head after head) and `name.proj`, both with a bias.
    pub name: String,
    /// Channels.
    pub channels: usize,
    /// Heads; they divide the channels evenly.
    pub heads: usize,
    /// How queries and keys are turned by their places, where they are.
    pub rotary: Option<Rotary>,
}

/// Queries and keys of patches are turned by angles that hang on their places (J. Su et al., "RoFormer: Enhanced Transformer with
/// Rotary Position Embedding", 2021), as DINOv3 does it: rows and columns from −1 to 1, a quarter of the channels of a head each,
/// with periods from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotary {
    /// Patches a side.
    pub side: usize,
    /// Tokens before those of the patches, which are not turned.
    pub leading: usize,
}

/// The longest period, beside the shortest.
const BASE: f64 = 100.0;

impl Rotary {
    /// Cosines and sines: tokens × channels of a head.
    pub fn tables(&self, channels: usize) -> (Vec<f32>, Vec<f32>) {
        let quarter = channels / 4;
        let mut cosines = vec![1.0; self.leading * channels];
        let mut sines = vec![0.0; self.leading * channels];
        let place = |at: usize| (at as f64 + 0.5) / self.side as f64 * 2.0 - 1.0;
        let period = |at: usize| BASE.powf(2.0 * at as f64 / (channels as f64 / 2.0));
        for patch in 0..self.side * self.side {
            let axes = [place(patch / self.side), place(patch % self.side)];
            let angles: Vec<f64> = axes
                .iter()
                .flat_map(|axis| (0..quarter).map(move |at| std::f64::consts::TAU * axis / period(at)))
                .collect();
            // Both halves of the channels are turned by the same angles.
            for angle in angles.iter().chain(&angles) {
                cosines.push(angle.cos() as f32);
                sines.push(angle.sin() as f32);
            }
        }
        (cosines, sines)
    }
}

impl Tokens {
    /// Tokens before those of the patches.
    pub fn leading(&self) -> usize {
        1 + self.registers.as_ref().map_or(0, |(_, count)| *count)
    }

    /// Tokens of patches.
    pub fn patches(&self) -> usize {
        self.side * self.side
    }

    /// Name and shape of its tensors.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let shape = |count| vec![1, count, self.channels];
        let registers = self.registers.as_ref().map(|(name, count)| (name.clone(), shape(*count)));
        let class = (self.class.clone(), shape(1));
        let positions = self.positions.as_ref().map(|name| (name.clone(), shape(1 + self.patches())));
        [class].into_iter().chain(positions).chain(registers).collect()
    }
}

impl Attention {
    /// Attention that knows no places.
    pub fn plain(name: String, channels: usize, heads: usize) -> Self {
        Self { name, channels, heads, rotary: None }
    }

    /// The matrix product that makes queries, keys and values.
    pub fn joined(&self) -> Linear {
        let name = format!("{}.qkv", self.name);
        Linear { name, inputs: self.channels, outputs: 3 * self.channels, bias: true }
    }

    /// The matrix product at the end.
    pub fn output(&self) -> Linear {
        Linear {
            name: format!("{}.proj", self.name),
            inputs: self.channels,
            outputs: self.channels,
            bias: true,
        }
    }
}

/// How much wider the middle of a block is than its ends.
const EXPANSION: usize = 4;

/// A block of a vision transformer (A. Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021), in timm's names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) channels: usize,
    /// Between the two matrix products.
    pub(super) activation: Activation,
    /// Of its normalisations.
    pub(super) epsilon: f64,
    /// Whether each channel of a branch is scaled before it is added.
    pub(super) is_scaled: bool,
}

impl Block {
    /// The tokens ask each other by `attention`, then each is worked on by itself.
    pub(super) fn layers(self, name: &str, attention: Layer) -> [Layer; 2] {
        let Self { channels, activation, epsilon, is_scaled } = self;
        let part = |part: &str| format!("{name}.{part}");
        let norm = |name: &str| LayerNorm::layer(&part(name), channels, epsilon);
        let linear = |name: &str, inputs, outputs| {
            Layer::Linear(Linear { name: part(name), inputs, outputs, bias: true })
        };
        let scale = |name: &str| is_scaled.then(|| Layer::Scale(Scale { name: part(name), channels }));
        let asking = [norm("norm1"), attention].into_iter().chain(scale("ls1.gamma")).collect();
        let working = [
            norm("norm2"),
            linear("mlp.fc1", channels, channels * EXPANSION),
            Layer::Activation(activation),
            linear("mlp.fc2", channels * EXPANSION, channels),
        ];
        let working = working.into_iter().chain(scale("ls2.gamma")).collect();
        [asking, working].map(|branch| Layer::Residual { branch, shortcut: Vec::new() })
    }
}
