//! Being let in.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listed::Said;
use crate::answering::Answering;
use crate::problem::{Problem, ProblemShape};

/// What lets one in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct TokenSaid {
    /// The token that the server printed.
    token: String,
}

/// Who is let in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// Who signs steps where nobody says otherwise.
    name: String,
}

/// Exchanges the token for a cookie, so that pages need not keep it.
#[utoipa::path(post, path = "/api/v1/session", request_body = TokenSaid, security(()), responses(
    (status = 204, description = "let in, with a cookie"), (status = 401, body = ProblemShape)))]
pub(crate) async fn open(
    State(answering): State<Answering>,
    Said(said): Said<TokenSaid>,
) -> Result<Response, Problem> {
    if !answering.lets_in(&said.token) {
        // Slow enough that nobody tries very many.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        return Err(Problem::of(StatusCode::UNAUTHORIZED, "this is not the token of this server"));
    }
    Ok(with_cookie(&answering.cookie().set()))
}

/// Who is let in.
#[utoipa::path(get, path = "/api/v1/session", responses((status = 200, body = Me), (status = 401, body = ProblemShape)))]
pub(crate) async fn shown(State(answering): State<Answering>) -> Json<Me> {
    Json(Me { name: answering.actor().to_owned() })
}

/// Forgets the cookie.
#[utoipa::path(delete, path = "/api/v1/session", responses((status = 204, description = "the cookie is gone")))]
pub(crate) async fn close(State(answering): State<Answering>) -> Response {
    with_cookie(&answering.cookie().unset())
}

fn with_cookie(cookie: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(SET_COOKIE, value);
    }
    response
}
