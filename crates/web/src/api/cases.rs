//! The queue, its cases, and what is said of them.

use axum::Json;
use axum::extract::State;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use resight_core::{AnnotationId, Decision, IndividualId};
use resight_engine::identify::Answer;
use resight_engine::review::{
    Case, Confidence, Desk, Outcome, PairVerdict, PairWord, QueueOrder, ReviewCandidate, Reviewed,
    Said as SaidOfCase, ShownForVerdict, VerdictShown,
};
use resight_engine::{CancelToken, Session};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listed::{Asked, Id, Part, Said};
use super::shown::{AnnotationShape, IndividualRefShape, StepShape, annotations};
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
    order: Order,
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

fn shape_of(
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

/// A verdict in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VerdictWord {
    /// The case is this individual.
    Same,
    /// It is not.
    Different,
    /// It cannot be said, though the photos show enough.
    CannotTell,
    /// The photos do not show the same.
    NotComparable,
    /// It is none of the catalog.
    New,
    /// Its photos are no good.
    BadPhoto,
}

impl From<PairWord> for VerdictWord {
    fn from(word: PairWord) -> Self {
        match word {
            PairWord::Same => Self::Same,
            PairWord::Different => Self::Different,
            PairWord::CannotTell => Self::CannotTell,
            PairWord::NotComparable => Self::NotComparable,
        }
    }
}

/// What a person says of a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerdictSaid {
    verdict: VerdictWord,
    /// The individual, by id: for `same`, `different`, `cannot-tell` and `not-comparable`.
    #[serde(default)]
    individual: Option<String>,
    /// For `new`: what it is called; none for the next free name.
    #[serde(default)]
    name: Option<String>,
    /// 1 guessing, 2 not sure, 3 pretty sure, 4 absolutely sure.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 4)]
    confidence: Option<u8>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    tag: Option<String>,
    /// Who says so, where it is not whoever started the server.
    #[serde(default)]
    by: Option<String>,
    /// Whether probabilities and earlier verdicts were hidden from them.
    #[serde(default)]
    blind: bool,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct VerdictDone {
    step: StepShape,
    /// The case that comes next.
    next: Option<String>,
    /// Whom the case shows now.
    individual: Option<IndividualRefShape>,
}

/// Says something of a case: one step of the journal. `same`, `new` and `bad-photo` decide it.
#[utoipa::path(post, path = "/api/v1/cases/{case}/verdict", request_body = VerdictSaid,
    params(
        ("case" = String, Path, description = "one of its annotations"), Ordered,
        ("if-match" = String, Header, description = "the `ETag` of the case that was seen"),
        ("idempotency-key" = Option<String>, Header, description = "a verdict sent again with the same key is recorded once")),
    responses(
        (status = 200, body = VerdictDone),
        (status = 401, body = ProblemShape),
        (status = 404, body = ProblemShape),
        (status = 412, body = ProblemShape, description = "somebody has said something of it since: `case` is how it stands, `by` who, `at` when"),
        (status = 422, body = ProblemShape),
        (status = 428, body = ProblemShape, description = "without `If-Match`")))]
pub(crate) async fn verdict(
    State(answering): State<Answering>,
    Id(annotation): Id<AnnotationId>,
    Asked(ordered): Asked<Ordered>,
    headers: HeaderMap,
    Said(said): Said<VerdictSaid>,
) -> Result<Json<VerdictDone>, Problem> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let seen = text(IF_MATCH).ok_or_else(|| {
        Problem::of(StatusCode::PRECONDITION_REQUIRED, "say which state of the case was seen: If-Match")
    })?;
    let seen = seen.trim().trim_matches('"').to_owned();
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let actor = answering.signed_by(said.by.as_deref());
    let asker = answering.clone();
    answering
        .step(move |session, desk, cancel| {
            // Held while it is recorded, so that the same key sent twice at once is one verdict.
            let mut recorded = asker.recorded();
            let case = session.case_of(annotation).map_err(Problem::not_there)?;
            let key = key.map(|key| format!("{} {key}", case.id()));
            if let Some(done) = key.as_deref().and_then(|key| recorded.done(key)) {
                return Ok(Json(done));
            }
            let of_case = outcome(session, desk, &case, &said)?;
            let of_case = SaidOfCase { case: case.clone(), outcome: of_case, seen: Some(seen) };
            let place = place_of(desk, &case, ordered.order);
            match session.review(&actor, &of_case).map_err(Problem::unprocessable)? {
                Reviewed::Overtaken { by, at } => {
                    let case = shape_of(session, desk, annotation, ordered.order, cancel)?;
                    let detail = format!("{by} has said something of this case since you saw it");
                    Err(Problem::of(StatusCode::PRECONDITION_FAILED, detail)
                        .with("case", case)
                        .with("by", by)
                        .with("at", at.to_string()))
                }
                Reviewed::Done(step) => {
                    if !matches!(of_case.outcome, Outcome::Pair { ref verdict, .. } if verdict.verdict != PairWord::Same) {
                        asker.count_decided();
                    }
                    let next = next_after(session, desk, &case, place, ordered.order)?;
                    let shown = session.annotations_shown(&[case.id()]).map_err(Problem::of_machine)?;
                    let whom = shown.first().and_then(|first| first.individual.as_ref());
                    let done = VerdictDone {
                        individual: whom.map(IndividualRefShape::from),
                        step: StepShape::from(&*step),
                        next,
                    };
                    recorded.note(key, &done);
                    Ok(Json(done))
                }
            }
        })
        .await
}

