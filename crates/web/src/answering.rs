//! What every request is answered with: the catalog's session, and how much may be asked at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use resight_engine::{CancelToken, EngineError, Session};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Token;

/// Questions that are worked on at once: each takes the cores for itself, so that more of them would only wait in memory.
const AT_ONCE: usize = 2;

/// Requests whose photos are received at once: they lie in memory until they are answered.
const RECEIVED_AT_ONCE: usize = 4;

/// Tells the user of this machine what those who ask are not told.
pub type Tell = Arc<dyn Fn(&EngineError) + Send + Sync>;

/// The session behind the door.
#[derive(Clone)]
pub(crate) struct Answering(Arc<Inner>);

struct Inner {
    session: Session,
    token: Token,
    /// The names and ports that this server is reached by, in small letters.
    names: BTreeSet<String>,
    turns: Arc<Semaphore>,
    received: Arc<Semaphore>,
    tell: Tell,
}

impl Answering {
    pub(crate) fn new(session: Session, token: Token, names: BTreeSet<String>, tell: Tell) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let received = Arc::new(Semaphore::new(RECEIVED_AT_ONCE));
        Self(Arc::new(Inner { session, token, names, turns, received, tell }))
    }

    pub(crate) fn token(&self) -> &Token {
        &self.0.token
    }

    /// Whether this server was opened under this name.
    pub(crate) fn is_called(&self, host: &str) -> bool {
        self.0.names.contains(&host.to_ascii_lowercase())
    }

    /// Lets nobody begin any more.
    pub(crate) fn close(&self) {
        self.0.turns.close();
        self.0.received.close();
    }

    /// The right to receive photos, when it is one's turn.
    pub(crate) async fn may_receive(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.0.received).acquire_owned().await.map_err(|_| Problem::ending())
    }

    /// Works on something when it is its turn. Whoever asked may go away: the work is told to stop then, and keeps its turn until it
    /// has.
    ///
    /// # Errors
    /// What the work says; that the server is about to end, or the work came to a sudden end.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session, &CancelToken) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = Arc::clone(&self.0.turns).acquire_owned().await.map_err(|_| Problem::ending())?;
        let cancel = CancelToken::default();
        let _stops = StopsWhenDropped(cancel.clone());
        self.aside(move |session| {
            let _turn = turn;
            work(session, &cancel)
        })
        .await
    }

    /// Looks something up, whoever else is worked for.
    ///
    /// # Errors
    /// As for [`Self::work`].
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Session) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let inner = Arc::clone(&self.0);
        let looked = tokio::task::spawn_blocking(move || look(&inner.session)).await;
        let found = looked.unwrap_or_else(|_| {
            Err(Problem::of_machine(EngineError::internal("answering came to a sudden end")))
        });
        found.inspect_err(|problem| {
            if let Some(error) = &problem.machine {
                (self.0.tell)(error);
            }
        })
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
    /// What went wrong on this machine: for its user, and not for whoever asks.
    machine: Option<EngineError>,
}

#[derive(Serialize)]
struct Said<'a> {
    detail: &'a str,
}

impl Problem {
    pub(crate) fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), machine: None }
    }

    /// The catalog, its models or the machine do not let it be answered.
    pub(crate) fn of_machine(error: EngineError) -> Self {
        let detail = "the catalog cannot answer now; its server says why";
        Self { machine: Some(error), ..Self::of(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    fn ending() -> Self {
        Self::of(StatusCode::SERVICE_UNAVAILABLE, "the server is about to end")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(Said { detail: &self.detail })).into_response()
    }
}
