//! Labels as a person says them, and as a step shows them.

use jiff::Timestamp;
use resight_catalog::journal::EntryId;
use resight_catalog::{
    Actor, Catalog, EncounterRef, LabelChange, LabelName, LabelSubject, LabelValue, NewLabel, Signature,
    StoredEmbedding, box_text, encounter_text,
};
use resight_core::{AnnotationId, EncounterSource, LabelSource, says_nothing};
use resight_dataset::BoxForm;
use serde::Serialize;

use super::find::annotations;
use super::{Step, Verdict};
use crate::encounters::value_shown;
use crate::identify::DrawnBox;
use crate::reembed::{Cutting, EmbeddingWork};
use crate::{CancelToken, EngineError, Models, Progress, Session, Warning, local, route};

/// What a person says of photos or individuals. A word for "not known" (`none`, `-`) takes away what is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelsSaid {
    /// What kind of animal.
    pub species: Option<String>,
    /// Which side of it is seen.
    pub viewpoint: Option<String>,
    /// What of it is seen.
    pub body_part: Option<String>,
    /// How usable the photo is: `junk`, `poor`, `fair`, `good`, `excellent`.
    pub quality: Option<String>,
    /// Which encounter it is of.
    pub encounter: Option<String>,
    /// Where the animal is, as four numbers; `whole` for the whole photo.
    pub region: Option<(String, BoxForm)>,
    /// When the photo was taken.
    pub time: Option<String>,
    /// Where it was taken: latitude and longitude.
    pub place: Option<String>,
    /// What else is known, by name.
    pub attributes: Vec<(String, String)>,
}

impl LabelsSaid {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it can be said of an individual: attributes alone can.
    pub fn fits_individuals(&self) -> bool {
        Self { attributes: Vec::new(), ..self.clone() }.is_empty()
    }

    /// The labels that make it so.
    pub(super) fn of(
        &self,
        catalog: &Catalog,
        photos: &[String],
        individuals: &[String],
        actor: &Actor,
    ) -> Result<Vec<NewLabel>, EngineError> {
        let source = match actor {
            Actor::Person(name) => LabelSource::Person(name.clone()),
            Actor::Model(name) => LabelSource::Model(name.clone()),
        };
        let mut wanted = Wanted { source, labels: Vec::new() };
        for annotation in annotations(catalog, photos)? {
            self.on_annotation(catalog, annotation, &mut wanted)?;
        }
        for individual in individuals {
            let subject = LabelSubject::Individual(catalog.find_individual(individual)?);
            for (name, value) in &self.attributes {
                wanted.add(subject, LabelName::Attribute(name.clone()), value);
            }
        }
        Ok(wanted.labels)
    }

    fn on_annotation(
        &self,
        catalog: &Catalog,
        annotation: AnnotationId,
        wanted: &mut Wanted,
    ) -> Result<(), EngineError> {
        let record = catalog.annotation(annotation)?;
        let (animal, photo) = (LabelSubject::Annotation(annotation), LabelSubject::Photo(record.photo));
        for (subject, label, said) in [
            (animal, LabelName::Species, &self.species),
            (animal, LabelName::Viewpoint, &self.viewpoint),
            (animal, LabelName::BodyPart, &self.body_part),
            (animal, LabelName::Quality, &self.quality),
            (photo, LabelName::Time, &self.time),
            (photo, LabelName::Place, &self.place),
        ] {
            if let Some(value) = said {
                wanted.add(subject, label, value);
            }
        }
        if let Some(key) = &self.encounter {
            wanted.add(animal, LabelName::Encounter, &encounter(catalog, key)?);
        }
        if let Some((text, form)) = &self.region {
            let place = match text.trim() {
                "whole" => "whole".to_owned(),
                numbers => {
                    let size = catalog.photo(&record.photo)?.size;
                    box_text(&DrawnBox::parse(numbers, *form)?.in_picture(size)?)
                }
            };
            wanted.add(animal, LabelName::Box, &place);
            // What was measured of the old box says nothing of the new one.
            let graded = catalog.label_of(animal, &LabelName::Quality)?;
            let is_measured = graded.is_some_and(|said| matches!(said.source, Some(LabelSource::Model(_))));
            if is_measured && self.quality.is_none() {
                wanted.add(animal, LabelName::Quality, "");
            }
        }
        for (name, value) in &self.attributes {
            wanted.add(animal, LabelName::Attribute(name.clone()), value);
        }
        Ok(())
    }
}

