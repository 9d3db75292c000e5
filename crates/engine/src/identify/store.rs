//! The photos asked about become photos of the catalog, of animals that nobody has named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use resight_catalog::{Catalog, EncounterRef, NewAnnotation, NewEmbedding, NewPhoto, Signature, StoredPhoto};
use resight_core::{AnnotationId, BundleId, EncounterSource, LabelSource, PhotoId, Stated};
use resight_model::chain::ProcessedPhoto;
use resight_vector::f16;

use super::looked::{Animal, FoundBy, Looked, Seen};
use super::questions::Questions;
use super::routed::Routed;
use super::{Answer, AnswerBy, IdentifyRequest};
use crate::grading::measured;
use crate::ingest::{camera, encounters_of_photos, of_the_photo};
use crate::{EngineError, Hint};

/// What finds an animal whose box a person gives.
const DRAWN: &str = "person";

/// Refuses to store what is not asked photo by photo.
///
/// # Errors
/// Rows of a table, which know more of their photos than is asked here, or annotations of the catalog itself.
pub(super) fn check(request: &IdentifyRequest, questions: &Questions) -> Result<(), EngineError> {
    if request.add_by.is_none() {
        return Ok(());
    }
    let mut queries = questions.questions.iter().flat_map(|question| &question.queries);
    match queries.find(|query| query.row.is_some() || query.annotation.is_some() || query.bytes.is_some()) {
        Some(query) if query.bytes.is_some() => {
            Err(EngineError::user("a photo that is no file cannot be stored").with_hint(Hint::SavePhoto))
        }
        Some(query) if query.row.is_some() => {
            Err(EngineError::user("photos can be stored when they are asked about, and no rows of a table")
                .with_hint(Hint::TakeTableIn))
        }
        Some(_) => Err(EngineError::user("what is asked about is in the catalog: there is nothing to add")),
        None => Ok(()),
    }
}

/// Stores what could be used and notes the annotations in the answers.
pub(super) fn store(
    catalog: &mut Catalog,
    actor: &str,
    request: &IdentifyRequest,
    looked: Vec<Looked>,
    answers: &mut [Answer],
) -> Result<(), EngineError> {
    let settings = catalog.settings()?;
    let now = Timestamp::now();
    let import = catalog.begin_import("identify", &Signature::person(actor, now))?;
    let together = EncounterRef { key: format!("identify {now}"), source: EncounterSource::Person };
    let paths: Vec<PathBuf> = looked.iter().map(|one| one.path.clone()).collect();
    // A burst that is assigned later must be known for one, or it would teach the calibration confidence.
    let encounters = match request.by {
        AnswerBy::Encounter => vec![Some(together); paths.len()],
        AnswerBy::Animal => encounters_of_photos(&paths, settings.encounter_gap_secs),
    };
    let mut photos = Vec::new();
    // The local features of each photo's animals, bundle by bundle.
    let mut rows_of_photos: Vec<Vec<Vec<Vec<f16>>>> = Vec::new();
    // What the networks of slots made of each.
    let mut routed_of_photos: Vec<Vec<Vec<Routed>>> = Vec::new();
    let mut thumbnails = Vec::new();
    for (one, encounter) in looked.into_iter().zip(encounters) {
        let path = std::path::absolute(&one.path).unwrap_or(one.path);
        match (one.photo, one.seen, one.photo_id) {
            (Some(mut photo), Seen::Animals(mut animals), _) => {
                rows_of_photos
                    .push(animals.iter_mut().map(|animal| std::mem::take(&mut animal.local)).collect());
                let of_slots = |animal: &mut Animal| std::mem::take(&mut animal.routes.of_slots);
                routed_of_photos.push(animals.iter_mut().map(of_slots).collect());
                thumbnails.push((photo.photo_id, photo.thumbnail_jpeg.take()));
                photos.push(new_photo(photo, path, animals, request, encounter, &settings.detector));
            }
            (None, _, Some(known)) => {
                rows_of_photos.push(Vec::new());
                routed_of_photos.push(Vec::new());
                photos.push(seen_again(catalog, known, &path)?);
            }
            _ => {}
        }
    }
    let stored = catalog.store_batch(import, &settings.bundle.id, &photos, now)?;
    for (photo, jpeg) in &thumbnails {
        if let Some(jpeg) = jpeg {
            // The photo is stored; `rebuild` makes a thumbnail that could not be written.
            let _ = catalog.store_thumbnail(photo, jpeg);
        }
    }
    catalog.finish_import(import, now)?;
    let mut local = Vec::new();
    let mut routed: BTreeMap<BundleId, Vec<(AnnotationId, NewEmbedding)>> = BTreeMap::new();
    for (((photo, rows), of_slots), outcome) in
        photos.iter().zip(rows_of_photos).zip(routed_of_photos).zip(stored)
    {
        // What the catalog had already was not stored: the answer says that it is there.
        if let StoredPhoto::New { annotations } = outcome {
            note(answers, photo, &annotations);
            for (annotation, made) in annotations.iter().zip(of_slots) {
                for made in made {
                    let made_of = (*annotation, NewEmbedding::Values(made.embedding));
                    routed.entry(made.bundle).or_default().push(made_of);
                }
            }
            local.extend(annotations.into_iter().zip(rows));
        }
    }
    for (bundle, made) in &routed {
        catalog.store_embeddings(bundle, made)?;
    }
    store_local(catalog, &local)
}

