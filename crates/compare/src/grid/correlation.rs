//! How well each cell of a query fits into a body of the gallery.

use super::gallery::{Gallery, PLACES_ACROSS, PLACES_DOWN, factor};
use super::packed::PackedBody;
use super::products::{AT_ONCE, Places, products};
use super::{
    CELL_COLUMNS, CELL_ROWS, CELLS, DIRECTIONS, RIDGES, SLIDE_ACROSS, SLIDE_DOWN, WIDTH, WINDOW,
};
use crate::products::Kernel;

/// Numbers of a row of a cell, of the ridges' map.
const RIDGE_ROW: usize = WINDOW * RIDGES;
/// Numbers of a row of a cell, of the map of edges.
const DIRECTION_ROW: usize = WINDOW * DIRECTIONS;

/// How well each cell of the query fits, at its best place: from -1 to 1, 0 where there is nothing to be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellScores {
    /// Of the ridges, row after row.
    pub ridges: [f32; CELLS],
    /// Of the way that edges run.
    pub directions: [f32; CELLS],
}

/// Compares one query with many bodies.
pub struct GridComparer {
    ridges: QueryCells<RIDGE_ROW>,
    directions: QueryCells<DIRECTION_ROW>,
    gallery: Gallery,
    kernel: Kernel,
}

/// The cells of a query's map; a row of a cell is ROW numbers.
struct QueryCells<const ROW: usize> {
    cells: Vec<QueryCell<ROW>>,
}

struct QueryCell<const ROW: usize> {
    numbers: [[i16; ROW]; WINDOW],
    /// Where it lies of its own.
    origin: [usize; 2],
    mean: f32,
    /// See [`factor`].
    factor: f32,
}

impl GridComparer {
    /// A comparer of this query.
    pub fn new(query: PackedBody<'_>) -> Self {
        Self {
            ridges: QueryCells::of(query.ridges),
            directions: QueryCells::of(query.directions),
            gallery: Gallery::default(),
            kernel: Kernel::best(),
        }
    }

    /// How well each cell fits into this body: the same numbers on every machine.
    pub fn cells(&mut self, gallery: PackedBody<'_>) -> CellScores {
        CellScores {
            ridges: self.ridges.fitted(gallery.ridges, &mut self.gallery, self.kernel),
            directions: self.directions.fitted(gallery.directions, &mut self.gallery, self.kernel),
        }
    }
}

impl<const ROW: usize> QueryCells<ROW> {
    const CHANNELS: usize = ROW / WINDOW;

    fn of(map: &[u8]) -> Self {
        Self { cells: (0..CELLS).map(|cell| QueryCell::of(map, origin(cell))).collect() }
    }

    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    fn fitted(&self, map: &[u8], gallery: &mut Gallery, kernel: Kernel) -> [f32; CELLS] {
        match kernel {
            // SAFETY: `Kernel::available` saw that this processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Kernel::Vnni | Kernel::Avx2 => unsafe { self.fitted_with_avx2(map, gallery) },
            Kernel::Scalar => self.fitted_by(map, gallery, products),
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn fitted_with_avx2(&self, map: &[u8], gallery: &mut Gallery) -> [f32; CELLS] {
        self.fitted_by(map, gallery, |cell, places| super::products::products_with_avx2(cell, places))
    }

    #[inline(always)]
    fn fitted_by(
        &self,
        map: &[u8],
        gallery: &mut Gallery,
        products: impl Fn(&[[i16; ROW]; WINDOW], Places<'_>) -> [i32; AT_ONCE],
    ) -> [f32; CELLS] {
        gallery.take(map, Self::CHANNELS);
        let mut best = [0.0; CELLS];
        for (cell, best) in self.cells.iter().zip(&mut best) {
            let mut greatest = f32::NEG_INFINITY;
            for top in near(cell.origin[1], SLIDE_DOWN, PLACES_DOWN) {
                for left in starts(near(cell.origin[0], SLIDE_ACROSS, PLACES_ACROSS)) {
                    let numbers = &gallery.numbers[(top * WIDTH + left) * Self::CHANNELS..];
                    let line = WIDTH * Self::CHANNELS;
                    let products = products(&cell.numbers, Places { numbers, line, step: Self::CHANNELS });
                    let place = top * PLACES_ACROSS + left;
                    let usual = gallery.sums[place..].iter().zip(&gallery.factors[place..]);
                    for (product, (sum, factor)) in products.into_iter().zip(usual) {
                        greatest = greatest.max((product as f32 - cell.mean * sum) * factor);
                    }
                }
            }
            *best = greatest * cell.factor;
        }
        best
    }
}

impl<const ROW: usize> QueryCell<ROW> {
    fn of(map: &[u8], origin: [usize; 2]) -> Self {
        let channels = ROW / WINDOW;
        let numbers: [[i16; ROW]; WINDOW] = std::array::from_fn(|row| {
            let start = ((origin[1] + row) * WIDTH + origin[0]) * channels;
            std::array::from_fn(|at| i16::from(map[start + at]))
        });
        let all = || numbers.as_flattened().iter().map(|number| i32::from(*number));
        let (sum, squares) = (all().sum::<i32>(), all().map(|number| number * number).sum());
        let n = WINDOW * ROW;
        Self { numbers, origin, mean: sum as f32 / n as f32, factor: factor(sum, squares, n) }
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
    use crate::grid::BodyMaps;
    use crate::grid::tests::striped;

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
        let (one, other) = (BodyMaps::of(&striped(1)).expect("size"), BodyMaps::of(&striped(2)).expect("size"));
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
        let (one, other) = (BodyMaps::of(&striped(3)).expect("size"), BodyMaps::of(&striped(4)).expect("size"));
        let (one, other) = (one.pack(), other.pack());
        let (one, other) = (PackedBody::read(&one).expect("row"), PackedBody::read(&other).expect("row"));
        let scores = GridComparer::new(one).cells(other).directions;
        let window = |map: &[u8], x: usize, y: usize| -> Vec<f64> {
            let rows = (y..y + WINDOW).flat_map(|row| &map[(row * WIDTH + x) * DIRECTIONS..][..DIRECTION_ROW]);
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
