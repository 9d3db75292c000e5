//! What is around a point: histograms of the gradients' directions in 4 × 4 cells, turned into the point's direction.
//!
//! They are counted in eight directions, as SIFT's are, and kept in four: on photos of animals, twice as many keypoints of
//! half the length find more (`docs/decisions/local-features.md`).

use super::gradient::Gradients;
use super::picture::Picture;
use super::refine::Extremum;

/// Cells on a side.
const CELLS: usize = 4;
/// Directions of a cell.
const DIRECTIONS: usize = 8;
/// Numbers of all histograms.
pub(super) const COUNTED: usize = CELLS * CELLS * DIRECTIONS;
/// Numbers of a descriptor.
pub(super) const DIM: usize = COUNTED / 2;
/// Side of a cell, in blurs of the point.
const CELL: f32 = 3.0;
/// A number is cut at this share of the whole length, so that light from one side counts less.
const GREATEST_SHARE: f32 = 0.2;
/// Length of a descriptor before its numbers are rounded; what is rounded to nothing is noise, which a root would lift.
const LENGTH: f32 = 512.0;
/// Greatest number then.
const GREATEST: f32 = 255.0;
/// Half of the square that counts, in cells: a pixel counts for the cells beside it too.
const HALF: f32 = (CELLS as f32 + 1.0) / 2.0;

/// The histograms around a point: whole numbers from 0 to 255, cell after cell.
pub(super) fn histograms(layer: &Picture, extremum: &Extremum, direction: f32) -> [f32; COUNTED] {
    let mut counts = Counts::default();
    Window::new(layer, extremum, direction).count(layer, &mut counts);
    cut(counts.inner())
}

/// The descriptor of unit length: every second direction, with half of what lies between it and the next on either side;
/// of each number's share the square root, so that the product of two compares them as distributions (Hellinger's kernel).
pub(super) fn descriptor(histograms: &[f32; COUNTED]) -> [f32; DIM] {
    let sum = histograms.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    std::array::from_fn(|at| {
        let (cell, direction) = (2 * at / DIRECTIONS * DIRECTIONS, 2 * at % DIRECTIONS);
        let count = |step: usize| histograms[cell + (direction + step) % DIRECTIONS];
        ((count(0) + 0.5 * (count(1) + count(DIRECTIONS - 1))) / sum).sqrt()
    })
}

/// Cells of a side with one more on either end, so that no share needs to ask where it falls.
const WIDE: usize = CELLS + 2;

struct Counts([[f32; DIRECTIONS]; WIDE * WIDE]);

impl Default for Counts {
    fn default() -> Self {
        Self([[0.0; DIRECTIONS]; WIDE * WIDE])
    }
}

