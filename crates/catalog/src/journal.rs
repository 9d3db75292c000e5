//! The journal: every change of who is who and of what is said of them, by whom, when, and how to take it back.
//!
//! An entry keeps the rows it changed, before and after. The present state is what comes out when all entries
//! are applied in order to an empty catalog (`verify` does so), and undoing is applying an entry backwards,
//! as an entry of its own. Entries are never changed and never deleted; the database itself refuses.

mod apply;
mod assign;
mod change;
mod create;
mod judge;
mod label;
mod labels;
mod merge;
mod read;
mod record;
mod rename;
mod replay;
mod separate;
mod undo;

use std::fmt;

use jiff::Timestamp;
use resight_core::AnnotationId;
use rusqlite::Transaction;

pub(crate) use apply::apply;
pub use change::{AssignmentChange, Change, IndividualChange, NameChange, NameRole, Naming};
pub(crate) use create::make_individual;
pub(crate) use record::record_import;
pub(crate) use replay::{Present, replay};

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::import::ImportId;
use crate::signature::{Actor, Signature};

/// One entry of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub i64);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step-{}", self.0)
    }
}

impl std::str::FromStr for EntryId {
    type Err = resight_core::IdError;

    /// Reads `step-12`, or the number alone.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("step-").unwrap_or(text);
        digits.parse().map(Self).map_err(|_| resight_core::IdError {
            expected: "a journal entry such as step-12",
            found: text.to_owned(),
        })
    }
}

/// What kind of step an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The labels of an import.
    Import(ImportId),
    /// Annotations were given to an individual.
    Assign,
    /// Annotations were taken from their individuals.
    Unassign,
    /// Annotations became a new individual.
    New,
    /// Two individuals became one.
    Merge,
    /// Part of an individual's annotations became a new one.
    Separate,
    /// An individual got another name.
    Rename,
    /// Labels were given, corrected or taken away.
    Label,
    /// Annotations were taken out of the catalog.
    Remove,
    /// An earlier entry was taken back.
    Undo(EntryId),
}

impl Action {
    /// The word for it, in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Import(_) => "import",
            Self::Assign => "assign",
            Self::Unassign => "unassign",
            Self::New => "new",
            Self::Merge => "merge",
            Self::Separate => "separate",
            Self::Rename => "rename",
            Self::Label => "label",
            Self::Remove => "remove",
            Self::Undo(_) => "undo",
        }
    }
}

/// An entry of the journal with all that it changed.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Its number; later entries have greater ones.
    pub id: EntryId,
    /// What kind of step.
    pub action: Action,
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// Which rows, before and after.
    pub change: Change,
}

/// An entry of the journal, as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalLine {
    /// Its number.
    pub id: EntryId,
    /// What kind of step.
    pub action: Action,
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// How many annotations it moved or labelled anew.
    pub annotations: u64,
    /// Which later entry took it back, where one did and was not itself taken back.
    pub undone_by: Option<EntryId>,
}

/// A moment of a catalog: another one where anything was journalled, taken in, calibrated or brought over since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The number of the latest entry of the journal.
    pub entry: i64,
    /// The number of the latest annotation.
    pub annotation: i64,
    /// The bundles in use and the latest calibration.
    pub ways: String,
}

impl Catalog {
    /// The latest entries, the latest first, after so many.
    ///
    /// # Errors
    /// Database errors.
    pub fn journal_part(&self, first: usize, at_most: usize) -> Result<Vec<JournalLine>, CatalogError> {
        read::lines(self.connection(), first, at_most)
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// Database errors.
    pub fn journal_len(&self) -> Result<u64, CatalogError> {
        let count: i64 =
            self.connection().query_row("SELECT count(*) FROM journal_entry", [], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// The later entry that took one back; `None` where it is in effect.
    ///
    /// # Errors
    /// Database errors.
    pub fn undone_by(&self, id: EntryId) -> Result<Option<EntryId>, CatalogError> {
        Ok(read::undone(self.connection())?.get(&id).copied())
    }

    /// The latest entries, the latest first.
    ///
    /// # Errors
    /// Database errors.
    pub fn journal(&self, at_most: usize) -> Result<Vec<JournalLine>, CatalogError> {
        read::lines(self.connection(), 0, at_most)
    }

    /// The latest entry that says something of any of these annotations; `None` where there is none.
    ///
    /// # Errors
    /// Database errors.
    pub fn latest_entry_on(&self, annotations: &[AnnotationId]) -> Result<Option<JournalLine>, CatalogError> {
        read::latest_on(self.connection(), annotations)
    }

    /// What the catalog's answers rest on, as of now.
    ///
    /// # Errors
    /// Database errors.
    pub fn moment(&self) -> Result<Moment, CatalogError> {
        let sql = "SELECT ifnull((SELECT max(id) FROM journal_entry), 0), ifnull((SELECT max(id) FROM annotation), 0), \
                   ifnull((SELECT group_concat(name) FROM bundle WHERE in_use = 1), '') || \
                   ifnull((SELECT max(fitted_at) FROM calibration), '')";
        Ok(self.connection().prepare_cached(sql)?.query_row([], |row| {
            Ok(Moment { entry: row.get(0)?, annotation: row.get(1)?, ways: row.get(2)? })
        })?)
    }

    /// One entry with all that it changed.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchEntry`]; database errors.
    pub fn journal_entry(&self, id: EntryId) -> Result<JournalEntry, CatalogError> {
        read::entry(self.connection(), id)
    }
}

/// Makes a change and writes it down, signed.
fn step(
    transaction: &Transaction<'_>,
    action: Action,
    signature: &Signature,
    change: Change,
) -> Result<JournalEntry, CatalogError> {
    apply(transaction, &change)?;
    let id = record::add_entry(transaction, action, &signature.actor, signature.at)?;
    record::add_rows(transaction, id, &change)?;
    Ok(JournalEntry { id, action, actor: signature.actor.clone(), at: signature.at, change })
}
