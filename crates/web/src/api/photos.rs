//! The inbox: photos that come, and what is said of the animals in them.

use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use resight_core::AnnotationId;
use resight_engine::identify::BoxForm;
use resight_engine::identity::{LabelsSaid, Verdict};
use resight_engine::{CancelToken, Delivery, ErrorKind, Session, Silent, Warning};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listed::{Asked, Id, Part, Said};
use super::shown::{BoxShape, PhotoShape, StepShape};
use crate::answering::Answering;
use crate::jobs::Task;
use crate::problem::{Problem, ProblemShape};

/// Which photos.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Those alone with animals that nobody has named. There is no other list yet.
    #[serde(default)]
    #[allow(dead_code, reason = "what is listed without it may change")]
    unidentified: bool,
}

/// Photos, the latest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PhotosPart {
    items: Vec<PhotoShape>,
    next_cursor: Option<String>,
    total: usize,
}

/// Photos with animals that nobody has named, the latest that came first.
#[utoipa::path(get, path = "/api/v1/photos", params(Which, Part), responses((status = 200, body = PhotosPart), (status = 401, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn list(
    State(answering): State<Answering>,
    Asked(_): Asked<Which>,
    Asked(part): Asked<Part>,
) -> Result<Json<PhotosPart>, Problem> {
    answering
        .aside(move |session| {
            let cut = part.of(session.unidentified_photos().map_err(Problem::of_machine)?)?;
            let shown = session.photos_shown(&cut.items).map_err(Problem::of_machine)?;
            Ok(Json(PhotosPart {
                items: shown.iter().map(PhotoShape::from).collect(),
                next_cursor: cut.next_cursor,
                total: cut.total,
            }))
        })
        .await
}

/// Where an animal is: a box, or `"whole"` for the whole photo.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Region {
    /// In pixels of the upright photo.
    Box(BoxShape),
    /// `whole`.
    Word(String),
}

/// What is said of an animal in a photo. An empty text takes away what is said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelsOfAnnotation {
    #[serde(default)]
    species: Option<String>,
    #[serde(default)]
    viewpoint: Option<String>,
    /// `junk`, `poor`, `fair`, `good` or `excellent`.
    #[serde(default)]
    quality: Option<String>,
    #[serde(default)]
    encounter: Option<String>,
    #[serde(default)]
    region: Option<Region>,
    #[serde(default)]
    by: Option<String>,
}

/// Corrects what is said of an animal in a photo: one step of the journal.
#[utoipa::path(patch, path = "/api/v1/annotations/{id}", params(("id" = String, Path)), request_body = LabelsOfAnnotation, responses((status = 200, body = StepShape), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn label(
    State(answering): State<Answering>,
    Id(id): Id<AnnotationId>,
    Said(said): Said<LabelsOfAnnotation>,
) -> Result<Json<StepShape>, Problem> {
    let region = match said.region {
        None => None,
        Some(Region::Word(word)) if word == "whole" => Some(word),
        Some(Region::Word(_)) => {
            let detail = "a region is a box or \"whole\"";
            return Err(Problem::of(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
        Some(Region::Box(found)) => Some(format!("{},{},{},{}", found.x, found.y, found.width, found.height)),
    };
    // Where nothing is said any more, a word for that stands in tables and here.
    let word =
        |text: Option<String>| text.map(|text| if text.trim().is_empty() { "none".to_owned() } else { text });
    let labels = LabelsSaid {
        species: word(said.species),
        viewpoint: word(said.viewpoint),
        quality: word(said.quality),
        encounter: word(said.encounter),
        region: region.map(|region| (region, BoxForm::default())),
        ..LabelsSaid::default()
    };
    let verdict =
        Verdict::Label { photos: vec![id.to_string()], individuals: Vec::new(), labels: Box::new(labels) };
    relabel(answering, id, verdict, said.by.as_deref()).await
}

/// Who does it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ByWhom {
    /// Who, where it is not whoever started the server.
    #[serde(default)]
    by: Option<String>,
}

/// Takes an animal in a photo out of the catalog, until the step is undone.
#[utoipa::path(delete, path = "/api/v1/annotations/{id}", params(("id" = String, Path), ByWhom), responses((status = 200, body = StepShape), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn remove(
    State(answering): State<Answering>,
    Id(id): Id<AnnotationId>,
    Asked(who): Asked<ByWhom>,
) -> Result<Json<StepShape>, Problem> {
    let verdict = Verdict::Remove { photos: vec![id.to_string()] };
    relabel(answering, id, verdict, who.by.as_deref()).await
}

async fn relabel(
    answering: Answering,
    id: AnnotationId,
    verdict: Verdict,
    by: Option<&str>,
) -> Result<Json<StepShape>, Problem> {
    let actor = answering.signed_by(by);
    answering
        .step(move |session, _, _| {
            session.annotations_shown(&[id]).map_err(Problem::not_there)?;
            let (step, _) = session
                .relabel(&actor, &verdict, &Silent, &CancelToken::default())
                .map_err(Problem::unprocessable)?;
            Ok(Json(StepShape::from(&step)))
        })
        .await
}

/// The job that takes photos in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Begun {
    #[schema(examples("job-3"))]
    pub(crate) job: String,
}

