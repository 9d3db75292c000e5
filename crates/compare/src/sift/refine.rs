//! From a pixel to parts of a pixel, by a parabola through its neighbours; what is faint or lies along an edge falls out.

use std::cmp::Ordering;

use super::extrema::{BORDER, Place};
use super::scale_space::{FIRST_BLUR, Octave, STEPS};

/// Least contrast of a keypoint, of 1, for all steps of an octave together.
const LEAST_CONTRAST: f32 = 0.04;
/// A keypoint's greatest curvature is at most this many times its least one.
const GREATEST_RATIO_OF_CURVATURES: f32 = 10.0;
/// How often a pixel may give way to its neighbour.
const MOST_MOVES: usize = 5;
/// White.
const WHITE: f32 = 255.0;

/// A point that stands out at some size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extremum {
    pub(super) octave: usize,
    pub(super) layer: usize,
    /// The pixel of the layer.
    pub(super) row: usize,
    pub(super) column: usize,
    /// Its blur, in pixels of the octave.
    pub(super) scale: f32,
    /// Where it is in the plane.
    pub(super) x: f32,
    pub(super) y: f32,
    /// How much it stands out, of 1.
    pub(super) response: f32,
}

impl Extremum {
    pub(super) fn place(&self) -> (usize, Place) {
        (self.octave, Place { layer: self.layer, row: self.row, column: self.column })
    }

    /// The strongest first, of equal ones the upper left.
    pub(super) fn by_strength(a: &Self, b: &Self) -> Ordering {
        let position = a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x));
        b.response.total_cmp(&a.response).then(position).then(a.place().cmp(&b.place()))
    }
}

/// The difference of two blurs at a pixel.
pub(super) fn difference(octave: &Octave, layer: usize, row: usize, column: usize) -> f32 {
    let at = row * octave.layers[layer].width + column;
    octave.layers[layer + 1].values[at] - octave.layers[layer].values[at]
}

/// The extremum near a place that is the greatest or least of its neighbours; none where it does not hold.
pub(super) fn refined(octave: &Octave, number: usize, mut place: Place) -> Option<Extremum> {
    for _ in 0..MOST_MOVES {
        let slopes = Slopes::at(octave, place);
        let off = slopes.top();
        if off.iter().all(|part| part.abs() < 0.5) {
            return slopes.holds(off).then(|| extremum(number, place, off, slopes.contrast(off)));
        }
        place = moved(octave, place, off)?;
    }
    None
}

/// The pixel that is nearer to the top; none where it lies at the edge.
fn moved(octave: &Octave, place: Place, off: [f32; 3]) -> Option<Place> {
    let (width, height) = (octave.layers[0].width, octave.layers[0].height);
    let step = |at: usize, by: f32, within: std::ops::Range<usize>| {
        #[expect(clippy::cast_possible_truncation, reason = "what is too far falls out below")]
        let by = by.round_ties_even() as isize;
        at.checked_add_signed(by).filter(|at| within.contains(at))
    };
    let column = step(place.column, off[0], BORDER..width - BORDER)?;
    let row = step(place.row, off[1], BORDER..height - BORDER)?;
    let layer = step(place.layer, off[2], 1..STEPS + 1)?;
    Some(Place { layer, row, column })
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a picture")]
fn extremum(octave: usize, place: Place, off: [f32; 3], response: f32) -> Extremum {
    // Pixels of the octave are 2^octave halves of a pixel; the first half's centre lies a quarter before the pixel's.
    let in_plane = |at: usize, off: f32| (at as f32 + off) * (octave as f32 - 1.0).exp2() - 0.25;
    Extremum {
        octave,
        layer: place.layer,
        row: place.row,
        column: place.column,
        scale: FIRST_BLUR * ((place.layer as f32 + off[2]) / STEPS as f32).exp2(),
        x: in_plane(place.column, off[0]),
        y: in_plane(place.row, off[1]),
        response,
    }
}

/// Value, first and second derivatives at a pixel, of white as 1: along columns, rows, layers.
struct Slopes {
    value: f32,
    first: [f32; 3],
    /// Along columns, rows, layers.
    second: [f32; 3],
    column_row: f32,
    column_layer: f32,
    row_layer: f32,
}

impl Slopes {
    fn at(octave: &Octave, place: Place) -> Self {
        let at = |layer: isize, row: isize, column: isize| {
            let layer = place.layer.wrapping_add_signed(layer);
            let (row, column) =
                (place.row.wrapping_add_signed(row), place.column.wrapping_add_signed(column));
            difference(octave, layer, row, column) / WHITE
        };
        let value = at(0, 0, 0);
        let first = |after: f32, before: f32| (after - before) * 0.5;
        let second = |after: f32, before: f32| after + before - 2.0 * value;
        let (right, left, below, above) = (at(0, 0, 1), at(0, 0, -1), at(0, 1, 0), at(0, -1, 0));
        let (next, last) = (at(1, 0, 0), at(-1, 0, 0));
        Self {
            value,
            first: [first(right, left), first(below, above), first(next, last)],
            second: [second(right, left), second(below, above), second(next, last)],
            column_row: (at(0, 1, 1) - at(0, 1, -1) - at(0, -1, 1) + at(0, -1, -1)) * 0.25,
            column_layer: (at(1, 0, 1) - at(1, 0, -1) - at(-1, 0, 1) + at(-1, 0, -1)) * 0.25,
            row_layer: (at(1, 1, 0) - at(1, -1, 0) - at(-1, 1, 0) + at(-1, -1, 0)) * 0.25,
        }
    }

    /// How far off the top of the parabola lies, by Cramer's rule; no way where it has none.
    fn top(&self) -> [f32; 3] {
        let [cc, rr, ll] = self.second;
        let (cr, cl, rl) = (self.column_row, self.column_layer, self.row_layer);
        let rows = [[cc, cr, cl], [cr, rr, rl], [cl, rl, ll]];
        let whole = determinant(rows);
        if whole == 0.0 {
            return [0.0; 3];
        }
        std::array::from_fn(|at| {
            let mut replaced = rows;
            for (row, slope) in replaced.iter_mut().zip(self.first) {
                row[at] = -slope;
            }
            determinant(replaced) / whole
        })
    }

    /// How much the top stands out.
    fn contrast(&self, off: [f32; 3]) -> f32 {
        let rise: f32 = self.first.iter().zip(off).map(|(slope, off)| slope * off).sum();
        (self.value + 0.5 * rise).abs()
    }

    /// Whether it is neither faint nor along an edge.
    fn holds(&self, off: [f32; 3]) -> bool {
        let [across, down, _] = self.second;
        let (trace, determinant) = (across + down, across * down - self.column_row * self.column_row);
        let ratio = GREATEST_RATIO_OF_CURVATURES;
        self.contrast(off) * STEPS as f32 >= LEAST_CONTRAST
            && determinant > 0.0
            && trace * trace * ratio < (ratio + 1.0) * (ratio + 1.0) * determinant
    }
}

fn determinant([a, b, c]: [[f32; 3]; 3]) -> f32 {
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
}
