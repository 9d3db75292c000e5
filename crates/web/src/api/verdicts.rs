//! What is said of a case.

use axum::Json;
use axum::extract::State;
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use resight_core::{AnnotationId, IndividualId};
use resight_engine::Session;
use resight_engine::review::{
    Case, Confidence, Desk, Outcome, PairVerdict, PairWord, Reviewed, Said as SaidOfCase, ShownForVerdict,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::{Order, Ordered, shape_of};
use super::listed::{Asked, Id, Said};
use super::shown::{IndividualRefShape, StepShape};
use crate::answering::Answering;
use crate::problem::{Problem, ProblemShape};

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