/// The encounter of the catalog that has this key, or is shown by it, where one alone has; else one of the person's own.
fn encounter(catalog: &Catalog, key: &str) -> Result<String, EngineError> {
    if says_nothing(key) {
        return Ok(key.to_owned());
    }
    let mut there = catalog.encounters_with_key(key.trim())?;
    if there.is_empty() {
        let called_so = |of: &String| value_shown(&LabelName::Encounter, of) == key.trim();
        there = catalog.encounters_that_begin(key.trim())?.into_iter().filter(called_so).collect();
    }
    Ok(match there.as_slice() {
        [only] => only.clone(),
        _ => encounter_text(&EncounterRef { key: key.to_owned(), source: EncounterSource::Person }),
    })
}

struct Wanted {
    source: LabelSource,
    labels: Vec<NewLabel>,
}

impl Wanted {
    fn add(&mut self, subject: LabelSubject, label: LabelName, value: &str) {
        let value = (!says_nothing(value)).then(|| value.to_owned());
        self.labels.push(NewLabel { subject, label, value, source: self.source.clone(), confidence: None });
    }
}

/// A label that says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelMoved {
    /// What it is about: an annotation, a photo, an individual, an encounter.
    pub about: String,
    /// Which label.
    pub label: String,
    /// What it said before.
    pub before: Option<String>,
    /// Who said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_by: Option<String>,
    /// What it says after.
    pub after: Option<String>,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_by: Option<String>,
}

impl LabelMoved {
    pub(super) fn of(change: &LabelChange) -> Self {
        let value =
            |said: &Option<LabelValue>| said.as_ref().map(|said| value_shown(&change.label, &said.value));
        let by = |said: &Option<LabelValue>| {
            let source = said.as_ref().and_then(|said| said.source.as_ref());
            source.map(ToString::to_string).filter(|by| !by.is_empty())
        };
        Self {
            about: change.subject.to_string(),
            label: match &change.label {
                LabelName::Verdict(individual) => format!("verdict on {individual}"),
                other => other.word().to_owned(),
            },
            before: value(&change.before),
            before_by: by(&change.before),
            after: value(&change.after),
            after_by: by(&change.after),
        }
    }
}

impl Session {
    /// The species and the viewpoints that animals of the catalog have, sorted.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn labels_there(&self) -> Result<(Vec<String>, Vec<String>), EngineError> {
        self.read(|catalog| Ok((catalog.species_there()?, catalog.viewpoints_there()?)))
    }

    /// Records what a person says of labels, as one step of the journal, or takes such a step back, and makes the
    /// embeddings anew of animals whose box has changed by it, or that came back without one. The step stands whatever
    /// becomes of these: what could not be embedded now is told; `reembed` makes it good.
    ///
    /// # Errors
    /// As [`Session::record`].
    pub fn relabel(
        &self,
        actor: &str,
        verdict: &Verdict,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<(Step, Vec<Warning>), EngineError> {
        let mut catalog = self.writer()?;
        let signature = Signature::person(actor, Timestamp::now());
        let entry = super::record::make(&mut catalog, verdict, &signature)?.id;
        let told = match embed_moved(&mut catalog, entry, self.models(), progress, cancel) {
            Ok(told) => told,
            Err(error) => vec![Warning { about: entry.to_string(), message: error.to_string() }],
        };
        progress.end();
        let entry = catalog.journal_entry(entry)?;
        Ok((Step::shown(&catalog, &entry, None)?, told))
    }
}

/// Makes the embeddings of the animals that a step has left without one.
fn embed_moved(
    catalog: &mut Catalog,
    entry: EntryId,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Vec<Warning>, EngineError> {
    let settings = catalog.settings()?;
    let change = catalog.journal_entry(entry)?.change;
    let mut missing = change.boxes_moved();
    missing.extend(change.brought_back());
    let mut annotations = Vec::new();
    for annotation in missing {
        let is_removed = catalog.annotation(annotation)?.removed;
        if !is_removed
            && catalog.stored_embedding(&settings.bundle.id, annotation)? == StoredEmbedding::Missing
        {
            annotations.push(annotation);
        }
    }
    if annotations.is_empty() {
        // What is said anew may make it an animal of another slot.
        return route::make_for(catalog, models, &change.labelled(), progress, cancel);
    }
    let embedder = models.embedder_for_catalog(&settings.bundle.id)?;
    let normaliser = models.normaliser(settings.frame.as_deref())?;
    let work = EmbeddingWork::new(
        &*embedder,
        settings.bundle.id.clone(),
        Cutting::of(&settings, normaliser.as_deref()),
        progress,
        cancel,
    );
    let mut report = work.embed_annotations(catalog, &annotations)?;
    local::make_for(catalog, models, &annotations, progress, cancel)?;
    report.missing.extend(route::make_for(catalog, models, &annotations, progress, cancel)?);
    if report.interrupted || cancel.is_cancelled() {
        let message = "stopped before all of its animals were embedded".to_owned();
        report.missing.push(Warning { about: entry.to_string(), message });
    }
    Ok(report.missing)
}
