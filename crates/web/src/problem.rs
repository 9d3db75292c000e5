//! Why a request is not answered.

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use resight_engine::{EngineError, ErrorKind, Hint};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The media type of a problem (RFC 9457).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request is not answered: a status, and what is to be said of it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    detail: String,
    hint: Option<String>,
    /// What else a program that asked can use.
    more: Map<String, Value>,
    /// What went wrong on this machine: for its user, and not for whoever asks.
    pub(crate) machine: Option<Box<EngineError>>,
}

/// A problem, as it is written (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemShape {
    /// Always `about:blank`: the status says what kind of problem it is.
    r#type: &'static str,
    /// The status in words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What is wrong, for people.
    detail: String,
    /// What helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(flatten)]
    #[schema(additional_properties)]
    more: Map<String, Value>,
}

impl Problem {
    pub(crate) fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), hint: None, more: Map::new(), machine: None }
    }

    /// The catalog, its models or the machine do not let it be answered.
    pub(crate) fn of_machine(error: EngineError) -> Self {
        let detail = "the catalog cannot answer now; its server says why";
        Self { machine: Some(Box::new(error)), ..Self::of(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// An error of the engine: where whoever asks can mend it, it is said with this status.
    pub(crate) fn of_engine(error: EngineError, where_mended: StatusCode) -> Self {
        match error.kind() {
            ErrorKind::User => {
                Self { hint: error.hint().and_then(in_words), ..Self::of(where_mended, error.to_string()) }
            }
            _ if matches!(error.hint(), Some(Hint::WaitForWriter)) => {
                let detail = "somebody else is writing to the catalog: nothing was stored";
                Self { machine: Some(Box::new(error)), ..Self::of(StatusCode::SERVICE_UNAVAILABLE, detail) }
            }
            _ => Self::of_machine(error),
        }
    }

    /// What was asked for cannot be, as it was asked.
    pub(crate) fn unprocessable(error: EngineError) -> Self {
        Self::of_engine(error, StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// What was asked for is not there.
    pub(crate) fn not_there(error: EngineError) -> Self {
        Self::of_engine(error, StatusCode::NOT_FOUND)
    }

    /// With something more for programs.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.more.insert(name.to_owned(), serde_json::json!(value));
        self
    }

    pub(crate) fn ending() -> Self {
        Self::of(StatusCode::SERVICE_UNAVAILABLE, "the server is about to end")
    }
}

/// What helps, as far as that is no command line.
fn in_words(hint: &Hint) -> Option<String> {
    match hint {
        Hint::DidYouMean { near } if !near.is_empty() => Some(format!("did you mean {}?", near.join(", "))),
        _ => None,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let shape = ProblemShape {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            hint: self.hint,
            more: self.more,
        };
        let mut response = (self.status, Json(shape)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        response
    }
}
