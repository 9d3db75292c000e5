//! Layers of window transformers.

use super::{Attention, Linear};

/// Attention of several heads among the tokens of square windows (Z. Liu et al., "Swin Transformer: Hierarchical Vision Transformer
/// using Shifted Windows", 2021): to every score is added a number for how far apart the two places are. Where it is shifted, the
/// windows lie half a window further right and down, around the edges, and tokens that are no neighbors do not ask each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowAttention {
    /// Name of the layer; its tensors are those of [`Attention`] and `name.relative_position_bias_table`.
    pub name: String,
    /// Channels.
    pub channels: usize,
    /// Heads; they divide the channels evenly.
    pub heads: usize,
    /// Tokens a side of a window; where there are fewer, all are one window.
    pub window: usize,
    /// Whether the windows are shifted, where there are several.
    pub shifted: bool,
    /// Tokens a side.
    pub side: usize,
}

/// What is added to the score of two tokens that are no neighbors: the softmax leaves nothing of it.
const APART: f32 = -100.0;

impl WindowAttention {
    /// Tokens a side of a window, as it is.
    pub fn extent(&self) -> usize {
        self.window.min(self.side)
    }

    /// By how many tokens the windows are shifted.
    pub fn shift(&self) -> usize {
        if self.shifted && self.side > self.window { self.window / 2 } else { 0 }
    }

    /// Windows a side.
    pub fn windows(&self) -> usize {
        self.side / self.extent().max(1)
    }

    /// Queries, keys and values, and the matrix product at the end.
    pub fn linear(&self) -> [Linear; 2] {
        let plain = Attention::plain(self.name.clone(), self.channels, self.heads);
        [plain.joined(), plain.output()]
    }

    /// Name of the table of what is added to scores: a row for each way from one place to another, a column a head.
    pub fn table(&self) -> String {
        format!("{}.relative_position_bias_table", self.name)
    }

    /// Name and shape of its tensors.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let ways = 2 * self.extent() - 1;
        let table = (self.table(), vec![ways * ways, self.heads]);
        self.linear().iter().flat_map(Linear::tensors).chain([table]).collect()
    }

    /// The row of the table for every two places of a window, one after the other.
    pub fn ways(&self) -> Vec<i64> {
        let extent = self.extent();
        let places = || (0..extent * extent).map(|place| (place / extent, place % extent));
        let way = |(from, to): ((usize, usize), (usize, usize))| {
            let (down, across) = (from.0 + extent - 1 - to.0, from.1 + extent - 1 - to.1);
            (down * (2 * extent - 1) + across) as i64
        };
        places().flat_map(|from| places().map(move |to| way((from, to)))).collect()
    }

    /// What is added to the scores of every two places of every window because they are no neighbors: windows × places × places. None
    /// where the windows are not shifted.
    pub fn apart(&self) -> Option<Vec<f32>> {
        let (shift, extent, windows) = (self.shift(), self.extent(), self.windows());
        if shift == 0 {
            return None;
        }
        // Of the rows, after the shift: those of whole windows, those of the last one, and those that came around.
        let part = |at: usize| usize::from(at + extent >= self.side) + usize::from(at + shift >= self.side);
        let mut all = Vec::with_capacity(windows * windows * extent.pow(4));
        for window in 0..windows * windows {
            let (top, left) = (window / windows * extent, window % windows * extent);
            let parts: Vec<(usize, usize)> = (0..extent * extent)
                .map(|place| (part(top + place / extent), part(left + place % extent)))
                .collect();
            for from in &parts {
                all.extend(parts.iter().map(|to| if from == to { 0.0 } else { APART }));
            }
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fit_and_only_several_are_shifted() {
        let layer = |side, shifted| WindowAttention {
            name: "attn".to_owned(),
            channels: 4,
            heads: 2,
            window: 4,
            shifted,
            side,
        };
        let two = layer(8, true);
        assert_eq!((two.extent(), two.shift(), two.windows()), (4, 2, 2));
        let one = layer(4, true);
        assert_eq!((one.extent(), one.shift(), one.apart()), (4, 0, None));
        assert_eq!(layer(2, false).extent(), 2);
        let ways = two.ways();
        assert_eq!((ways.len(), ways[0], ways.iter().max()), (256, 24, Some(&48)));
        // In the first window all are neighbors, in the last one there are four parts.
        let apart = two.apart().unwrap();
        assert!(apart[..256].iter().all(|number| *number == 0.0));
        assert_eq!(apart[768..].iter().filter(|number| **number == 0.0).count(), 4 * 16);
    }
}
