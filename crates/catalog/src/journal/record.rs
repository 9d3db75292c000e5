//! Writing entries down.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::change::Change;
use super::{Action, EntryId, labels};
use crate::error::CatalogError;
use crate::import::ImportId;
use crate::signature::Actor;

/// Begins an entry; its rows follow with [`add_rows`].
pub(super) fn add_entry(
    connection: &Connection,
    action: Action,
    actor: &Actor,
    at: Timestamp,
) -> Result<EntryId, CatalogError> {
    let undoes = if let Action::Undo(entry) = action { Some(entry.0) } else { None };
    let import = if let Action::Import(import) = action { Some(import.0) } else { None };
    connection
        .prepare_cached(
            "INSERT INTO journal_entry (action, at, actor_kind, actor, undoes, import_id) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![action.word(), at.to_string(), actor.kind(), actor.name(), undoes, import])?;
    Ok(EntryId(connection.last_insert_rowid()))
}

/// Writes down what an entry changed.
pub(super) fn add_rows(connection: &Connection, entry: EntryId, change: &Change) -> Result<(), CatalogError> {
    let mut add = connection.prepare_cached(
        "INSERT INTO journal_individual (entry_id, individual_id, before_state, before_into, after_state, after_into) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for c in &change.individuals {
        let before = (c.before.map(|state| state.word()), c.before.and_then(|state| state.into_id()));
        add.execute(params![entry.0, c.individual.0, before.0, before.1, c.after.word(), c.after.into_id()])?;
    }
    let mut add = connection.prepare_cached(
        "INSERT INTO journal_name (entry_id, name, before_id, before_role, after_id, after_role) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for c in &change.names {
        let before = (c.before.map(|n| n.individual.0), c.before.map(|n| n.role.word()));
        let after = (c.after.map(|n| n.individual.0), c.after.map(|n| n.role.word()));
        add.execute(params![entry.0, c.name, before.0, before.1, after.0, after.1])?;
    }
    let mut add = connection.prepare_cached(
        "INSERT INTO journal_assignment (entry_id, annotation_id, before_id, after_id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for c in &change.assignments {
        add.execute(params![entry.0, c.annotation.0, c.before.map(|id| id.0), c.after.map(|id| id.0)])?;
    }
    labels::write(connection, entry, &change.labels)
}

/// Writes down what a batch of an import changed: in the entry of the import while that is the latest, else in
/// a new one, so that entries stay in the order in which things happened.
pub(crate) fn record_import(
    connection: &Connection,
    import: ImportId,
    actor: &Actor,
    at: Timestamp,
    change: &Change,
) -> Result<(), CatalogError> {
    if change.is_empty() {
        return Ok(());
    }
    let latest: Option<(i64, Option<i64>)> = connection
        .prepare_cached("SELECT id, import_id FROM journal_entry ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let entry = match latest {
        Some((id, Some(of))) if of == import.0 => EntryId(id),
        _ => add_entry(connection, Action::Import(import), actor, at)?,
    };
    add_rows(connection, entry, change)
}
