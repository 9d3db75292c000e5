//! Pictures: upright JPEGs without anything else that their files say.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use resight_core::{AnnotationId, PhotoId};
use resight_engine::review::PictureOf;
use serde::Deserialize;
use utoipa::IntoParams;

use super::listed::{Asked, Id};
use crate::answering::Answering;
use crate::problem::{Problem, ProblemShape};

/// The longest side that is asked for, at most: more is the photo itself.
const LONGEST: u32 = 4096;

/// How large.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Size {
    /// Longer side in pixels, at most; none for as large as it is.
    #[serde(default)]
    size: Option<u32>,
}

/// A photo, upright.
#[utoipa::path(get, path = "/media/photos/{photo}", params(("photo" = String, Path, description = "content hash"), Size), responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 304, description = "as it was"), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn photo(
    State(answering): State<Answering>,
    Id(photo): Id<PhotoId>,
    Asked(size): Asked<Size>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    picture(answering, PictureOf::Photo(photo), size, &headers).await
}

/// The animal of an annotation, cut out.
#[utoipa::path(get, path = "/media/annotations/{id}", params(("id" = String, Path), Size), responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 304, description = "as it was"), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn annotation(
    State(answering): State<Answering>,
    Id(id): Id<AnnotationId>,
    Asked(size): Asked<Size>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // A cut at full resolution is the part of the photo that the screen cuts itself.
    let size = Size { size: Some(size.size.unwrap_or(LONGEST)) };
    picture(answering, PictureOf::Annotation(id), size, &headers).await
}

async fn picture(
    answering: Answering,
    of: PictureOf,
    Size { size }: Size,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let side = size.map(|side| side.clamp(16, LONGEST));
    let tag =
        answering.aside(move |session| session.picture_tag(of, side).map_err(Problem::not_there)).await?;
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.trim_matches('"') == tag) {
        return Ok(with_tag(StatusCode::NOT_MODIFIED.into_response(), &tag, of));
    }
    let jpeg = match answering.pictures().get(&tag) {
        Some(jpeg) => jpeg,
        None => {
            let made =
                answering.drawn(move |session| session.picture(of, side).map_err(Problem::not_there)).await?;
            let jpeg: Arc<[u8]> = made.bytes.into();
            answering.pictures().insert(made.tag, Arc::clone(&jpeg));
            jpeg
        }
    };
    let mut response = Response::new(Body::from(Bytes::from_owner(jpeg)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(with_tag(response, &tag, of))
}

fn with_tag(mut response: Response, tag: &str, of: PictureOf) -> Response {
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        headers.insert(ETAG, tag);
    }
    // A photo is called by what is in it; an annotation may get another box.
    let kept = match of {
        PictureOf::Photo(_) => "private, max-age=31536000, immutable",
        PictureOf::Annotation(_) => "private, no-cache",
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}
