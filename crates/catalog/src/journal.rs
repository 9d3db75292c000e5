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

impl Catalog {
    /// The latest entries, the latest first.
    ///
    /// # Errors
    /// Database errors.
    pub fn journal(&self, at_most: usize) -> Result<Vec<JournalLine>, CatalogError> {
        read::lines(self.connection(), at_most)
    }

    /// The latest entry that says something of any of these annotations; `None` where there is none.
    ///
    /// # Errors
    /// Database errors.
    pub fn latest_entry_on(&self, annotations: &[AnnotationId]) -> Result<Option<JournalLine>, CatalogError> {
        read::latest_on(self.connection(), annotations)
    }

    /// The numbers of the latest entry of the journal and of the latest annotation, 0 where there is none: they grow with every
    /// step and with every photo that is taken in.
    ///
    /// # Errors
    /// Database errors.
    pub fn latest_numbers(&self) -> Result<(i64, i64), CatalogError> {
        let sql = "SELECT ifnull((SELECT max(id) FROM journal_entry), 0), ifnull((SELECT max(id) FROM annotation), 0)";
        Ok(self.connection().prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
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
