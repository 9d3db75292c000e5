//! What a person says of a case.

use jiff::Timestamp;
use resight_catalog::{Catalog, LabelName, LabelSubject, NewLabel, Signature};
use resight_core::{AnnotationId, IndividualId, LabelSource, Quality};

use super::case::state;
use super::{Case, PairVerdict, PairWord};
use crate::identity::Step;
use crate::{EngineError, Session};

/// What a note on a photo is called among its attributes.
const NOTE: &str = "note";

/// What is said of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Of which.
    pub case: Case,
    /// What.
    pub outcome: Outcome,
    /// The state that whoever says it has seen ([`super::CaseState::text`]); none to say it whatever it is by now.
    pub seen: Option<String>,
}

/// What becomes of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is, or is not, an individual: `same` assigns it, other verdicts leave it open.
    Pair {
        /// The individual.
        individual: IndividualId,
        /// The verdict.
        verdict: PairVerdict,
    },
    /// It is none of the catalog.
    New {
        /// What the new individual is called; none for the next name like `new-0001`.
        name: Option<String>,
        /// What is said beside it.
        verdict: PairVerdict,
    },
    /// Its photos are no good: nobody is asked about them any more.
    BadPhoto {
        /// Why, in the person's words.
        note: Option<String>,
    },
}

/// What became of what was said.
#[derive(Debug, Clone, PartialEq)]
pub enum Reviewed {
    /// It is a step of the journal.
    Done(Box<Step>),
    /// Somebody else has said something of the case since it was seen: nothing was done.
    Overtaken {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
}

impl Session {
    /// Makes what a person says of a case one step of the journal, unless somebody has said something of it since they saw it.
    ///
    /// # Errors
    /// As for [`Session::record`].
    pub fn review(&self, actor: &str, said: &Said) -> Result<Reviewed, EngineError> {
        let mut catalog = self.writer()?;
        let now = state(&catalog, &said.case)?;
        if said.seen.as_ref().is_some_and(|seen| *seen != now.text) {
            let (by, at) = now.latest.unwrap_or_else(|| ("somebody".to_owned(), Timestamp::now()));
            return Ok(Reviewed::Overtaken { by, at });
        }
        let signature = Signature::person(actor, Timestamp::now());
        let annotations = &said.case.annotations;
        let entry = match &said.outcome {
            Outcome::Pair { individual, verdict } => {
                catalog.judge(annotations, *individual, verdict, &signature)?
            }
            Outcome::New { name, verdict } => {
                let same = PairVerdict { verdict: PairWord::Same, ..verdict.clone() };
                catalog.judge_new(annotations, name.as_deref(), &same, &signature)?
            }
            Outcome::BadPhoto { note } => bad_photo(&mut catalog, annotations, note.as_deref(), &signature)?,
        };
        // Read back what the journal says, not what was meant.
        let entry = catalog.journal_entry(entry.id)?;
        Ok(Reviewed::Done(Box::new(Step::shown(&catalog, &entry, None)?)))
    }
}

fn bad_photo(
    catalog: &mut Catalog,
    annotations: &[AnnotationId],
    note: Option<&str>,
    signature: &Signature,
) -> Result<resight_catalog::journal::JournalEntry, EngineError> {
    let source = LabelSource::Person(signature.actor.to_string());
    let mut labels = Vec::new();
    for annotation in annotations {
        let mut say = |label: LabelName, value: &str| {
            labels.push(NewLabel {
                subject: LabelSubject::Annotation(*annotation),
                label,
                value: Some(value.to_owned()),
                source: source.clone(),
                confidence: None,
            });
        };
        say(LabelName::Quality, &Quality::Junk.to_string());
        if let Some(note) = note.filter(|note| !note.trim().is_empty()) {
            say(LabelName::Attribute(NOTE.to_owned()), note);
        }
    }
    Ok(catalog.label(&labels, signature)?)
}
