//! What is decided at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use resight_catalog::{AnnotationRecord, Catalog};
use resight_core::{AnnotationId, EncounterId, EncounterSource, PhotoId, Quality};

use crate::identity::entry_word;
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
            Ok(cases(unidentified.iter().filter(|annotation| annotation.quality != Some(Quality::Junk))))
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
    let found = cases(alike).into_iter().find(|case| case.annotations.contains(&annotation));
    Ok(found.unwrap_or(Case { annotations: vec![annotation] }))
}

pub(super) fn state(catalog: &Catalog, case: &Case) -> Result<CaseState, EngineError> {
    let latest = catalog.latest_entry_on(&case.annotations)?;
    let step = latest.as_ref().map_or_else(|| "taken-in".to_owned(), |line| entry_word(line.id));
    Ok(CaseState {
        text: format!("{}-of-{}-{step}", case.id(), case.annotations.len()),
        latest: latest.map(|line| (line.actor.to_string(), line.at)),
    })
}

/// Annotations to cases. Those of an encounter with two of them in one photo show several animals, and are cases of their own.
fn cases<'a>(annotations: impl Iterator<Item = &'a AnnotationRecord>) -> Vec<Case> {
    let mut all: Vec<(Vec<AnnotationId>, BTreeSet<PhotoId>)> = Vec::new();
    let mut places: BTreeMap<EncounterId, usize> = BTreeMap::new();
    let mut of_several: BTreeSet<usize> = BTreeSet::new();
    for annotation in annotations {
        let place =
            decided_together(annotation).map(|encounter| *places.entry(encounter).or_insert(all.len()));
        match place.filter(|place| *place < all.len()) {
            Some(place) => {
                all[place].0.push(annotation.id);
                if !all[place].1.insert(annotation.photo) {
                    of_several.insert(place);
                }
            }
            None => all.push((vec![annotation.id], BTreeSet::from([annotation.photo]))),
        }
    }
    let apart = |(place, (annotations, _)): (usize, (Vec<AnnotationId>, BTreeSet<PhotoId>))| match of_several
        .contains(&place)
    {
        true => annotations.into_iter().map(|one| Case { annotations: vec![one] }).collect(),
        false => vec![Case { annotations }],
    };
    all.into_iter().enumerate().flat_map(apart).collect()
}

/// The encounter whose annotations show one animal, as a person or a table says. What the camera's clock puts together may show a
/// whole school.
fn decided_together(annotation: &AnnotationRecord) -> Option<EncounterId> {
    let (encounter, source, _) = annotation.encounter.as_ref()?;
    matches!(source, EncounterSource::Table | EncounterSource::Person).then_some(*encounter)
}
