//! The analysis provider of the CRRU Photo-ID app: `POST /match`.
//!
//! The app (Cetacean Research & Rescue Unit, MIT) sends the photos of a stack, one animal met once, as it shows them: JPEG with 1,000
//! pixels on the longer side. Its specification is "Analysis API Contract" 0.0.1 (`docs/assets/analysis-api-spec.yaml` of the app,
//! read in November 2026): `multipart/form-data` with one or more `images`, a bearer token;
//!
//! ```json
//! {"matches": [{"rank": 1, "id": "Muddy", "rating": 0.91, "details": "20220615_0034.jpg: 82 marks seen in both"}]}
//! ```
//!
//! `401`, `422` and `503` with `{"detail": …}`. The photos are asked about as one encounter, and nothing of them is kept.
//! `rating` is the calibrated probability; where the catalog has no calibration, the similarity, and `details` says so. That it may
//! be nobody of the catalog has no place of its own there: `details` of the first match says how likely that is.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use resight_engine::identify::{
    Answer, AnswerBy, CandidateRow, Identification, IdentifyRequest, PhotoInMemory, Subject,
};
use resight_engine::{CancelToken, ErrorKind, Session, Silent};
use serde::Serialize;

use crate::answering::Answering;
use crate::api::{broken, file_name};
use crate::problem::Problem;

/// Photos of one request, at most: a stack of the app has some dozen.
pub const MOST_PHOTOS: usize = 200;

/// Individuals that are listed, at most: the app shows ten a page.
const LISTED: usize = 20;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatchResponse {
    /// Individuals, best first.
    pub matches: Vec<MatchCandidate>,
}

/// An individual that it may be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatchCandidate {
    /// Its place, from 1.
    pub rank: usize,
    /// What the catalog calls it.
    pub id: String,
    /// How probable it is that the photos show it, from 0 to 1; how alike it is, where the catalog has no calibration.
    pub rating: f64,
    /// Its most similar photo, what was seen in both, and what else there is to know.
    pub details: String,
}

