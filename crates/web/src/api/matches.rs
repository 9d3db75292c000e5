//! The marks that two photos have in common.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use resight_core::AnnotationId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listed::Asked;
use crate::answering::Answering;
use crate::problem::{Problem, ProblemShape};

/// The pair whose marks are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Pair {
    /// An annotation.
    query: String,
    /// Another one.
    candidate: String,
}

/// Marks seen in both of two annotations.
#[derive(Serialize, ToSchema)]
pub(crate) struct Matches {
    kinds: Vec<MatchesOfKind>,
}

/// Those of one kind of local features.
#[derive(Serialize, ToSchema)]
pub(crate) struct MatchesOfKind {
    features: String,
    lines: Vec<Line>,
}

/// One mark, in pixels of each upright photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct Line {
    from: (f64, f64),
    to: (f64, f64),
}

/// The marks that two annotations have in common.
#[utoipa::path(get, path = "/api/v1/matches", params(Pair), responses((status = 200, body = Matches), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn matches(
    State(answering): State<Answering>,
    Asked(pair): Asked<Pair>,
) -> Result<Json<Matches>, Problem> {
    let read = |text: &str| {
        text.parse::<AnnotationId>()
            .map_err(|_| Problem::of(StatusCode::NOT_FOUND, "there is nothing of this id"))
    };
    let (query, candidate) = (read(&pair.query)?, read(&pair.candidate)?);
    let found = answering
        .work(move |session, _| session.marks_in_common(query, candidate).map_err(Problem::not_there))
        .await?;
    let kinds = found.into_iter().map(|kind| MatchesOfKind {
        features: kind.features,
        lines: kind.points.into_iter().map(|[from, to]| Line { from, to }).collect(),
    });
    Ok(Json(Matches { kinds: kinds.collect() }))
}
