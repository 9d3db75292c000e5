//! What was done, by whom and when.

use jiff::Timestamp;
use resight_catalog::journal::{Action, EntryId, JournalLine};
use serde::Serialize;

use super::Step;
use super::record::entry_id;
use super::step::{as_text, kind};
use crate::{EngineError, Session};

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JournalRow {
    /// Its number.
    #[serde(serialize_with = "as_text")]
    pub step: EntryId,
    /// What kind of step.
    pub action: &'static str,
    /// Who did it.
    pub by: String,
    /// `person` or `model`.
    pub by_kind: &'static str,
    /// When.
    pub at: Timestamp,
    /// How many annotations it moved.
    pub annotations: u64,
    /// The step that this one took back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// The later step that took this one back; it is not in effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<String>,
}

impl Session {
    /// The latest steps, the latest first, at most so many.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn journal(&self, at_most: usize) -> Result<Vec<JournalRow>, EngineError> {
        self.read(|catalog| Ok(catalog.journal(at_most)?.into_iter().map(row).collect()))
    }

    /// A part of the steps, the latest first, and how many there are.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn journal_part(&self, first: usize, at_most: usize) -> Result<(Vec<JournalRow>, u64), EngineError> {
        self.read(|catalog| {
            let lines = catalog.journal_part(first, at_most)?;
            Ok((lines.into_iter().map(row).collect(), catalog.journal_len()?))
        })
    }

    /// One step with all that it changed, by `step-12` or `12`.
    ///
    /// # Errors
    /// The catalog cannot be read; there is no such step.
    pub fn journal_step(&self, step: &str) -> Result<Step, EngineError> {
        self.read(|catalog| {
            let entry = catalog.journal_entry(entry_id(step)?)?;
            Step::shown(catalog, &entry, catalog.undone_by(entry.id)?)
        })
    }
}

fn row(line: JournalLine) -> JournalRow {
    JournalRow {
        step: line.id,
        action: line.action.word(),
        by: line.actor.to_string(),
        by_kind: kind(&line.actor),
        at: line.at,
        annotations: line.annotations,
        undoes: match line.action {
            Action::Undo(undone) => Some(undone.to_string()),
            _ => None,
        },
        undone_by: line.undone_by.map(|step| step.to_string()),
    }
}
