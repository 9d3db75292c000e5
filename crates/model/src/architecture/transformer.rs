//! Layers of vision transformers.

use super::Linear;

/// From maps of patches to tokens: one a patch, row by row, plus its position; before them the class token plus its
/// position, and the registers (Darcet et al. 2024), which have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Name of the tensor of the class token, 1 × 1 × channels.
    pub class: String,
    /// Name of the tensor of the registers, 1 × registers × channels, and how many they are.
    pub registers: Option<(String, usize)>,
    /// Name of the tensor of the positions, 1 × (1 + side²) × channels; the first is the class token's.
    pub positions: String,
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
        let positions = (self.positions.clone(), shape(1 + self.patches()));
        [class, positions].into_iter().chain(registers).collect()
    }
}

impl Attention {
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