/// The place of a case in the queue.
fn place_of(desk: &Desk, case: &Case, order: Order) -> usize {
    let rows = desk.rows(order.into());
    rows.iter().position(|row| row.case.id() == case.id()).unwrap_or(0)
}

/// The case that comes after one that stood here: the first one where it was the last.
fn next_after(
    session: &Session,
    desk: &Desk,
    case: &Case,
    place: usize,
    order: Order,
) -> Result<Option<String>, Problem> {
    desk.refresh(session).map_err(Problem::of_machine)?;
    let others: Vec<AnnotationId> =
        desk.rows(order.into()).iter().map(|row| row.case.id()).filter(|id| *id != case.id()).collect();
    Ok(others.get(place).or(others.first()).map(ToString::to_string))
}

fn outcome(session: &Session, desk: &Desk, case: &Case, said: &VerdictSaid) -> Result<Outcome, Problem> {
    let wrong = |detail: &str| Problem::of(StatusCode::UNPROCESSABLE_ENTITY, detail);
    let confidence = match said.confidence {
        Some(number) => Some(Confidence::try_from(number).map_err(wrong)?),
        None => None,
    };
    let verdict = |word: PairWord, individual: Option<IndividualId>| {
        let shown = shown(session, desk, case, individual, said.blind);
        PairVerdict {
            confidence,
            note: said.note.clone(),
            tag: said.tag.clone(),
            shown,
            ..PairVerdict::plain(word)
        }
    };
    let pair = |word: PairWord| {
        let individual = said.individual.as_deref().ok_or_else(|| wrong("say which individual"))?;
        let individual =
            individual.parse().map_err(|_| wrong("an individual is named by its id, like ind-7"))?;
        Ok(Outcome::Pair { individual, verdict: verdict(word, Some(individual)) })
    };
    match said.verdict {
        VerdictWord::Same => pair(PairWord::Same),
        VerdictWord::Different => pair(PairWord::Different),
        VerdictWord::CannotTell => pair(PairWord::CannotTell),
        VerdictWord::NotComparable => pair(PairWord::NotComparable),
        VerdictWord::New => {
            let name = said.name.clone().filter(|name| !name.trim().is_empty());
            Ok(Outcome::New { name, verdict: verdict(PairWord::Same, None) })
        }
        VerdictWord::BadPhoto => Ok(Outcome::BadPhoto { note: said.note.clone() }),
    }
}

/// What whoever gives a verdict was shown, as far as that is still known.
fn shown(
    session: &Session,
    desk: &Desk,
    case: &Case,
    individual: Option<IndividualId>,
    blind: bool,
) -> Option<ShownForVerdict> {
    // Where somebody has changed the catalog since, it is not known any more what was seen.
    let prepared = desk.fresh_answer(case)?;
    let answer = &prepared.answer;
    let name = individual.and_then(|id| session.who_is(&id.to_string())).map(|who| who.name);
    let rank = name.and_then(|name| answer.candidates.iter().position(|row| row.individual == name));
    Some(ShownForVerdict {
        bundle: answer.bundle.clone(),
        rank: rank.map(|place| place + 1),
        probability: rank.and_then(|place| answer.candidates[place].probability),
        new_probability: answer.new_probability,
        individuals: answer.candidate_set.individuals,
        blind,
    })
}

/// The pair whose marks are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Pair {
    /// An annotation.
    query: String,
    /// Another one.
    candidate: String,
}

/// Marks seen in both of two annotations.
#[derive(Serialize, ToSchema)]
pub(crate) struct Matches {
    kinds: Vec<MatchesOfKind>,
}

/// Those of one kind of local features.
#[derive(Serialize, ToSchema)]
pub(crate) struct MatchesOfKind {
    features: String,
    lines: Vec<Line>,
}

/// One mark, in pixels of each upright photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct Line {
    from: (f64, f64),
    to: (f64, f64),
}

/// The marks that two annotations have in common.
#[utoipa::path(get, path = "/api/v1/matches", params(Pair), responses((status = 200, body = Matches), (status = 401, body = ProblemShape), (status = 404, body = ProblemShape)))]
pub(crate) async fn matches(
    State(answering): State<Answering>,
    Asked(pair): Asked<Pair>,
) -> Result<Json<Matches>, Problem> {
    let read = |text: &str| {
        text.parse::<AnnotationId>()
            .map_err(|_| Problem::of(StatusCode::NOT_FOUND, "there is nothing of this id"))
    };
    let (query, candidate) = (read(&pair.query)?, read(&pair.candidate)?);
    let found = answering
        .work(move |session, _| session.marks_in_common(query, candidate).map_err(Problem::not_there))
        .await?;
    let kinds = found.into_iter().map(|kind| MatchesOfKind {
        features: kind.features,
        lines: kind.points.into_iter().map(|[from, to]| Line { from, to }).collect(),
    });
    Ok(Json(Matches { kinds: kinds.collect() }))
}
