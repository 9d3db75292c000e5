//! One verdict, one journalled step.

use jiff::Timestamp;
use resight_catalog::journal::{EntryId, JournalEntry};
use resight_catalog::{Catalog, CatalogError, Signature};
use resight_core::IndividualId;

use super::Step;
use super::find::{all_annotations, annotations};
use super::labels::LabelsSaid;
use crate::{EngineError, Hint, Session};

/// What a person says about who is who. Photos are given as paths, content hashes or annotations
/// (`ann-12`), individuals by name, alias or id (`ind-12`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// These photos show this individual.
    Assign {
        /// The photos.
        photos: Vec<String>,
        /// Who.
        individual: String,
    },
    /// It is not known whom these photos show.
    Unassign {
        /// The photos.
        photos: Vec<String>,
    },
    /// These photos show one individual that the catalog does not have yet.
    New {
        /// The photos.
        photos: Vec<String>,
        /// What it is called; none for the next name like `new-0001`.
        name: Option<String>,
    },
    /// Two individuals are one.
    Merge {
        /// The one that goes; its names become aliases.
        from: String,
        /// The one that stays.
        into: String,
    },
    /// Some photos of an individual show another one.
    Separate {
        /// The photos.
        photos: Vec<String>,
        /// What the other one is called; none for the next name like `new-0001`.
        name: Option<String>,
    },
    /// An individual gets another name; the old one stays as an alias.
    Rename {
        /// Who.
        individual: String,
        /// The name.
        name: String,
    },
    /// These photos, or this individual, say something else.
    Label {
        /// The photos.
        photos: Vec<String>,
        /// Individuals whose attributes are given.
        individuals: Vec<String>,
        /// What is said.
        labels: Box<LabelsSaid>,
    },
    /// These photos are no part of the catalog any more.
    Remove {
        /// The photos.
        photos: Vec<String>,
    },
    /// A step is taken back.
    Undo {
        /// Which, as `step-12` or `12`; none for the latest that is in effect.
        step: Option<String>,
    },
}

impl Session {
    /// Records a verdict as one step of the journal, signed by `actor`, and gives the step back as it stands after.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing; a photo or an individual is not there (the hint names those like
    /// it); the step would change nothing, or later steps build on the one to take back.
    pub fn record(&self, actor: &str, verdict: &Verdict) -> Result<Step, EngineError> {
        let mut catalog = self.writer()?;
        let signature = Signature::person(actor, Timestamp::now());
        let entry = make(&mut catalog, verdict, &signature)?;
        // Read back what the journal says, not what was meant.
        let entry = catalog.journal_entry(entry.id)?;
        Step::shown(&catalog, &entry, None)
    }

    /// The step that [`Verdict::Undo`] of `step` would take back, with all that it changed. Nothing is done.
    ///
    /// # Errors
    /// The catalog cannot be read; there is no such step, it is not in effect, or later steps build on it.
    pub fn undoing(&self, step: Option<&str>) -> Result<Step, EngineError> {
        self.read(|catalog| {
            let entry = catalog.undoing(step.map(entry_id).transpose()?)?;
            Step::shown(catalog, &entry, None)
        })
    }

    /// The step that merging two individuals would be, with all that it would change; its number is that of no step. Nothing is done.
    ///
    /// # Errors
    /// The catalog cannot be read; there is nobody called so, or both are one.
    pub fn merging(&self, actor: &str, from: &str, into: &str) -> Result<Step, EngineError> {
        self.read(|catalog| {
            let (from, into) = (catalog.find_individual(from)?, catalog.find_individual(into)?);
            let entry = catalog.merging(from, into, &Signature::person(actor, Timestamp::now()))?;
            Step::shown(catalog, &entry, None)
        })
    }
}

pub(super) fn make(
    catalog: &mut Catalog,
    verdict: &Verdict,
    signature: &Signature,
) -> Result<JournalEntry, EngineError> {
    Ok(match verdict {
        Verdict::Assign { photos, individual } => {
            let photos = annotations(catalog, photos)?;
            let individual = to_assign(catalog, individual)?;
            catalog.assign(&photos, individual, signature)?
        }
        Verdict::Unassign { photos } => catalog.unassign(&annotations(catalog, photos)?, signature)?,
        Verdict::New { photos, name } => {
            catalog.new_individual(&annotations(catalog, photos)?, name.as_deref(), signature)?
        }
        Verdict::Merge { from, into } => {
            let (from, into) = (catalog.find_individual(from)?, catalog.find_individual(into)?);
            catalog.merge(from, into, signature)?
        }
        Verdict::Separate { photos, name } => {
            catalog.separate(&annotations(catalog, photos)?, name.as_deref(), signature)?
        }
        Verdict::Rename { individual, name } => {
            catalog.rename(catalog.find_individual(individual)?, name, signature)?
        }
        Verdict::Label { photos, individuals, labels } => {
            let wanted = labels.of(catalog, photos, individuals, &signature.actor)?;
            catalog.label(&wanted, signature)?
        }
        Verdict::Remove { photos } => catalog.remove(&all_annotations(catalog, photos)?, signature)?,
        Verdict::Undo { step } => catalog.undo(step.as_deref().map(entry_id).transpose()?, signature)?,
    })
}

/// The individual to assign to. Nobody comes into being by a slip of the keyboard: a new one is `new`'s.
fn to_assign(catalog: &Catalog, name: &str) -> Result<IndividualId, EngineError> {
    catalog.find_individual(name).map_err(|error| {
        let unlike_all = matches!(&error, CatalogError::NoSuchName { near, .. } if near.is_empty());
        let error = EngineError::from(error);
        match unlike_all {
            true => error.with_hint(Hint::MakeIndividual { name: name.to_owned() }),
            false => error,
        }
    })
}

/// Reads `step-12` or `12`.
pub(super) fn entry_id(text: &str) -> Result<EntryId, EngineError> {
    text.parse().map_err(|error: resight_core::IdError| {
        EngineError::user(error.to_string()).with_hint(Hint::ListSteps).because(error)
    })
}