impl Counts {
    /// Shares a number between the cells and the directions around a place; 0 is the middle of the cell before the first.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of cells")]
    fn add(&mut self, place: (f32, f32), direction: f32, size: f32) {
        let (row, column) = (place.0.floor(), place.1.floor());
        let (below, right) = (place.0 - row, place.1 - column);
        let shares = shares(direction);
        let (lower, upper) = (size * below, size - size * below);
        let (lower_after, upper_after) = (lower * right, upper * right);
        let upper_left = (row * WIDE as f32 + column) as i32 as usize;
        self.add_to(upper_left, &shares, upper - upper_after);
        self.add_to(upper_left + 1, &shares, upper_after);
        self.add_to(upper_left + WIDE, &shares, lower - lower_after);
        self.add_to(upper_left + WIDE + 1, &shares, lower_after);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    fn add_to(&mut self, cell: usize, shares: &[f32; DIRECTIONS], size: f32) {
        if let Some(cell) = self.0.get_mut(cell) {
            for (count, share) in cell.iter_mut().zip(shares) {
                *count += size * share;
            }
        }
    }

    /// The cells that count.
    fn inner(&self) -> [f32; COUNTED] {
        std::array::from_fn(|at| {
            let (cell, direction) = (at / DIRECTIONS, at % DIRECTIONS);
            let (row, column) = (cell / CELLS + 1, cell % CELLS + 1);
            self.0[row * WIDE + column][direction]
        })
    }
}

/// Of each direction the share that one has which lies between two: all eight at once, for most of them are one instruction.
#[inline(always)]
fn shares(direction: f32) -> [f32; DIRECTIONS] {
    const PLACES: [f32; DIRECTIONS] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    PLACES.map(|place| {
        let off = (direction - place).abs();
        let around = DIRECTIONS as f32 - off;
        let share = 1.0 - if off < around { off } else { around };
        if share > 0.0 { share } else { 0.0 }
    })
}

/// The turned square around a point.
struct Window {
    row: usize,
    column: usize,
    reach: usize,
    /// Of one pixel, in cells: along the direction and across it.
    cosine: f32,
    sine: f32,
    direction: f32,
    /// How far pixels are off in one direction, from -reach to reach, and what they count for that.
    offs: Vec<f32>,
    weights: Vec<f32>,
}

impl Window {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "pixels around a point"
    )]
    fn new(layer: &Picture, extremum: &Extremum, direction: f32) -> Self {
        let cell = CELL * extremum.scale;
        let reach = (cell * std::f32::consts::SQRT_2 * HALF).round_ties_even() as usize;
        let reach = reach.min(layer.width + layer.height);
        let (sine, cosine) = direction.to_radians().sin_cos();
        // A bell of half the window: two cells.
        let offs: Vec<f32> = (0..=2 * reach).map(|at| at as f32 - reach as f32).collect();
        let half: Vec<f32> = offs[reach..]
            .iter()
            .map(|off| (-(off / cell).powi(2) / (CELLS * CELLS / 2) as f32).exp())
            .collect();
        Self {
            row: extremum.row,
            column: extremum.column,
            reach,
            cosine: cosine / cell,
            sine: sine / cell,
            direction,
            weights: half[1..].iter().rev().chain(&half).copied().collect(),
            offs,
        }
    }

    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    fn count(&self, layer: &Picture, counts: &mut Counts) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: this processor has the instructions.
            unsafe { self.count_avx2(layer, counts) };
            return;
        }
        self.count_anywhere(layer, counts);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn count_avx2(&self, layer: &Picture, counts: &mut Counts) {
        self.count_anywhere(layer, counts);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
    fn count_anywhere(&self, layer: &Picture, counts: &mut Counts) {
        let within = |middle: usize, size: usize| {
            middle.saturating_sub(self.reach).max(1)..(middle + self.reach + 1).min(size - 1)
        };
        let mut gradients = Gradients::default();
        for row in within(self.row, layer.height) {
            let at = row + self.reach - self.row;
            let (down, weight) = (self.offs[at], self.weights[at]);
            let columns = self.columns(down, within(self.column, layer.width));
            gradients.look(layer, row, columns.clone());
            let from = columns.start + self.reach - self.column;
            let (offs, weights) = (&self.offs[from..], &self.weights[from..]);
            let found = gradients.directions.iter().zip(&gradients.sizes).take(columns.len());
            for (((direction, size), right), weight_of_column) in found.zip(offs).zip(weights) {
                let across = right * self.cosine - down * self.sine;
                let along = right * self.sine + down * self.cosine;
                if across.abs() < HALF && along.abs() < HALF {
                    let turned = direction - self.direction;
                    let turned = if turned < 0.0 { turned + 360.0 } else { turned };
                    let bin = turned * (DIRECTIONS as f32 / 360.0);
                    counts.add((along + HALF, across + HALF), bin, weight * weight_of_column * size);
                }
            }
        }
    }

    /// The columns of a row that lie in the square, with one more on each side.
    #[expect(clippy::cast_possible_truncation, reason = "cut to the picture's columns")]
    fn columns(&self, down: f32, within: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let (mut from, mut to) = (f32::NEG_INFINITY, f32::INFINITY);
        for (slope, start) in [(self.cosine, -down * self.sine), (self.sine, down * self.cosine)] {
            if slope.abs() > 1e-6 {
                let (one, other) = ((-HALF - start) / slope, (HALF - start) / slope);
                from = from.max(one.min(other));
                to = to.min(one.max(other));
            }
        }
        let place = |off: f32| {
            self.column
                .saturating_add_signed((off as isize).clamp(-(1 << 24), 1 << 24))
                .clamp(within.start, within.end)
        };
        let start = place(from - 1.0);
        start..place(to + 2.0).max(start)
    }
}

/// Cuts what stands out, brings the length to [`LENGTH`] and rounds.
fn cut(counts: [f32; COUNTED]) -> [f32; COUNTED] {
    let length = |counts: &[f32; COUNTED]| counts.iter().map(|count| count * count).sum::<f32>().sqrt();
    let greatest = GREATEST_SHARE * length(&counts);
    let counts = counts.map(|count| count.min(greatest));
    let scale = LENGTH / length(&counts).max(f32::EPSILON);
    counts.map(|count| (count * scale).round().clamp(0.0, GREATEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Dice;

    #[test]
    fn histograms_are_the_same_on_every_processor() {
        let mut dice = Dice(5);
        let values = (0..50 * 40).map(|_| dice.next() * 255.0).collect();
        let layer = Picture { width: 50, height: 40, values };
        for (row, column, scale, direction) in [(20, 25, 1.7, 0.0), (1, 1, 3.2, 77.7), (38, 48, 2.2, 359.9)] {
            let (octave, at, x, y, response) = (0, 1, 0.0, 0.0, 0.1);
            let extremum = Extremum { octave, layer: at, row, column, scale, x, y, response };
            let (mut counts, mut anywhere) = (Counts::default(), Counts::default());
            let window = Window::new(&layer, &extremum, direction);
            window.count(&layer, &mut counts);
            window.count_anywhere(&layer, &mut anywhere);
            assert_eq!(counts.0, anywhere.0);
            assert!(counts.inner().iter().sum::<f32>() > 100.0);
        }
    }

    #[test]
    fn a_direction_is_shared_between_the_two_that_it_lies_between() {
        assert_eq!(shares(2.25), [0.0, 0.0, 0.75, 0.25, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(shares(7.5), [0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]);
        assert_eq!(shares(8.0), shares(0.0));
        assert_eq!(shares(0.0), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn four_directions_are_kept_of_eight() {
        let mut histograms = [0.0; COUNTED];
        histograms[8..16].copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 20.0]);
        let kept = descriptor(&histograms);
        let shares: Vec<f32> = kept.iter().map(|number| number * number * 48.0).collect();
        for (share, expected) in shares[4..8].iter().zip([12.0, 6.0, 10.0, 20.0]) {
            assert!((share - expected).abs() < 1e-4, "{shares:?}");
        }
        assert_eq!((shares.len(), shares.iter().filter(|share| **share > 0.0).count()), (64, 4));
        assert_eq!(descriptor(&[0.0; COUNTED]), [0.0; DIM]);
    }
}
