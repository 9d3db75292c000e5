//! Making a change in the present state.
//!
//! The order matters to the database's own rules: an individual is there before it gets anything, gives
//! everything away before it goes, and has one name at a time.

use rusqlite::{Connection, params};

use super::change::{Change, IndividualChange, NameChange, NameRole};
use crate::error::CatalogError;
use crate::individual::IndividualState;
use crate::label;

/// Brings the state from "before" to "after". The caller has checked that "before" holds.
pub(crate) fn apply(connection: &Connection, change: &Change) -> Result<(), CatalogError> {
    let (coming, going): (Vec<_>, Vec<_>) =
        change.individuals.iter().partition(|c| c.after == IndividualState::Active);
    apply_individuals(connection, &coming)?;
    apply_names(connection, &change.names)?;
    let mut assign = connection.prepare_cached("UPDATE annotation SET individual_id = ?2 WHERE id = ?1")?;
    for moved in &change.assignments {
        assign.execute(params![moved.annotation.0, moved.after.map(|id| id.0)])?;
    }
    for said in &change.labels {
        label::put(connection, said.subject, &said.label, said.after.as_ref())?;
    }
    apply_individuals(connection, &going)
}

fn apply_individuals(connection: &Connection, changes: &[&IndividualChange]) -> Result<(), CatalogError> {
    let mut put = connection.prepare_cached(
        "INSERT INTO individual (id, state, merged_into) VALUES (?1, ?2, ?3) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, merged_into = excluded.merged_into",
    )?;
    for change in changes {
        put.execute(params![change.individual.0, change.after.word(), change.after.into_id()])?;
    }
    Ok(())
}

fn apply_names(connection: &Connection, changes: &[NameChange]) -> Result<(), CatalogError> {
    let mut take = connection.prepare_cached("DELETE FROM individual_name WHERE name = ?1")?;
    for change in changes.iter().filter(|c| c.before.is_some()) {
        take.execute([&change.name])?;
    }
    let mut give = connection
        .prepare_cached("INSERT INTO individual_name (name, individual_id, role) VALUES (?1, ?2, ?3)")?;
    for role in [NameRole::Alias, NameRole::Name] {
        for change in changes {
            if let Some(after) = change.after.filter(|after| after.role == role) {
                give.execute(params![change.name, after.individual.0, role.word()])?;
            }
        }
    }
    Ok(())
}
