//! Removing what interrupted writers left in the segments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use resight_vector::segment::SegmentWriter;
use rusqlite::Connection;

use super::{all, segments};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::layout::Layout;

impl Catalog {
    /// Cuts segments back to the rows that the database knows, and removes segment files that it does not know.
    ///
    /// A segment that is missing or too short is left for `verify` to report: the catalog opens all the same.
    pub(crate) fn tidy_segments(&self) -> Result<(), CatalogError> {
        for bundle in all(self.connection())? {
            if let Some(last) = segments(self.connection(), bundle.key)?.last() {
                let path = self.layout().segment(&bundle.spec.id, last.number);
                // Opening to append cuts off the rest of an interrupted write.
                let _ = SegmentWriter::open_append(&path, bundle.spec.dimension, last.n_rows);
            }
        }
        for file in unreferenced_files(self.connection(), self.layout())? {
            std::fs::remove_file(&file).map_err(CatalogError::file("remove the leftover", &file))?;
            if let Some(folder) = file.parent() {
                // Goes only where it is empty.
                let _ = std::fs::remove_dir(folder);
            }
        }
        Ok(())
    }
}

/// Segment files that the database does not speak of, sorted.
pub(crate) fn unreferenced_files(
    connection: &Connection,
    layout: &Layout,
) -> Result<Vec<PathBuf>, CatalogError> {
    let mut known = BTreeSet::new();
    for bundle in all(connection)? {
        for segment in segments(connection, bundle.key)? {
            known.insert(layout.segment(&bundle.spec.id, segment.number));
        }
    }
    let mut files = Vec::new();
    for folder in entries(&layout.vectors())? {
        if folder.is_dir() {
            files.extend(
                entries(&folder)?.into_iter().filter(|file| is_segment(file) && !known.contains(file)),
            );
        }
    }
    Ok(files)
}

fn is_segment(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_prefix("seg-")
        .and_then(|rest| rest.strip_suffix(".f16"))
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// What lies in a folder, sorted; nothing where it is not there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, CatalogError> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(CatalogError::file("read the folder", folder)(error)),
    };
    let mut paths = Vec::new();
    for entry in listing {
        paths.push(entry.map_err(CatalogError::file("read the folder", folder))?.path());
    }
    paths.sort();
    Ok(paths)
}
