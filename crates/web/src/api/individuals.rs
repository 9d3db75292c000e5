//! Who there is, and who is who.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use resight_core::{AnnotationId, IndividualId};
use resight_engine::Session;
use resight_engine::identity::Verdict;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listed::{Asked, Id, Part, Said};
use super::shown::{IndividualDetailsShape, IndividualShape, StepShape, annotations};
use crate::answering::Answering;
use crate::problem::{Problem, ProblemShape};

/// What to look for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// Part of a name or alias.
    #[serde(default)]
    search: Option<String>,
}

/// Individuals, by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct IndividualsPart {
    items: Vec<IndividualShape>,
    next_cursor: Option<String>,
    total: usize,
}

/// Individuals, by name.
#[utoipa::path(get, path = "/api/v1/individuals", params(Search, Part), responses((status = 200, body = IndividualsPart), (status = 401, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn list(
    State(answering): State<Answering>,
    Asked(search): Asked<Search>,
    Asked(part): Asked<Part>,
) -> Result<Json<IndividualsPart>, Problem> {
    let wanted = search.search.unwrap_or_default().trim().to_lowercase();
    answering
        .aside(move |session| {
            let mut all = session.individuals().map_err(Problem::of_machine)?;
            all.retain(|row| {
                let mut names = std::iter::once(&row.name).chain(&row.aliases);
                names.any(|name| name.to_lowercase().contains(&wanted))
            });
            let cut = part.of(all)?;
            let ids: Vec<IndividualId> = cut.items.iter().map(|row| row.id).collect();
            let best = session.best_annotations(&ids).map_err(Problem::of_machine)?;
            let shape = |(row, best): (_, Option<_>)| {
                IndividualShape::of(row, best.map(|id: AnnotationId| id.to_string()))
            };
            Ok(Json(IndividualsPart {
                items: cut.items.iter().zip(best).map(shape).collect(),
                next_cursor: cut.next_cursor,
                total: cut.total,
            }))
        })
        .await
}

/// One individual with all its photos.
#[utoipa::path(get, path = "/api/v1/individuals/{id}", params(("id" = String, Path)), responses((status = 200, body = IndividualDetailsShape), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn individual(
    State(answering): State<Answering>,
    Id(id): Id<IndividualId>,
) -> Result<Json<IndividualDetailsShape>, Problem> {
    answering
        .aside(move |session| {
            let found = session.individual(&called(session, id)?).map_err(Problem::not_there)?;
            let shown = session.annotations_of(found.row.id).map_err(Problem::of_machine)?;
            let best = session.best_annotations(&[found.row.id]).map_err(Problem::of_machine)?;
            let best = best.into_iter().flatten().next().map(|id| id.to_string());
            Ok(Json(IndividualDetailsShape {
                row: IndividualShape::of(&found.row, best),
                attributes: found.attributes,
                annotations_shown: annotations(&shown),
            }))
        })
        .await
}

/// Into whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeSaid {
    /// The individual that stays, by id.
    into: String,
    /// Whether only to say what would change.
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    by: Option<String>,
}

/// Makes two individuals one: the one named in the path goes, its names become aliases of the other.
#[utoipa::path(post, path = "/api/v1/individuals/{id}/merge", params(("id" = String, Path)), request_body = MergeSaid, responses((status = 200, body = StepShape, description = "the step; as it would be, with an empty number, where a preview was asked for"), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn merge(
    State(answering): State<Answering>,
    Id(id): Id<IndividualId>,
    Said(said): Said<MergeSaid>,
) -> Result<Json<StepShape>, Problem> {
    let into = individual_id(&said.into)?;
    if !said.preview {
        let merge = move |session: &Session| {
            Ok(Verdict::Merge { from: called(session, id)?, into: called(session, into)? })
        };
        return step(answering, merge, said.by.as_deref()).await;
    }
    let actor = answering.signed_by(said.by.as_deref());
    answering
        .aside(move |session| {
            let step = session
                .merging(&actor, &called(session, id)?, &called(session, into)?)
                .map_err(Problem::unprocessable)?;
            Ok(Json(StepShape { step: String::new(), ..StepShape::from(&step) }))
        })
        .await
}

/// What it is called from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameSaid {
    name: String,
    #[serde(default)]
    by: Option<String>,
}

