//! Giving annotations to an individual, or taking them away.

use std::collections::BTreeSet;

use resight_core::{AnnotationId, IndividualId};
use rusqlite::Connection;

use super::change::{AssignmentChange, Change};
use super::{Action, JournalEntry, step};
use crate::annotation::individual_of;
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::individual;
use crate::signature::Signature;

impl Catalog {
    /// Says whom annotations show. Those that showed somebody else no longer do.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchAnnotation`], [`CatalogError::NoSuchIndividual`], [`CatalogError::Retired`];
    /// [`CatalogError::NothingToDo`] where all of them show it already; database errors.
    pub fn assign(
        &mut self,
        annotations: &[AnnotationId],
        individual: IndividualId,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            individual::require_active(transaction, individual)?;
            let assignments = moves(transaction, annotations, Some(individual))?;
            if assignments.is_empty() {
                return Err(CatalogError::NothingToDo(format!(
                    "all of these photos show {individual} already"
                )));
            }
            step(transaction, Action::Assign, signature, Change { assignments, ..Change::default() })
        })
    }

    /// Says that it is not known whom annotations show.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchAnnotation`]; [`CatalogError::NothingToDo`] where none of them has an individual;
    /// database errors.
    pub fn unassign(
        &mut self,
        annotations: &[AnnotationId],
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            let assignments = moves(transaction, annotations, None)?;
            if assignments.is_empty() {
                return Err(CatalogError::NothingToDo("none of these photos has an individual".to_owned()));
            }
            step(transaction, Action::Unassign, signature, Change { assignments, ..Change::default() })
        })
    }
}

/// The changes that bring annotations to an individual, without those that are there.
pub(super) fn moves(
    connection: &Connection,
    annotations: &[AnnotationId],
    after: Option<IndividualId>,
) -> Result<Vec<AssignmentChange>, CatalogError> {
    let distinct: BTreeSet<AnnotationId> = annotations.iter().copied().collect();
    let mut changes = Vec::with_capacity(distinct.len());
    for annotation in distinct {
        let before = individual_of(connection, annotation)?;
        if before != after {
            changes.push(AssignmentChange { annotation, before, after });
        }
    }
    Ok(changes)
}
