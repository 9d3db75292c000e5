//! Where the difference of two blurs is the greatest or the least of its 26 neighbours, in place and in size.

use super::picture::Picture;
use super::refine::{Extremum, refined};
use super::scale_space::{LAYERS, Octave, STEPS, ScaleSpace};

/// Pixels at the edge of a layer that no keypoint is looked for in.
pub(super) const BORDER: usize = 5;
/// Differences of an octave's layers.
const DIFFERENCES: usize = LAYERS - 1;
/// Pixels that are looked at together.
const CHUNK: usize = 32;
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
    if width <= 2 * BORDER {
        return found;
    }
    let mut ranges: [Ranges; DIFFERENCES] = std::array::from_fn(|_| Ranges::new(width));
    let mut stands_out = vec![0_u8; width];
    for row in BORDER..height.saturating_sub(BORDER) {
        for (ranges, layers) in ranges.iter_mut().zip(octave.layers.windows(2)) {
            ranges.look(&layers[0], &layers[1], row);
        }
        for layer in 1..=STEPS {
            let [before, here, after] = [&ranges[layer - 1], &ranges[layer], &ranges[layer + 1]];
            mark(before, here, after, &mut stands_out);
            for (at, marks) in stands_out.chunks(CHUNK).enumerate() {
                // Most chunks hold nothing, which is seen at once.
                if marks.iter().fold(0, |any, mark| any | mark) != 0 {
                    let columns =
                        (at * CHUNK..).zip(marks).filter(|(_, mark)| **mark != 0).map(|(column, _)| column);
                    let inside = columns.filter(|column| (BORDER..width - BORDER).contains(column));
                    found.extend(inside.map(|column| Place { layer, row, column }));
                }
            }
        }
    }
    found
}

/// Of each pixel of a row of differences: its value, and the greatest and the least of the nine around it.
struct Ranges {
    values: Vec<f32>,
    /// Of three rows.
    column_greatest: Vec<f32>,
    column_least: Vec<f32>,
    greatest: Vec<f32>,
    least: Vec<f32>,
}

impl Ranges {
    fn new(width: usize) -> Self {
        let row = || vec![0.0; width];
        Self { values: row(), column_greatest: row(), column_least: row(), greatest: row(), least: row() }
    }

    /// Looks at a row that is not at the edge.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
    fn look(&mut self, less: &Picture, more: &Picture, row: usize) {
        let width = self.values.len();
        let rows = |picture: &'_ Picture| (row - 1) * picture.width..(row + 2) * picture.width;
        let (less, more) = (&less.values[rows(less)], &more.values[rows(more)]);
        let (less_above, less) = less.split_at(width);
        let (less, less_below) = less.split_at(width);
        let (more_above, more) = more.split_at(width);
        let (more, more_below) = more.split_at(width);
        let values = &mut self.values[..width];
        let (column_greatest, column_least) =
            (&mut self.column_greatest[..width], &mut self.column_least[..width]);
        for x in 0..width {
            let (above, here, below) =
                (more_above[x] - less_above[x], more[x] - less[x], more_below[x] - less_below[x]);
            values[x] = here;
            column_greatest[x] = greater(greater(above, below), here);
            column_least[x] = lesser(lesser(above, below), here);
        }
        of_three(column_greatest, &mut self.greatest, greater);
        of_three(column_least, &mut self.least, lesser);
    }
}

/// Of each but the first and the last: the greatest, or the least, of it and its two neighbours.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn of_three(values: &[f32], chosen: &mut [f32], choice: fn(f32, f32) -> f32) {
    let n = values.len() - 2;
    let (before, here, after) = (&values[..n], &values[1..=n], &values[2..]);
    for (((chosen, before), here), after) in chosen[1..=n].iter_mut().zip(before).zip(here).zip(after) {
        *chosen = choice(choice(*before, *after), *here);
    }
}

/// One where a value is the greatest or the least of all three layers, and not too small.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn mark(before: &Ranges, here: &Ranges, after: &Ranges, marks: &mut [u8]) {
    let n = marks.len();
    let (values, least, greatest) = (&here.values[..n], &here.least[..n], &here.greatest[..n]);
    let (least_before, greatest_before) = (&before.least[..n], &before.greatest[..n]);
    let (least_after, greatest_after) = (&after.least[..n], &after.greatest[..n]);
    for x in 0..n {
        let value = values[x];
        let above = greater(greater(greatest_before[x], greatest_after[x]), greatest[x]);
        let below = lesser(lesser(least_before[x], least_after[x]), least[x]);
        let top = (value >= above) & (value > LEAST_DIFFERENCE);
        let bottom = (value <= below) & (value < -LEAST_DIFFERENCE);
        marks[x] = u8::from(top | bottom);
    }
}

/// One instruction, where [`f32::max`] asks for what is no number.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Dice;
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
        let octave = Octave { layers: (0..LAYERS).map(|_| layer()).collect() };
        let expected = plain(&octave);
        assert!(expected.len() > 100);
        assert_eq!(candidates(&octave), expected);
        assert_eq!(candidates_anywhere(&octave), expected);
    }
}
