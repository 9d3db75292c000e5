//! Ranking the individuals for every query, block by block, so that never more than a block of all
//! similarities is held.

use std::collections::BTreeMap;
use std::thread;

use resight_core::{Distance, Pooling, Same, Similarity, Tier};
use resight_vector::{Metric, Rows, scan};

use crate::gallery::admits;
use crate::retrieval::average_precisions;
use crate::{
    EvalError, Gallery, Hide, LabelledRow, Own, PairEvidence, Protocol, RankedQuery, Scored, Sides,
    SlotFusions, UnknownEncounter,
};

/// Similarities that one thread holds at a time, at most (64 MiB of them).
const BLOCK: usize = 16 << 20;

/// Queries in a block, at most.
const BLOCK_QUERIES: usize = 64;

/// How to rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankOptions {
    /// What a query must not see of its own individual.
    pub hide: Hide,
    /// What a gallery row must share with the query.
    pub same: Same,
    /// How the photos of one individual become one similarity.
    pub pooling: Pooling,
    /// How many other individuals are kept one by one for each query; the rest is taken together.
    pub kept: usize,
    /// Threads to rank with; 0 means as many as the machine runs at once. The result does not depend on it.
    pub threads: usize,
}

impl Default for RankOptions {
    fn default() -> Self {
        Self { hide: Hide::STRICT, same: Same::default(), pooling: Pooling::Best, kept: 100, threads: 0 }
    }
}

/// Ranks all individuals for every labelled query. Queries without a label are left out.
///
/// The result has the queries in the order of their rows (leave-one-out) or of the split. Equal similarities
/// are ordered by individual, then row.
///
/// # Errors
/// Where labels, embeddings and split do not fit together, or a query's embedding is not finite.
pub fn rank(
    gallery: &Gallery<'_>,
    protocol: &Protocol,
    options: &RankOptions,
) -> Result<Vec<RankedQuery>, EvalError> {
    rank_fused(gallery, &PairEvidence::default(), &SlotFusions::embedding_alone(), protocol, options)
}

/// Ranks as [`rank`] does, by similarities that several evidences make together: each query by the weights that serve its
/// slot.
///
/// # Errors
/// As [`rank`].
pub fn rank_fused(
    gallery: &Gallery<'_>,
    evidence: &PairEvidence,
    fusions: &SlotFusions,
    protocol: &Protocol,
    options: &RankOptions,
) -> Result<Vec<RankedQuery>, EvalError> {
    let field = Field::of(gallery, protocol, options)?;
    let threads = match options.threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        wanted => wanted,
    };
    let share = field.queries.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let field = &field;
        let of_part = move |part: &[u32]| {
            let mut ranked = Vec::with_capacity(part.len());
            field.each(part, |query, similarities| {
                field.fuse(evidence, fusions, query, similarities);
                ranked.push(field.of_query(query, similarities));
            })?;
            Ok::<_, EvalError>(ranked)
        };
        let workers: Vec<_> =
            field.queries.chunks(share).map(|part| scope.spawn(move || of_part(part))).collect();
        let mut ranked = Vec::with_capacity(field.queries.len());
        for worker in workers {
            let part = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            ranked.extend(part?);
        }
        Ok(ranked)
    })
}

/// The gallery rows of each individual: individuals and rows ascending, no row twice.
fn by_individual(rows: &[LabelledRow], answering: &[u32]) -> Vec<(u32, Vec<u32>)> {
    let mut found: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in answering {
        if let Some(individual) = rows[*row as usize].individual {
            found.entry(individual).or_default().push(*row);
        }
    }
    for members in found.values_mut() {
        members.sort_unstable();
        members.dedup();
    }
    found.into_iter().collect()
}

/// Who asks, who answers, and who may see whom.
pub(crate) struct Field<'a> {
    gallery: &'a Gallery<'a>,
    /// The rows that ask.
    pub(crate) queries: Vec<u32>,
    /// The answering rows of each individual.
    pub(crate) individuals: Vec<(u32, Vec<u32>)>,
    unknown_encounter: UnknownEncounter,
    options: &'a RankOptions,
}

