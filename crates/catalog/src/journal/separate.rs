//! One individual turns out to be two.

use resight_core::{AnnotationId, IndividualId};
use rusqlite::Connection;

use super::assign::moves;
use super::change::{AssignmentChange, Change};
use super::{Action, JournalEntry, make_individual, step};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::signature::Signature;

impl Catalog {
    /// Makes a new individual of part of the annotations of one. Without a name it gets the next free one like
    /// `new-0001`. Its id is in the entry's change.
    ///
    /// # Errors
    /// [`CatalogError::NotOneIndividual`] where the annotations do not show one and the same individual, or are
    /// all that it has; [`CatalogError::NoSuchAnnotation`], [`CatalogError::NameTaken`],
    /// [`CatalogError::BadName`]; database errors.
    pub fn separate(
        &mut self,
        annotations: &[AnnotationId],
        name: Option<&str>,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            let mut change = Change::default();
            let id = make_individual(transaction, name, &mut change)?;
            change.assignments = moves(transaction, annotations, Some(id))?;
            check_part_of_one(transaction, &change.assignments)?;
            step(transaction, Action::Separate, signature, change)
        })
    }
}

fn check_part_of_one(connection: &Connection, moved: &[AssignmentChange]) -> Result<(), CatalogError> {
    let refuse = |why: String| Err(CatalogError::NotOneIndividual(why));
    let Some(first) = moved.first() else { return refuse("no photo was given".to_owned()) };
    let Some(owner) = first.before else { return refuse(format!("{} has no individual", first.annotation)) };
    if let Some(other) = moved.iter().find(|m| m.before != Some(owner)) {
        return refuse(format!("{} shows {owner}, {} does not", first.annotation, other.annotation));
    }
    if count(connection, owner)? == moved.len() {
        return refuse(format!("these are all the photos of {owner}"));
    }
    Ok(())
}

fn count(connection: &Connection, individual: IndividualId) -> Result<usize, CatalogError> {
    let mut statement = connection
        .prepare_cached("SELECT count(*) FROM annotation WHERE individual_id = ?1 AND removed = 0")?;
    let count: i64 = statement.query_row([individual.0], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}
