//! Why a source cannot be read at all. What is wrong with single rows is a [`Warning`](crate::Warning).

use std::io;
use std::path::{Path, PathBuf};

use resight_core::{ErrorKind, Hint, RoomError};

use crate::boxes::OtherReading;

/// A source of annotations cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The file or folder cannot be opened or read.
    #[error("cannot read: {reason}: {}", path.display())]
    Unreadable {
        /// What the system says.
        #[source]
        reason: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// The file is no table of text.
    #[error("not a table of text in UTF-8 ({found}): {}", path.display())]
    NotText {
        /// What it looks like instead.
        found: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The file is called a workbook and cannot be read as one.
    #[error("not a workbook that can be read ({reason}): {}", path.display())]
    NotAWorkbook {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The file is no JSON of the form that was expected.
    #[error("not {expected} ({reason}): {}", path.display())]
    NotJson {
        /// The form with its article.
        expected: &'static str,
        /// What the reader says.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The table has no line with column names.
    #[error("the table is empty: {}", path.display())]
    EmptyTable {
        /// The file.
        path: PathBuf,
    },
    /// The table's first line is longer or has more columns than any honest table.
    #[error("the first line of the table has more than {limit}: {}", path.display())]
    HeaderTooLong {
        /// The limit it breaks, in words.
        limit: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// No column says where the photos are.
    #[error("no column holds the paths of the photos (columns found: {found}): {}", path.display())]
    NoPathColumn {
        /// The first columns found, for the reader to recognise the file.
        found: String,
        /// The column whose name is like one for paths.
        near: Option<String>,
        /// The file.
        path: PathBuf,
    },
    /// The column mapping names a column that the table does not have.
    #[error("no column `{given}`; the table has: {found}: {}", path.display())]
    UnknownColumn {
        /// The name that was asked for.
        given: String,
        /// The nearest name that is there.
        suggestion: Option<String>,
        /// The first columns found.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// Most boxes of the table lie outside of their pictures as they are read: the numbers mean something else.
    #[error("{what}: {}", path.display())]
    BoxesDoNotFit {
        /// How many do not, and as what they were read.
        what: String,
        /// How nearly all would fit, where some reading does that.
        other: Option<OtherReading>,
        /// The file.
        path: PathBuf,
    },
    /// The source is not of the kind that was asked for.
    #[error("not {expected}: {}", path.display())]
    WrongKind {
        /// The kind with its article, as in "a folder per individual".
        expected: &'static str,
        /// The file or folder.
        path: PathBuf,
    },
}

impl DatasetError {
    pub(crate) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |reason| Self::Unreadable { reason, path: path.to_owned() }
    }
}

impl RoomError for DatasetError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { reason, .. } => ErrorKind::of_file(reason),
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NotText { .. } => Hint::SaveAsUtf8,
            Self::HeaderTooLong { .. } => Hint::NamesOfColumns,
            Self::NoPathColumn { near, .. } => Hint::PathColumn { near: near.clone() },
            Self::UnknownColumn { suggestion: Some(near), .. } => {
                Hint::DidYouMean { near: vec![near.clone()] }
            }
            Self::BoxesDoNotFit { other, .. } => other.map_or(Hint::SayBoxes, |other| other.hint()),
            _ => return None,
        })
    }
}
