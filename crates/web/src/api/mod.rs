//! What the screen and scripts ask for: JSON under `/api/v1`, pictures under `/media`.
//!
//! `openapi.json` beside this crate says it in full, and is checked to be current. Names are in snake case; ids are texts (`ann-12`,
//! `ind-7`, `step-31`, `job-3`, a photo by its content hash); boxes are in pixels of the upright photo; probabilities go from 0 to
//! 1. What cannot be answered is said as RFC 9457 has it.

mod cases;
mod catalog;
mod individuals;
mod jobs;
mod journal;
mod listed;
mod matches;
mod media;
mod photos;
mod session;
mod shown;
mod verdicts;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use serde_json::{Value, json};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::RequestBodyDeadlineLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answering::Answering;
use crate::guard;
use crate::problem::PROBLEM_JSON;
use crate::server::{ARRIVED, MOST_BYTES};

/// Bytes of a request that brings no photos, at most.
const MOST_TEXT: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "resight",
        description = "A catalog of animals: who is on a photo, and who says so.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(crate::problem::ProblemShape)),
    security(("token" = []), ("cookie" = [])),
    modifiers(&Secured)
)]
struct Described;

/// The two ways to be let in.
struct Secured;

impl utoipa::Modify for Secured {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

        let components = openapi.components.get_or_insert_default();
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let cookie = ApiKeyValue::with_description(
            "resight_PORT",
            "given by `POST /api/v1/session` for the token; its name ends with the server's port",
        );
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

pub(crate) use listed::Said;
pub(crate) use photos::broken;
pub(crate) use shown::file_name;
pub(crate) use verdicts::VerdictDone;

/// The description of all of it: OpenAPI 3.1, as JSON.
///
/// # Errors
/// It cannot be written as JSON.
pub fn openapi() -> Result<String, serde_json::Error> {
    let (_, _, described) = parts();
    let mut described = serde_json::to_value(described)?;
    describe_problems(&mut described);
    Ok(serde_json::to_string_pretty(&described)? + "\n")
}

/// Says of every way in what holds for all of them: problems have a form of their own, and a catalog that cannot answer now says so.
fn describe_problems(described: &mut Value) {
    let problem = json!({ PROBLEM_JSON: { "schema": { "$ref": "#/components/schemas/Problem" } } });
    let paths = described["paths"].as_object_mut().into_iter().flatten();
    for operation in
        paths.flat_map(|(_, ways)| ways.as_object_mut().into_iter().flatten().map(|(_, one)| one))
    {
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        let is_problem = |status: &String| status.starts_with(['4', '5']);
        for (_, response) in responses.iter_mut().filter(|(status, _)| is_problem(status)) {
            response["content"] = problem.clone();
        }
        let refused = [
            ("422", "it makes no sense as it was asked"),
            ("503", "the catalog cannot answer now, or somebody else writes to it"),
        ];
        for (status, description) in refused {
            responses
                .entry(status)
                .or_insert_with(|| json!({ "description": description, "content": problem.clone() }));
        }
    }
}

/// The ways in without a token, those with one, and the description of both.
fn parts() -> (Router<Answering>, Router<Answering>, utoipa::openapi::OpenApi) {
    let (open, of_open) = OpenApiRouter::new().routes(routes!(session::open)).split_for_parts();
    let (uploads, of_uploads) = OpenApiRouter::new().routes(routes!(photos::receive)).split_for_parts();
    let (told, described) = OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(session::shown, session::close))
        .routes(routes!(catalog::overview))
        .routes(routes!(catalog::table))
        .routes(routes!(cases::queue))
        .routes(routes!(cases::case))
        .routes(routes!(verdicts::verdict))
        .routes(routes!(matches::matches))
        .routes(routes!(journal::journal))
        .routes(routes!(journal::step))
        .routes(routes!(journal::undo))
        .routes(routes!(individuals::list))
        .routes(routes!(individuals::individual))
        .routes(routes!(individuals::merge))
        .routes(routes!(individuals::rename))
        .routes(routes!(individuals::separate))
        .routes(routes!(individuals::assign))
        .routes(routes!(individuals::unassign))
        .routes(routes!(photos::list))
        .routes(routes!(photos::label, photos::remove))
        .routes(routes!(jobs::calibrate))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::job, jobs::stop))
        .routes(routes!(jobs::events))
        .routes(routes!(media::photo))
        .routes(routes!(media::annotation))
        .split_for_parts();
    let mut described = described;
    described.merge(of_open);
    described.merge(of_uploads);
    let uploads = uploads
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(MOST_BYTES))
        .layer(RequestBodyDeadlineLayer::new(ARRIVED));
    let told = told.layer(DefaultBodyLimit::max(MOST_TEXT)).merge(uploads);
    (open.layer(DefaultBodyLimit::max(MOST_TEXT)), told, described)
}

/// The ways to all of it, the guard before what needs it.
pub(crate) fn router(answering: &Answering) -> Router<Answering> {
    let (open, told, _) = parts();
    open.merge(told.layer(from_fn_with_state(answering.clone(), guard::let_in)))
}
