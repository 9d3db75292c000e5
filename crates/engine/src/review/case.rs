//! What is decided at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use resight_catalog::{AnnotationRecord, Catalog};
use resight_core::{AnnotationId, EncounterId, EncounterSource, Quality};

use crate::{EngineError, Session};

/// The annotations of one animal that are decided at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The annotations, in the order they came; never none. The first one names the case.
    pub annotations: Vec<AnnotationId>,
}

impl Case {
    /// The annotation that names the case.
    pub fn id(&self) -> AnnotationId {
        self.annotations[0]
    }
}

/// How far the annotations of a case have come: another state is another step of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseState {
    /// A text that is the same as long as nobody says anything of the case.
    pub text: String,
    /// Who made the latest step on it, and when; none where none was made since it was taken in.
    pub latest: Option<(String, Timestamp)>,
}

impl Session {
    /// The cases that are open, in the order their photos came: nobody has named their animals, or said that the photos are no
    /// good.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn open_cases(&self) -> Result<Vec<Case>, EngineError> {
        self.read(|catalog| {
            let unidentified = catalog.unidentified_annotations()?;
            let open = unidentified.iter().filter(|annotation| annotation.quality != Some(Quality::Junk));
            Ok(cases(open, &catalog.encounters_with_several()?))
        })
    }

    /// The case of an annotation, whether it is open or decided.
    ///
    /// # Errors
    /// There is no such annotation, or it was removed; the catalog cannot be read.
    pub fn case_of(&self, annotation: AnnotationId) -> Result<Case, EngineError> {
        self.read(|catalog| case_of(catalog, annotation))
    }

    /// How far a case has come.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn case_state(&self, case: &Case) -> Result<CaseState, EngineError> {
        self.read(|catalog| state(catalog, case))
    }
}

pub(super) fn case_of(catalog: &Catalog, annotation: AnnotationId) -> Result<Case, EngineError> {
    let asked = catalog.annotation(annotation)?;
    if asked.removed {
        return Err(EngineError::user(format!("{annotation} was removed from the catalog")));
    }
    let Some(encounter) = decided_together(&asked) else {
        return Ok(Case { annotations: vec![annotation] });
    };
    let there = catalog.annotations_of_encounter(encounter)?;
    // What was named apart is decided apart.
    let alike = there.iter().filter(|one| {
        one.individual == asked.individual
            && (one.quality == Some(Quality::Junk)) == (asked.quality == Some(Quality::Junk))
    });
    let found = cases(alike, &catalog.encounters_with_several()?)
        .into_iter()
        .find(|case| case.annotations.contains(&annotation));
    Ok(found.unwrap_or(Case { annotations: vec![annotation] }))
}

pub(super) fn state(catalog: &Catalog, case: &Case) -> Result<CaseState, EngineError> {
    let latest = catalog.latest_entry_on(&case.annotations)?;
    let step = latest.as_ref().map_or_else(|| "taken-in".to_owned(), |line| line.id.to_string());
    Ok(CaseState {
        text: format!("{}-of-{}-{step}", case.id(), case.annotations.len()),
        latest: latest.map(|line| (line.actor.to_string(), line.at)),
    })
}

/// Annotations to cases. Those of an encounter with two animals in one photo, decided or not, are cases of their own.
fn cases<'a>(
    annotations: impl Iterator<Item = &'a AnnotationRecord>,
    of_several: &BTreeSet<EncounterId>,
) -> Vec<Case> {
    let mut all: Vec<Case> = Vec::new();
    let mut places: BTreeMap<EncounterId, usize> = BTreeMap::new();
    for annotation in annotations {
        let encounter = decided_together(annotation).filter(|encounter| !of_several.contains(encounter));
        let place = encounter.map(|encounter| *places.entry(encounter).or_insert(all.len()));
        match place.and_then(|place| all.get_mut(place)) {
            Some(case) => case.annotations.push(annotation.id),
            None => all.push(Case { annotations: vec![annotation.id] }),
        }
    }
    all
}

/// The encounter whose annotations show one animal, as a person or a table says. What the camera's clock puts together may show a
/// whole school.
fn decided_together(annotation: &AnnotationRecord) -> Option<EncounterId> {
    let (encounter, source, _) = annotation.encounter.as_ref()?;
    matches!(source, EncounterSource::Table | EncounterSource::Person).then_some(*encounter)
}
