//! The deformable grid: do two straightened bodies bear the same stripes?
//!
//! Stripes have no points that would be found again; their course is the mark. So the body, straightened, is cut into
//! cells that overlap, and each cell of the query takes the place in the gallery's body, not far from its own, where it
//! fits best: skin slides, folds and is seen from another side, and the cells go with it one by one.
//!
//! 1. [`BodyMap::of`] says of a gray body which way its edges run;
//! 2. [`BodyMap::pack`] keeps that as a row of bytes, and [`PackedBody`] reads it where it lies;
//! 3. [`GridComparer::cells`] says how well each cell fits: the normalised cross-correlation at its best place;
//! 4. [`outstanding`] makes one number of each row of the gallery: how far its cells stand out of what is usual there;
//!    [`CellScores::alone`] makes one of a pair by itself.
//!
//! What was tried and measured: `docs/decisions/body-frame.md`.

mod body_map;
mod correlation;
mod directions;
mod gallery;
mod packed;
mod plane;
mod products;
mod scores;
#[cfg(test)]
mod tests;

pub use body_map::{BodyMap, BodySizeError};
pub use correlation::GridComparer;
pub use packed::{PackedBody, PackedBodyError};
pub use scores::{CellScores, GridRule, outstanding};

/// Cells along the body.
pub const CELL_COLUMNS: usize = 8;
/// Cells from back to belly.
pub const CELL_ROWS: usize = 4;
/// Cells of a body.
pub const CELLS: usize = CELL_COLUMNS * CELL_ROWS;

/// Width of the map, in pixels.
const WIDTH: usize = 64;
/// Height of the map, in pixels.
const HEIGHT: usize = 32;
/// Pixels of the straightened body to one of the map.
const STRIDE: usize = 4;
/// Numbers of a pixel of the map: how much runs in each of eight directions.
const DIRECTIONS: usize = 8;
/// A cell's side: 1.3 times what would fill the map without overlap (8), to a whole pixel.
const WINDOW: usize = 10;
/// Numbers of a row of a cell.
const CELL_ROW: usize = WINDOW * DIRECTIONS;
/// How far a cell may slide along the body: a tenth of its length.
const SLIDE_ACROSS: usize = 6;
/// How far a cell may slide towards back and belly: a tenth of the height.
const SLIDE_DOWN: usize = 3;
