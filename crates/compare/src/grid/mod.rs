//! The deformable grid: do two straightened bodies bear the same stripes?
//!
//! Stripes have no points that would be found again; their course is the mark. So the body, straightened, is cut into
//! cells that overlap, and each cell of the query takes the place in the gallery's body, not far from its own, where it
//! fits best: skin slides, folds and is seen from another side, and the cells go with it one by one.
//!
//! 1. [`BodyMaps::of`] makes two maps of the gray body: ridges (light and dark lines), and which way edges run;
//! 2. [`BodyMaps::pack`] keeps them as a row of bytes, and [`PackedBody`] reads it where it lies;
//! 3. [`GridComparer::cells`] says how well each cell fits: the normalised cross-correlation at its best place;
//! 4. [`grid_scores`] makes one number of each row of the gallery out of these: how far its cells stand out of what is usual.

mod blur;
mod correlation;
mod gallery;
mod hog;
mod maps;
mod packed;
mod products;
mod ridges;
mod scores;
#[cfg(test)]
mod tests;

pub use correlation::{CellScores, GridComparer};
pub use maps::{BodyMaps, BodySizeError};
pub use packed::{PackedBody, PackedBodyError};
pub use scores::{GridRule, grid_scores};

/// Cells along the body.
pub const CELL_COLUMNS: usize = 8;
/// Cells from back to belly.
pub const CELL_ROWS: usize = 4;
/// Cells of a body.
pub const CELLS: usize = CELL_COLUMNS * CELL_ROWS;

/// Width of the maps; the straightened body is four times as wide.
const WIDTH: usize = 64;
/// Height of the maps; the straightened body is four times as high.
const HEIGHT: usize = 32;
/// Pixels of the body to one of the maps.
const STRIDE: usize = 4;
/// A cell's side: 1.3 times what would fill the maps without overlap (8), to a whole pixel.
const WINDOW: usize = 10;
/// How far a cell may slide along the body: a tenth of it.
const SLIDE_ACROSS: usize = 6;
/// How far a cell may slide towards back and belly: a tenth of the height.
const SLIDE_DOWN: usize = 3;
/// Numbers of a pixel of the ridges' map: the ridges at twice the resolution, two by two.
const RIDGES: usize = 4;
/// Numbers of a pixel of the map of edges: how much runs in each of eight directions.
const DIRECTIONS: usize = 8;
