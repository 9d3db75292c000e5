//! Removing what interrupted writers left in the segments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use resight_core::BundleId;
use resight_vector::segment::SegmentWriter;
use rusqlite::Connection;

use super::{all, segments};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::layout::{INDEX, Layout, entries, is_plain_file};

impl Catalog {
    /// Cuts segments back to the rows that the database knows, and removes segment files that it does not know.
    ///
    /// A segment that is missing or too short is left for `verify` to report: the catalog opens all the same.
    pub(crate) fn tidy_segments(&self) -> Result<(), CatalogError> {
        for bundle in all(self.connection())? {
            if let Some(last) = segments(self.connection(), &bundle)?.last() {
                let path = self.layout().segment(&bundle.spec.id, last.number);
                // Opening to append cuts off the rest of an interrupted write.
                let _ = SegmentWriter::open_append(&path, bundle.row_kind(), last.n_rows);
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

/// Segment files that the database does not speak of, and indexes over the rows of bundles that it does not know, sorted: only what has a name that we make, in a folder that has.
pub(crate) fn unreferenced_files(
    connection: &Connection,
    layout: &Layout,
) -> Result<Vec<PathBuf>, CatalogError> {
    let mut known = BTreeSet::new();
    for bundle in all(connection)? {
        known.insert(layout.index(&bundle.spec.id));
        for segment in segments(connection, &bundle)? {
            known.insert(layout.segment(&bundle.spec.id, segment.number));
        }
    }
    let mut files = Vec::new();
    for folder in entries(&layout.vectors())? {
        if is_of_a_bundle(&folder) {
            let is_ours = |file: &PathBuf| is_segment(file) || (name(file) == INDEX && is_plain_file(file));
            files.extend(entries(&folder)?.into_iter().filter(|file| is_ours(file) && !known.contains(file)));
        }
    }
    Ok(files)
}

/// Whether it is a folder, not a link to one, that is named as we name the folder of a bundle.
fn is_of_a_bundle(folder: &Path) -> bool {
    let is_folder = folder.symlink_metadata().is_ok_and(|found| found.is_dir());
    is_folder && name(folder).parse::<BundleId>().is_ok()
}

/// Whether it is a file, not a link to one, that is named as we name a segment.
fn is_segment(path: &Path) -> bool {
    let is_named_so = name(path)
        .strip_prefix("seg-")
        .and_then(|rest| rest.strip_suffix(".f16"))
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()));
    is_named_so && is_plain_file(path)
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
