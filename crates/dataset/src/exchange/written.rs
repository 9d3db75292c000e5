//! What a format gives: named contents, what is to be done with photos, and what there is to tell.

use std::fmt;
use std::path::PathBuf;

use resight_core::{AnnotationId, ErrorKind, PixelBox, RoomError};
use serde::Serialize;

use crate::TableWriteError;

/// An export, ready to be written. The caller decides about writing: nothing was touched yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Written {
    /// Files, by their names below the folder of the export, with `/`.
    pub files: Vec<NamedFile>,
    /// Files that belong beside photos. None of them was there when the export was made; where one is there by now, it
    /// stays.
    pub sidecars: Vec<Sidecar>,
    /// Photos that the format wants beside its files, under names that it takes.
    pub photos: Vec<PhotoCopy>,
    /// Pictures that are cut out of photos.
    pub crops: Vec<CropOrder>,
    /// What there is to tell.
    pub notes: Vec<Note>,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Its name below the folder of the export, with `/`.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A file beside a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidecar {
    /// Where it belongs.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A photo that goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoCopy {
    /// The photo.
    pub photo: PathBuf,
    /// Its name below the folder of the export.
    pub name: String,
    /// What its EXIF and XMP blocks say of place, time and people.
    pub metadata: Metadata,
}

/// What becomes of the metadata in a photo that goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metadata {
    /// They say no more than may go out: the bytes can be copied.
    Kept,
    /// They may say more than may go out: the picture is to be written anew without them.
    Dropped,
}

/// A picture that is cut out of a photo: upright, without any metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct CropOrder {
    /// Of which annotation.
    pub annotation: AnnotationId,
    /// The photo.
    pub photo: PathBuf,
    /// What is cut out, in pixels of the upright photo, turned back where it is turned; none for the whole.
    pub region: Option<PixelBox>,
    /// Its name below the folder of the export, with `/`: the individual's folder and the file.
    pub name: String,
}

/// Something to tell of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// How often.
    pub count: usize,
    /// The first of them, where there is something to show.
    pub example: Option<String>,
}

/// What there is to tell of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each says its text below")]
pub enum NoteKind {
    PathNotUtf8,
    NoPath,
    UnconfirmedWithheld,
    CardWithoutSighting,
    SameNameTwice,
    AttributeWithheld,
    CannotBeWritten,
    SameFileName,
    NotInThisFormat,
    NoSize,
    NoTime,
    NoDay,
    NoYear,
    FutureDate,
    NoScientificName,
    NoPosition,
    ZoneNotKnown,
    TimeNotExact,
    FolderCut,
    NameChanged,
    SeveralFiles,
    SidecarThere,
    NobodyIdentified,
}

impl NoteKind {
    fn text(self) -> &'static str {
        match self {
            Self::PathNotUtf8 => "left out: the photo's path is no UTF-8",
            Self::NoPath => "left out: nothing says where the photo lies",
            Self::UnconfirmedWithheld => "go out unidentified: a model alone says who it is",
            Self::CardWithoutSighting => "individuals do not go out: no sighting of them does",
            Self::SameNameTwice => "individuals share a name with another: their ids were put behind it",
            Self::AttributeWithheld => {
                "attributes do not go out: by their names they tell a place or a person"
            }
            Self::CannotBeWritten => "left out: the format cannot hold it",
            Self::SameFileName => {
                "photos share a file name with another: part of their hash was put behind it"
            }
            Self::NotInThisFormat => "identities do not go out: this format has no place for them",
            Self::NoSize => "left out: the size of the photo is not known, and boxes are shares of it here",
            Self::NoTime => "left out: this format needs a time, and none is known",
            Self::NoDay => "left out: this format needs a day, and none is known",
            Self::NoYear => "left out: this format needs a year, and none is known",
            Self::FutureDate => "left out: the photo was taken in the future, by its clock",
            Self::NoScientificName => "have no scientific name: nothing says what their species is called",
            Self::NoPosition => {
                "have no position, which this format needs: it is left blank, and a validator will say so"
            }
            Self::ZoneNotKnown => "times state no time zone: the one that was asked for was taken, or UTC",
            Self::TimeNotExact => {
                "times are known to the day, the month or the year alone: they stand at its beginning"
            }
            Self::FolderCut => {
                "photos lie elsewhere: this format takes paths below its folder alone, so the name stands alone"
            }
            Self::NameChanged => {
                "names were changed: this format takes letters, digits and a few marks alone"
            }
            Self::SeveralFiles => "files in place of one: so many rows are not advised in one",
            Self::SidecarThere => "sidecars were there already, and stay as they are",
            Self::NobodyIdentified => "left out: nobody says who it is",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count, self.kind.text())?;
        self.example.as_ref().map_or(Ok(()), |example| write!(f, ", as {example}"))
    }
}

impl Written {
    /// Adds a file.
    pub(super) fn file(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.files.push(NamedFile { name: name.into(), bytes });
    }

    /// Counts something to tell.
    pub(super) fn note(&mut self, kind: NoteKind, example: impl Into<String>) {
        count(&mut self.notes, kind, Some(example.into()));
    }
}

/// Counts one more of this kind.
pub(super) fn count(notes: &mut Vec<Note>, kind: NoteKind, example: Option<String>) {
    match notes.iter_mut().find(|note| note.kind == kind) {
        Some(note) => note.count += 1,
        None => notes.push(Note { kind, count: 1, example }),
    }
}

/// An export cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A table.
    #[error(transparent)]
    Table(#[from] TableWriteError),
    /// A file of JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A workbook.
    #[error("cannot write the workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

impl RoomError for ExchangeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Table(error) => error.kind(),
            Self::Json(_) => ErrorKind::Internal,
            Self::Workbook(rust_xlsxwriter::XlsxError::RowColumnLimitError) => ErrorKind::User,
            Self::Workbook(_) => ErrorKind::Internal,
        }
    }
}
