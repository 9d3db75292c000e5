//! Who comes through the door.
//!
//! A server on one's own machine is reached by every page that one opens: a page can send requests to it, and can give its own
//! name the address of this machine (DNS rebinding). So, before anything is looked at:
//!
//! 1. [`only_our_names`]: the `Host` of a request is one that this server was opened under; a page's name is none.
//! 2. `tower-http`'s CSRF layer (put before the routes by [`crate::server`]): what changes something and comes from a browser comes from
//!    our own page.
//! 3. [`with_token`]: the request knows the token; the screen brings the cookie that it got for it ([`let_in`]).
//! 4. [`with_headers`]: no answer may be framed, sniffed, kept, or run as something else.

use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::answering::Answering;
use crate::problem::Problem;

/// What a page of this server may load: nothing from elsewhere, nothing in line.
const POLICY: &str =
    "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Lets requests through that name this server as it is called.
pub(crate) async fn only_our_names(
    State(answering): State<Answering>,
    request: Request,
    next: Next,
) -> Response {
    // A request may name its server twice, in its first line too.
    let in_line = request.uri().authority().is_none_or(|name| answering.is_called(name.as_str()));
    match host_of(request.headers(), request.uri()) {
        Some(host) if in_line && answering.is_called(host) => next.run(request).await,
        _ => {
            let status = StatusCode::MISDIRECTED_REQUEST;
            Problem::of(status, "this server is not called so").into_response()
        }
    }
}

/// The name that a request was sent to; none where it says none, or two.
fn host_of<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) => uri.authority().map(axum::http::uri::Authority::as_str),
        _ => None,
    }
}

/// Lets requests through that know the token: `Authorization: Bearer TOKEN`.
pub(crate) async fn with_token(State(answering): State<Answering>, request: Request, next: Next) -> Response {
    match knows_token(&answering, request.headers()) {
        true => next.run(request).await,
        false => refused(),
    }
}

/// Lets requests through that know the token, or bring the cookie that was given for it.
pub(crate) async fn let_in(State(answering): State<Answering>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    match knows_token(&answering, headers) || answering.cookie().is_in(headers) {
        true => next.run(request).await,
        false => refused(),
    }
}

fn knows_token(answering: &Answering, headers: &HeaderMap) -> bool {
    let said = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    said.and_then(bearer).is_some_and(|said| answering.token().is(said))
}

fn refused() -> Response {
    let mut refused =
        Problem::of(StatusCode::UNAUTHORIZED, "the token is missing or is another one").into_response();
    refused.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    refused
}

/// What stands behind `Bearer`, in whatever letters that is written (RFC 9110, 11.1).
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, said) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| said.trim())
}

/// Says with every answer what a browser must not do with it.
pub(crate) async fn with_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (RESOURCE_POLICY, "same-origin"),
        (OPENER_POLICY, "same-origin"),
        // Not `no-referrer`, which can take away the origin that is compared.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_read_however_it_is_written() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
    }

    #[test]
    fn a_request_is_sent_to_one_name() {
        let uri = Uri::from_static("/");
        let mut headers = HeaderMap::new();
        assert_eq!(host_of(&headers, &uri), None);
        assert_eq!(host_of(&headers, &Uri::from_static("http://evil.example/")), Some("evil.example"));
        headers.insert(HOST, HeaderValue::from_static("localhost:8080"));
        assert_eq!(host_of(&headers, &uri), Some("localhost:8080"));
        headers.append(HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(host_of(&headers, &uri), None);
    }
}
