//! The few loops in which a search spends its time, for the vector instructions of each processor.
//!
//! Which ones are used is decided when the program runs. All of them give the same scores but for the rounding of
//! single precision; each gives a pair of query and row the same score wherever that row lies.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;

use half::f16;

use crate::Metric;

/// Queries that lie side by side in a group: one register of AVX-512, two of AVX2.
pub(crate) const LANES: usize = 16;

/// Groups of queries that one [`Kernel::tile`] can work on.
pub(crate) const GREATEST_GROUPS: usize = 4;

/// Rows that one [`Kernel::tile`] works on: with four groups they fill the 32 registers of AVX-512.
pub(crate) const TILE_ROWS: usize = 6;

/// The greatest number of queries that [`Kernel::few`] takes.
pub(crate) const FEW: usize = 4;

/// The instructions that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// Sixteen numbers at a time, on x86-64 processors that have it.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// Eight numbers at a time, on x86-64 processors of the last decade.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Plain Rust, everywhere.
    Scalar,
}

/// One tile of work: groups of queries against a few rows.
pub(crate) struct Tile<'a> {
    /// How queries and rows are compared.
    pub(crate) metric: Metric,
    /// Numbers in a row.
    pub(crate) dim: usize,
    /// Groups × dim × [`LANES`]: for each number of a row the queries of the group side by side.
    pub(crate) panel: &'a [f32],
    /// [`TILE_ROWS`] × dim.
    pub(crate) rows: &'a [f32],
}

impl Tile<'_> {
    /// How many groups of queries there are.
    fn groups(&self) -> usize {
        self.panel.len() / (self.dim * LANES)
    }

    /// Stops before a kernel could read or write outside of what it was given.
    fn check(&self, groups: usize, scores: &[f32]) {
        assert_eq!(self.panel.len(), groups * self.dim * LANES);
        assert_eq!(self.rows.len(), TILE_ROWS * self.dim);
        assert_eq!(scores.len(), TILE_ROWS * groups * LANES);
    }
}

impl Kernel {
    /// The fastest kernel of this machine.
    pub(crate) fn best() -> Self {
        Self::available()[0]
    }

    /// The kernels that this machine can run, the fastest first.
    pub(crate) fn available() -> &'static [Self] {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            let avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c");
            if avx2 && is_x86_feature_detected!("avx512f") {
                return &[Self::Avx512, Self::Avx2, Self::Scalar];
            }
            if avx2 {
                return &[Self::Avx2, Self::Scalar];
            }
        }
        &[Self::Scalar]
    }

    /// The length that a query is padded to with zeros for [`Self::few`].
    pub(crate) fn padded(dim: usize) -> usize {
        dim.next_multiple_of(LANES)
    }

    /// Scores of one to [`FEW`] queries, each padded with zeros to [`Self::padded`], with each of `rows`.
    ///
    /// `scores` is rows × queries. Memory is what limits it: each row is read once, as it lies.
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    pub(crate) fn few(self, metric: Metric, queries: &[f32], rows: &[&[f16]], scores: &mut [f32]) {
        match self {
            // SAFETY: `available` saw that this processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { avx512::few(metric, queries, rows, scores) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2::few(metric, queries, rows, scores) },
            Self::Scalar => scalar::few(metric, queries, rows, scores),
        }
    }

    /// Turns a row of halves into single precision.
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    pub(crate) fn widen(self, row: &[f16], wide: &mut [f32]) {
        match self {
            // SAFETY: `available` saw that this processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { avx512::widen(row, wide) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2::widen(row, wide) },
            Self::Scalar => scalar::widen(row, wide),
        }
    }

    /// Scores of one to [`GREATEST_GROUPS`] groups of queries with [`TILE_ROWS`] rows.
    ///
    /// `scores` is rows × queries of all groups.
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    pub(crate) fn tile(self, tile: &Tile<'_>, scores: &mut [f32]) {
        match self {
            // SAFETY: `available` saw that this processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { avx512::tile(tile, scores) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2::tile(tile, scores) },
            Self::Scalar => scalar::tile(tile, scores),
        }
    }
}

#[cfg(test)]
mod tests;
