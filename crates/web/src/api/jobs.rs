//! Long work, and how far it is.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use utoipa::ToSchema;

use super::listed::Id;
use super::photos::Begun;
use crate::answering::Answering;
use crate::jobs::{JobId, JobShape, Task};
use crate::problem::{Problem, ProblemShape};

/// How often a quiet job shows that it is there.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Learns anew what a similarity is worth in this catalog.
#[utoipa::path(post, path = "/api/v1/calibrate", responses((status = 202, body = Begun), (status = 401, body = ProblemShape)))]
pub(crate) async fn calibrate(State(answering): State<Answering>) -> (StatusCode, Json<Begun>) {
    let job = answering.jobs().add(Task::Calibrate);
    (StatusCode::ACCEPTED, Json(Begun { job }))
}

/// The jobs since the server started.
#[derive(Serialize, ToSchema)]
pub(crate) struct Jobs {
    items: Vec<JobShape>,
}

/// The jobs since the server started, the latest first.
#[utoipa::path(get, path = "/api/v1/jobs", responses((status = 200, body = Jobs), (status = 401, body = ProblemShape)))]
pub(crate) async fn list(State(answering): State<Answering>) -> Json<Jobs> {
    Json(Jobs { items: answering.jobs().all() })
}

/// One job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", params(("id" = String, Path)), responses((status = 200, body = JobShape), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn job(
    State(answering): State<Answering>,
    Id(id): Id<JobId>,
) -> Result<Json<JobShape>, Problem> {
    answering.jobs().get(id).map(Json).ok_or_else(no_job)
}

/// Asks a job to stop. What it has done stays.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", params(("id" = String, Path)), responses((status = 202, body = JobShape), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn stop(
    State(answering): State<Answering>,
    Id(id): Id<JobId>,
) -> Result<(StatusCode, Json<JobShape>), Problem> {
    let stopped = answering.jobs().stop(id).ok_or_else(no_job)?;
    Ok((StatusCode::ACCEPTED, Json(stopped)))
}

/// How far a job is, as it goes on: server-sent events named `job`, the last of which is its end. Whoever comes again gets how it
/// stands first, so that nothing is missed.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/events", params(("id" = String, Path)), responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn events(
    State(answering): State<Answering>,
    Id(id): Id<JobId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let mut watched = answering.jobs().watch(id).ok_or_else(no_job)?;
    let (tell, told) = mpsc::channel(1);
    // Ends with the job, or when nobody listens any more.
    tokio::spawn(async move {
        loop {
            let job = watched.borrow_and_update().clone();
            let has_ended = job.has_ended();
            if tell.send(job).await.is_err() || has_ended || watched.changed().await.is_err() {
                return;
            }
        }
    });
    let told = ReceiverStream::new(told).map(|job| {
        let event = Event::default().event("job").id(job.change.to_string());
        Ok(event.json_data(&job).unwrap_or_default())
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

fn no_job() -> Problem {
    Problem::of(StatusCode::NOT_FOUND, "there is no such job since the server started")
}