/// Gives an individual another name; the old one stays as an alias.
#[utoipa::path(post, path = "/api/v1/individuals/{id}/rename", params(("id" = String, Path)), request_body = RenameSaid, responses((status = 200, body = StepShape), (status = 401, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn rename(
    State(answering): State<Answering>,
    Id(id): Id<IndividualId>,
    Said(said): Said<RenameSaid>,
) -> Result<Json<StepShape>, Problem> {
    let rename =
        move |session: &Session| Ok(Verdict::Rename { individual: called(session, id)?, name: said.name });
    step(answering, rename, said.by.as_deref()).await
}

/// Which photos show another individual.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeparateSaid {
    /// By id.
    annotations: Vec<String>,
    /// What the other one is called; none for the next free name.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    by: Option<String>,
}

/// Makes a new individual of some photos of one.
#[utoipa::path(post, path = "/api/v1/separate", request_body = SeparateSaid, responses((status = 200, body = StepShape), (status = 401, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn separate(
    State(answering): State<Answering>,
    Said(said): Said<SeparateSaid>,
) -> Result<Json<StepShape>, Problem> {
    let photos = by_id(said.annotations)?;
    let name = said.name.filter(|name| !name.trim().is_empty());
    step(answering, |_| Ok(Verdict::Separate { photos, name }), said.by.as_deref()).await
}

/// Whom some photos show.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignSaid {
    /// By id.
    annotations: Vec<String>,
    /// By id.
    individual: String,
    #[serde(default)]
    by: Option<String>,
}

/// Says whom photos show.
#[utoipa::path(post, path = "/api/v1/assign", request_body = AssignSaid, responses((status = 200, body = StepShape), (status = 401, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn assign(
    State(answering): State<Answering>,
    Said(said): Said<AssignSaid>,
) -> Result<Json<StepShape>, Problem> {
    let photos = by_id(said.annotations)?;
    let individual = individual_id(&said.individual)?;
    let assign =
        move |session: &Session| Ok(Verdict::Assign { photos, individual: called(session, individual)? });
    step(answering, assign, said.by.as_deref()).await
}

/// Which photos.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnassignSaid {
    /// By id.
    annotations: Vec<String>,
    #[serde(default)]
    by: Option<String>,
}

/// Says that it is not known whom photos show.
#[utoipa::path(post, path = "/api/v1/unassign", request_body = UnassignSaid, responses((status = 200, body = StepShape), (status = 401, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn unassign(
    State(answering): State<Answering>,
    Said(said): Said<UnassignSaid>,
) -> Result<Json<StepShape>, Problem> {
    let photos = by_id(said.annotations)?;
    step(answering, |_| Ok(Verdict::Unassign { photos }), said.by.as_deref()).await
}

/// What finds an individual by its id alone: an animal may be called as the id of another one.
fn called(session: &Session, id: IndividualId) -> Result<String, Problem> {
    let by_id = session.who_is(&id.to_string()).filter(|found| found.id == id);
    let by_name =
        || session.name_of(id).and_then(|name| session.who_is(&name)).filter(|found| found.id == id);
    match by_id.map(|_| id.to_string()).or_else(|| by_name().map(|found| found.name)) {
        Some(called) => Ok(called),
        None => Err(Problem::of(StatusCode::NOT_FOUND, format!("there is no individual {id}"))),
    }
}

/// Annotations by id alone: what else names a photo could be the path of a file.
fn by_id(annotations: Vec<String>) -> Result<Vec<String>, Problem> {
    let is_id = |text: &String| text.parse::<AnnotationId>().is_ok();
    match annotations.iter().all(is_id) {
        true => Ok(annotations),
        false => Err(Problem::of(
            StatusCode::UNPROCESSABLE_ENTITY,
            "annotations are named by their ids, like ann-12",
        )),
    }
}

/// An individual's id, as a body has it.
fn individual_id(text: &str) -> Result<IndividualId, Problem> {
    let wrong = "an individual is named by its id, like ind-7";
    text.parse().map_err(|_| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, wrong))
}

/// Makes a step.
async fn step(
    answering: Answering,
    verdict: impl FnOnce(&Session) -> Result<Verdict, Problem> + Send + 'static,
    by: Option<&str>,
) -> Result<Json<StepShape>, Problem> {
    let actor = answering.signed_by(by);
    answering
        .step(move |session, _, _| {
            let step = session.record(&actor, &verdict(session)?).map_err(Problem::unprocessable)?;
            Ok(Json(StepShape::from(&step)))
        })
        .await
}