/// Photos, in `photos` of `multipart/form-data`; the name of each may begin with its folders.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it is read part by part")]
pub(crate) struct PhotosSent {
    #[schema(content_media_type = "application/octet-stream")]
    photos: Vec<String>,
}

/// Takes photos in: they are kept by the catalog, and a job looks for the animals in them.
#[utoipa::path(post, path = "/api/v1/photos", request_body(content = PhotosSent, content_type = "multipart/form-data"), responses((status = 202, body = Begun), (status = 401, body = ProblemShape), (status = 413, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn receive(
    State(answering): State<Answering>,
    multipart: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    let unreadable = |detail: String| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, detail);
    let multipart =
        multipart.map_err(|rejected| unreadable(format!("no photos: {}", rejected.body_text())))?;
    // Held until they are on the disk.
    let _received = answering.may_receive().await?;
    let delivery =
        Arc::new(answering.aside(|session| session.begin_delivery().map_err(Problem::of_machine)).await?);
    let mut refused = Vec::new();
    match kept(&answering, &delivery, multipart, &mut refused).await {
        Ok(0) => {
            ended(&answering, &delivery).await?;
            let why = refused.first().map(Warning::to_string);
            Err(unreadable(why.unwrap_or_else(|| "no photos: the field `photos` is missing".to_owned())))
        }
        // What came before it broke off is taken in; what did not is said.
        kept => {
            let task = Task::TakeIn { delivery: Delivery::clone(&delivery), refused };
            let begun = Begun { job: answering.jobs().add(task) };
            kept.map(|_| (StatusCode::ACCEPTED, Json(begun)))
        }
    }
}

async fn ended(answering: &Answering, delivery: &Arc<Delivery>) -> Result<(), Problem> {
    let delivery = Arc::clone(delivery);
    answering.aside(move |session| session.end_delivery(&delivery).map_err(Problem::of_machine)).await
}

/// Writes the photos of a request to the disk, one after the other; says how many, and notes what is no photo.
async fn kept(
    answering: &Answering,
    delivery: &Arc<Delivery>,
    mut multipart: Multipart,
    refused: &mut Vec<Warning>,
) -> Result<usize, Problem> {
    let mut count = 0;
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if !matches!(field.name(), Some("photos" | "photos[]")) {
            continue;
        }
        let name = field.file_name().unwrap_or("photo").to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        let (delivery, called) = (Arc::clone(delivery), name.clone());
        let received = move |session: &Session| match session.receive(&delivery, &called, &bytes) {
            // The name stands beside it.
            Err(error) if error.kind() == ErrorKind::User => {
                let text = error.to_string();
                Ok(Some(text.strip_suffix(&format!(": {called}")).unwrap_or(&text).to_owned()))
            }
            other => other.map(|()| None).map_err(Problem::of_machine),
        };
        match answering.aside(received).await? {
            Some(message) => refused.push(Warning { about: name, message }),
            None => count += 1,
        }
    }
    Ok(count)
}

/// Photos that did not arrive whole.
pub(crate) fn broken(error: MultipartError) -> Problem {
    match error.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => Problem::of(status, "the photos are too large together"),
        _ => {
            let detail = format!("the photos did not arrive whole: {}", error.body_text());
            Problem::of(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
    }
}
