//! One folder an individual.
//!
//! The rule, whole: the folder right below the source is the individual's name, whatever lies between it and
//! the photo (`Nick/2024-05-31/a.jpg` is Nick). Photos beside the folders are of nobody known, and so are
//! those in a folder called `unknown`, `unidentified`, `new_individual` and the like.

use std::path::{Component, Path};

use crate::cell::{IdentityCell, IdentityWords};
use crate::columns::shortened;
use crate::warning::{WarningKind, Warnings};
use crate::{DatasetError, ReadOptions, Row, SourceKind, Table};

use super::Looked;
use super::photo_files::{PhotoFile, photo_files};

/// Folders are individuals on the user's word alone.
pub(super) fn told_by(_: &Looked<'_>) -> Option<&'static str> {
    None
}

/// Reads the folders.
pub(super) fn read(root: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    if !root.is_dir() {
        return Err(DatasetError::WrongKind { expected: "a folder", path: root.to_owned() });
    }
    let words = IdentityWords::with(&options.unidentified_words);
    let mut warnings = Warnings::default();
    let mut rows = Vec::new();
    for (file, line) in photo_files(root, &mut warnings)?.into_iter().zip(1..) {
        let identity = identity(&file, root, &words, &mut warnings);
        rows.push(Row { identity, ..Row::of_photo(line, file.name, file.path) });
    }
    let kind = SourceKind::FolderPerIndividual;
    Ok(Table { kind, root: root.to_owned(), extra_columns: Vec::new(), rows, warnings: warnings.finish() })
}

fn identity(file: &PhotoFile, root: &Path, words: &IdentityWords, warnings: &mut Warnings) -> Option<String> {
    let mut parts = file.path.strip_prefix(root).ok()?.components();
    let (Some(Component::Normal(folder)), Some(_)) = (parts.next(), parts.next()) else { return None };
    let name = folder.to_string_lossy();
    match words.read(&name) {
        IdentityCell::NotKnown => None,
        IdentityCell::Missing(word) => {
            warnings.count(None, WarningKind::ReadAsNotKnown { column: "identity", word: word.to_owned() });
            None
        }
        IdentityCell::NoName(reason) => {
            let found = shortened(&name, 60);
            warnings.count(None, WarningKind::BadName { reason, found });
            None
        }
        IdentityCell::Named(name) => Some(name.into_owned()),
        IdentityCell::Suspicious(name) => {
            warnings.count(None, WarningKind::SuspiciousIdentity { identity: name.to_owned() });
            Some(name.to_owned())
        }
    }
}
