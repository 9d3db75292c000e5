//! What can go wrong with a catalog, and what the user can do about it.

mod from;

use std::io;
use std::path::{Path, PathBuf};

use resight_core::{
    AnnotationId, BundleId, EncounterId, ErrorKind, Hint, IndividualId, LabelForm, PhotoId, RoomError,
};
use resight_vector::segment::SegmentError;

use crate::journal::EntryId;
use crate::label::{LabelName, LabelSubject};
use crate::lock::Holder;

/// An error of the catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// There is no catalog in the folder.
    #[error("no catalog here: {}", .path.display())]
    NotACatalog {
        /// The folder.
        path: PathBuf,
    },
    /// The folder already holds a catalog.
    #[error("there is a catalog already: {}", .path.display())]
    AlreadyACatalog {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds other things.
    #[error("the folder is not empty: {}", .path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// An SQLite file of another program.
    #[error("this database was made by another program (application id {found:#010x}): {}", .path.display())]
    OtherApplication {
        /// The id in the file.
        found: i32,
        /// The file.
        path: PathBuf,
    },
    /// Written by a later version of resight.
    #[error("the catalog has schema version {found}, this program knows up to {known}: {}", .path.display())]
    NewerSchema {
        /// Version of the catalog.
        found: i64,
        /// Latest version this program knows.
        known: i64,
        /// The file.
        path: PathBuf,
    },
    /// Written by an earlier version of resight, and opened for reading, which changes nothing.
    #[error("the catalog has schema version {found} and must be upgraded to {known}: {}", .path.display())]
    OlderSchema {
        /// Version of the catalog.
        found: i64,
        /// Version this program works with.
        known: i64,
        /// The file.
        path: PathBuf,
    },
    /// Someone else is writing.
    #[error("the catalog is being written to by {}: {}", .holder.as_ref().map_or_else(|| "another program".to_owned(), |holder| holder.to_string()), .path.display())]
    Locked {
        /// Who, where that could be read.
        holder: Option<Box<Holder>>,
        /// The catalog's folder.
        path: PathBuf,
    },
    /// Something lies in the catalog's folder where one of its own files or folders should be.
    #[error("{found} inside a catalog where {expected} should be, which is not used: {}", .path.display())]
    NotOurs {
        /// What it is: "a link".
        found: &'static str,
        /// What should be there.
        expected: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// The tables, indexes and triggers are not the ones that resight makes.
    #[error("the database was changed by another program: {what}: {}", .path.display())]
    ForeignSchema {
        /// What is there, missing or changed.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// A writer was interrupted, and what it wrote last cannot be brought into the database here.
    #[error("an interrupted writer left a log that cannot be read here ({source}): {}", .path.display())]
    LogUnreadable {
        /// Why not.
        source: rusqlite::Error,
        /// The database.
        path: PathBuf,
    },
    /// A change was asked of a catalog opened for reading.
    #[error("the catalog was opened for reading only: {}", .path.display())]
    ReadOnly {
        /// The catalog's folder.
        path: PathBuf,
    },
    /// The folder lies on a file system where a database is not safe.
    #[error("a catalog cannot be kept on a network file system ({file_system}): {}", .path.display())]
    NetworkFileSystem {
        /// Its type.
        file_system: String,
        /// The catalog's folder.
        path: PathBuf,
    },
    /// SQLite could not switch on its write-ahead log.
    #[error("the file system does not support the database's write-ahead log (mode `{mode}`): {}", .path.display())]
    NoWriteAheadLog {
        /// The mode it stayed in.
        mode: String,
        /// The file.
        path: PathBuf,
    },
    /// The disk is full, or a quota or a limit on the size of files is reached.
    #[error("no space left while {doing}")]
    DiskFull {
        /// What was being written.
        doing: String,
    },
    /// A file operation failed.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// What was tried: "read", "make the folder".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The database is busy: another process holds it for too long.
    #[error("the database is busy")]
    Busy(#[source] rusqlite::Error),
    /// The database could not be written to.
    #[error("the database could not be written to: {0}")]
    WriteFailed(#[source] rusqlite::Error),
    /// The database, or what must lie beside it, cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Inaccessible(#[source] rusqlite::Error),
    /// The disk or the memory of this machine failed the database.
    #[error("the machine failed the database: {0}")]
    MachineFailed(#[source] rusqlite::Error),
    /// The database file is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(#[source] rusqlite::Error),
    /// SQLite refused or failed.
    #[error("the database failed: {0}")]
    Database(#[source] rusqlite::Error),
    /// An upgrade of the schema failed; the catalog is as it was.
    #[error("the catalog could not be upgraded: {0}")]
    Upgrade(#[source] rusqlite_migration::Error),
    /// What the database says makes no sense.
    #[error("the catalog contradicts itself: {0}")]
    Corrupt(String),
    /// Vectors on disk could not be read or written.
    #[error(transparent)]
    Vector(SegmentError),
    /// No annotation has this id.
    #[error("no such annotation: {0}")]
    NoSuchAnnotation(AnnotationId),
    /// No photo has this id.
    #[error("no such photo: {0}")]
    NoSuchPhoto(PhotoId),
    /// No individual has this id.
    #[error("no such individual: {0}")]
    NoSuchIndividual(IndividualId),
    /// No encounter has this id.
    #[error("no such encounter: {0}")]
    NoSuchEncounter(EncounterId),
    /// A label that cannot be said of this: a photo has no species, an animal no box.
    #[error("{label} is no label of {subject}")]
    NotItsLabel {
        /// What was to be labelled.
        subject: String,
        /// The label.
        label: String,
    },
    /// A value that a label cannot have.
    #[error("no value of {label}: `{}`", shortened(value))]
    BadLabel {
        /// The label.
        label: String,
        /// The value.
        value: String,
    },
    /// No folder of photos is called so.
    #[error("no folder of photos is called `{name}`")]
    NoSuchRoot {
        /// What was asked for.
        name: String,
        /// Names like it, most alike first.
        near: Vec<String>,
    },
    /// A folder has none of the photos that it should have.
    #[error("none of its photos is in this folder: {}", .path.display())]
    NothingThere {
        /// The folder.
        path: PathBuf,
    },
    /// No individual has this name, alias or id.
    #[error("no individual is called `{name}`")]
    NoSuchName {
        /// What was asked for.
        name: String,
        /// Names like it, most alike first.
        near: Vec<String>,
    },
    /// The individual is no longer in the catalog under this id.
    #[error("{individual} was {}", .merged_into.map_or_else(|| "withdrawn".to_owned(), |into| format!("merged into {into}")))]
    Retired {
        /// The one asked for.
        individual: IndividualId,
        /// Whom it was merged into; `None` where its making was undone.
        merged_into: Option<IndividualId>,
    },
    /// The name belongs to somebody else.
    #[error("the name `{name}` belongs to {individual}")]
    NameTaken {
        /// The name.
        name: String,
        /// Who has it, as name or alias.
        individual: IndividualId,
    },
    /// The text cannot be a name.
    #[error("a name must have 1 to 200 characters, none of them a control character: `{0}`")]
    BadName(String),
    /// The step would change nothing.
    #[error("nothing to do: {0}")]
    NothingToDo(String),
    /// The annotations to separate do not belong to one individual.
    #[error("only photos of one individual can be separated from it: {0}")]
    NotOneIndividual(String),
    /// No journal entry has this number.
    #[error("no such journal entry: {0}")]
    NoSuchEntry(EntryId),
    /// The journal has nothing left to undo.
    #[error("nothing to undo: the journal has no step in effect")]
    NothingToUndo,
    /// The entry is not in effect.
    #[error("already undone by {by}: {entry}")]
    AlreadyUndone {
        /// The entry that was to be undone.
        entry: EntryId,
        /// The entry that undid it.
        by: EntryId,
    },
    /// A later step builds on the one to undo.
    #[error("{entry} cannot be undone: {why}")]
    CannotUndo {
        /// The entry that was to be undone.
        entry: EntryId,
        /// What stands in the way.
        why: String,
        /// The later entry that must be undone first, where it is known.
        first: Option<EntryId>,
    },
    /// The catalog does not know this bundle.
    #[error("the catalog has no embeddings of the bundle {0}")]
    NoSuchBundle(BundleId),
    /// The catalog knows the bundle with other properties.
    #[error("the bundle was registered with another {what}: {bundle}")]
    BundleDiffers {
        /// "dimension", "distance" or "role".
        what: &'static str,
        /// The bundle.
        bundle: BundleId,
    },
    /// An embedding has the wrong length.
    #[error("an embedding of {found} numbers where the bundle makes {expected}: {bundle}")]
    WrongDimension {
        /// What the bundle makes.
        expected: usize,
        /// What was given.
        found: usize,
        /// The bundle.
        bundle: BundleId,
    },
    /// A bundle cannot come into use yet.
    #[error("{missing} annotations have no embedding yet by the bundle {bundle}")]
    BundleIncomplete {
        /// Annotations without one.
        missing: u64,
        /// The bundle.
        bundle: BundleId,
    },
    /// The bundle in use cannot be dropped.
    #[error("the bundle is in use: {0}")]
    BundleInUse(BundleId),
    /// The box of an annotation is not inside any picture.
    #[error("an annotation's box must be finite and have an area, in the photo {0}")]
    BadBox(PhotoId),
    /// A setting has a value out of its range.
    #[error("setting out of range: {0}")]
    BadSetting(String),
    /// No import has this number.
    #[error("no such import: {0}")]
    NoSuchImport(i64),
}

impl RoomError for CatalogError {
    fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NotACatalog { path } => Hint::MakeCatalog { folder: path.clone() },
            Self::AlreadyACatalog { .. } => Hint::UseThisCatalog,
            Self::NotEmpty { .. } => Hint::EmptyFolder,
            Self::NewerSchema { .. } => Hint::UpdateProgram,
            Self::OlderSchema { .. } => Hint::UpgradeCatalog,
            Self::Locked { .. } | Self::Busy(_) => Hint::WaitForWriter,
            Self::NetworkFileSystem { .. } | Self::NoWriteAheadLog { .. } => Hint::LocalDisk,
            Self::DiskFull { .. } => Hint::FreeSpace,
            Self::WriteFailed(_) => Hint::LookAtLimits,
            Self::Inaccessible(_) => Hint::LookAtPermissions,
            Self::LogUnreadable { .. } => Hint::CopyCatalog,
            Self::NotOurs { .. } => Hint::AskSender,
            Self::ForeignSchema { .. } => Hint::RestoreCopy,
            Self::Damaged(_) | Self::Corrupt(_) | Self::OtherApplication { .. } => Hint::VerifyCatalog,
            Self::NoSuchName { near, .. } => meant(near, Hint::ListIndividuals),
            Self::BadLabel { label, .. } => Hint::LabelForm(form_of(label)?),
            Self::NoSuchRoot { near, .. } => meant(near, Hint::ListRoots),
            Self::Retired { merged_into: Some(into), .. } => Hint::UseInstead { individual: *into },
            Self::CannotUndo { first: Some(first), .. } => Hint::UndoFirst { step: first.to_string() },
            Self::AlreadyUndone { by, .. } => Hint::UndoToRedo { step: by.to_string() },
            Self::NameTaken { individual, .. } => Hint::OtherNameOrMerge { individual: *individual },
            Self::BundleIncomplete { bundle, .. } => Hint::Reembed { bundle: Some(bundle.to_string()) },
            _ => return None,
        })
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::DiskFull { .. }
            | Self::WriteFailed(_)
            | Self::File { .. }
            | Self::Inaccessible(_)
            | Self::MachineFailed(_)
            | Self::LogUnreadable { .. }
            | Self::Busy(_)
            | Self::Locked { .. } => ErrorKind::Io,
            Self::Damaged(_)
            | Self::Corrupt(_)
            | Self::Vector(_)
            | Self::NotOurs { .. }
            | Self::ForeignSchema { .. } => ErrorKind::Corrupt,
            Self::Database(_)
            | Self::Upgrade(_)
            | Self::ReadOnly { .. }
            | Self::WrongDimension { .. }
            | Self::BadBox(_)
            | Self::NoSuchImport(_) => ErrorKind::Internal,
            _ => ErrorKind::User,
        }
    }
}

impl CatalogError {
    /// Whether SQLite refuses the database itself, and not the way to it.
    pub(crate) fn is_of_the_database(error: &rusqlite::Error) -> bool {
        use rusqlite::ErrorCode as Code;
        matches!(
            error.sqlite_error_code(),
            Some(Code::DatabaseCorrupt | Code::NotADatabase | Code::DatabaseBusy | Code::DatabaseLocked)
        )
    }

    /// Whether the error tells of the catalog itself: one that cannot be opened for this is not sound.
    pub(crate) fn tells_of_damage(&self) -> bool {
        self.kind() == ErrorKind::Corrupt
            || matches!(
                self,
                Self::OtherApplication { .. }
                    | Self::LogUnreadable { .. }
                    | Self::WriteFailed(_)
                    | Self::MachineFailed(_)
                    | Self::DiskFull { .. }
            )
    }

    pub(crate) fn not_its_label(subject: LabelSubject, label: &LabelName) -> Self {
        Self::NotItsLabel { subject: subject.to_string(), label: label.word().to_owned() }
    }

    /// For `map_err` on file operations: `.map_err(CatalogError::file("read", &path))`.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match says_full(&source) {
            true => Self::DiskFull { doing: format!("trying to {action} {}", path.display()) },
            false => Self::File { action, path, source },
        }
    }
}

fn says_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// What the values of a label look like, where a person may not know.
fn form_of(label: &str) -> Option<LabelForm> {
    Some(match label {
        "quality" => LabelForm::Quality,
        "time" => LabelForm::Time,
        "place" => LabelForm::Place,
        "box" => LabelForm::Box,
        _ => return None,
    })
}

/// The names that were probably meant, or what to do where none is like it.
fn meant(near: &[String], otherwise: Hint) -> Hint {
    if near.is_empty() { otherwise } else { Hint::DidYouMean { near: near.to_vec() } }
}

/// The beginning of a value that is too long to be shown.
fn shortened(value: &str) -> String {
    const SHOWN: usize = 60;
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
