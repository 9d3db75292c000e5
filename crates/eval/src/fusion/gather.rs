//! What is compared to learn on: every known photo with all that may answer it.

use std::collections::BTreeSet;

use resight_core::strength_of_matches;

use crate::rank::Field;
use crate::seeded::draw;
use crate::{EvalError, Gallery, Learnt, PairEvidence, Protocol, RankOptions, SlotKey};

/// One known photo with all photos that may answer it, individual by individual.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) individual: u32,
    pub(super) slot: SlotKey,
    /// Place of the right individual.
    pub(super) truth: usize,
    /// For each individual the number of photos up to and with its last one.
    pub(super) ends: Vec<usize>,
    /// The evidences of every photo: first the similarity of the embeddings, then the strength of the matches, bundle
    /// by bundle.
    pub(super) evidences: Vec<Vec<f32>>,
}

pub(super) fn gather(
    gallery: &Gallery<'_>,
    evidence: &PairEvidence,
    protocol: &Protocol,
    options: &RankOptions,
    most: usize,
    seed: u64,
) -> Result<Vec<Asked>, EvalError> {
    let field = Field::of(gallery, protocol, options)?;
    let counted: BTreeSet<u32> = evidence.queries().collect();
    let is_evidence = |row: u32| gallery.rows[row as usize].learnt != Learnt::Photo;
    // Only photos with a right answer left teach anything.
    let is_answerable = |row: u32| {
        let of = |who: u32| field.individuals.binary_search_by_key(&who, |(individual, _)| *individual).ok();
        let own = field.labels(row).individual.and_then(of);
        own.is_some_and(|at| {
            field.individuals[at].1.iter().any(|other| field.admits(row, *other) && !field.hides(row, *other))
        })
    };
    let mut queries: Vec<u32> = field
        .queries
        .iter()
        .copied()
        .filter(|row| counted.contains(row) && is_evidence(*row) && is_answerable(*row))
        .collect();
    draw(&mut queries, most, seed);
    let mut asked = Vec::new();
    field.each(&queries, |query, similarities| {
        asked.extend(of_query(&field, evidence, query, similarities))
    })?;
    Ok(asked)
}

fn of_query(field: &Field<'_>, evidence: &PairEvidence, query: u32, similarities: &[f32]) -> Option<Asked> {
    let labels = field.labels(query);
    let individual = labels.individual?;
    let mut ends = Vec::with_capacity(field.individuals.len());
    let mut evidences = vec![Vec::new(); 1 + evidence.bundles().len()];
    let mut truth = None;
    for (who, rows) in &field.individuals {
        let before = evidences[0].len();
        let is_own = *who == individual;
        let seen =
            rows.iter().filter(|row| field.admits(query, **row) && !(is_own && field.hides(query, **row)));
        for row in seen {
            evidences[0].push(similarities[*row as usize]);
            let matches = evidence.of_pair(query, *row, field.n_rows());
            for (kept, matches) in evidences[1..].iter_mut().zip(matches) {
                kept.push(strength_of_matches(matches));
            }
        }
        if evidences[0].len() == before {
            continue;
        }
        if is_own {
            truth = Some(ends.len());
        }
        ends.push(evidences[0].len());
    }
    let truth = truth.filter(|_| ends.len() > 1)?;
    Some(Asked { individual, slot: labels.slot(field.same()), truth, ends, evidences })
}
