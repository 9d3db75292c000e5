//! Photos in any folders, without labels.

use std::path::Path;

use crate::warning::Warnings;
use crate::{DatasetError, Row, SourceKind, Table};

use super::photo_files::photo_files;

/// Reads a folder tree, or a single photo. Each photo is called by its path below the folder.
pub(super) fn read(root: &Path) -> Result<Table, DatasetError> {
    let mut warnings = Warnings::default();
    let rows = photo_files(root, &mut warnings)?
        .into_iter()
        .zip(1..)
        .map(|(file, line)| Row::of_photo(line, file.name, file.path))
        .collect();
    Ok(Table {
        kind: SourceKind::FolderTree,
        root: root.to_owned(),
        extra_columns: Vec::new(),
        rows,
        warnings: warnings.finish(),
    })
}
