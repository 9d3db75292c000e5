//! The screen: the front end, as `ui/` builds it, inside the program.
//!
//! It says nothing of the catalog and is given to everybody; what it shows it asks for under `/api/v1`.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::answering::Answering;

/// A file of the front end.
struct Asset {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 4] = [
    Asset { path: "/", kind: "text/html; charset=utf-8", bytes: include_bytes!("../ui/dist/index.html") },
    Asset {
        path: "/assets/app.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../ui/dist/assets/app.js"),
    },
    Asset {
        path: "/assets/app.css",
        kind: "text/css; charset=utf-8",
        bytes: include_bytes!("../ui/dist/assets/app.css"),
    },
    Asset {
        path: "/assets/app.svg",
        kind: "image/svg+xml",
        bytes: include_bytes!("../ui/dist/assets/app.svg"),
    },
];

/// The ways to them.
pub(crate) fn router() -> Router<Answering> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(move |headers: HeaderMap| async move { asset.given(&headers) }))
    })
}

impl Asset {
    fn given(&self, headers: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", &blake3::hash(self.bytes).to_hex()[..32]);
        let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let mut response = match known == Some(tag.as_str()) {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => self.bytes.into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        // Another version of the program has other files under the same names.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        response
    }
}
