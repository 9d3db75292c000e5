//! Lists, a part at a time.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::problem::Problem;

/// Items of one part, where nothing is said.
const USUAL: usize = 50;

/// Items of one part, at most.
const MOST: usize = 500;

/// Which part of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// How many items, at most 500.
    #[serde(default)]
    limit: Option<usize>,
    /// Where to go on: `next_cursor` of the part before.
    #[serde(default)]
    cursor: Option<String>,
}

/// A part of a list, and where the next one begins.
pub(crate) struct Cut<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_cursor: Option<String>,
    pub(crate) total: usize,
}

impl Part {
    /// How many items come before.
    pub(crate) fn first(&self) -> Result<usize, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(0) };
        cursor
            .strip_prefix('c')
            .and_then(|place| place.parse().ok())
            .ok_or_else(|| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, "no cursor of this list"))
    }

    /// How many items, at most.
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or(USUAL).clamp(1, MOST)
    }

    /// The part of all items.
    pub(crate) fn of<T>(&self, all: Vec<T>) -> Result<Cut<T>, Problem> {
        let (first, total) = (self.first()?, all.len());
        let next_cursor = self.next(total)?;
        Ok(Cut { items: all.into_iter().skip(first).take(self.limit()).collect(), next_cursor, total })
    }

    /// Where the next part begins, of so many items.
    pub(crate) fn next(&self, total: usize) -> Result<Option<String>, Problem> {
        let end = self.first()?.saturating_add(self.limit());
        Ok((end < total).then(|| format!("c{end}")))
    }
}

/// An id in a path, as it is written: `ann-12`.
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let read = path.ok().and_then(|Path(text)| text.parse().ok());
        read.map(Self).ok_or_else(|| Problem::of(StatusCode::NOT_FOUND, "there is nothing of this id"))
    }
}

/// What stands behind the `?` of an address, refused as other requests are.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        asked
            .map(|axum::extract::Query(asked)| Self(asked))
            .map_err(|rejected| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, rejected.body_text()))
    }
}

/// A body of JSON, refused as other requests are.
pub(crate) struct Said<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> axum::extract::FromRequest<S> for Said<T> {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Problem> {
        let said = axum::Json::<T>::from_request(request, state).await;
        said.map(|axum::Json(said)| Self(said)).map_err(|rejected| {
            // No JSON, or JSON of another form: to whoever asked it is the same.
            let status = match rejected.status() {
                status @ StatusCode::PAYLOAD_TOO_LARGE => status,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Problem::of(status, rejected.body_text())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(limit: usize, cursor: Option<&str>) -> Part {
        Part { limit: Some(limit), cursor: cursor.map(str::to_owned) }
    }

    #[test]
    fn parts_follow_each_other_to_the_end() {
        let all: Vec<usize> = (0..5).collect();
        let first = part(2, None).of(all.clone()).unwrap();
        assert_eq!((first.items, first.total), (vec![0, 1], 5));
        let second = part(2, first.next_cursor.as_deref()).of(all.clone()).unwrap();
        assert_eq!(second.items, [2, 3]);
        let last = part(2, second.next_cursor.as_deref()).of(all.clone()).unwrap();
        assert_eq!((last.items, last.next_cursor), (vec![4], None));
        assert!(part(2, Some("c99")).of(all.clone()).unwrap().items.is_empty());
        assert!(part(2, Some("ann-1")).of(all).is_err());
    }
}
