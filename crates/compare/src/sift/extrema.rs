//! Where the difference of two blurs is the greatest or the least of its 26 neighbours, in place and in size.

use super::refine::{Extremum, refined};
use super::scale_space::{LAYERS, Octave, STEPS, ScaleSpace};

/// Pixels at the edge of a layer that no keypoint is looked for in.
pub(super) const BORDER: usize = 5;
/// Differences of an octave's layers.
const DIFFERENCES: usize = LAYERS - 1;
/// A difference is looked at above this: half of what a keypoint's contrast has to be, in whole gray values.
const LEAST_DIFFERENCE: f32 = 1.0;

/// The extrema of all octaves, each once.
pub(super) fn of(space: &ScaleSpace) -> Vec<Extremum> {
    let mut found = Vec::new();
    for (number, octave) in space.octaves.iter().enumerate() {
        let mut here: Vec<Extremum> =
            candidates(octave).into_iter().filter_map(|place| refined(octave, number, place)).collect();
        // What was found from several of its neighbours is one.
        here.sort_by_key(Extremum::place);
        here.dedup_by_key(|one| one.place());
        found.extend(here);
    }
    found
}

/// A pixel of a layer of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) layer: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

#[expect(unsafe_code, reason = "instructions that not every processor has")]
fn candidates(octave: &Octave) -> Vec<Place> {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: this processor has the instructions.
        return unsafe { candidates_avx2(octave) };
    }
    candidates_anywhere(octave)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn candidates_avx2(octave: &Octave) -> Vec<Place> {
    candidates_anywhere(octave)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn candidates_anywhere(octave: &Octave) -> Vec<Place> {
    let (width, height) = (octave.layers[0].width, octave.layers[0].height);
    let mut found = Vec::new();
    if width <= 2 * BORDER || height <= 2 * BORDER {
        return found;
    }
    let mut near = Near::new(width);
    near.look(octave, BORDER - 1);
    near.look(octave, BORDER);
    let mut marks = vec![0; (width - 2 * BORDER).next_multiple_of(TOGETHER)];
    for row in BORDER..height - BORDER {
        near.look(octave, row + 1);
        for layer in 1..=STEPS {
            near.mark(layer, row, &mut marks[..width - 2 * BORDER]);
            for (at, marks) in marks.as_chunks().0.iter().enumerate() {
                let mut left = u64::from_le_bytes(*marks);
                // Most hold nothing, which is seen at once.
                while left != 0 {
                    let column = BORDER + at * TOGETHER + left.trailing_zeros() as usize / 8;
                    let place = Place { layer, row, column };
                    if near.stands_out(place) {
                        found.push(place);
                    }
                    left &= left - 1;
                }
            }
        }
    }
    found
}

/// Marks that are looked at together: as many bytes as a word has.
const TOGETHER: usize = 8;

/// Three rows of all differences of an octave, a new one in the place of the oldest.
struct Near {
    rows: [[Vec<f32>; 3]; DIFFERENCES],
}

impl Near {
    fn new(width: usize) -> Self {
        Self { rows: std::array::from_fn(|_| std::array::from_fn(|_| vec![0.0; width])) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
    fn look(&mut self, octave: &Octave, row: usize) {
        for (rows, layers) in self.rows.iter_mut().zip(octave.layers.windows(2)) {
            let (less, more) = (layers[0].row(row), layers[1].row(row));
            for ((difference, less), more) in rows[row % 3].iter_mut().zip(less).zip(more) {
                *difference = more - less;
            }
        }
    }

    /// Ones where a pixel of a row between the borders is not too faint, and neither less nor greater than all of the six
    /// next to it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
    fn mark(&self, layer: usize, row: usize, marks: &mut [u8]) {
        let n = marks.len();
        let part = |layer: usize, row: usize, from: usize| &self.rows[layer][row % 3][from..][..n];
        let (here, left, right) =
            (part(layer, row, BORDER), part(layer, row, BORDER - 1), part(layer, row, BORDER + 1));
        let (above, below) = (part(layer, row - 1, BORDER), part(layer, row + 1, BORDER));
        let (before, after) = (part(layer - 1, row, BORDER), part(layer + 1, row, BORDER));
        for at in 0..n {
            let value = here[at];
            let others = [left[at], right[at], above[at], below[at], before[at], after[at]];
            let (mut top, mut bottom) = (value > LEAST_DIFFERENCE, value < -LEAST_DIFFERENCE);
            for other in others {
                top &= value >= other;
                bottom &= value <= other;
            }
            marks[at] = u8::from(top | bottom);
        }
    }

    /// Whether a pixel is the greatest or the least of all around.
    fn stands_out(&self, Place { layer, row, column }: Place) -> bool {
        let value = self.rows[layer][row % 3][column];
        let (mut top, mut bottom) = (true, true);
        for layers in &self.rows[layer - 1..=layer + 1] {
            for row in layers {
                for other in &row[column - 1..=column + 1] {
                    top &= value >= *other;
                    bottom &= value <= *other;
                }
            }
        }
        top | bottom
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Dice;
    use crate::sift::picture::Picture;
    use crate::sift::refine::difference;

    /// The definition, pixel by pixel.
    fn plain(octave: &Octave) -> Vec<Place> {
        let (width, height) = (octave.layers[0].width, octave.layers[0].height);
        let mut found = Vec::new();
        for row in BORDER..height - BORDER {
            for layer in 1..=STEPS {
                for column in BORDER..width - BORDER {
                    let value = difference(octave, layer, row, column);
                    let around = (0..27).map(|at| {
                        let (l, r, c) = (at / 9, at / 3 % 3, at % 3);
                        difference(octave, layer + l - 1, row + r - 1, column + c - 1)
                    });
                    let (mut top, mut bottom) = (value > 1.0, value < -1.0);
                    for other in around {
                        top &= value >= other;
                        bottom &= value <= other;
                    }
                    if top || bottom {
                        found.push(Place { layer, row, column });
                    }
                }
            }
        }
        found
    }

    #[test]
    fn candidates_are_those_of_the_definition_on_every_processor() {
        let mut dice = Dice(3);
        let mut layer = || Picture {
            width: 45,
            height: 30,
            values: (0..45 * 30).map(|_| (dice.next() * 9.0).floor()).collect(),
        };
        let octave = Octave { layers: std::array::from_fn(|_| layer()) };
        let expected = plain(&octave);
        assert!(expected.len() > 100);
        assert_eq!(candidates(&octave), expected);
        assert_eq!(candidates_anywhere(&octave), expected);
    }
}
