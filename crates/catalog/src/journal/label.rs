//! Giving, correcting and taking away labels; taking annotations out of the catalog.

use std::collections::BTreeMap;

use resight_core::{AnnotationId, LabelSource, PixelBox};
use rusqlite::{Connection, OptionalExtension};

use super::change::Change;
use super::{Action, JournalEntry, labels, step};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::label::{self, LabelChange, LabelName, LabelSubject, LabelValue, NewLabel};
use crate::signature::{Actor, Signature};

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

    /// Who took a label away, where that was the last thing that became of it; `None` where something is said, nothing
    /// ever was, or only the undoing of a step left it so.
    ///
    /// # Errors
    /// The subject is not there; database errors.
    pub fn taken_away_by(
        &self,
        subject: LabelSubject,
        label: &LabelName,
    ) -> Result<Option<String>, CatalogError> {
        labels::taken_away_by(self.connection(), subject, label)
    }

    /// Who took an annotation from its individual and named nobody else, where that was the last thing that became of it.
    ///
    /// # Errors
    /// Database errors.
    pub fn unassigned_by(&self, annotation: AnnotationId) -> Result<Option<String>, CatalogError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT action, actor FROM journal_assignment JOIN journal_entry ON id = entry_id \
             WHERE annotation_id = ?1 ORDER BY entry_id DESC LIMIT 1",
        )?;
        let last = statement.query_row([annotation.0], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
        Ok(last.optional()?.filter(|(action, _)| action == Action::Unassign.word()).map(|(_, actor)| actor))
    }

    /// Who gave an annotation the individual that it has: who made the last step of the journal that assigned it. None where no step
    /// did.
    ///
    /// # Errors
    /// Database errors.
    pub fn named_by(&self, annotation: AnnotationId) -> Result<Option<Actor>, CatalogError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT actor_kind, actor FROM journal_assignment JOIN journal_entry ON id = entry_id \
             WHERE annotation_id = ?1 ORDER BY entry_id DESC LIMIT 1",
        )?;
        let last = statement
            .query_row([annotation.0], |row| Ok(Actor::from_stored(&row.get::<_, String>(0)?, row.get(1)?)));
        Ok(last.optional()?)
    }

    /// The boxes that an annotation had before the one that it has, those of the latest correction first.
    ///
    /// # Errors
    /// [`CatalogError::Corrupt`]; database errors.
    pub fn former_boxes(&self, annotation: AnnotationId) -> Result<Vec<PixelBox>, CatalogError> {
        let former =
            labels::former(self.connection(), LabelSubject::Annotation(annotation), &LabelName::Box)?;
        Ok(former.iter().filter_map(|said| label::read_box(&said.value)).collect())
    }

    /// The form in which the catalog keeps a value of a label.
    ///
    /// # Errors
    /// [`CatalogError::BadLabel`] where the label can have no such value; database errors.
    pub fn in_kept_form(
        &self,
        subject: LabelSubject,
        label: &LabelName,
        value: &str,
    ) -> Result<String, CatalogError> {
        label::in_kept_form(self.connection(), subject, label, value)
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
                confidence: one.confidence.filter(|_| {
                    label::keeps_its_source(label) && matches!(one.source, LabelSource::Model(_))
                }),
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