/// Who is on these photos?
pub(crate) async fn matches(
    State(answering): State<Answering>,
    multipart: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<MatchResponse>, Problem> {
    let multipart = multipart.map_err(|rejected| {
        Problem::of(StatusCode::UNPROCESSABLE_ENTITY, format!("no photos: {}", rejected.body_text()))
    })?;
    // Held until they are answered.
    let _received = answering.may_receive().await?;
    let photos = received(multipart).await?;
    let answered = answering.work(move |session, cancel| ask(session, photos, cancel)).await?;
    Ok(Json(response(&answered)?))
}

/// The photos of a request. They lie in memory and nowhere else.
async fn received(mut multipart: Multipart) -> Result<Vec<PhotoInMemory>, Problem> {
    let mut photos = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        // What else the app may send one day is no photo.
        if !matches!(field.name(), Some("images" | "images[]")) {
            continue;
        }
        if photos.len() == MOST_PHOTOS {
            let detail = format!("more than {MOST_PHOTOS} photos at once");
            return Err(Problem::of(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        let name = called(photos.len() + 1, field.file_name());
        let bytes = Arc::from(field.bytes().await.map_err(broken)?.as_ref());
        photos.push(PhotoInMemory { name, bytes });
    }
    match photos.is_empty() {
        true => {
            Err(Problem::of(StatusCode::UNPROCESSABLE_ENTITY, "no photos: the field `images` is missing"))
        }
        false => Ok(photos),
    }
}

/// What a photo is called in what is said of it: the name that it came with, as far as that is harmless.
fn called(number: usize, given: Option<&str>) -> String {
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || "-_. ".contains(letter);
    let last = given.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|letter| harmless(*letter)).take(80).collect();
    if kept.trim_matches(['.', ' ']).is_empty() { format!("photo {number}") } else { kept }
}

/// Asks about photos of one encounter.
fn ask(
    session: &Session,
    photos: Vec<PhotoInMemory>,
    cancel: &CancelToken,
) -> Result<Identification, Problem> {
    // What is missing here is no fault of the photos.
    session.prepare().map_err(Problem::of_machine)?;
    let request = IdentifyRequest {
        by: AnswerBy::Encounter,
        top: LISTED,
        ..IdentifyRequest::new(Subject::InMemory(photos))
    };
    session.identify(&request, &Silent, cancel).map_err(|error| match error.kind() {
        ErrorKind::User => Problem::of(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
        _ => Problem::of_machine(error),
    })
}

/// The answer as the app reads it.
fn response(asked: &Identification) -> Result<MatchResponse, Problem> {
    let Some(answer) = asked.answers.iter().find(|answer| !answer.candidates.is_empty()) else {
        let of_photo = |photo: &str, why: &str| format!("{}: {why}", file_name(photo));
        let mut answers = asked.answers.iter();
        let why = answers
            .find_map(|answer| Some(of_photo(&answer.photo, answer.reason.as_ref()?)))
            .or_else(|| asked.not_asked.first().map(|one| of_photo(&one.about, &one.message)));
        let detail = why.unwrap_or_else(|| "nobody can be compared with these photos".to_owned());
        return Err(Problem::of(StatusCode::UNPROCESSABLE_ENTITY, detail));
    };
    let mut matches: Vec<MatchCandidate> = Vec::new();
    for (rank, row) in (1..).zip(&answer.candidates) {
        let mut one = candidate(rank, row, answer, asked);
        // The order weighs more than the looks that are rated without a calibration: no later one is rated above it.
        one.rating = matches.last().map_or(one.rating, |before| one.rating.min(before.rating));
        matches.push(one);
    }
    Ok(MatchResponse { matches })
}

fn candidate(rank: usize, row: &CandidateRow, answer: &Answer, asked: &Identification) -> MatchCandidate {
    let rating = row.probability.unwrap_or_else(|| f64::from(row.embedding_similarity()));
    let mut details = vec![of_photo(row)];
    if rank == 1 {
        details.extend(of_all(answer, asked));
    }
    MatchCandidate {
        rank,
        id: row.individual.clone(),
        rating: rating.clamp(0.0, 1.0),
        details: details.join("; "),
    }
}

/// The most similar photo, and what is seen in both.
fn of_photo(row: &CandidateRow) -> String {
    let name = file_name(&row.best_photo);
    match row.matches() {
        Some(1) => format!("{name}: 1 mark seen in both"),
        Some(matches) => format!("{name}: {matches} marks seen in both"),
        None => name,
    }
}

/// What is to be known of the answer as a whole.
fn of_all<'a>(answer: &'a Answer, asked: &'a Identification) -> impl Iterator<Item = String> + 'a {
    let new = answer.new_probability.map(|new| format!("new individual: {:.0} %", 100.0 * new));
    let uncalibrated = answer
        .candidates
        .iter()
        .all(|row| row.probability.is_none())
        .then(|| "no calibration: ratings are similarities at most, no probabilities".to_owned());
    let unused =
        answer.left_out.iter().map(|one| &one.photo).chain(asked.not_asked.iter().map(|one| &one.about));
    let left_out = unused.collect::<BTreeSet<_>>().len();
    let left_out = (left_out > 0).then(|| format!("{left_out} of the photos could not be used"));
    new.into_iter().chain(uncalibrated).chain(left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_photos_lead_nowhere() {
        assert_eq!(called(1, Some("IMG 0042.jpg")), "IMG 0042.jpg");
        assert_eq!(called(2, Some("../../etc/passwd")), "passwd");
        assert_eq!(called(3, Some("C:\\fins\\a,b;c.jpg")), "abc.jpg");
        assert_eq!((called(4, Some("..")), called(5, None)), ("photo 4".to_owned(), "photo 5".to_owned()));
        assert!(called(6, Some(&"x".repeat(1000))).len() < 100);
    }
}
