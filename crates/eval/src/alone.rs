//! What each evidence is worth by itself, beside what all are worth together.

use std::collections::BTreeMap;

use resight_core::{BundleId, Fusion};

use crate::{
    EvalError, Gallery, Interval, PairEvidence, PairedQuestion, Protocol, RankOptions, RankedQuery,
    SlotFusions, View, paired, rank_fused,
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
    let questions = alone.iter().zip(together).map(|(one, all)| PairedQuestion {
        individual: all.individual,
        ranks: rank(one).zip(rank(all)).filter(|_| one.is_evidence()),
    });
    let found = paired(questions, replicates, seed)?;
    Some(EvidenceAlone {
        matches_of,
        top1: found.top1_before,
        map5: found.map5_before,
        gained_together: found.gained_top1,
    })
}