impl<'a> Field<'a> {
    pub(crate) fn of(
        gallery: &'a Gallery<'a>,
        protocol: &Protocol,
        options: &'a RankOptions,
    ) -> Result<Self, EvalError> {
        gallery.check()?;
        let Sides { queries, answering } = protocol.sides(gallery.rows)?;
        let individuals = by_individual(gallery.rows, &answering);
        let unknown_encounter = UnknownEncounter::among(gallery.rows);
        Ok(Self { gallery, queries, individuals, unknown_encounter, options })
    }

    pub(crate) fn labels(&self, row: u32) -> &LabelledRow {
        &self.gallery.rows[row as usize]
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.gallery.rows.len()
    }

    pub(crate) fn same(&self) -> Same {
        self.options.same
    }

    /// Whether a row may answer a query at all.
    pub(crate) fn admits(&self, query: u32, row: u32) -> bool {
        row != query && admits(self.options.same, self.labels(query), self.labels(row))
    }

    /// Whether a photo of the query's own individual is hidden from it.
    pub(crate) fn hides(&self, query: u32, row: u32) -> bool {
        self.options.hide.hides(self.labels(query), self.labels(row), self.unknown_encounter)
    }

    /// Hands on every query with the similarities of its embedding to those of all rows.
    pub(crate) fn each(
        &self,
        queries: &[u32],
        mut take: impl FnMut(u32, &mut [f32]),
    ) -> Result<(), EvalError> {
        let rows = self.n_rows();
        let at_once = (BLOCK / rows.max(1)).clamp(1, BLOCK_QUERIES);
        let mut similarities = vec![0.0; at_once * rows];
        for block in queries.chunks(at_once) {
            self.compare(block, &mut similarities)?;
            block
                .iter()
                .zip(similarities.chunks_exact_mut(rows))
                .for_each(|(query, similarities)| take(*query, similarities));
        }
        Ok(())
    }

    /// Makes fused similarities of those of the embeddings.
    pub(crate) fn fuse(
        &self,
        evidence: &PairEvidence,
        fusions: &SlotFusions,
        query: u32,
        similarities: &mut [f32],
    ) {
        if evidence.is_empty() {
            return;
        }
        let fusion = fusions.serving(&self.labels(query).slot(self.options.same));
        let weights = fusion.weights(evidence.bundles());
        let rows = self.n_rows();
        for (row, similarity) in (0..).zip(similarities) {
            let matches = evidence.of_pair(query, row, rows);
            *similarity = fusion.similarity(Similarity(*similarity), &weights, matches).0;
        }
    }

    /// Fills `similarities`, all rows of the first query first.
    fn compare(&self, queries: &[u32], similarities: &mut [f32]) -> Result<(), EvalError> {
        let parts = self.gallery.embeddings;
        let values: Vec<f32> = queries
            .iter()
            .flat_map(|query| row_of(parts, *query as usize).iter().map(|value| value.to_f32()))
            .collect();
        let distance = self.gallery.distance;
        let metric = match distance {
            Distance::Cosine => Metric::Dot,
            Distance::Euclidean => Metric::SquaredEuclidean,
        };
        let width = self.gallery.rows.len();
        scan(parts, &values, metric, |first, count, scores| {
            let first = usize::try_from(first).unwrap_or(usize::MAX);
            for (query, scores) in scores.chunks_exact(count).enumerate() {
                let line = &mut similarities[query * width + first..][..count];
                for (place, score) in line.iter_mut().zip(scores) {
                    *place = Similarity::from_score(distance, *score).0;
                }
            }
        })?;
        Ok(())
    }

