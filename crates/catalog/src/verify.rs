//! Proving that a catalog is sound, or saying what is wrong with it.

mod database;
mod files;
mod identities;
mod vectors;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use vectors::sound_blocks;

use crate::catalog::{Access, Catalog};
use crate::error::CatalogError;

/// What was found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing is wrong.
    pub kind: ProblemKind,
    /// What exactly, for people to read.
    pub what: String,
}

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// SQLite finds its own file damaged, or it is not as resight makes it. Restore a copy of the catalog.
    Database,
    /// A link, or something else that is not ours, lies where one of our files or folders should. Remove it.
    Folder,
    /// A row speaks of another that is not there, or of something senseless. Restore a copy of the catalog.
    Record,
    /// The journal does not lead to the present state.
    Journal,
    /// Vectors on disk are not the ones that were stored.
    Vectors,
    /// An annotation has no embedding by the bundle in use.
    MissingEmbedding,
    /// A photo has no thumbnail.
    MissingThumbnail,
}

impl ProblemKind {
    /// Whether `rebuild` can make it good.
    pub fn can_be_rebuilt(self) -> bool {
        !matches!(self, Self::Database | Self::Folder | Self::Record)
    }

    /// The word for it, in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Folder => "folder",
            Self::Record => "record",
            Self::Journal => "journal",
            Self::Vectors => "vectors",
            Self::MissingEmbedding => "missing-embedding",
            Self::MissingThumbnail => "missing-thumbnail",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.word(), self.what)
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Photos whose thumbnail was looked for.
    pub photos: u64,
    /// Annotations whose individual was compared with the journal.
    pub annotations: u64,
    /// Entries of the journal that were replayed.
    pub journal_entries: u64,
    /// Embeddings whose bytes were checked.
    pub embeddings: u64,
    /// Segment files that were read.
    pub segments: u64,
    /// What is wrong; empty for a sound catalog.
    pub problems: Vec<Problem>,
    /// What interrupted writers left behind. It harms nothing and goes when the catalog is next written to.
    pub leftovers: Vec<PathBuf>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn add(&mut self, kind: ProblemKind, what: impl Into<String>) {
        let problem = Problem { kind, what: what.into() };
        // Two checks may trip over the same thing.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// What keeps a check from looking is a finding, where it tells of the catalog itself.
    fn note(&mut self, checked: Result<(), CatalogError>) -> Result<(), CatalogError> {
        match checked {
            Err(error) if error.tells_of_damage() => {
                self.add(ProblemKind::of(&error), error.to_string());
                Ok(())
            }
            other => other,
        }
    }
}

impl ProblemKind {
    fn of(error: &CatalogError) -> Self {
        match error {
            CatalogError::NotOurs { .. } => Self::Folder,
            CatalogError::Corrupt(_) => Self::Record,
            CatalogError::Vector(_) => Self::Vectors,
            _ => Self::Database,
        }
    }
}

/// Opens a catalog and checks everything, as [`Catalog::verify`] does; what keeps it from being opened is a finding.
/// Returns the catalog too, where it could be opened.
///
/// # Errors
/// There is no catalog, it is of another version, or this user or machine cannot look at it.
pub fn verify(path: &Path) -> Result<(Option<Catalog>, Report), CatalogError> {
    let mut report = Report::default();
    match Catalog::open(path, Access::Read) {
        Ok(catalog) => {
            let report = catalog.verify()?;
            Ok((Some(catalog), report))
        }
        Err(error) => report.note(Err(error)).map(|()| (None, report)),
    }
}

impl Catalog {
    /// Checks everything: the database file, the references in it, that the journal leads to the present state,
    /// the bytes of every embedding, and that what is derived is there.
    ///
    /// # Errors
    /// Errors of the machine that keep it from looking; what it finds is in the report.
    pub fn verify(&self) -> Result<Report, CatalogError> {
        let mut report = Report::default();
        // One transaction: all looks see one moment, whatever a writer does meanwhile.
        let snapshot = self.connection().unchecked_transaction()?;
        let checks = [database::check, identities::check, vectors::check, files::check];
        for check in checks {
            let checked = check(&snapshot, self.layout(), &mut report);
            report.note(checked)?;
        }
        Ok(report)
    }
}
