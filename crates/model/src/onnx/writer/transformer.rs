//! Layers of tokens.

use super::Writer;
use crate::architecture::{Attention, Rotary, Tokens};
use crate::onnx::message::{int, ints};

/// The end of a row, however long.
const END: i64 = i32::MAX as i64;

impl Writer<'_> {
    pub(super) fn tokens(&mut self, layer: &Tokens) {
        let channels = layer.channels as i64;
        self.flatten();
        let positions = layer.positions.as_ref().map(|name| self.weight(name));
        if let Some(positions) = &positions {
            let of_patches = self.cut(positions, 1, END);
            self.node("Add", &[&of_patches], Vec::new());
        }
        let patches = self.value.clone();
        let leading = self.leading(layer, positions.as_deref());
        // The same for every image of the batch, however many they are.
        let extents = self.beside("Shape", &[&patches], Vec::new());
        let zero = self.whole("batch_axis", &[0]);
        let images = self.beside("Gather", &[&extents, &zero], vec![int("axis", 0)]);
        let each = self.whole("leading", &[layer.leading() as i64, channels]);
        let shape = self.beside("Concat", &[&images, &each], vec![int("axis", 0)]);
        self.value = self.beside("Expand", &[&leading, &shape], Vec::new());
        self.node("Concat", &[&patches], vec![int("axis", 1)]);
    }

    /// The class token with its position, and the registers: constants.
    fn leading(&mut self, layer: &Tokens, positions: Option<&str>) -> String {
        let mut class = self.weight(&layer.class);
        if let Some(positions) = positions {
            let of_class = self.cut(positions, 0, 1);
            class = self.beside("Add", &[&class, &of_class], Vec::new());
        }
        let Some((name, _)) = &layer.registers else { return class };
        let registers = self.weight(name);
        self.beside("Concat", &[&class, &registers], vec![int("axis", 1)])
    }

    /// From maps to tokens, row by row.
    pub(super) fn flatten(&mut self) {
        let flat = self.whole("flat", &[0, self.shape.channels() as i64, -1]);
        self.node("Reshape", &[&flat], Vec::new());
        self.transpose(&[0, 2, 1]);
    }

    /// Turns queries or keys, images × heads × tokens × channels of a head, by their places.
    fn turned_by_place(&mut self, value: &str, rotary: Rotary, channels: usize) -> String {
        let (cosines, sines) = rotary.tables(channels);
        let tokens = cosines.len() / channels;
        let cosines = self.add_tensor("cosines", &[tokens, channels], &cosines);
        let sines = self.add_tensor("sines", &[tokens, channels], &sines);
        let [first, second] = [(0, channels as i64 / 2), (channels as i64 / 2, END)].map(|(start, end)| {
            let [start, end, axis] = [("start", start), ("end", end), ("channel_axis", 3)]
                .map(|(name, number)| self.whole(&format!("{name}_{number}"), &[number]));
            self.beside("Slice", &[value, &start, &end, &axis], Vec::new())
        });
        let second = self.beside("Neg", &[&second], Vec::new());
        let quarter = self.beside("Concat", &[&second, &first], vec![int("axis", -1)]);
        let along = self.beside("Mul", &[value, &cosines], Vec::new());
        let across = self.beside("Mul", &[&quarter, &sines], Vec::new());
        self.beside("Add", &[&along, &across], Vec::new())
    }

    /// Part of the second axis of a value.
    fn cut(&mut self, value: &str, start: i64, end: i64) -> String {
        let [start, end, axis] = [("start", start), ("end", end), ("token_axis", 1)]
            .map(|(name, number)| self.whole(&format!("{name}_{number}"), &[number]));
        self.beside("Slice", &[value, &start, &end, &axis], Vec::new())
    }

    /// The tokens of the patches alone.
    pub(super) fn without_leading(&mut self, leading: usize) {
        let value = self.value.clone();
        self.value = self.cut(&value, leading as i64, END);
    }

    pub(super) fn attention(&mut self, layer: &Attention) {
        let (channels, heads) = (layer.channels as i64, layer.heads as i64);
        self.linear(&layer.joined());
        let apart = self.whole("apart", &[0, 0, 3, heads, channels / heads]);
        self.node("Reshape", &[&apart], Vec::new());
        // Queries, keys and values × images × heads × tokens × channels of a head.
        self.transpose(&[2, 0, 3, 1, 4]);
        let all = self.value.clone();
        let [queries, keys, values] = [("queries", 0), ("keys", 1), ("values", 2)].map(|(name, index)| {
            let index = self.index(name, index);
            self.beside("Gather", &[&all, &index], vec![int("axis", 0)])
        });
        let each = layer.channels / layer.heads;
        let turned = |writer: &mut Self, value: String| match layer.rotary {
            Some(rotary) => writer.turned_by_place(&value, rotary, each),
            None => value,
        };
        let (queries, keys) = (turned(self, queries), turned(self, keys));
        let root = self.number("root_of_head", ((channels / heads) as f32).sqrt().recip());
        let keys = self.beside("Transpose", &[&keys], vec![ints("perm", vec![0, 1, 3, 2])]);
        self.value = self.beside("Mul", &[&queries, &root], Vec::new());
        self.node("MatMul", &[&keys], Vec::new());
        self.node("Softmax", &[], vec![int("axis", -1)]);
        self.node("MatMul", &[&values], Vec::new());
        self.transpose(&[0, 2, 1, 3]);
        let together = self.whole("together", &[0, 0, channels]);
        self.node("Reshape", &[&together], Vec::new());
        self.linear(&layer.output());
    }
}