    fn of_query(&self, query: u32, similarities: &[f32]) -> RankedQuery {
        let labels = self.labels(query);
        let mut others = Vec::with_capacity(self.individuals.len());
        let mut strangers = Vec::new();
        let mut own_rows: &[u32] = &[];
        let admitted = |row: &u32| self.admits(query, *row);
        for (individual, rows) in &self.individuals {
            if labels.individual == Some(*individual) {
                own_rows = rows;
                continue;
            }
            let photos = rows.iter().copied().filter(admitted).map(|row| (row, similarities[row as usize]));
            let before = strangers.len();
            strangers.extend(photos);
            others.extend(pool(*individual, &strangers[before..], self.options.pooling));
        }
        let seen: Vec<(u32, f32)> =
            own_rows.iter().copied().filter(admitted).map(|row| (row, similarities[row as usize])).collect();
        let left: Vec<bool> = seen.iter().map(|(row, _)| !self.hides(query, *row)).collect();
        let precisions = average_precisions(&seen, &left, &strangers);
        let unhidden = |part: &[(u32, f32)], precision| self.own(labels.individual, part, &others, precision);
        let not_hidden: Vec<(u32, f32)> =
            seen.iter().zip(&left).filter(|(_, left)| **left).map(|(photo, _)| *photo).collect();
        let (own, own_unhidden) = (unhidden(&not_hidden, precisions.0), unhidden(&seen, precisions.1));
        let beyond = keep_the_best(&mut others, self.options.kept);
        RankedQuery {
            row: query,
            individual: labels.individual.unwrap_or_default(),
            encounter: labels.encounter,
            species: labels.species,
            viewpoint: labels.viewpoint,
            slot: labels.slot(self.options.same),
            learnt: labels.learnt,
            others,
            beyond,
            own,
            own_unhidden,
        }
    }

    fn own(
        &self,
        individual: Option<u32>,
        photos: &[(u32, f32)],
        others: &[Scored],
        average_precision: f64,
    ) -> Option<Own> {
        let scored = pool(individual?, photos, self.options.pooling)?;
        let nearer = others.iter().filter(|other| nearest_first(other, &scored).is_lt()).count();
        #[expect(clippy::cast_possible_truncation, reason = "rows are counted in 32 bits throughout")]
        Some(Own { scored, rank: nearer as u32 + 1, photos: photos.len() as u32, average_precision })
    }
}

fn row_of<'a>(parts: &[Rows<'a>], mut row: usize) -> &'a [resight_vector::f16] {
    for part in parts {
        if row < part.len() {
            return part.row(row);
        }
        row -= part.len();
    }
    &[]
}

fn nearest_first(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    a.similarity.closest_first(&b.similarity).then(a.individual.cmp(&b.individual))
}

/// Pools the photos of one individual; none where there is no photo. `photos` are (row, similarity).
fn pool(individual: u32, photos: &[(u32, f32)], pooling: Pooling) -> Option<Scored> {
    let mut scored: Vec<(Similarity, u32)> =
        photos.iter().map(|(row, similarity)| (Similarity(*similarity), *row)).collect();
    let (similarity, best_row) = pooling.of(&mut scored)?;
    Some(Scored { individual, similarity, best_row })
}

/// Sorts, keeps the first `kept`, and takes the rest together in tiers half as large as all before them.
fn keep_the_best(others: &mut Vec<Scored>, kept: usize) -> Vec<Tier> {
    others.sort_unstable_by(nearest_first);
    let mut tiers = Vec::new();
    let mut from = kept.min(others.len());
    while from < others.len() {
        let tier = &others[from..(from + (from / 2).max(1)).min(others.len())];
        let sum: f64 = tier.iter().map(|other| f64::from(other.similarity.0)).sum();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a mean of f32 fits f32"
        )]
        let mean = Similarity((sum / tier.len() as f64) as f32);
        tiers.push(Tier { individuals: tier.len(), mean });
        from += tier.len();
    }
    others.truncate(kept);
    others.shrink_to_fit();
    tiers
}

#[cfg(test)]
mod tests;
