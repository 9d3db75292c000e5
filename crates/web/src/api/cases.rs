//! The queue and its cases.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::{IntoResponse as _, Response};
use resight_core::{AnnotationId, Decision};
use resight_engine::identify::Answer;
use resight_engine::review::{Desk, QueueOrder, ReviewCandidate, VerdictShown};
use resight_engine::{CancelToken, Session};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listed::{Asked, Id, Part};
use super::shown::{AnnotationShape, IndividualRefShape, annotations};
use super::verdicts::VerdictWord;
use crate::answering::Answering;
use crate::problem::{Problem, ProblemShape};

/// Cases that follow one, for fetching them beforehand.
const FOLLOWING: usize = 3;

/// In which order.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// First what a look is worth most for.
    #[default]
    Benefit,
    /// As the photos came.
    Taken,
}

impl From<Order> for QueueOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Benefit => Self::Benefit,
            Order::Taken => Self::Taken,
        }
    }
}

/// Which order a queue is in.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Ordered {
    #[serde(default)]
    #[param(inline)]
    pub(super) order: Order,
}

/// The cases that are open.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queue {
    items: Vec<CaseRowShape>,
    next_cursor: Option<String>,
    total: usize,
    /// Cases decided since the server started.
    decided: usize,
    /// How far it is with working out the answers; none where all cases have one.
    preparing: Option<Preparing>,
}

/// How many cases have an answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preparing {
    done: usize,
    total: usize,
}

/// An open case, in short.
#[derive(Serialize, ToSchema)]
#[schema(as = CaseRow)]
pub(crate) struct CaseRowShape {
    case: String,
    annotations: Vec<String>,
    /// `match`, `new`, `ask` or `not-identifiable`; none where it has no answer yet.
    decision: Option<String>,
    /// The likeliest individual.
    individual: Option<IndividualRefShape>,
    probability: Option<f64>,
    new_probability: Option<f64>,
    /// How probable it is that a look changes what would be believed without one; none where it has no answer yet.
    benefit: Option<f64>,
    file: String,
    date: Option<String>,
    encounter: Option<String>,
    species: Option<String>,
    viewpoint: Option<String>,
}

/// The cases that are open, a part at a time.
#[utoipa::path(get, path = "/api/v1/queue", params(Ordered, Part), responses((status = 200, body = Queue), (status = 401, body = ProblemShape), (status = 422, body = ProblemShape)))]
pub(crate) async fn queue(
    State(answering): State<Answering>,
    Asked(ordered): Asked<Ordered>,
    Asked(part): Asked<Part>,
) -> Result<Json<Queue>, Problem> {
    let decided = answering.decided();
    answering
        .at_desk(move |session, desk| {
            desk.refresh(session).map_err(Problem::of_machine)?;
            let count = desk.count();
            let cut = part.of(desk.rows(ordered.order.into()))?;
            let first: Vec<AnnotationId> = cut.items.iter().map(|row| row.case.id()).collect();
            let shown = session.annotations_shown(&first).map_err(Problem::of_machine)?;
            let items = cut.items.iter().zip(&shown).map(|(row, first)| {
                let answer = row.prepared.as_ref().map(|prepared| &prepared.answer);
                let best = answer.and_then(|answer| answer.candidates.first());
                CaseRowShape {
                    case: row.case.id().to_string(),
                    annotations: row.case.annotations.iter().map(ToString::to_string).collect(),
                    decision: answer.map(|answer| answer.decision.word().to_owned()),
                    individual: best
                        .and_then(|best| session.who_is(&best.individual))
                        .map(|who| IndividualRefShape::from(&who)),
                    probability: best.and_then(|best| best.probability),
                    new_probability: answer.and_then(|answer| answer.new_probability),
                    benefit: row.prepared.as_ref().map(|prepared| prepared.benefit),
                    file: first.file.clone(),
                    date: first.time.map(|time| time.to_string()),
                    encounter: first.encounter.clone(),
                    species: first.species.as_ref().map(ToString::to_string),
                    viewpoint: first.viewpoint.as_ref().map(ToString::to_string),
                }
            });
            Ok(Json(Queue {
                items: items.collect(),
                next_cursor: cut.next_cursor,
                total: cut.total,
                decided,
                preparing: (count.prepared < count.open)
                    .then_some(Preparing { done: count.prepared, total: count.open }),
            }))
        })
        .await
}

/// A case with its candidates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Case)]
pub(crate) struct CaseShape {
    case: String,
    /// The state of the case: what a verdict names by `If-Match`.
    etag: String,
    /// Whether nobody has decided it yet.
    open: bool,
    /// Its photos, by time.
    query: Vec<AnnotationShape>,
    /// `match`, `new`, `ask` or `not-identifiable`.
    decision: String,
    /// Why, where nobody can tell.
    reason: Option<String>,
    /// Whether there are probabilities.
    calibrated: bool,
    new_probability: Option<f64>,
    others_probability: Option<f64>,
    /// Best first; those that somebody has said it is not last.
    candidates: Vec<CandidateShape>,
    compared: Compared,
    /// Whether the answer is of the catalog as it is now; if not, it is being worked out anew.
    up_to_date: bool,
    /// The cases that come next.
    next: Vec<String>,
    /// Its place in the queue, from 1; 0 where it is not open.
    position: usize,
    total: usize,
}

