//! How well each cell of a query fits into a body of the gallery.

use super::gallery::{Gallery, PLACES_ACROSS, PLACES_DOWN, factor};
use super::packed::PackedBody;
use super::products::{AT_ONCE, Cell, Places, products};
use super::scores::CellScores;
use super::{CELL_COLUMNS, CELL_ROWS, CELLS, DIRECTIONS, SLIDE_ACROSS, SLIDE_DOWN, WIDTH};
use crate::products::Kernel;

/// Compares one query with many bodies.
pub struct GridComparer {
    cells: Vec<QueryCell>,
    gallery: Gallery,
    kernel: Kernel,
}

struct QueryCell {
    numbers: Cell,
    /// Where it lies of its own.
    origin: [usize; 2],
    mean: f32,
    /// See [`factor`].
    factor: f32,
}

impl GridComparer {
    /// A comparer of this query.
    pub fn new(query: PackedBody<'_>) -> Self {
        let cells = (0..CELLS).map(|cell| QueryCell::of(query.directions, origin(cell))).collect();
        Self { cells, gallery: Gallery::default(), kernel: Kernel::best() }
    }

    /// How well each cell fits into this body: the same numbers on every machine.
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    pub fn cells(&mut self, gallery: PackedBody<'_>) -> CellScores {
        match self.kernel {
            // SAFETY: `Kernel::available` saw that this processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Kernel::Vnni | Kernel::Avx2 => unsafe { self.cells_with_avx2(gallery) },
            Kernel::Scalar => self.cells_by(gallery, products),
        }
    }

    /// All of it is compiled for these instructions, not the products alone.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn cells_with_avx2(&mut self, gallery: PackedBody<'_>) -> CellScores {
        self.cells_by(gallery, |cell, places| super::products::products_with_avx2(cell, places))
    }

    #[inline(always)]
    fn cells_by(
        &mut self,
        gallery: PackedBody<'_>,
        products: impl Fn(&Cell, Places<'_>) -> [i32; AT_ONCE],
    ) -> CellScores {
        self.gallery.take(gallery.directions);
        let mut best = [0.0; CELLS];
        for (cell, best) in self.cells.iter().zip(&mut best) {
            let mut greatest = f32::NEG_INFINITY;
            for top in near(cell.origin[1], SLIDE_DOWN, PLACES_DOWN) {
                for left in starts(near(cell.origin[0], SLIDE_ACROSS, PLACES_ACROSS)) {
                    let products = products(&cell.numbers, self.gallery.places(left, top));
                    let place = top * PLACES_ACROSS + left;
                    let usual = self.gallery.sums[place..].iter().zip(&self.gallery.factors[place..]);
                    for (product, (sum, factor)) in products.into_iter().zip(usual) {
                        greatest = greatest.max((product as f32 - cell.mean * sum) * factor);
                    }
                }
            }
            *best = greatest * cell.factor;
        }
        CellScores(best)
    }
}

impl QueryCell {
    fn of(map: &[u8], origin: [usize; 2]) -> Self {
        let numbers: Cell = std::array::from_fn(|row| {
            let start = ((origin[1] + row) * WIDTH + origin[0]) * DIRECTIONS;
            std::array::from_fn(|at| i16::from(map[start + at]))
        });
        let all = numbers.as_flattened();
        let wide = || all.iter().map(|number| i32::from(*number));
        let (sum, squares) = (wide().sum::<i32>(), wide().map(|number| number * number).sum());
        Self { numbers, origin, mean: sum as f32 / all.len() as f32, factor: factor(sum, squares) }
    }
}

/// Where a cell lies of its own: cells are spread evenly, the first and the last at the edge.
fn origin(cell: usize) -> [usize; 2] {
    let spread =
        |at: usize, cells: usize, places: usize| (2 * at * (places - 1) + cells - 1) / (2 * (cells - 1));
    let (column, row) = (cell % CELL_COLUMNS, cell / CELL_COLUMNS);
    [spread(column, CELL_COLUMNS, PLACES_ACROSS), spread(row, CELL_ROWS, PLACES_DOWN)]
}

/// The places that a cell may slide to along an axis.
fn near(origin: usize, slide: usize, places: usize) -> std::ops::Range<usize> {
    origin.saturating_sub(slide)..(origin + slide + 1).min(places)
}

/// Where groups of [`AT_ONCE`] places begin that cover them all; there are at least as many.
fn starts(places: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
    let last = places.end - AT_ONCE;
    places.step_by(AT_ONCE).map(move |start| start.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::tests::striped;
    use crate::grid::{BodyMap, CELL_ROW, WINDOW};

    #[test]
    fn cells_fill_the_map_and_have_room_to_slide() {
        assert_eq!(origin(0), [0, 0]);
        assert_eq!(origin(CELLS - 1), [PLACES_ACROSS - 1, PLACES_DOWN - 1]);
        for cell in 0..CELLS {
            let [x, y] = origin(cell);
            let across = near(x, SLIDE_ACROSS, PLACES_ACROSS);
            assert!(across.len() >= AT_ONCE && across.contains(&x));
            assert!(near(y, SLIDE_DOWN, PLACES_DOWN).contains(&y));
            let mut covered: Vec<usize> =
                starts(across.clone()).flat_map(|start| start..start + AT_ONCE).collect();
            covered.sort_unstable();
            covered.dedup();
            assert_eq!(covered, across.collect::<Vec<usize>>());
        }
    }

    #[test]
    fn plain_rust_and_instructions_give_the_same_numbers() {
        let (one, other) = (BodyMap::of(&striped(1)).expect("size"), BodyMap::of(&striped(2)).expect("size"));
        let (one, other) = (one.pack(), other.pack());
        let (one, other) = (PackedBody::read(&one).expect("row"), PackedBody::read(&other).expect("row"));
        let mut comparer = GridComparer::new(one);
        let fastest = comparer.cells(other);
        comparer.kernel = Kernel::Scalar;
        assert_eq!(comparer.cells(other), fastest);
    }

    /// The formula as it is written: one place after the other, in double precision.
    #[test]
    fn a_cell_scores_its_best_normalised_cross_correlation() {
        let (one, other) = (BodyMap::of(&striped(3)).expect("size"), BodyMap::of(&striped(4)).expect("size"));
        let (one, other) = (one.pack(), other.pack());
        let (one, other) = (PackedBody::read(&one).expect("row"), PackedBody::read(&other).expect("row"));
        let scores = GridComparer::new(one).cells(other).0;
        let window = |map: &[u8], x: usize, y: usize| -> Vec<f64> {
            let rows = (y..y + WINDOW).flat_map(|row| &map[(row * WIDTH + x) * DIRECTIONS..][..CELL_ROW]);
            let numbers: Vec<f64> = rows.map(|byte| f64::from(*byte)).collect();
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            numbers.iter().map(|number| number - mean).collect()
        };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for (cell, score) in scores.iter().enumerate() {
            let [x, y] = origin(cell);
            let query = window(one.directions, x, y);
            let mut best = -1.0_f64;
            for top in near(y, SLIDE_DOWN, PLACES_DOWN) {
                for left in near(x, SLIDE_ACROSS, PLACES_ACROSS) {
                    let seen = window(other.directions, left, top);
                    best = best.max(dot(&query, &seen) / (dot(&query, &query) * dot(&seen, &seen)).sqrt());
                }
            }
            assert!((f64::from(*score) - best).abs() < 1e-4, "cell {cell}: {score}, {best}");
        }
    }
}
