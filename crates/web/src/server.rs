//! Opening the door, and closing it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use resight_engine::{CancelToken, Session};
use serde_json::{Value, json};
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::RequestBodyDeadlineLayer;

use crate::answering::{Answering, Opened, Tell};
use crate::contracts::{crru, wildbook};
use crate::cookie::SessionCookie;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::{Token, TokenError};
use crate::{api, guard, screen};

/// Bytes of a request, at most: two hundred photos of 640 kilobytes.
pub(crate) const MOST_BYTES: usize = 128 << 20;

/// How long a request may take to arrive: as long as the app waits.
pub(crate) const ARRIVED: Duration = Duration::from_secs(120);

/// How often it is looked whether the server is to end.
const LOOKED: Duration = Duration::from_millis(100);

/// How long requests may go on when the server is to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a server listens, and to whom.
#[derive(Clone)]
pub struct ServeOptions {
    /// The address; none but this machine's own.
    pub address: IpAddr,
    /// The port; 0 takes one that is free.
    pub port: u16,
    /// What those who ask have to know.
    pub token: Token,
    /// Who signs the steps of those who do not name themselves.
    pub actor: String,
    /// Told what goes wrong on this machine, which those who ask are not told.
    pub tell: Tell,
}

impl ServeOptions {
    /// On this machine alone, on a port that is free.
    pub fn local(token: Token) -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            token,
            actor: "resight".to_owned(),
            tell: Arc::new(|_| {}),
        }
    }
}

/// Why a server cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Others could reach it, who would read what is sent in the clear.
    #[error("{0} can be reached from other machines, and what is sent there is not encrypted")]
    Exposed(IpAddr),
    /// Nothing can listen there.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The system gives no randomness for what stands for the token in a browser.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The system does not let it run.
    #[error("the server cannot run: {0}")]
    Run(#[from] std::io::Error),
}

/// How long a step waits for a job that writes to the catalog.
const WRITERS: Duration = Duration::from_secs(30);

/// A server of one catalog, not yet answering.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    answering: Answering,
    once: Token,
}

impl Server {
    /// Takes the address and port.
    ///
    /// # Errors
    /// The address is not of this machine alone, or somebody listens there.
    pub fn bind(session: Session, options: ServeOptions) -> Result<Self, WebError> {
        let ServeOptions { address, port, token, actor, tell } = options;
        if !address.is_loopback() {
            return Err(WebError::Exposed(address));
        }
        let wanted = SocketAddr::new(address, port);
        let opened = TcpListener::bind(wanted).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        let (address, listener) = opened.map_err(|source| WebError::Listen { address: wanted, source })?;
        let cookie = SessionCookie::new(address.port())?;
        let session = session.waiting_for_writers(WRITERS);
        let names = names_of(address);
        let once = Token::random()?;
        let opened = Opened { session, token, cookie, once: once.clone(), actor, names, tell };
        let answering = Answering::new(opened);
        Ok(Self { listener, address, answering, once })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What lets one browser in, once, in the place of the token: it may stand where others can read it afterwards.
    pub fn once(&self) -> &Token {
        &self.once
    }

    /// Answers until it is cancelled, and then what was asked before for some seconds more.
    ///
    /// # Errors
    /// The system does not let it run.
    pub fn run(self, cancel: &CancelToken) -> Result<(), WebError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (cancel, answering) = (cancel.clone(), self.answering);
        let (preparing, working) = (answering.clone().prepare(), answering.clone().do_jobs());
        let router = router(answering.clone());
        let ended = runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            tokio::spawn(preparing);
            tokio::spawn(working);
            let waited = cancel.clone();
            let cancelled = async move {
                wait_for(waited).await;
                answering.close();
            };
            let served = axum::serve(listener, router).with_graceful_shutdown(cancelled);
            tokio::select! {
                ended = served.into_future() => ended,
                () = async { wait_for(cancel).await; tokio::time::sleep(PATIENCE).await } => Ok(()),
            }
        });
        runtime.shutdown_timeout(PATIENCE);
        Ok(ended?)
    }
}

async fn wait_for(cancel: CancelToken) {
    while !cancel.is_cancelled() {
        tokio::time::sleep(LOOKED).await;
    }
}

/// What a server that listens here is called by those who mean it.
fn names_of(address: SocketAddr) -> BTreeSet<String> {
    let port = address.port();
    let mut names = BTreeSet::from([format!("localhost:{port}"), address.to_string()]);
    if port == 80 {
        names.insert("localhost".to_owned());
        names.insert(match address.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        });
    }
    names
}

/// The ways to the answers, the guard before them all.
fn router(answering: Answering) -> Router {
    let looking = Router::new()
        .route("/predict/", post(wildbook::predict))
        .route("/classify/", post(wildbook::classify))
        .route("/extract/", post(wildbook::extract))
        .route("/pipeline/", post(wildbook::pipeline))
        .layer(from_fn_with_state(answering.clone(), receiving));
    let told = Router::new()
        .route("/match", post(crru::matches))
        .merge(looking)
        // What says beforehand that it is too large is not waited for.
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(MOST_BYTES))
        .layer(RequestBodyDeadlineLayer::new(ARRIVED))
        .layer(from_fn_with_state(answering.clone(), guard::with_token))
        .layer(map_response(in_plain_json));
    Router::new()
        .merge(screen::router())
        .merge(api::router(&answering))
        .route("/health", get(health))
        .merge(told)
        .fallback(|| async { Problem::of(StatusCode::NOT_FOUND, "there is nothing here") })
        .method_not_allowed_fallback(|| async {
            Problem::of(StatusCode::METHOD_NOT_ALLOWED, "this is asked in another way")
        })
        .layer(map_response(in_our_words))
        .layer(CsrfLayer::new().with_rejection_response(|_| {
            Problem::of(StatusCode::FORBIDDEN, "pages from elsewhere are not answered").into_response()
        }))
        .layer(from_fn_with_state(answering.clone(), guard::only_our_names))
        .layer(from_fn(guard::with_headers))
        .with_state(answering)
}

/// What a layer refuses for its size, in the form of all other refusals.
async fn in_our_words(response: Response) -> Response {
    let form = response.headers().get(CONTENT_TYPE);
    let is_plain = !form.is_some_and(|form| form == PROBLEM_JSON || form == "application/json");
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE if is_plain => {
            Problem::of(StatusCode::PAYLOAD_TOO_LARGE, "the photos are too large together").into_response()
        }
        _ => response,
    }
}

/// Lets requests that bring a photo in only as many at a time as there is memory for.
async fn receiving(State(answering): State<Answering>, request: Request, next: Next) -> Response {
    match answering.may_receive().await {
        Ok(_received) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// A problem of a contract, as that has it: plain JSON with a `detail`.
async fn in_plain_json(mut response: Response) -> Response {
    if response.headers().get(CONTENT_TYPE).is_some_and(|form| form == PROBLEM_JSON) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

/// Whether the catalog can be read.
async fn health(State(answering): State<Answering>) -> Result<Json<Value>, Problem> {
    answering.aside(|session| session.settings().map(|_| ()).map_err(Problem::of_machine)).await?;
    Ok(Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_called_by_its_own_names_alone() {
        let names = names_of("127.0.0.1:8080".parse().unwrap());
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["127.0.0.1:8080", "localhost:8080"]);
        let names = names_of("[::1]:80".parse().unwrap());
        assert!(names.contains("[::1]:80") && names.contains("[::1]") && names.contains("localhost"));
    }
}
