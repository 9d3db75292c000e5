//! Reading entries back.

use std::collections::BTreeMap;

use resight_core::{AnnotationId, IndividualId};
use rusqlite::{Connection, OptionalExtension, Row};

use super::change::{AssignmentChange, Change, IndividualChange, NameChange, NameRole, Naming};
use super::{Action, EntryId, JournalEntry, JournalLine, labels};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::failure::timestamp;
use crate::import::ImportId;
use crate::individual::IndividualState;
use crate::signature::Actor;

const ENTRY: &str = "SELECT id, action, at, actor_kind, actor, undoes, import_id FROM journal_entry";

/// # Errors
/// [`CatalogError::NoSuchEntry`]; database errors.
pub(super) fn entry(connection: &Connection, id: EntryId) -> Result<JournalEntry, CatalogError> {
    let line = connection
        .prepare_cached(&format!("{ENTRY} WHERE id = ?1"))?
        .query_row([id.0], |row| Ok(header(row)))
        .optional()?
        .ok_or(CatalogError::NoSuchEntry(id))??;
    Ok(JournalEntry {
        id,
        action: line.action,
        actor: line.actor,
        at: line.at,
        change: change(connection, id)?,
    })
}

/// The latest entries, the latest first.
pub(super) fn lines(
    connection: &Connection,
    first: usize,
    at_most: usize,
) -> Result<Vec<JournalLine>, CatalogError> {
    let undone = undone(connection)?;
    let mut statement = connection.prepare_cached(&format!("{ENTRY} ORDER BY id DESC LIMIT ?1 OFFSET ?2"))?;
    let mut count = connection.prepare_cached(
        "SELECT count(*) FROM (SELECT annotation_id FROM journal_assignment WHERE entry_id = ?1 \
         UNION SELECT subject_id FROM journal_label WHERE entry_id = ?1 AND subject = 'annotation')",
    )?;
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut rows = statement.query([number(at_most), number(first)])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let mut line = header(row)?;
        line.annotations = count.query_row([line.id.0], |row| row.get::<_, i64>(0))?.cast_unsigned();
        line.undone_by = undone.get(&line.id).copied();
        lines.push(line);
    }
    Ok(lines)
}

impl Catalog {
    /// Who made entries, each once, sorted.
    ///
    /// # Errors
    /// Database errors.
    pub fn journal_actors(&self) -> Result<Vec<Actor>, CatalogError> {
        let sql = "SELECT DISTINCT actor_kind, actor FROM journal_entry ORDER BY actor_kind, actor";
        let mut statement = self.connection().prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut actors = Vec::new();
        while let Some(row) = rows.next()? {
            actors.push(Actor::from_stored(&row.get::<_, String>(0)?, row.get(1)?));
        }
        Ok(actors)
    }
}

/// The latest entry that says something of any of these annotations.
pub(super) fn latest_on(
    connection: &Connection,
    annotations: &[AnnotationId],
) -> Result<Option<JournalLine>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT max(ifnull((SELECT max(entry_id) FROM journal_assignment WHERE annotation_id = ?1), 0), \
         ifnull((SELECT max(entry_id) FROM journal_label WHERE subject = 'annotation' AND subject_id = ?1), 0))",
    )?;
    let mut latest = 0;
    for annotation in annotations {
        latest = latest.max(statement.query_row([annotation.0], |row| row.get::<_, i64>(0))?);
    }
    let mut statement = connection.prepare_cached(&format!("{ENTRY} WHERE id = ?1"))?;
    statement.query_row([latest], |row| Ok(header(row))).optional()?.transpose()
}

/// The entries that are not in effect, each with the one that took it back. An undo that was itself taken back
/// takes nothing back.
pub(super) fn undone(connection: &Connection) -> Result<BTreeMap<EntryId, EntryId>, CatalogError> {
    let mut statement = connection
        .prepare_cached("SELECT id, undoes FROM journal_entry WHERE undoes IS NOT NULL ORDER BY id DESC")?;
    let undos: Vec<(i64, i64)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut undone = BTreeMap::new();
    for (id, undoes) in undos {
        if !undone.contains_key(&EntryId(id)) {
            undone.insert(EntryId(undoes), EntryId(id));
        }
    }
    Ok(undone)
}

fn header(row: &Row<'_>) -> Result<JournalLine, CatalogError> {
    let word: String = row.get(1)?;
    let undoes: Option<i64> = row.get(5)?;
    let import: Option<i64> = row.get(6)?;
    let action = match (word.as_str(), undoes, import) {
        ("import", None, Some(import)) => Action::Import(ImportId(import)),
        ("undo", Some(entry), None) => Action::Undo(EntryId(entry)),
        ("assign", None, None) => Action::Assign,
        ("unassign", None, None) => Action::Unassign,
        ("new", None, None) => Action::New,
        ("merge", None, None) => Action::Merge,
        ("separate", None, None) => Action::Separate,
        ("rename", None, None) => Action::Rename,
        ("label", None, None) => Action::Label,
        ("remove", None, None) => Action::Remove,
        _ => return Err(CatalogError::Corrupt(format!("unknown action in the journal: {word}"))),
    };
    Ok(JournalLine {
        id: EntryId(row.get(0)?),
        action,
        actor: Actor::from_stored(&row.get::<_, String>(3)?, row.get(4)?),
        at: timestamp(&row.get::<_, String>(2)?)?,
        annotations: 0,
        undone_by: None,
    })
}

/// What an entry changed.
pub(super) fn change(connection: &Connection, entry: EntryId) -> Result<Change, CatalogError> {
    Ok(Change {
        individuals: individuals(connection, entry)?,
        names: names(connection, entry)?,
        assignments: assignments(connection, entry)?,
        labels: labels::read(connection, entry)?,
    })
}

fn individuals(connection: &Connection, entry: EntryId) -> Result<Vec<IndividualChange>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT individual_id, before_state, before_into, after_state, after_into \
         FROM journal_individual WHERE entry_id = ?1 ORDER BY individual_id",
    )?;
    let mut rows = statement.query([entry.0])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let before: Option<String> = row.get(1)?;
        let into = row.get(2)?;
        changes.push(IndividualChange {
            individual: IndividualId(row.get(0)?),
            before: before.map(|word| IndividualState::from_stored(&word, into)).transpose()?,
            after: IndividualState::from_stored(&row.get::<_, String>(3)?, row.get(4)?)?,
        });
    }
    Ok(changes)
}

fn names(connection: &Connection, entry: EntryId) -> Result<Vec<NameChange>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, before_id, before_role, after_id, after_role \
         FROM journal_name WHERE entry_id = ?1 ORDER BY name",
    )?;
    let rows = statement.query_map([entry.0], |row| {
        Ok(NameChange { name: row.get(0)?, before: naming(row, 1)?, after: naming(row, 3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn naming(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Naming>> {
    let individual: Option<i64> = row.get(first)?;
    individual
        .map(|id| {
            let role: String = row.get(first + 1)?;
            Ok(Naming { individual: IndividualId(id), role: NameRole::from_stored(&role) })
        })
        .transpose()
}

fn assignments(connection: &Connection, entry: EntryId) -> Result<Vec<AssignmentChange>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT annotation_id, before_id, after_id \
         FROM journal_assignment WHERE entry_id = ?1 ORDER BY annotation_id",
    )?;
    let rows = statement.query_map([entry.0], |row| {
        Ok(AssignmentChange {
            annotation: AnnotationId(row.get(0)?),
            before: row.get::<_, Option<i64>>(1)?.map(IndividualId),
            after: row.get::<_, Option<i64>>(2)?.map(IndividualId),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
