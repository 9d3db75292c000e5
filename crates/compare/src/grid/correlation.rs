//! How well each cell of a query fits into a body of the gallery.

use super::packed::PackedBody;
use super::{
    CELL_COLUMNS, CELL_ROWS, CELLS, DIRECTIONS, HEIGHT, RIDGES, SLIDE_ACROSS, SLIDE_DOWN, WIDTH, WINDOW,
};

/// Numbers of a row of a cell, of the ridges' map.
const RIDGE_ROW: usize = WINDOW * RIDGES;
/// Numbers of a row of a cell, of the map of edges.
const DIRECTION_ROW: usize = WINDOW * DIRECTIONS;
/// Places of a cell in a map, across and down.
const PLACES_ACROSS: usize = WIDTH - WINDOW + 1;
const PLACES_DOWN: usize = HEIGHT - WINDOW + 1;
/// A cell whose numbers differ less than this from their mean (the sum of their squared differences) shows nothing.
const FLAT: f32 = 64.0;

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
}

/// The cells of a query's map; a row of a cell is ROW numbers.
struct QueryCells<const ROW: usize> {
    /// Row after row, cell after cell.
    numbers: Vec<[i16; ROW]>,
    /// Of each cell: the mean of its numbers, and 1 / the root of the sum of their squared differences; 0 where it is flat.
    means: [f32; CELLS],
    factors: [f32; CELLS],
}

/// A body's map while a query is compared with it.
#[derive(Default)]
struct Gallery {
    numbers: Vec<i16>,
    /// For each place of a cell the sum of the numbers there.
    sums: Vec<f32>,
    /// And 1 / the root of the sum of their squared differences from their mean; 0 where all is flat.
    factors: Vec<f32>,
    /// Sums of numbers and of squares, of the rows of a cell.
    rows: Vec<[i32; 2]>,
}

impl GridComparer {
    /// A comparer of this query.
    pub fn new(query: PackedBody<'_>) -> Self {
        Self {
            ridges: QueryCells::of(query.ridges),
            directions: QueryCells::of(query.directions),
            gallery: Gallery::default(),
        }
    }

    /// How well each cell fits into this body.
    pub fn cells(&mut self, gallery: PackedBody<'_>) -> CellScores {
        self.gallery.take::<RIDGE_ROW>(gallery.ridges);
        let ridges = self.ridges.best(&self.gallery);
        self.gallery.take::<DIRECTION_ROW>(gallery.directions);
        CellScores { ridges, directions: self.directions.best(&self.gallery) }
    }
}

/// Where a cell lies of its own: cells are spread evenly, the first and the last at the edge.
fn origin(cell: usize) -> [usize; 2] {
    let spread = |at: usize, cells: usize, places: usize| {
        (2 * at * (places - 1) + cells - 1) / (2 * (cells - 1))
    };
    let (column, row) = (cell % CELL_COLUMNS, cell / CELL_COLUMNS);
    [spread(column, CELL_COLUMNS, PLACES_ACROSS), spread(row, CELL_ROWS, PLACES_DOWN)]
}

impl<const ROW: usize> QueryCells<ROW> {
    const CHANNELS: usize = ROW / WINDOW;

    fn of(map: &[u8]) -> Self {
        let mut cells = Self { numbers: Vec::new(), means: [0.0; CELLS], factors: [0.0; CELLS] };
        for cell in 0..CELLS {
            let [x, y] = origin(cell);
            let (mut sum, mut squares) = (0_i32, 0_i32);
            for row in y..y + WINDOW {
                let bytes = &map[(row * WIDTH + x) * Self::CHANNELS..][..ROW];
                let mut numbers = [0; ROW];
                for (number, byte) in numbers.iter_mut().zip(bytes) {
                    *number = i16::from(*byte);
                    sum += i32::from(*number);
                    squares += i32::from(*number) * i32::from(*number);
                }
                cells.numbers.push(numbers);
            }
            cells.means[cell] = sum as f32 / (WINDOW * ROW) as f32;
            cells.factors[cell] = factor(sum, squares, WINDOW * ROW);
        }
        cells
    }

    fn best(&self, gallery: &Gallery) -> [f32; CELLS] {
        let mut best = [0.0; CELLS];
        for (cell, numbers) in self.numbers.chunks_exact(WINDOW).enumerate() {
            let [x, y] = origin(cell);
            let mut greatest = f32::NEG_INFINITY;
            for top in y.saturating_sub(SLIDE_DOWN)..=(y + SLIDE_DOWN).min(PLACES_DOWN - 1) {
                for left in x.saturating_sub(SLIDE_ACROSS)..=(x + SLIDE_ACROSS).min(PLACES_ACROSS - 1) {
                    let mut product = 0;
                    for (row, query) in numbers.iter().enumerate() {
                        let start = ((top + row) * WIDTH + left) * Self::CHANNELS;
                        if let Some(seen) = gallery.numbers[start..].first_chunk::<ROW>() {
                            product += dot(query, seen);
                        }
                    }
                    let place = top * PLACES_ACROSS + left;
                    let together = product as f32 - self.means[cell] * gallery.sums[place];
                    greatest = greatest.max(together * gallery.factors[place]);
                }
            }
            best[cell] = greatest * self.factors[cell];
        }
        best
    }
}

#[inline(always)]
fn dot<const ROW: usize>(one: &[i16; ROW], other: &[i16; ROW]) -> i32 {
    one.iter().zip(other).map(|(one, other)| i32::from(*one) * i32::from(*other)).sum()
}

/// 1 / the root of the sum of squared differences from the mean; 0 where there is hardly any.
fn factor(sum: i32, squares: i32, n: usize) -> f32 {
    // Whole numbers: the difference of the two may be small against them.
    let n = n as i64;
    let times_n = i64::from(squares) * n - i64::from(sum) * i64::from(sum);
    let differences = times_n as f32 / n as f32;
    if differences < FLAT { 0.0 } else { 1.0 / differences.sqrt() }
}

impl Gallery {
    fn take<const ROW: usize>(&mut self, map: &[u8]) {
        let channels = ROW / WINDOW;
        self.numbers.clear();
        self.numbers.extend(map.iter().map(|byte| i16::from(*byte)));
        self.rows.clear();
        for row in self.numbers.chunks_exact(WIDTH * channels) {
            let of_pixel = |x: usize| {
                let numbers = &row[x * channels..][..channels];
                let sum: i32 = numbers.iter().map(|number| i32::from(*number)).sum();
                [sum, numbers.iter().map(|number| i32::from(*number) * i32::from(*number)).sum()]
            };
            let pixels: [[i32; 2]; WIDTH] = std::array::from_fn(of_pixel);
            let mut running = pixels[..WINDOW].iter().fold([0, 0], |sum, one| [sum[0] + one[0], sum[1] + one[1]]);
            self.rows.push(running);
            for x in WINDOW..WIDTH {
                for (sum, (new, old)) in running.iter_mut().zip(pixels[x].iter().zip(pixels[x - WINDOW])) {
                    *sum += new - old;
                }
                self.rows.push(running);
            }
        }
        self.sums.clear();
        self.factors.clear();
        for place in 0..PLACES_ACROSS * PLACES_DOWN {
            let mut total = [0, 0];
            for row in 0..WINDOW {
                let [sum, squares] = self.rows[place + row * PLACES_ACROSS];
                total = [total[0] + sum, total[1] + squares];
            }
            self.sums.push(total[0] as f32);
            self.factors.push(factor(total[0], total[1], WINDOW * ROW));
        }
    }
}