/// What a case was compared with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Compared {
    individuals: usize,
    photos: usize,
    filters: Vec<String>,
}

/// An individual that a case may be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Candidate)]
pub(crate) struct CandidateShape {
    individual: IndividualRefShape,
    rank: usize,
    probability: Option<f64>,
    similarity: f64,
    /// Marks that its best photo has in common with the case.
    matches: Option<u16>,
    photos: usize,
    first_seen: Option<String>,
    last_seen: Option<String>,
    days_apart: Option<f64>,
    km_apart: Option<f64>,
    /// Its photos, at most 24: those from the same side first, best first.
    annotations: Vec<AnnotationShape>,
    /// What was said of it and this case, the latest first.
    verdicts: Vec<PairVerdictShape>,
}

/// What somebody said of a pair.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PairVerdict)]
pub(crate) struct PairVerdictShape {
    verdict: VerdictWord,
    by: String,
    /// RFC 3339.
    at: String,
    confidence: Option<u8>,
    note: Option<String>,
    step: String,
}

impl From<&VerdictShown> for PairVerdictShape {
    fn from(shown: &VerdictShown) -> Self {
        Self {
            verdict: shown.verdict.into(),
            by: shown.by.clone(),
            at: shown.at.to_string(),
            confidence: shown.confidence.map(u8::from),
            note: shown.note.clone(),
            step: shown.step.clone(),
        }
    }
}

impl From<&ReviewCandidate> for CandidateShape {
    fn from(candidate: &ReviewCandidate) -> Self {
        let (first_seen, last_seen) = candidate.seen.clone().unzip();
        Self {
            individual: IndividualRefShape::from(&candidate.individual),
            rank: candidate.rank,
            probability: candidate.probability,
            similarity: f64::from(candidate.similarity),
            matches: candidate.matches,
            photos: candidate.photos,
            first_seen,
            last_seen,
            days_apart: candidate.days_apart,
            km_apart: candidate.km_apart,
            annotations: annotations(&candidate.annotations),
            verdicts: candidate.verdicts.iter().map(PairVerdictShape::from).collect(),
        }
    }
}

/// A case with its candidates, and its state as `ETag`.
#[utoipa::path(get, path = "/api/v1/cases/{case}", params(("case" = String, Path, description = "one of its annotations"), Ordered), responses((status = 200, body = CaseShape), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn case(
    State(answering): State<Answering>,
    Id(annotation): Id<AnnotationId>,
    Asked(ordered): Asked<Ordered>,
) -> Result<Response, Problem> {
    let found = answering
        .asked_at_desk(move |session, desk, cancel| {
            shape_of(session, desk, annotation, ordered.order, cancel)
        })
        .await?;
    Ok(tagged(found))
}

fn tagged(case: CaseShape) -> Response {
    let tag = HeaderValue::from_str(&format!("\"{}\"", case.etag));
    let mut response = Json(case).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

pub(super) fn shape_of(
    session: &Session,
    desk: &Desk,
    annotation: AnnotationId,
    order: Order,
    cancel: &CancelToken,
) -> Result<CaseShape, Problem> {
    // What is not there is told apart from what cannot be answered.
    let case = session.case_of(annotation).map_err(Problem::not_there)?;
    let (prepared, up_to_date) = desk.answer(session, case.id(), cancel).map_err(Problem::unprocessable)?;
    // Taken after the answer: what is said of the case from now on makes it another state.
    let state = session.case_state(&prepared.case).map_err(Problem::of_machine)?;
    let (query, candidates) =
        session.candidates(&prepared.case, &prepared.answer).map_err(Problem::of_machine)?;
    let rows = desk.rows(order.into());
    let place = rows.iter().position(|row| row.case.id() == prepared.case.id());
    let following = rows.iter().skip(place.map_or(0, |place| place + 1));
    let answer = &prepared.answer;
    Ok(CaseShape {
        case: prepared.case.id().to_string(),
        etag: state.text,
        open: place.is_some(),
        query: annotations(&query),
        decision: answer.decision.word().to_owned(),
        reason: answer.reason.clone(),
        calibrated: is_calibrated(answer),
        new_probability: answer.new_probability,
        others_probability: answer.others_probability,
        candidates: candidates.iter().map(CandidateShape::from).collect(),
        compared: Compared {
            individuals: answer.candidate_set.individuals,
            photos: answer.candidate_set.photos,
            filters: answer.candidate_set.filters.clone(),
        },
        up_to_date,
        next: following.take(FOLLOWING).map(|row| row.case.id().to_string()).collect(),
        position: place.map_or(0, |place| place + 1),
        total: rows.len(),
    })
}

fn is_calibrated(answer: &Answer) -> bool {
    answer.new_probability.is_some() || matches!(answer.decision, Decision::Match(_) | Decision::New)
}
