//! The kernels in plain Rust, for processors without the instructions of the others.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::{Kernel, LANES, TILE_ROWS, Tile};
use crate::Metric;

/// See [`Kernel::few`].
pub(super) fn few(metric: Metric, queries: &[f32], rows: &[&[f16]], scores: &mut [f32]) {
    let Some(dim) = rows.first().map(|row| row.len()) else { return };
    let padded = Kernel::padded(dim);
    let mut wide = vec![0.0; padded];
    for (row, scores) in rows.iter().zip(scores.chunks_exact_mut(queries.len() / padded)) {
        widen(row, &mut wide[..dim]);
        for (query, score) in queries.chunks_exact(padded).zip(scores) {
            *score = one(metric, query, &wide);
        }
    }
}

/// One score, summed in [`LANES`] lanes, which compilers turn into whatever vectors there are.
fn one(metric: Metric, query: &[f32], row: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (query, row) in query.chunks_exact(LANES).zip(row.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += term(metric, query[lane], row[lane]);
        }
    }
    sums.iter().sum()
}

/// See [`Kernel::widen`].
pub(super) fn widen(row: &[f16], wide: &mut [f32]) {
    row.convert_to_f32_slice(wide);
}

/// See [`Kernel::tile`].
pub(super) fn tile(tile: &Tile<'_>, scores: &mut [f32]) {
    let groups = tile.groups();
    tile.check(groups, scores);
    for (row, scores) in scores.chunks_exact_mut(groups * LANES).enumerate().take(TILE_ROWS) {
        let row = &tile.rows[row * tile.dim..(row + 1) * tile.dim];
        for (panel, scores) in tile.panel.chunks_exact(tile.dim * LANES).zip(scores.chunks_exact_mut(LANES)) {
            let mut sums = [0.0_f32; LANES];
            for (queries, value) in panel.chunks_exact(LANES).zip(row) {
                for lane in 0..LANES {
                    sums[lane] += term(tile.metric, queries[lane], *value);
                }
            }
            scores.copy_from_slice(&sums);
        }
    }
}

fn term(metric: Metric, query: f32, row: f32) -> f32 {
    match metric {
        Metric::Dot => query * row,
        Metric::SquaredEuclidean => -(query - row) * (query - row),
    }
}
