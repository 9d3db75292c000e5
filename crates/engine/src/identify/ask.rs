//! From the photos asked about to answers: one an animal, or one for all photos of an encounter.

use std::collections::BTreeSet;

use resight_catalog::Catalog;
use resight_core::{Candidate, PhotoId, UnusableReason};
use resight_model::chain::{ProcessedCrop, ProcessedPhoto};

use super::judge::Judge;
use super::{Answer, Asked, InCatalog, LeftOut};
use crate::EngineError;

impl Asked {
    fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

impl Judge<'_> {
    /// One answer an animal, photo by photo.
    pub(super) fn each(&self, catalog: &Catalog, asked: &[Asked]) -> Result<Vec<Answer>, EngineError> {
        let mut answers = Vec::with_capacity(asked.len());
        for (place, one) in asked.iter().enumerate() {
            let first = answers.len();
            match &one.photo {
                Err(why) => {
                    answers.push(self.unusable(one.shown(), UnusableReason::Undecodable(why.clone())));
                }
                Ok(photo) => {
                    let in_catalog = in_catalog(catalog, one)?;
                    for crop in &photo.crops {
                        let answer = self.of_crop(catalog, one, photo, crop)?;
                        answers.push(Answer { in_catalog: in_catalog.clone(), ..answer });
                    }
                }
            }
            answers[first..].iter_mut().for_each(|answer| answer.asked = vec![place]);
        }
        Ok(answers)
    }

    fn of_crop(
        &self,
        catalog: &Catalog,
        asked: &Asked,
        photo: &ProcessedPhoto,
        crop: &ProcessedCrop,
    ) -> Result<Answer, EngineError> {
        let itself = BTreeSet::from([photo.photo_id]);
        let answer = match &crop.embedding {
            Ok(query) => self.answer(catalog, asked.shown(), &self.candidates(query, &itself)?)?,
            Err(why) => self.unusable(asked.shown(), why.clone()),
        };
        let region = (!self.whole_picture).then_some(crop.region);
        Ok(Answer { region, photo_id: Some(photo.photo_id), ..answer })
    }

    /// One answer for all photos together; those that cannot be used are left out and named.
    pub(super) fn encounter(&self, catalog: &Catalog, asked: &[Asked]) -> Result<Answer, EngineError> {
        let photos = || asked.iter().filter_map(|one| one.photo.as_ref().ok());
        let themselves: BTreeSet<PhotoId> = photos().map(|photo| photo.photo_id).collect();
        let mut per_photo: Vec<Vec<Candidate>> = Vec::new();
        let mut unusable: Vec<(String, UnusableReason)> = Vec::new();
        let mut known = Vec::new();
        for one in asked {
            match &one.photo {
                Ok(photo) => {
                    for crop in &photo.crops {
                        match &crop.embedding {
                            Ok(query) => per_photo.push(self.candidates(query, &themselves)?),
                            Err(why) => unusable.push((one.shown(), why.clone())),
                        }
                    }
                    known.extend(in_catalog(catalog, one)?);
                }
                Err(why) => unusable.push((one.shown(), UnusableReason::Undecodable(why.clone()))),
            }
        }
        let shown = asked.first().map(Asked::shown).unwrap_or_default();
        let answer = match unusable.first() {
            Some((_, why)) if per_photo.is_empty() => self.unusable(shown, why.clone()),
            _ => self.answer_together(catalog, shown, &per_photo)?,
        };
        let left_out =
            unusable.into_iter().map(|(photo, why)| LeftOut { photo, reason: why.to_string() }).collect();
        Ok(Answer {
            photos: asked.iter().map(Asked::shown).collect(),
            photo_id: photos().next().map(|photo| photo.photo_id),
            in_catalog: known,
            left_out,
            asked: (0..asked.len()).collect(),
            ..answer
        })
    }
}

/// What the catalog knows of a photo, should it have the same bytes.
fn in_catalog(catalog: &Catalog, asked: &Asked) -> Result<Vec<InCatalog>, EngineError> {
    let Ok(photo) = &asked.photo else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for annotation in catalog.annotations_of_photo(&photo.photo_id)? {
        let individual = match annotation.individual {
            Some(individual) => catalog.individual_name(individual)?,
            None => None,
        };
        found.push(InCatalog { photo: asked.shown(), annotation: annotation.id, individual });
    }
    Ok(found)
}
