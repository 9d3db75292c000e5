//! What a source says of photos that the catalog has: taken over where the catalog says nothing, or a model does; else
//! offered.

use std::fmt;
use std::sync::Arc;

use resight_catalog::{Catalog, LabelName, LabelSubject, LabelValue, NewLabel, Signature};
use resight_core::{AnnotationId, ErrorKind, LabelSource, RoomError as _, Stated};
use serde::Serialize;

use super::IngestReport;
use crate::{EngineError, Warning};

/// What becomes of what a source says otherwise than the catalog does.
#[derive(Debug, Clone, Default)]
pub enum Take {
    /// The catalog stands; what the source says is listed.
    #[default]
    Old,
    /// The source's word is taken.
    New,
    /// Somebody is asked, one by one.
    Ask(Arbiter),
}

/// Who is asked about an offer; `true` takes it.
#[derive(Clone)]
pub struct Arbiter(Arc<dyn Fn(&Offer) -> bool + Send + Sync>);

impl Arbiter {
    /// One that decides by this.
    pub fn new(takes: impl Fn(&Offer) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(takes))
    }
}

impl fmt::Debug for Arbiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Arbiter")
    }
}

impl Take {
    /// Whether the offer is taken.
    pub(super) fn takes(&self, offer: &Offer) -> bool {
        match self {
            Self::Old => false,
            Self::New => true,
            Self::Ask(arbiter) => (arbiter.0)(offer),
        }
    }
}

/// What a source says otherwise than the catalog does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// The photo.
    pub photo: String,
    /// Which label; `individual` for who it is.
    pub label: String,
    /// What the catalog says.
    pub there: String,
    /// Who says so, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_by: Option<String>,
    /// What the source says.
    pub stated: String,
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.said_by.as_ref().map_or_else(String::new, |by| format!(" ({by})"));
        write!(
            f,
            "{}: {} — the source says `{}`, the catalog says `{}`{by}",
            self.photo, self.label, self.stated, self.there
        )
    }
}

/// Whether two values say the same. An encounter of a table goes by its label and day: a newer version of the table lies
/// elsewhere, and means the same one.
fn is_same(label: &LabelName, there: &str, stated: &str) -> bool {
    let without_scope =
        |key: &str| key.rsplit_once(", ").map_or_else(|| key.to_owned(), |(label, _)| label.to_owned());
    there == stated || (*label == LabelName::Encounter && without_scope(there) == without_scope(stated))
}

/// Labels that are taken over, in one step at the end.
pub(super) struct LabelsTaken<'a> {
    take: &'a Take,
    labels: Vec<NewLabel>,
}

impl<'a> LabelsTaken<'a> {
    pub(super) fn new(take: &'a Take) -> Self {
        Self { take, labels: Vec::new() }
    }

    /// Compares what a source states with what the catalog says, in the form in which the catalog keeps it.
    pub(super) fn compare(
        &mut self,
        catalog: &Catalog,
        report: &mut IngestReport,
        about: &str,
        subject: LabelSubject,
        label: LabelName,
        stated: Stated<String>,
    ) -> Result<(), EngineError> {
        let there = catalog.label_of(subject, &label)?;
        let takes = match &there {
            Some(there) if is_same(&label, &there.value, &stated.value) => false,
            None => true,
            Some(LabelValue { source: Some(LabelSource::Model(_)), .. }) => true,
            Some(there) => self.offer(report, about, &label, there, &stated),
        };
        if takes {
            let Stated { value, source, confidence } = stated;
            self.labels.push(NewLabel { subject, label, value: Some(value), source, confidence });
        }
        Ok(())
    }

    fn offer(
        &self,
        report: &mut IngestReport,
        photo: &str,
        label: &LabelName,
        there: &LabelValue,
        stated: &Stated<String>,
    ) -> bool {
        let offer = Offer {
            photo: photo.to_owned(),
            label: label.word().to_owned(),
            there: there.value.clone(),
            said_by: there.source.as_ref().map(ToString::to_string).filter(|by| !by.is_empty()),
            stated: stated.value.clone(),
        };
        let takes = self.take.takes(&offer);
        if !takes {
            report.offers.push(offer);
        }
        takes
    }

    /// Puts the labels into the catalog as one step. Returns the annotations that have got another box.
    pub(super) fn store(
        self,
        catalog: &mut Catalog,
        signature: &Signature,
        report: &mut IngestReport,
    ) -> Result<Vec<AnnotationId>, EngineError> {
        if self.labels.is_empty() {
            return Ok(Vec::new());
        }
        match catalog.label(&self.labels, signature) {
            Ok(step) => {
                report.labels_taken = step.change.labels.len();
                Ok(step.change.boxes_moved())
            }
            Err(error) if error.kind() == ErrorKind::User => {
                let about = "labels".to_owned();
                report.conflicts.push(Warning { about, message: error.to_string() });
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }
}
