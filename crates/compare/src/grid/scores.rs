//! From how well cells fit to how well bodies do.

use super::{CELLS, CellScores};

/// How cells are counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridRule {
    /// The how manieth best row of the gallery is what a cell has to stand out of.
    pub usual_rank: usize,
}

/// One number for each row of the gallery.
pub fn grid_scores(rows: &[CellScores], rule: &GridRule) -> Vec<f32> {
    let _ = rule;
    rows.iter().map(|row| row.directions.iter().sum::<f32>() / CELLS as f32).collect()
}
