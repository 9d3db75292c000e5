//! Giving, correcting and taking away labels; taking annotations out of the catalog.

use std::collections::BTreeMap;

use resight_core::{AnnotationId, LabelSource};
use rusqlite::Connection;

use super::change::Change;
use super::{Action, JournalEntry, step};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::label::{self, LabelChange, LabelName, LabelSubject, LabelValue, NewLabel};
use crate::signature::Signature;

impl Catalog {
    /// Gives labels, corrects them, or takes them away. A model's word does not take the place of anybody else's. Where a
    /// box changes, the annotation has no embedding until [`Catalog::store_embeddings`] stores one.
    ///
    /// # Errors
    /// Something that is labelled is not there, or has no such label; [`CatalogError::BadLabel`];
    /// [`CatalogError::NothingToDo`] where all labels say so already, or by somebody whose word counts more; database
    /// errors.
    pub fn label(
        &mut self,
        labels: &[NewLabel],
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            let labels = changes(transaction, labels)?;
            if labels.is_empty() {
                return Err(CatalogError::NothingToDo("the labels say so already".to_owned()));
            }
            step(transaction, Action::Label, signature, Change { labels, ..Change::default() })
        })
    }

    /// Takes annotations out of the catalog: they answer nothing and are asked about nowhere, until the step is undone.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchAnnotation`]; [`CatalogError::NothingToDo`] where all of them were removed before; database
    /// errors.
    pub fn remove(
        &mut self,
        annotations: &[AnnotationId],
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            let removed = |annotation: &AnnotationId| NewLabel {
                subject: LabelSubject::Annotation(*annotation),
                label: LabelName::Removed,
                value: Some("yes".to_owned()),
                source: LabelSource::Person(signature.actor.name().to_owned()),
                confidence: None,
            };
            let labels: Vec<NewLabel> = annotations.iter().map(removed).collect();
            let labels = changes(transaction, &labels)?;
            if labels.is_empty() {
                return Err(CatalogError::NothingToDo("all of these photos were removed before".to_owned()));
            }
            step(transaction, Action::Remove, signature, Change { labels, ..Change::default() })
        })
    }

    /// What a label says; `None` where nothing is said.
    ///
    /// # Errors
    /// The subject is not there, or has no such label; database errors.
    pub fn label_of(
        &self,
        subject: LabelSubject,
        label: &LabelName,
    ) -> Result<Option<LabelValue>, CatalogError> {
        label::present(self.connection(), subject, label)
    }

    /// What else is known of an annotation, an individual or an encounter, by name.
    ///
    /// # Errors
    /// The subject is not there, or a photo, which has none; database errors.
    pub fn attributes_of(&self, subject: LabelSubject) -> Result<BTreeMap<String, String>, CatalogError> {
        let id = label::row_of(self.connection(), subject)?;
        label::attributes(self.connection(), subject, id)
    }
}

/// The changes that make labels say what is wanted, without those that do; of two for one label the later counts.
fn changes(connection: &Connection, wanted: &[NewLabel]) -> Result<Vec<LabelChange>, CatalogError> {
    let latest: BTreeMap<(LabelSubject, &LabelName), &NewLabel> =
        wanted.iter().map(|one| ((one.subject, &one.label), one)).collect();
    let mut changes = Vec::with_capacity(latest.len());
    for ((subject, label), one) in latest {
        let before = label::present(connection, subject, label)?;
        let after = match &one.value {
            Some(value) => Some(LabelValue {
                value: label::in_kept_form(connection, subject, label, value)?,
                source: label::keeps_its_source(label).then(|| one.source.clone()),
                confidence: one.confidence.filter(|_| matches!(one.source, LabelSource::Model(_))),
            }),
            None => None,
        };
        let outranked = before
            .as_ref()
            .and_then(|before| before.source.as_ref())
            .is_some_and(|there| !one.source.may_correct(there));
        if !outranked && before != after {
            changes.push(LabelChange { subject, label: label.clone(), before, after });
        }
    }
    Ok(changes)
}
