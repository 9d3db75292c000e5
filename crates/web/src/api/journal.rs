//! What was done, by whom, and taking it back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use resight_engine::identity::{JournalRow, Verdict};
use resight_engine::{CancelToken, Silent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listed::{Asked, Part, Said};
use super::shown::StepShape;
use crate::answering::Answering;
use crate::problem::{Problem, ProblemShape};

/// A step, in short.
#[derive(Serialize, ToSchema)]
#[schema(as = JournalRow)]
pub(crate) struct JournalRowShape {
    step: String,
    action: String,
    by: String,
    /// `person` or `model`.
    by_kind: String,
    /// RFC 3339.
    at: String,
    /// How many annotations it moved or labelled.
    annotations: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_by: Option<String>,
}

impl From<JournalRow> for JournalRowShape {
    fn from(row: JournalRow) -> Self {
        Self {
            step: row.step.to_string(),
            action: row.action.to_owned(),
            by: row.by,
            by_kind: row.by_kind.to_owned(),
            at: row.at.to_string(),
            annotations: row.annotations,
            undoes: row.undoes,
            undone_by: row.undone_by,
        }
    }
}

/// Steps, the latest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct JournalPart {
    items: Vec<JournalRowShape>,
    next_cursor: Option<String>,
    total: usize,
}

/// The steps, the latest first.
#[utoipa::path(get, path = "/api/v1/journal", params(Part), responses((status = 200, body = JournalPart), (status = 401, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn journal(
    State(answering): State<Answering>,
    Asked(part): Asked<Part>,
) -> Result<Json<JournalPart>, Problem> {
    let (first, limit) = (part.first()?, part.limit());
    let (rows, total) = answering
        .aside(move |session| session.journal_part(first, limit).map_err(Problem::of_machine))
        .await?;
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    let items = rows.into_iter().map(JournalRowShape::from).collect();
    Ok(Json(JournalPart { items, next_cursor: part.next(total)?, total }))
}

/// One step with all that it changed.
#[utoipa::path(get, path = "/api/v1/journal/{step}", params(("step" = String, Path)), responses((status = 200, body = StepShape), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn step(
    State(answering): State<Answering>,
    axum::extract::Path(step): axum::extract::Path<String>,
) -> Result<Json<StepShape>, Problem> {
    let found =
        answering.aside(move |session| session.journal_step(&step).map_err(Problem::not_there)).await?;
    Ok(Json(StepShape::from(&found)))
}

/// Who does it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct By {
    /// Who, where it is not whoever started the server.
    #[serde(default)]
    by: Option<String>,
}

/// Takes a step back. Undoing an undo brings the step again.
#[utoipa::path(post, path = "/api/v1/journal/{step}/undo", params(("step" = String, Path)), request_body = By, responses((status = 200, body = StepShape), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape), (status = 409, body = ProblemShape, description = "later steps build on it, or it is not in effect")))]
pub(crate) async fn undo(
    State(answering): State<Answering>,
    axum::extract::Path(step): axum::extract::Path<String>,
    Said(said): Said<By>,
) -> Result<Json<StepShape>, Problem> {
    let actor = answering.signed_by(said.by.as_deref());
    let done = answering
        .step(move |session, _, _| {
            session.journal_step(&step).map_err(Problem::not_there)?;
            let undo = Verdict::Undo { step: Some(step) };
            let (step, _) = session
                .relabel(&actor, &undo, &Silent, &CancelToken::default())
                .map_err(|error| Problem::of_engine(error, StatusCode::CONFLICT))?;
            Ok(step)
        })
        .await?;
    Ok(Json(StepShape::from(&done)))
}
