//! Scores of all queries with a block of rows.

use half::f16;

use crate::Metric;
use crate::kernel::{Kernel, LANES, TILE_ROWS, Tile};
use crate::query::{Layout, PANEL_QUERIES};

/// Numbers of widened rows that stay in a core's own cache beside the queries.
const BLOCK_NUMBERS: usize = 96 * 1024;

/// The queries, ready to be compared with rows.
pub(crate) struct Scorer {
    kernel: Kernel,
    metric: Metric,
    dim: usize,
    n_queries: usize,
    layout: Layout,
}

/// What one thread writes into while it scores.
#[derive(Default)]
pub(crate) struct Scratch {
    wide: Vec<f32>,
    scores: Vec<f32>,
}

/// Some scores: those of the rows `first_row..` of the block with the queries `first_query..`.
pub(crate) struct Scores<'a> {
    /// Position within the block of the first row.
    pub(crate) first_row: usize,
    /// The first query.
    pub(crate) first_query: usize,
    /// How many queries.
    pub(crate) n_queries: usize,
    /// Numbers from a row's scores to the next row's, at least `n_queries`.
    pub(crate) stride: usize,
    /// Rows × stride.
    pub(crate) values: &'a [f32],
}

impl Scores<'_> {
    /// Each row's position within the block, and its scores, a query each.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, &[f32])> {
        (self.first_row..).zip(self.values.chunks_exact(self.stride).map(|row| &row[..self.n_queries]))
    }
}

impl Scorer {
    /// Prepares n × `dim` checked queries.
    pub(crate) fn new(kernel: Kernel, metric: Metric, queries: &[f32], dim: usize) -> Self {
        Self { kernel, metric, dim, n_queries: queries.len() / dim, layout: Layout::new(queries, dim) }
    }

    /// How many queries there are.
    pub(crate) fn n_queries(&self) -> usize {
        self.n_queries
    }

    /// How many rows are best given to [`Self::score`] at a time: whole tiles.
    pub(crate) fn block_rows(&self) -> usize {
        let tiles = (BLOCK_NUMBERS / self.dim / TILE_ROWS).clamp(1, 32);
        match self.layout {
            // Rows that are read once need no room in the cache, and fewer blocks mean fewer cold starts.
            Layout::Few(_) => 8 * tiles * TILE_ROWS,
            Layout::Panels(_) => tiles * TILE_ROWS,
        }
    }

    /// Gives `take` the scores of every query with each of `rows`, some at a time.
    pub(crate) fn score(&self, rows: &[&[f16]], scratch: &mut Scratch, mut take: impl FnMut(Scores<'_>)) {
        match &self.layout {
            _ if rows.is_empty() || self.n_queries == 0 => {}
            Layout::Few(queries) => {
                scratch.scores.resize(rows.len() * self.n_queries, 0.0);
                self.kernel.few(self.metric, queries, rows, &mut scratch.scores);
                let (n_queries, values) = (self.n_queries, scratch.scores.as_slice());
                take(Scores { first_row: 0, first_query: 0, n_queries, stride: n_queries, values });
            }
            Layout::Panels(panels) => {
                self.widen(rows, &mut scratch.wide);
                for (index, panel) in panels.chunks(PANEL_QUERIES * self.dim).enumerate() {
                    self.score_panel(index * PANEL_QUERIES, panel, rows.len(), scratch, &mut take);
                }
            }
        }
    }

    /// Widens `rows`, and adds rows of zeros until there are whole tiles.
    fn widen(&self, rows: &[&[f16]], wide: &mut Vec<f32>) {
        wide.resize(rows.len().next_multiple_of(TILE_ROWS) * self.dim, 0.0);
        let (used, spare) = wide.split_at_mut(rows.len() * self.dim);
        for (row, wide) in rows.iter().zip(used.chunks_exact_mut(self.dim)) {
            self.kernel.widen(row, wide);
        }
        spare.fill(0.0);
    }

    fn score_panel(
        &self,
        first_query: usize,
        panel: &[f32],
        n_rows: usize,
        scratch: &mut Scratch,
        take: &mut impl FnMut(Scores<'_>),
    ) {
        let stride = panel.len() / self.dim;
        let n_queries = stride.min(self.n_queries - first_query);
        scratch.scores.resize(TILE_ROWS * stride, 0.0);
        for (index, rows) in scratch.wide.chunks_exact(TILE_ROWS * self.dim).enumerate() {
            let tile = Tile { metric: self.metric, dim: self.dim, panel, rows };
            self.kernel.tile(&tile, &mut scratch.scores);
            let first_row = index * TILE_ROWS;
            let values = &scratch.scores[..stride * TILE_ROWS.min(n_rows - first_row)];
            take(Scores { first_row, first_query, n_queries, stride, values });
        }
    }
}

const _: () = assert!(PANEL_QUERIES.is_multiple_of(LANES));
