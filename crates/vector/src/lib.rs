//! Nearest neighbours over rows of half-precision numbers, exact and on disk.
//!
//! A [`Rows`] is a matrix of `f16` numbers, a row a point. [`search()`] finds the rows closest to each query
//! and [`scan()`] shows every score; both look at every admitted row, so their answer is the truth and there is no
//! index to build or to break. A [`segment`] keeps rows on disk, append-only and memory-mapped; a [`MappedFile`] is any
//! file of such numbers.
//!
//! This room knows numbers only: no animals, no photos.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod disk;
mod error;
mod filter;
mod kernel;
mod mapped;
mod metric;
pub mod oracle;
mod query;
mod rows;
mod scan;
mod scorer;
mod search;
pub mod segment;
mod threads;
mod top;

pub use error::VectorError;
pub use filter::RowFilter;
pub use half::f16;
pub use mapped::MappedFile;
pub use metric::{Hit, Metric};
pub use rows::Rows;
pub use scan::scan;
pub use search::search;

#[cfg(target_endian = "big")]
compile_error!(
    "segments are little-endian and are read where they lie: big-endian machines need a converting reader"
);