/// Stores the local features that were read to answer; what is missing is made by the next ingest.
fn store_local(catalog: &mut Catalog, local: &[(AnnotationId, Vec<Vec<f16>>)]) -> Result<(), EngineError> {
    for (kind, spec) in catalog.local_features()?.into_iter().enumerate() {
        let row = |rows: &[Vec<f16>]| {
            let row = rows.get(kind).filter(|row| !row.is_empty())?;
            Some(row.iter().map(|number| number.to_f32()).collect())
        };
        let rows: Vec<(AnnotationId, NewEmbedding)> = local
            .iter()
            .filter_map(|(annotation, rows)| Some((*annotation, NewEmbedding::Values(row(rows)?))))
            .collect();
        catalog.store_embeddings(&spec.id, &rows)?;
    }
    Ok(())
}

/// The answers of a photo stand in the order of its animals; that of an encounter gets all of them.
fn note(answers: &mut [Answer], photo: &NewPhoto, annotations: &[AnnotationId]) {
    if let [answer] = answers
        && !answer.photos.is_empty()
    {
        answer.added.extend_from_slice(annotations);
        return;
    }
    let of_photo = answers.iter_mut().filter(|answer| answer.photo_id == Some(photo.id));
    for (answer, annotation) in of_photo.zip(annotations) {
        answer.added = vec![*annotation];
    }
}

/// A photo that the catalog has: it takes note of where it was seen.
fn seen_again(catalog: &Catalog, photo: PhotoId, path: &Path) -> Result<NewPhoto, EngineError> {
    let known = catalog.photo(&photo)?;
    Ok(NewPhoto {
        id: photo,
        path: path.to_owned(),
        size: known.size,
        byte_len: known.byte_len,
        format: known.format,
        capture_time: None,
        position: None,
        camera: known.camera,
        perceptual_hash: known.perceptual_hash,
        picture: known.picture,
        encounter: None,
        annotations: Vec::new(),
    })
}

fn by_person<T>(actor: &str, value: T) -> Stated<T> {
    Stated::by(LabelSource::Person(actor.to_owned()), value)
}

fn new_photo(
    photo: ProcessedPhoto,
    path: PathBuf,
    animals: Vec<Animal>,
    request: &IdentifyRequest,
    encounter: Option<EncounterRef>,
    detector: &str,
) -> NewPhoto {
    let metadata = photo.metadata.unwrap_or_default();
    let actor = request.add_by.as_deref().unwrap_or_default();
    let annotations = animals
        .into_iter()
        .map(|animal| NewAnnotation {
            region: animal.region,
            species: request
                .labels
                .species
                .clone()
                .map(|species| by_person(actor, species))
                .or(animal.said.species),
            viewpoint: request
                .labels
                .viewpoint
                .clone()
                .map(|viewpoint| by_person(actor, viewpoint))
                .or(animal.said.viewpoint),
            quality: animal.quality.map(|(quality, _)| measured(quality)),
            detector: match animal.found_by {
                FoundBy::Person => DRAWN.to_owned(),
                FoundBy::Detector(_) => detector.to_owned(),
            },
            confidence: match animal.found_by {
                FoundBy::Person => None,
                FoundBy::Detector(confidence) => confidence,
            },
            embedding: match animal.embedding {
                Ok(values) => NewEmbedding::Values(values),
                Err(reason) => NewEmbedding::Unusable(reason),
            },
            ..NewAnnotation::default()
        })
        .collect();
    NewPhoto {
        id: photo.photo_id,
        path,
        size: photo.full_size,
        byte_len: photo.file_bytes,
        format: photo.format.to_string().to_lowercase(),
        capture_time: metadata.capture_time.map(of_the_photo),
        position: metadata.latitude.zip(metadata.longitude).map(of_the_photo),
        camera: camera(&[metadata.camera_make, metadata.camera_model, metadata.camera_serial]),
        perceptual_hash: photo.perceptual_hash.map(|hash| hash.0),
        picture: photo.picture_id,
        encounter,
        annotations,
    }
}
