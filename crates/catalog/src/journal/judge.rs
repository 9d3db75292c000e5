//! Verdicts on pairs, as steps.

use resight_core::{AnnotationId, IndividualId};
use rusqlite::Connection;

use super::assign::moves;
use super::change::Change;
use super::{Action, JournalEntry, create, step};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::individual;
use crate::label::{self, LabelChange, LabelValue};
use crate::signature::Signature;
use crate::verdict::{self, PairVerdict, PairWord};

impl Catalog {
    /// Writes down what somebody says of animals in photos and an individual. Where they are the same, the annotations are assigned
    /// to it; another verdict leaves whom they show as it is.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchAnnotation`], [`CatalogError::NoSuchIndividual`], [`CatalogError::Retired`];
    /// [`CatalogError::BadLabel`] where a note is too long; [`CatalogError::NothingToDo`] where all of it was said before;
    /// database errors.
    pub fn judge(
        &mut self,
        annotations: &[AnnotationId],
        individual: IndividualId,
        said: &PairVerdict,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            individual::require_active(transaction, individual)?;
            let assignments = match said.verdict {
                PairWord::Same => moves(transaction, annotations, Some(individual))?,
                _ => Vec::new(),
            };
            let action = if assignments.is_empty() { Action::Label } else { Action::Assign };
            let labels = verdicts(transaction, annotations, individual, said, signature)?;
            let change = Change { assignments, labels, ..Change::default() };
            if change.is_empty() {
                return Err(CatalogError::NothingToDo("that was said before".to_owned()));
            }
            step(transaction, action, signature, change)
        })
    }

    /// Makes a new individual of animals in photos of which somebody says that they are none of the catalog, and writes the verdict
    /// down with it.
    ///
    /// # Errors
    /// Those of [`Catalog::new_individual`]; [`CatalogError::BadLabel`] where a note is too long.
    pub fn judge_new(
        &mut self,
        annotations: &[AnnotationId],
        name: Option<&str>,
        said: &PairVerdict,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            let (individual, mut change) = create::planned(transaction, annotations, name)?;
            change.labels = verdicts(transaction, annotations, individual, said, signature)?;
            step(transaction, Action::New, signature, change)
        })
    }
}

/// The changes that make a verdict stand on each of some annotations, without those that change nothing.
fn verdicts(
    connection: &Connection,
    annotations: &[AnnotationId],
    individual: IndividualId,
    said: &PairVerdict,
    signature: &Signature,
) -> Result<Vec<LabelChange>, CatalogError> {
    let said = PairVerdict { by: Some(signature.actor.to_string()), ..said.clone() };
    let mut changes = Vec::with_capacity(annotations.len());
    for annotation in annotations {
        let (subject, name) = verdict::label_of(*annotation, individual);
        let before = label::present(connection, subject, &name)?;
        let value = label::in_kept_form(connection, subject, &name, &said.text())?;
        let after = Some(LabelValue { value, source: None, confidence: None });
        if before != after {
            changes.push(LabelChange { subject, label: name, before, after });
        }
    }
    Ok(changes)
}
