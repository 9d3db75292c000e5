//! What every request is answered with: the catalog's session, and how much may be asked at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use resight_engine::{CancelToken, EngineError, ErrorKind, Session};
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::Token;

/// Questions that are worked on at once: each takes the cores for itself, so that more of them would only wait in memory.
const AT_ONCE: usize = 2;

/// The session behind the door.
#[derive(Clone)]
pub(crate) struct Answering(Arc<Inner>);

struct Inner {
    session: Session,
    token: Token,
    /// The names and ports that this server is reached by, in small letters.
    names: BTreeSet<String>,
    turns: Semaphore,
}

impl Answering {
    pub(crate) fn new(session: Session, token: Token, names: BTreeSet<String>) -> Self {
        Self(Arc::new(Inner { session, token, names, turns: Semaphore::new(AT_ONCE) }))
    }

    pub(crate) fn token(&self) -> &Token {
        &self.0.token
    }

    /// Whether this server was opened under this name.
    pub(crate) fn is_called(&self, host: &str) -> bool {
        self.0.names.contains(&host.to_ascii_lowercase())
    }

    /// Works on something when it is its turn. Whoever asked may go away: the work is told to stop then.
    ///
    /// # Errors
    /// What the work says; a mistake of the program where it panics.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session, &CancelToken) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let ended = || EngineError::internal("the server is about to end");
        let _turn = self.0.turns.acquire().await.map_err(|_| ended())?;
        let (inner, cancel) = (Arc::clone(&self.0), CancelToken::default());
        let _stops = StopsWhenDropped(cancel.clone());
        let worked = tokio::task::spawn_blocking(move || work(&inner.session, &cancel)).await;
        worked.unwrap_or_else(|_| Err(EngineError::internal("answering came to a sudden end")))
    }
}

/// Asks work to stop where nobody waits for it any more.
struct StopsWhenDropped(CancelToken);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Why a request is not answered, as the contracts write it: a status, and `{"detail": …}`.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
}

#[derive(Serialize)]
struct Said<'a> {
    detail: &'a str,
}

impl Problem {
    pub(crate) fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error.kind() {
            ErrorKind::User => Self::of(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
            kind => {
                // What went wrong on this machine is for its user, not for whoever asks.
                tracing::error!(?kind, %error, "not answered");
                let detail = "the catalog cannot answer now; the server's own messages say why";
                Self::of(StatusCode::SERVICE_UNAVAILABLE, detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(Said { detail: &self.detail })).into_response()
    }
}
