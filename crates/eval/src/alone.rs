//! What each evidence is worth by itself, beside what all are worth together.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::{BundleId, Fusion};

use crate::bootstrap::bootstrap;
use crate::retrieval::points_at_k;
use crate::{
    EvalError, Gallery, Interval, PairEvidence, Protocol, RankOptions, RankedQuery, SlotFusions, View,
    rank_fused,
};

/// One evidence, asked over the whole gallery by itself: strict, the questions of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceAlone {
    /// The bundle whose matches it is; none are the embeddings.
    pub matches_of: Option<BundleId>,
    /// Share of the queries whose first guess is right.
    pub top1: Interval,
    /// Mean of 1/rank of the right individual within five guesses.
    pub map5: Interval,
    /// How much greater the share is of all together, query by query: the same draws of individuals for both.
    pub gained_together: Interval,
}

/// Asks by each evidence alone. `together` are the same queries, ranked by all of them.
///
/// # Errors
/// As [`crate::rank()`].
pub(crate) fn each_alone(
    gallery: &Gallery<'_>,
    evidence: &PairEvidence,
    protocol: &Protocol,
    options: &RankOptions,
    together: &[RankedQuery],
    (replicates, seed): (usize, u64),
) -> Result<Vec<EvidenceAlone>, EvalError> {
    let embeddings = (None, Fusion::embedding_alone());
    let matches = evidence.bundles().iter().map(|bundle| {
        let local = BTreeMap::from([(bundle.clone(), 1.0)]);
        (Some(bundle.clone()), Fusion { embedding: 0.0, local })
    });
    let mut all = Vec::new();
    for (matches_of, fusion) in std::iter::once(embeddings).chain(matches) {
        let ranked = rank_fused(gallery, evidence, &SlotFusions::everywhere(fusion), protocol, options)?;
        all.extend(compare(matches_of, &ranked, together, replicates, seed));
    }
    Ok(all)
}

/// Compares two rankings of the same queries; none where no query has a right answer left.
fn compare(
    matches_of: Option<BundleId>,
    alone: &[RankedQuery],
    together: &[RankedQuery],
    replicates: usize,
    seed: u64,
) -> Option<EvidenceAlone> {
    let rank = |query: &RankedQuery| query.own(View::Strict).map(|own| own.rank);
    let individuals: BTreeSet<u32> = together.iter().map(|query| query.individual).collect();
    let place: BTreeMap<u32, usize> = individuals.into_iter().zip(0..).collect();
    // By individual: right alone, points alone, right together, questions.
    let mut sums = vec![[0.0_f64; 4]; place.len()];
    for (one, all) in alone.iter().zip(together).filter(|(one, _)| one.is_evidence()) {
        let (Some(one_rank), Some(all_rank)) = (rank(one), rank(all)) else { continue };
        let right = |rank: u32| f64::from(u8::from(rank == 1));
        let values = [right(one_rank), points_at_k(Some(one_rank), 5), right(all_rank), 1.0];
        sums[place[&all.individual]].iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    let mean = |times: &[f64], value: &dyn Fn(&[f64; 4]) -> f64| {
        let total = |value: &dyn Fn(&[f64; 4]) -> f64| -> f64 {
            sums.iter().zip(times).map(|(sums, times)| value(sums) * times).sum()
        };
        let questions = total(&|sums| sums[3]);
        (questions > 0.0).then(|| total(value) / questions)
    };
    let found = bootstrap(
        place.len(),
        replicates,
        seed,
        &[&|times| mean(times, &|sums| sums[0]), &|times| mean(times, &|sums| sums[1]), &|times| {
            mean(times, &|sums| sums[2] - sums[0])
        }],
    );
    let [top1, map5, gained] = found[..] else { return None };
    Some(EvidenceAlone { matches_of, top1: top1?, map5: map5?, gained_together: gained? })
}
