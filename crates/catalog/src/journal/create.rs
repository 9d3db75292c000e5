//! A new individual.

use resight_core::{AnnotationId, IndividualId};
use rusqlite::Connection;

use super::assign::moves;
use super::change::{Change, IndividualChange, NameChange, NameRole, Naming};
use super::{Action, JournalEntry, step};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::individual::{IndividualState, clean_name, generated_name, owner_of};
use crate::signature::Signature;

impl Catalog {
    /// Makes a new individual of annotations. Without a name it gets the next free one like `new-0001`.
    /// Its id is in the entry's change.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchAnnotation`], [`CatalogError::NameTaken`], [`CatalogError::BadName`];
    /// [`CatalogError::NothingToDo`] where no annotation is given; database errors.
    pub fn new_individual(
        &mut self,
        annotations: &[AnnotationId],
        name: Option<&str>,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            let (_, change) = planned(transaction, annotations, name)?;
            step(transaction, Action::New, signature, change)
        })
    }
}

/// What makes a new individual of annotations, and the id that it will have.
pub(super) fn planned(
    connection: &Connection,
    annotations: &[AnnotationId],
    name: Option<&str>,
) -> Result<(IndividualId, Change), CatalogError> {
    if annotations.is_empty() {
        return Err(CatalogError::NothingToDo("a new individual needs a photo".to_owned()));
    }
    let mut change = Change::default();
    let id = make_individual(connection, name, &mut change)?;
    change.assignments = moves(connection, annotations, Some(id))?;
    Ok((id, change))
}

/// Plans a new individual: puts it and its name into the change and returns the id it will have.
///
/// # Errors
/// [`CatalogError::NameTaken`], [`CatalogError::BadName`]; database errors.
pub(crate) fn make_individual(
    connection: &Connection,
    name: Option<&str>,
    change: &mut Change,
) -> Result<IndividualId, CatalogError> {
    let name = match name {
        Some(name) => clean_name(name)?.into_owned(),
        None => generated_name(connection)?,
    };
    if let Some(individual) = owner_of(connection, &name)? {
        return Err(CatalogError::NameTaken { name, individual });
    }
    let id = next_id(connection, change)?;
    let naming = Naming { individual: id, role: NameRole::Name };
    change.individuals.push(IndividualChange {
        individual: id,
        before: None,
        after: IndividualState::Active,
    });
    change.names.push(NameChange { name, before: None, after: Some(naming) });
    Ok(id)
}

/// One more than the greatest id there ever was: individuals are never deleted.
fn next_id(connection: &Connection, planned: &Change) -> Result<IndividualId, CatalogError> {
    if let Some(last) = planned.individuals.iter().map(|c| c.individual.0).max() {
        return after(last);
    }
    let greatest: Option<i64> =
        connection.prepare_cached("SELECT max(id) FROM individual")?.query_row([], |row| row.get(0))?;
    after(greatest.unwrap_or(0))
}

fn after(last: i64) -> Result<IndividualId, CatalogError> {
    let next = last.checked_add(1).filter(|next| *next > 0);
    next.map(IndividualId).ok_or_else(|| CatalogError::Corrupt(format!("no number comes after ind-{last}")))
}
