//! From how well cells fit to how well bodies do.

use super::CELLS;

/// How well each cell of a query fits, at its best place: from -1 to 1, 0 where there is nothing to be seen. Row after row,
/// from the body's left end to its right one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellScores(pub [f32; CELLS]);

/// How the cells of a whole gallery are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GridRule {
    /// The how manieth best row of the gallery says what is usual of a cell; at least 1.
    pub usual_rank: usize,
}

impl Default for GridRule {
    fn default() -> Self {
        Self { usual_rank: 10 }
    }
}

impl CellScores {
    /// How well two bodies fit, by themselves, 0 to 1: the mean of the fourth powers, so that cells that fit well count and
    /// the others hardly do.
    pub fn alone(&self) -> f32 {
        let power = |score: &f32| {
            let squared = score.max(0.0) * score.max(0.0);
            squared * squared
        };
        self.0.iter().map(power).sum::<f32>() / CELLS as f32
    }
}

/// How far the cells of each row of the gallery stand out of what is usual: the mean of what they have above the tenth best
/// row (or what the rule says). Some parts of a body look alike in all animals and fit everywhere; these count for nothing.
///
/// `rows` are what one query's cells score in each row that is asked; those that are hidden from the question are left out
/// beforehand. In a gallery of few rows the middle one is the usual one, and a single row stands out of nothing.
pub fn outstanding(rows: &[CellScores], rule: GridRule) -> Vec<f32> {
    let Some(rank) = rule.usual_rank.clamp(1, rows.len() / 2 + 1).checked_sub(1) else { return Vec::new() };
    if rows.is_empty() {
        return Vec::new();
    }
    let mut column = Vec::with_capacity(rows.len());
    let usual: [f32; CELLS] = std::array::from_fn(|cell| {
        column.clear();
        column.extend(rows.iter().map(|row| row.0[cell]));
        *column.select_nth_unstable_by(rank, |one, other| other.total_cmp(one)).1
    });
    let above = |row: &CellScores| {
        let cells = row.0.iter().zip(usual).map(|(score, usual)| (score - usual).max(0.0));
        cells.sum::<f32>() / CELLS as f32
    };
    rows.iter().map(above).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(all: f32, first: f32) -> CellScores {
        let mut cells = [all; CELLS];
        cells[0] = first;
        CellScores(cells)
    }

    #[test]
    fn what_fits_everywhere_counts_for_nothing() {
        // The first cell fits in all rows; in one of them the others do as well.
        let mut rows = vec![row(0.2, 0.9); 30];
        rows[7] = row(0.5, 0.9);
        let scores = outstanding(&rows, GridRule::default());
        assert!((scores[7] - 0.3 * 31.0 / 32.0).abs() < 1e-6, "{}", scores[7]);
        assert!(scores.iter().enumerate().all(|(at, score)| at == 7 || *score == 0.0));
    }

    #[test]
    fn the_usual_is_that_of_the_rank_or_the_middle_of_few() {
        let rows: Vec<CellScores> = (0..40).map(|at| row(at as f32 / 40.0, at as f32 / 40.0)).collect();
        let above = |rank: usize| outstanding(&rows, GridRule { usual_rank: rank })[39];
        assert!((above(10) - 9.0 / 40.0).abs() < 1e-6);
        assert!((above(3) - 2.0 / 40.0).abs() < 1e-6);
        assert!((above(0) - 0.0).abs() < 1e-6);
        assert!((above(1000) - 20.0 / 40.0).abs() < 1e-6);
        assert_eq!(outstanding(&rows[..1], GridRule::default()), [0.0]);
        assert!(outstanding(&rows[..2], GridRule::default())[1] > 0.0);
        assert!(outstanding(&[], GridRule::default()).is_empty());
    }

    #[test]
    fn alone_cells_that_fit_well_count_and_those_that_do_not_are_no_evidence_against() {
        assert_eq!(row(-1.0, -1.0).alone(), 0.0);
        assert_eq!(row(1.0, 1.0).alone(), 1.0);
        assert!((row(0.0, 0.5).alone() - 0.0625 / 32.0).abs() < 1e-7);
    }
}
