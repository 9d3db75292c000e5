//! The machine learning service of Wildbook: `POST /predict/`, `/classify/`, `/extract/`, `/pipeline/`.
//!
//! Wildbook (Wild Me, GPL) asks a service of its own for boxes, labels and embeddings (`WildMeOrg/ml-service`; its README and routers
//! were read in November 2026, version of 17 July). The models here are those of the catalog that is served: a request names one by
//! its bundle's id or name, and another name is answered with 404 and the names there are, as the service does; embeddings of
//! different networks are never given under one name.
//!
//! `image_uri` is a `data:` URI. A path or an address is refused: the service opens both, which lets whoever asks read this machine's
//! files and speak to its network. Boxes are `[x, y, width, height]` in pixels of the upright photo; turned boxes (`theta`) are
//! refused. `/explain/` (PAIR-X, made from a network's inner layers) is not answered: what was seen in both photos is told by
//! `/api/v1/matches`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use resight_core::PixelBox;
use resight_engine::look::{LookedWith, SeenAnimal};
use resight_engine::{CancelToken, ErrorKind, Session};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answering::Answering;
use crate::api::Said;
use crate::problem::Problem;

/// What is found, in the words of a detector that tells no kinds apart.
const ANIMAL: &str = "animal";

/// The least probability of a label that is given as one.
const LABEL: f32 = 0.5;

/// A request for boxes.
#[derive(Debug, Deserialize)]
pub(crate) struct PredictSaid {
    model_id: String,
    image_uri: String,
    #[serde(default)]
    model_params: Option<Params>,
}

/// What a detector is told. Others of its parameters mean nothing to ours.
#[derive(Debug, Default, Deserialize)]
struct Params {
    /// The least confidence.
    #[serde(default)]
    conf: Option<f32>,
}

/// A request for labels.
#[derive(Debug, Deserialize)]
pub(crate) struct ClassifySaid {
    model_id: String,
    image_uri: String,
    #[serde(default)]
    bbox: Option<Vec<f64>>,
    #[serde(default)]
    theta: f64,
}

/// A request for an embedding.
#[derive(Debug, Deserialize)]
pub(crate) struct ExtractSaid {
    #[serde(default)]
    model_id: Option<String>,
    /// What the second version of Wildbook calls it.
    #[serde(default)]
    extract_model_id: Option<String>,
    image_uri: String,
    #[serde(default)]
    bbox: Option<Vec<f64>>,
    #[serde(default)]
    theta: f64,
}

/// A request for all of it.
#[derive(Debug, Deserialize)]
pub(crate) struct PipelineSaid {
    predict_model_id: String,
    classify_model_id: String,
    extract_model_id: String,
    image_uri: String,
    #[serde(default)]
    bbox_score_threshold: Option<f32>,
}

/// Where are the animals?
pub(crate) async fn predict(
    State(answering): State<Answering>,
    Said(said): Said<PredictSaid>,
) -> Result<Json<Value>, Problem> {
    let least = said.model_params.unwrap_or_default().conf.unwrap_or(0.0);
    let photo = photo_of(&said.image_uri)?;
    let wanted = move |with: &LookedWith| is(&said.model_id, &[&with.detector]);
    let (with, seen) = look(&answering, photo, None, wanted).await?;
    let seen: Vec<&SeenAnimal> = seen.iter().filter(|one| score(one) >= least).collect();
    Ok(Json(json!({
        "bboxes": seen.iter().map(|one| bbox(one)).collect::<Vec<_>>(),
        "scores": seen.iter().map(|one| score(one)).collect::<Vec<_>>(),
        "thetas": vec![0.0; seen.len()],
        "class_names": vec![ANIMAL; seen.len()],
        "class_ids": vec![0; seen.len()],
        "model_id": with.detector,
    })))
}

/// What kind is it, which side is seen?
pub(crate) async fn classify(
    State(answering): State<Answering>,
    Said(said): Said<ClassifySaid>,
) -> Result<Json<Value>, Problem> {
    let (photo, regions) = (photo_of(&said.image_uri)?, region(said.bbox.as_deref(), said.theta)?);
    let asked = said.model_id.clone();
    let wanted = move |with: &LookedWith| is(&asked, &with.classifiers.iter().collect::<Vec<_>>());
    let (_, seen) = look(&answering, photo, Some(regions), wanted).await?;
    let labels = labels(seen.first().ok_or_else(nothing_seen)?);
    let predictions: Vec<Value> = labels
        .iter()
        .enumerate()
        .filter(|(_, label)| label.probability >= LABEL)
        .map(|(index, label)| {
            json!({
                "index": index, "label": label.text, "probability": label.probability,
                "species": label.species, "viewpoint": label.viewpoint,
            })
        })
        .collect();
    Ok(Json(json!({
        "model_id": said.model_id,
        "predictions": predictions,
        "all_probabilities": labels.iter().map(|label| label.probability).collect::<Vec<_>>(),
        "threshold": LABEL,
        "bbox": said.bbox,
        "theta": said.theta,
    })))
}

