//! A body's map while a query is compared with it: wide numbers, and what is usual at each place of a cell.

use super::products::Places;
use super::{CELL_ROW, DIRECTIONS, HEIGHT, WIDTH, WINDOW};

/// Places of a cell in a map, across and down.
pub(super) const PLACES_ACROSS: usize = WIDTH - WINDOW + 1;
pub(super) const PLACES_DOWN: usize = HEIGHT - WINDOW + 1;
/// A cell whose numbers differ less than this from their mean (the sum of their squared differences) shows nothing.
const FLAT: f32 = 64.0;

#[derive(Default)]
pub(super) struct Gallery {
    pub(super) numbers: Vec<i16>,
    /// For each place of a cell the sum of the numbers there.
    pub(super) sums: Vec<f32>,
    /// And what products there are multiplied with; see [`factor`].
    pub(super) factors: Vec<f32>,
    /// Of each pixel the sum of its numbers and of their squares, row after row.
    pixels: Vec<[i32; 2]>,
    /// The same of the rows of a cell at each place.
    rows: Vec<[i32; 2]>,
}

/// 1 / the root of the sum of squared differences from the mean of a cell's numbers; 0 where there are hardly any.
#[inline]
pub(super) fn factor(sum: i32, squares: i32) -> f32 {
    // In whole numbers: the difference of the two may be small against them.
    let n = (WINDOW * CELL_ROW) as i64;
    let differences = (i64::from(squares) * n - i64::from(sum) * i64::from(sum)) as f32 / n as f32;
    if differences < FLAT { 0.0 } else { 1.0 / differences.sqrt() }
}

impl Gallery {
    /// Takes a map.
    #[inline(always)]
    pub(super) fn take(&mut self, map: &[u8]) {
        self.numbers.clear();
        self.numbers.extend(map.iter().map(|byte| i16::from(*byte)));
        self.pixels.clear();
        self.pixels.extend(self.numbers.chunks_exact(DIRECTIONS).map(sums));
        self.rows.clear();
        for row in self.pixels.chunks_exact(WIDTH) {
            self.rows.extend(row.windows(WINDOW).map(|pixels| pixels.iter().copied().fold([0; 2], added)));
        }
        self.sums.clear();
        self.factors.clear();
        for place in 0..PLACES_ACROSS * PLACES_DOWN {
            let rows = (0..WINDOW).map(|row| self.rows[place + row * PLACES_ACROSS]);
            let [sum, squares] = rows.fold([0; 2], added);
            self.sums.push(sum as f32);
            self.factors.push(factor(sum, squares));
        }
    }

    /// The numbers from a place on.
    #[inline(always)]
    pub(super) fn places(&self, left: usize, top: usize) -> Places<'_> {
        Places { numbers: &self.numbers[(top * WIDTH + left) * DIRECTIONS..] }
    }
}

#[inline(always)]
fn sums(numbers: &[i16]) -> [i32; 2] {
    let wide = || numbers.iter().map(|number| i32::from(*number));
    [wide().sum(), wide().map(|number| number * number).sum()]
}

#[inline(always)]
fn added(one: [i32; 2], other: [i32; 2]) -> [i32; 2] {
    [one[0] + other[0], one[1] + other[1]]
}
