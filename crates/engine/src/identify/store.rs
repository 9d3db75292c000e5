//! `--add`: the photos asked about become photos of the catalog, of animals that nobody has named.

use std::path::PathBuf;

use jiff::Timestamp;
use resight_catalog::{Catalog, EncounterRef, NewAnnotation, NewEmbedding, NewPhoto, Signature, StoredPhoto};
use resight_core::{AnnotationId, EncounterSource};
use resight_model::chain::ProcessedPhoto;
use resight_model::{Detector as _, WholePicture};

use super::{Answer, Asked, IdentifyRequest};
use crate::EngineError;
use crate::ingest::{camera, encounters_of_photos};

/// Stores what could be used and notes the annotations in the answers.
pub(super) fn store(
    catalog: &mut Catalog,
    actor: &str,
    request: &IdentifyRequest,
    asked: Vec<Asked>,
    answers: &mut [Answer],
) -> Result<(), EngineError> {
    let settings = catalog.settings()?;
    let now = Timestamp::now();
    let import = catalog.begin_import("identify", &Signature::person(actor, now))?;
    let together = EncounterRef { key: format!("identify {now}"), source: EncounterSource::Person };
    let paths: Vec<PathBuf> = asked.iter().map(|one| one.path.clone()).collect();
    // A burst that is assigned later must be known for one, or it would teach the calibration confidence.
    let encounters = match request.encounter {
        true => vec![Some(together); paths.len()],
        false => encounters_of_photos(&paths, settings.encounter_gap_secs),
    };
    let whole_picture = settings.detector == WholePicture.id();
    let mut photos = Vec::new();
    let mut thumbnails = Vec::new();
    for (one, encounter) in asked.into_iter().zip(encounters) {
        if let Ok(mut photo) = one.photo {
            thumbnails.push((photo.photo_id, photo.thumbnail_jpeg.take()));
            let path = std::path::absolute(&one.path).unwrap_or(one.path);
            photos.push(new_photo(photo, path, request, encounter, &settings.detector, whole_picture));
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
    for (photo, outcome) in photos.iter().zip(stored) {
        // What the catalog had already was not stored: the answer says that it is there.
        if let StoredPhoto::New { annotations } = outcome {
            note(answers, photo, &annotations);
        }
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

fn new_photo(
    photo: ProcessedPhoto,
    path: std::path::PathBuf,
    request: &IdentifyRequest,
    encounter: Option<EncounterRef>,
    detector: &str,
    whole_picture: bool,
) -> NewPhoto {
    let metadata = photo.metadata.unwrap_or_default();
    let annotations = photo
        .crops
        .into_iter()
        .map(|crop| NewAnnotation {
            region: (!whole_picture).then_some(crop.region),
            species: request.labels.species.clone(),
            viewpoint: request.labels.viewpoint.clone(),
            individual: None,
            detector: detector.to_owned(),
            confidence: crop.detector_confidence,
            embedding: match crop.embedding {
                Ok(values) => NewEmbedding::Values(values),
                Err(reason) => NewEmbedding::Unusable(reason),
            },
        })
        .collect();
    NewPhoto {
        id: photo.photo_id,
        path,
        size: photo.full_size,
        byte_len: photo.file_bytes,
        format: photo.format.to_string().to_lowercase(),
        capture_time: metadata.capture_time,
        position: metadata.latitude.zip(metadata.longitude),
        camera: camera(&[metadata.camera_make, metadata.camera_model, metadata.camera_serial]),
        perceptual_hash: photo.perceptual_hash.map(|hash| hash.0),
        encounter,
        annotations,
    }
}
