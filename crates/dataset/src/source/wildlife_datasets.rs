//! A table in the form of wildlife-datasets, or any other whose columns can be mapped to it.
//!
//! Columns: `image_id`, `identity`, `path`; optional `bbox`, `date`, `position` or `orientation` (our
//! viewpoint), `species`, `encounter`, `split`. A photo with several animals has several rows, or one row
//! with a list of boxes.

use std::path::Path;

use super::Looked;
use crate::{DatasetError, ReadOptions, SourceKind, Table, TableReader};

/// Any table is one, as far as its columns say where photos are.
pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    looked.is_table().then_some("it is a table")
}

/// Reads the table.
pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    TableReader::open(path, SourceKind::WildlifeDatasets, options)?.read_to_end()
}
