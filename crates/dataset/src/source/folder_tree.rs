//! Photos in any folders, without labels.

use std::path::Path;

use crate::warning::Warnings;
use crate::{DatasetError, ReadOptions, Row, SourceKind, Table};

use super::Looked;
use super::photo_files::photo_files;

/// A photo is one, and any folder that is nothing else.
pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    looked.is_photo().then_some("it is a photo")
}

/// Reads a folder tree, or a single photo. Each photo is called by its path below the folder.
pub(super) fn read(root: &Path, _: &ReadOptions) -> Result<Table, DatasetError> {
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
