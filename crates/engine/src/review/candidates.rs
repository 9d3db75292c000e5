//! The individuals that a case may be, as a person compares them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use resight_catalog::{Catalog, VerdictRecord};
use resight_core::{AnnotationId, CaptureTime, IndividualId, distance_km};

use super::shown::{Showing, VerdictShown, by_time};
use super::{AnnotationShown, Case, PairWord};
use crate::identify::{Answer, CandidateRow};
use crate::identity::IndividualRef;
use crate::{EngineError, Session};

/// Photos of a candidate that are shown, at most.
const MOST_SHOWN: usize = 24;

const SECONDS_A_DAY: f64 = 86_400.0;

/// An individual that a case may be.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewCandidate {
    /// Who.
    pub individual: IndividualRef,
    /// Its place among the candidates, from 1.
    pub rank: usize,
    /// How probable it is; none without a calibration.
    pub probability: Option<f64>,
    /// How similar its most similar photo is.
    pub similarity: f32,
    /// Marks that its best photo has in common with the case, where they were compared.
    pub matches: Option<u16>,
    /// How many photos it has.
    pub photos: usize,
    /// Days of its first and its last photo that state one.
    pub seen: Option<(String, String)>,
    /// Days between the case and the nearest photo in time.
    pub days_apart: Option<f64>,
    /// Kilometres between the case and the nearest photo in place.
    pub km_apart: Option<f64>,
    /// Its photos: those from the same side first, the best one of them leading; at most 24.
    pub annotations: Vec<AnnotationShown>,
    /// What was said of it and this case, the latest first.
    pub verdicts: Vec<VerdictShown>,
}

impl Session {
    /// The annotations of a case, by time, and the candidates of its answer. Individuals that somebody has said it is not come last.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn candidates(
        &self,
        case: &Case,
        answer: &Answer,
    ) -> Result<(Vec<AnnotationShown>, Vec<ReviewCandidate>), EngineError> {
        self.read(|catalog| {
            let mut showing = Showing::of(catalog);
            let mut query =
                case.annotations.iter().map(|id| showing.id(*id)).collect::<Result<Vec<_>, _>>()?;
            query.sort_by(by_time);
            let mut verdicts = verdicts_on(catalog, case)?;
            let mut candidates = Vec::with_capacity(answer.candidates.len());
            for (rank, row) in (1..).zip(&answer.candidates) {
                // Renamed or merged since it was answered: it is found anew with the next answer.
                let Ok(individual) = catalog.find_individual(&row.individual) else { continue };
                let said = verdicts.remove(&individual).unwrap_or_default();
                candidates.push(candidate(&mut showing, &query, individual, rank, row, said)?);
            }
            candidates.sort_by_key(|one| (is_ruled_out(one), one.rank));
            Ok((query, candidates))
        })
    }
}

/// Whether the latest word on a candidate is that it is somebody else.
fn is_ruled_out(candidate: &ReviewCandidate) -> bool {
    candidate.verdicts.first().is_some_and(|said| said.verdict == PairWord::Different)
}

fn verdicts_on(
    catalog: &Catalog,
    case: &Case,
) -> Result<BTreeMap<IndividualId, Vec<VerdictRecord>>, EngineError> {
    let mut all: BTreeMap<IndividualId, Vec<VerdictRecord>> = BTreeMap::new();
    for annotation in &case.annotations {
        for record in catalog.verdicts_on(*annotation)? {
            let of_individual = all.entry(record.individual).or_default();
            // One step speaks of all annotations of a case.
            if of_individual.iter().all(|there| there.entry != record.entry) {
                of_individual.push(record);
            }
        }
    }
    for records in all.values_mut() {
        records.sort_by_key(|record| Reverse(record.entry));
    }
    Ok(all)
}

fn candidate(
    showing: &mut Showing<'_>,
    query: &[AnnotationShown],
    individual: IndividualId,
    rank: usize,
    row: &CandidateRow,
    said: Vec<VerdictRecord>,
) -> Result<ReviewCandidate, EngineError> {
    let catalog = showing.catalog();
    let there = catalog.annotations_of_individual(individual)?;
    let record = catalog.individual(individual)?;
    let mut annotations =
        there.into_iter().map(|one| showing.annotation(one)).collect::<Result<Vec<_>, _>>()?;
    let days_apart = nearest(query, &annotations, days_between);
    let km_apart = nearest(query, &annotations, km_between);
    order(&mut annotations, query, row.best);
    annotations.truncate(MOST_SHOWN);
    let day = |time: CaptureTime| time.without_time_of_day().to_string();
    Ok(ReviewCandidate {
        individual: showing.individual(individual)?,
        rank,
        probability: row.probability,
        similarity: row.embedding_similarity(),
        matches: row.matches(),
        photos: usize::try_from(record.photos).unwrap_or(usize::MAX),
        seen: record.seen.map(|(first, last)| (day(first), day(last))),
        days_apart,
        km_apart,
        annotations,
        verdicts: said.into_iter().map(VerdictShown::of).collect(),
    })
}

/// Photos from the side that the case is seen from first, then the most similar one, then the better ones, then the later ones.
fn order(annotations: &mut [AnnotationShown], query: &[AnnotationShown], best: AnnotationId) {
    let sides: Vec<_> = query.iter().filter_map(|one| one.viewpoint.as_ref()).collect();
    annotations.sort_by(|a, b| {
        let key = |one: &AnnotationShown| {
            let other_side =
                !sides.is_empty() && !one.viewpoint.as_ref().is_some_and(|side| sides.contains(&side));
            (other_side && one.id != best, one.id != best, Reverse(one.quality))
        };
        key(a).cmp(&key(b)).then_with(|| by_time(b, a))
    });
}

/// The least of what lies between any two.
fn nearest(
    query: &[AnnotationShown],
    others: &[AnnotationShown],
    between: impl Fn(&AnnotationShown, &AnnotationShown) -> Option<f64>,
) -> Option<f64> {
    let all = query.iter().flat_map(|one| others.iter().filter_map(|other| between(one, other)));
    all.reduce(f64::min)
}

fn days_between(one: &AnnotationShown, other: &AnnotationShown) -> Option<f64> {
    Some((one.time?.seconds() - other.time?.seconds()).abs() / SECONDS_A_DAY)
}

fn km_between(one: &AnnotationShown, other: &AnnotationShown) -> Option<f64> {
    Some(distance_km(one.place?, other.place?))
}
