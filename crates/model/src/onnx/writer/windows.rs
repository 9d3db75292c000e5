//! Layers of window transformers.

use super::Writer;
use crate::architecture::WindowAttention;
use crate::onnx::message::{int, ints};

/// The end of a row, however long.
const END: i64 = i32::MAX as i64;

impl Writer<'_> {
    /// Four neighbors become one.
    pub(super) fn merge(&mut self, side: usize) {
        let (half, channels) = ((side / 2) as i64, self.shape.channels() as i64);
        self.reshape("neighbors", &[0, half, 2, half, 2, channels]);
        // The column of the four comes before the row.
        self.transpose(&[0, 1, 3, 4, 2, 5]);
        self.reshape("merged", &[0, half * half, 4 * channels]);
    }

    pub(super) fn window_attention(&mut self, layer: &WindowAttention) {
        let (side, extent, windows) = (layer.side as i64, layer.extent() as i64, layer.windows() as i64);
        let (channels, heads, shift) = (layer.channels as i64, layer.heads as i64, layer.shift() as i64);
        let places = extent * extent;
        self.reshape("square", &[0, side, side, channels]);
        self.roll(shift);
        self.reshape("windows", &[0, windows, extent, windows, extent, channels]);
        self.transpose(&[0, 1, 3, 2, 4, 5]);
        // Every window is an image of its own from here on.
        self.reshape("window", &[-1, places, channels]);
        let [joined, output] = layer.linear();
        self.linear(&joined);
        self.reshape("apart", &[0, 0, 3, heads, channels / heads]);
        self.transpose(&[2, 0, 3, 1, 4]);
        let all = self.value.clone();
        let [queries, keys, values] = [("queries", 0), ("keys", 1), ("values", 2)].map(|(name, index)| {
            let index = self.index(name, index);
            self.beside("Gather", &[&all, &index], vec![int("axis", 0)])
        });
        let root = self.number("root_of_head", ((channels / heads) as f32).sqrt().recip());
        let keys = self.beside("Transpose", &[&keys], vec![ints("perm", vec![0, 1, 3, 2])]);
        self.value = self.beside("Mul", &[&queries, &root], Vec::new());
        self.node("MatMul", &[&keys], Vec::new());
        let ways = self.ways(layer);
        self.node("Add", &[&ways], Vec::new());
        if let Some(apart) = layer.apart() {
            let count = windows * windows;
            let extents = [count as usize, 1, places as usize, places as usize];
            let apart = self.add_tensor("no_neighbors", &extents, &apart);
            self.reshape("by_window", &[-1, count, heads, places, places]);
            self.node("Add", &[&apart], Vec::new());
            self.reshape("each_window", &[-1, heads, places, places]);
        }
        self.node("Softmax", &[], vec![int("axis", -1)]);
        self.node("MatMul", &[&values], Vec::new());
        self.transpose(&[0, 2, 1, 3]);
        self.reshape("together", &[0, 0, channels]);
        self.linear(&output);
        self.reshape("windows_back", &[-1, windows, windows, extent, extent, channels]);
        self.transpose(&[0, 1, 3, 2, 4, 5]);
        self.reshape("square_back", &[-1, side, side, channels]);
        self.roll((side - shift) % side);
        self.reshape("tokens_back", &[0, side * side, channels]);
    }

    /// What is added to scores for how far places are apart: heads × places × places.
    fn ways(&mut self, layer: &WindowAttention) -> String {
        let places = (layer.extent() * layer.extent()) as i64;
        let table = self.weight(&layer.table());
        let ways = self.whole("ways", &layer.ways());
        let rows = self.beside("Gather", &[&table, &ways], vec![int("axis", 0)]);
        let square = self.whole("ways_square", &[places, places, layer.heads as i64]);
        let square = self.beside("Reshape", &[&rows, &square], Vec::new());
        self.beside("Transpose", &[&square], vec![ints("perm", vec![2, 0, 1])])
    }

    fn reshape(&mut self, name: &str, extents: &[i64]) {
        let shape = self.whole(name, extents);
        self.node("Reshape", &[&shape], Vec::new());
    }

    /// Moves everything by so many places up and left, around the edges; images × rows × columns × channels.
    fn roll(&mut self, by: i64) {
        if by == 0 {
            return;
        }
        for axis in [1, 2] {
            let value = self.value.clone();
            let [rest, first] = [(by, END), (0, by)].map(|(start, end)| {
                let [start, end, axis] = [("start", start), ("end", end), ("rolled_axis", axis)]
                    .map(|(name, number)| self.whole(&format!("{name}_{number}"), &[number]));
                self.beside("Slice", &[&value, &start, &end, &axis], Vec::new())
            });
            self.value = self.beside("Concat", &[&rest, &first], vec![int("axis", axis)]);
        }
    }
}
