//! Looking at the embeddings of one bundle.

use resight_core::BundleId;
use resight_vector::segment::Segment;
use resight_vector::{Rows, f16};

use super::{find, segments};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::numbers::stretch;
use crate::settings::BundleSpec;

/// The embeddings of one bundle, mapped into memory: what was stored when they were opened.
///
/// Rows are numbered through all parts, as [`crate::GalleryRow::row`] numbers them.
#[derive(Debug)]
pub struct Embeddings {
    bundle: BundleSpec,
    segments: Vec<Segment>,
    n_rows: u64,
}

impl Catalog {
    /// Opens the embeddings of a bundle.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; a segment that is missing or too short; database errors.
    pub fn embeddings(&self, bundle: &BundleId) -> Result<Embeddings, CatalogError> {
        let record = find(self.connection(), bundle)?;
        let mut opened = Vec::new();
        let mut n_rows = 0;
        for segment in segments(self.connection(), &record)? {
            let path = self.layout().segment(bundle, segment.number);
            opened.push(Segment::open(&path, record.row_kind(), segment.n_rows)?);
            n_rows += segment.n_rows;
        }
        Ok(Embeddings { bundle: record.spec, segments: opened, n_rows })
    }
}

impl Embeddings {
    /// The bundle that made them.
    pub fn bundle(&self) -> &BundleSpec {
        &self.bundle
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// The rows, part after part, for [`resight_vector::search`]. At least one part, which may be empty.
    pub fn parts(&self) -> Vec<Rows<'_>> {
        if self.segments.is_empty() {
            return Rows::new(self.bundle.dimension, &[]).into_iter().collect();
        }
        self.segments.iter().map(Segment::rows).collect()
    }

    /// One row; `None` beyond the last.
    pub fn row(&self, row: u64) -> Option<&[f16]> {
        let mut within = row;
        for segment in &self.segments {
            if within < segment.len() {
                return Some(segment.rows().row(usize::try_from(within).ok()?));
            }
            within -= segment.len();
        }
        None
    }
}

/// The numbers of some rows of a segment.
///
/// # Errors
/// The segment has not that many rows.
pub(crate) fn values(segment: &Segment, first_row: u64, n_rows: u64) -> Result<&[f16], CatalogError> {
    let rows = stretch(first_row, n_rows)?;
    let start = usize::try_from(rows.start).ok().and_then(|row| row.checked_mul(segment.dim()));
    let end = usize::try_from(rows.end).ok().and_then(|row| row.checked_mul(segment.dim()));
    start
        .zip(end)
        .and_then(|(start, end)| segment.rows().values().get(start..end))
        .ok_or_else(|| CatalogError::Corrupt(format!("rows beyond the end: {}", segment.path().display())))
}