/// What is compared?
pub(crate) async fn extract(
    State(answering): State<Answering>,
    Said(said): Said<ExtractSaid>,
) -> Result<Json<Value>, Problem> {
    let asked = said.model_id.or(said.extract_model_id).unwrap_or_default();
    let (photo, regions) = (photo_of(&said.image_uri)?, region(said.bbox.as_deref(), said.theta)?);
    let called = asked.clone();
    let (with, seen) =
        look(&answering, photo, Some(regions), move |with| is(&called, &[&with.bundle])).await?;
    let embedding = seen.into_iter().next().ok_or_else(nothing_seen)?.embedding;
    let embedding = embedding.map_err(|why| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, why))?;
    Ok(Json(json!({
        "success": true,
        "model_id": asked,
        "embedding_model_id": asked,
        "embedding_model_version": with.bundle,
        "embeddings_shape": [1, embedding.len()],
        "embedding": embedding,
        "embeddings": [embedding],
        "bbox": said.bbox,
        "theta": said.theta,
        "image_uri": "data:…",
    })))
}

/// All of it, for each animal that is found.
pub(crate) async fn pipeline(
    State(answering): State<Answering>,
    Said(said): Said<PipelineSaid>,
) -> Result<Json<Value>, Problem> {
    let photo = photo_of(&said.image_uri)?;
    let (predicts, classifies, extracts) =
        (said.predict_model_id.clone(), said.classify_model_id.clone(), said.extract_model_id.clone());
    let wanted = move |with: &LookedWith| {
        is(&predicts, &[&with.detector])?;
        is(&classifies, &with.classifiers.iter().collect::<Vec<_>>())?;
        is(&extracts, &[&with.bundle])
    };
    let (_, seen) = look(&answering, photo, None, wanted).await?;
    let least = said.bbox_score_threshold.unwrap_or(0.5);
    let results: Vec<Value> =
        seen.iter().filter(|one| score(one) >= least).filter_map(pipeline_result).collect();
    Ok(Json(json!({
        "image_uri": "data:…",
        "models_used": {
            "predict_model_id": said.predict_model_id,
            "classify_model_id": said.classify_model_id,
            "extract_model_id": said.extract_model_id,
        },
        "total_predictions": seen.len(),
        "filtered_predictions": results.len(),
        "pipeline_results": results,
    })))
}

/// An animal of which there is an embedding.
fn pipeline_result(seen: &SeenAnimal) -> Option<Value> {
    let embedding = seen.embedding.as_ref().ok()?;
    let labels = labels(seen);
    let first = labels.first();
    Some(json!({
        "bbox": bbox(seen),
        "theta": 0.0,
        "bbox_score": score(seen),
        "detection_class": ANIMAL,
        "detection_class_id": 0,
        "classification": first.map(|label| json!({
            "class": label.text, "probability": label.probability, "class_id": 0,
        })),
        "embedding": embedding,
        "embedding_shape": [1, embedding.len()],
    }))
}

/// Looks at a photo with the catalog's models, where they are those that are wanted.
async fn look(
    answering: &Answering,
    photo: Arc<[u8]>,
    regions: Option<Option<PixelBox>>,
    wanted: impl FnOnce(&LookedWith) -> Result<(), Problem> + Send + 'static,
) -> Result<(LookedWith, Vec<SeenAnimal>), Problem> {
    answering
        .work(move |session: &Session, cancel: &CancelToken| {
            let with = session.looks_with().map_err(Problem::of_machine)?;
            wanted(&with)?;
            let boxes = match regions {
                None => None,
                Some(Some(region)) => Some(vec![region]),
                // All of it, whatever the detector would find in it.
                Some(None) => Some(vec![whole(&photo)?]),
            };
            let seen =
                session.look(&photo, boxes.as_deref(), cancel).map_err(|error| match error.kind() {
                    ErrorKind::User => Problem::of(StatusCode::BAD_REQUEST, error.to_string()),
                    _ => Problem::of_machine(error),
                })?;
            Ok((with, seen))
        })
        .await
}

/// The box of a whole photo.
fn whole(photo: &[u8]) -> Result<PixelBox, Problem> {
    resight_engine::look::whole(photo)
        .map_err(|error| Problem::of(StatusCode::BAD_REQUEST, error.to_string()))
}

/// Refuses a name that none of these models has: an id, or the name before its `@`.
fn is(asked: &str, there: &[&String]) -> Result<(), Problem> {
    let is_called = |id: &&&String| id.as_str() == asked || id.split('@').next() == Some(asked);
    match there.iter().find(is_called) {
        Some(_) => Ok(()),
        None => Err(Problem::of(StatusCode::NOT_FOUND, format!("Model '{asked}' not found."))
            .with("available_models", there)),
    }
}

