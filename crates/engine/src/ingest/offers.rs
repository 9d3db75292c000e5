//! What a source says of photos that the catalog has: taken over where the catalog says nothing, or a model does; else
//! offered.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use resight_catalog::{Catalog, LabelName, LabelSubject, LabelValue, NewLabel, Signature};
use resight_core::{AnnotationId, ErrorKind, LabelSource, RoomError as _, Stated};
use resight_dataset::encounter_as_labelled;
use serde::Serialize;

use super::IngestReport;
use crate::encounters::value_shown;
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

/// What the catalog says where somebody took a label away.
pub(super) const NOTHING: &str = "none";

/// Whether two values say the same. An encounter of a table goes by its label and day: a newer version of the table lies
/// elsewhere, and means the same one.
fn is_same(label: &LabelName, there: &str, stated: &str) -> bool {
    there == stated
        || (*label == LabelName::Encounter && encounter_as_labelled(there) == encounter_as_labelled(stated))
}

/// Labels that are taken over, in one step at the end.
pub(super) struct LabelsTaken<'a> {
    take: &'a Take,
    labels: BTreeMap<(LabelSubject, LabelName), NewLabel>,
}

impl<'a> LabelsTaken<'a> {
    pub(super) fn new(take: &'a Take) -> Self {
        Self { take, labels: BTreeMap::new() }
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
        if there.as_ref().is_some_and(|there| is_same(&label, &there.value, &stated.value)) {
            return Ok(());
        }
        // One value that cannot be kept does not keep the others from being.
        if let Err(error) = catalog.in_kept_form(subject, &label, &stated.value) {
            return match error.kind() {
                ErrorKind::User => {
                    let message = error.to_string();
                    report.conflicts.push(Warning { about: about.to_owned(), message });
                    Ok(())
                }
                _ => Err(error.into()),
            };
        }
        let takes = match &there {
            None => match catalog.taken_away_by(subject, &label)? {
                None => true,
                Some(by) => self.offer(report, about, &label, NOTHING, Some(by), &stated),
            },
            Some(LabelValue { source: Some(LabelSource::Model(_)), .. }) => true,
            Some(there) => {
                let by = there.source.as_ref().map(ToString::to_string).filter(|by| !by.is_empty());
                self.offer(report, about, &label, &there.value, by, &stated)
            }
        };
        if takes {
            self.take(report, about, subject, label, stated);
        }
        Ok(())
    }

    /// Takes a value, unless another row about the same photo gave another one, which stands.
    fn take(
        &mut self,
        report: &mut IngestReport,
        about: &str,
        subject: LabelSubject,
        label: LabelName,
        stated: Stated<String>,
    ) {
        let Stated { value, source, confidence } = stated;
        match self.labels.get(&(subject, label.clone())).and_then(|there| there.value.as_deref()) {
            Some(there) if is_same(&label, there, &value) => {}
            Some(there) => {
                let (first, further) = (value_shown(&label, there), value_shown(&label, &value));
                let message =
                    format!("{}: both `{first}` and `{further}`, of which the first is taken", label.word());
                report.conflicts.push(Warning { about: about.to_owned(), message });
            }
            None => {
                let taken =
                    NewLabel { subject, label: label.clone(), value: Some(value), source, confidence };
                self.labels.insert((subject, label), taken);
            }
        }
    }

    fn offer(
        &self,
        report: &mut IngestReport,
        photo: &str,
        label: &LabelName,
        there: &str,
        said_by: Option<String>,
        stated: &Stated<String>,
    ) -> bool {
        let offer = Offer {
            photo: photo.to_owned(),
            label: label.word().to_owned(),
            there: value_shown(label, there),
            said_by,
            stated: value_shown(label, &stated.value),
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
        let labels: Vec<NewLabel> = self.labels.into_values().collect();
        match catalog.label(&labels, signature) {
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
