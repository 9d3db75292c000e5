//! Two individuals turn out to be one.

use resight_core::{AnnotationId, IndividualId};
use rusqlite::Connection;

use super::change::{AssignmentChange, Change, IndividualChange, NameChange, NameRole, Naming};
use super::{Action, EntryId, JournalEntry, step};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::individual::{self, IndividualState};
use crate::signature::Signature;

impl Catalog {
    /// Merges one individual into another: the photos of `from` show `into`, its names become aliases of
    /// `into`, and `from` retires.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchIndividual`], [`CatalogError::Retired`]; [`CatalogError::NothingToDo`] where both
    /// are one; database errors.
    pub fn merge(
        &mut self,
        from: IndividualId,
        into: IndividualId,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            let change = planned(transaction, from, into)?;
            step(transaction, Action::Merge, signature, change)
        })
    }

    /// What [`Catalog::merge`] would change. Nothing is done: the entry has the number 0, which none has.
    ///
    /// # Errors
    /// As for [`Catalog::merge`].
    pub fn merging(
        &self,
        from: IndividualId,
        into: IndividualId,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        Ok(JournalEntry {
            id: EntryId(0),
            action: Action::Merge,
            actor: signature.actor.clone(),
            at: signature.at,
            change: planned(self.connection(), from, into)?,
        })
    }
}

fn planned(connection: &Connection, from: IndividualId, into: IndividualId) -> Result<Change, CatalogError> {
    individual::require_active(connection, from)?;
    individual::require_active(connection, into)?;
    if from == into {
        return Err(CatalogError::NothingToDo(format!("{from} is {into}")));
    }
    Ok(Change {
        individuals: vec![IndividualChange {
            individual: from,
            before: Some(IndividualState::Active),
            after: IndividualState::Merged(into),
        }],
        names: names_to_aliases(connection, from, into)?,
        assignments: photos(connection, from, into)?,
        ..Change::default()
    })
}

fn names_to_aliases(
    connection: &Connection,
    from: IndividualId,
    into: IndividualId,
) -> Result<Vec<NameChange>, CatalogError> {
    let mut statement = connection
        .prepare_cached("SELECT name, role FROM individual_name WHERE individual_id = ?1 ORDER BY name")?;
    let rows = statement.query_map([from.0], |row| {
        let role = NameRole::from_stored(&row.get::<_, String>(1)?);
        Ok(NameChange {
            name: row.get(0)?,
            before: Some(Naming { individual: from, role }),
            after: Some(Naming { individual: into, role: NameRole::Alias }),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn photos(
    connection: &Connection,
    from: IndividualId,
    into: IndividualId,
) -> Result<Vec<AssignmentChange>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM annotation WHERE individual_id = ?1 ORDER BY id")?;
    let rows = statement.query_map([from.0], |row| {
        Ok(AssignmentChange { annotation: AnnotationId(row.get(0)?), before: Some(from), after: Some(into) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