/// The bytes of a `data:` URI.
fn photo_of(uri: &str) -> Result<Arc<[u8]>, Problem> {
    let wrong = |detail: &str| Problem::of(StatusCode::BAD_REQUEST, detail);
    let data = uri.strip_prefix("data:").ok_or_else(|| {
        wrong("photos come as data: URIs: this server opens no files and no addresses for those who ask")
    })?;
    let (form, text) = data.split_once(',').ok_or_else(|| wrong("no data: URI"))?;
    if !form.ends_with(";base64") {
        return Err(wrong("data: URIs are read in base64"));
    }
    STANDARD.decode(text).map(Arc::from).map_err(|_| wrong("no base64"))
}

/// The box of a request; none for the whole photo.
fn region(bbox: Option<&[f64]>, theta: f64) -> Result<Option<PixelBox>, Problem> {
    let wrong = |detail: &str| Problem::of(StatusCode::BAD_REQUEST, detail);
    if theta != 0.0 {
        return Err(wrong("turned boxes are not read: theta"));
    }
    match bbox {
        None => Ok(None),
        Some(&[x, y, width, height]) => {
            let is_sound = [x, y, width, height].iter().all(|number| number.is_finite());
            if is_sound && width > 0.0 && height > 0.0 {
                return Ok(Some(PixelBox::at(x, y, width, height)));
            }
            Err(wrong("Bounding box must have a width and a height"))
        }
        Some(_) => Err(wrong("Bounding box must contain exactly 4 values: [x, y, width, height]")),
    }
}

fn nothing_seen() -> Problem {
    Problem::of(StatusCode::UNPROCESSABLE_ENTITY, "there is nothing to be seen in this box")
}

fn bbox(seen: &SeenAnimal) -> [f64; 4] {
    [seen.region.x, seen.region.y, seen.region.width, seen.region.height]
}

/// A detector without a number of its own is sure: it takes the whole picture.
fn score(seen: &SeenAnimal) -> f32 {
    seen.confidence.unwrap_or(1.0)
}

/// A label as the service writes it: `species:viewpoint`, or the one of them that is known.
struct Label {
    text: String,
    species: Option<String>,
    viewpoint: Option<String>,
    probability: f32,
}

/// All labels with their probabilities, the likeliest first. Species and viewpoint are told by classifiers that do not know of each other:
/// their probabilities multiply.
fn labels(seen: &SeenAnimal) -> Vec<Label> {
    let species: Vec<(Option<String>, f32)> = or_none(&seen.species);
    let viewpoints: Vec<(Option<String>, f32)> = or_none(&seen.viewpoints);
    let mut all = Vec::new();
    for (kind, of_kind) in &species {
        for (side, of_side) in &viewpoints {
            let words: Vec<&str> = [kind, side].into_iter().flatten().map(String::as_str).collect();
            if !words.is_empty() {
                all.push(Label {
                    text: words.join(":"),
                    species: kind.clone(),
                    viewpoint: side.clone(),
                    probability: of_kind * of_side,
                });
            }
        }
    }
    all.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    all
}

fn or_none<T: ToString>(labels: &[(T, f32)]) -> Vec<(Option<String>, f32)> {
    match labels.is_empty() {
        true => vec![(None, 1.0)],
        false => labels.iter().map(|(label, probability)| (Some(label.to_string()), *probability)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_addresses_are_not_opened() {
        for uri in
            ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/", "https://example.com/a.jpg", ""]
        {
            assert!(photo_of(uri).is_err(), "{uri}");
        }
        assert_eq!(&*photo_of("data:image/jpeg;base64,/9g=").unwrap(), [0xff, 0xd8]);
        for uri in ["data:image/jpeg,abc", "data:image/jpeg;base64,?", "data:;base64"] {
            assert!(photo_of(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn a_model_is_named_by_its_id_or_its_name() {
        let id = "resight-base@1a1e5b1e06ec".to_owned();
        assert!(is("resight-base", &[&id]).is_ok() && is(&id, &[&id]).is_ok());
        assert!(
            is("miewid-msv4.1", &[&id]).is_err() && is("", &[&id]).is_err() && is("resight", &[&id]).is_err()
        );
    }

    #[test]
    fn boxes_are_whole_numbers_of_four() {
        assert_eq!(region(None, 0.0).unwrap(), None);
        assert!(region(Some(&[1.0, 2.0, 3.0, 4.0]), 0.0).unwrap().is_some());
        for (bbox, theta) in [(&[1.0, 2.0, 3.0][..], 0.0), (&[0.0; 4], 0.0), (&[1.0, 2.0, 3.0, 4.0], 0.3)] {
            assert!(region(Some(bbox), theta).is_err(), "{bbox:?}");
        }
        assert!(region(Some(&[f64::NAN, 0.0, 1.0, 1.0]), 0.0).is_err());
    }
}
