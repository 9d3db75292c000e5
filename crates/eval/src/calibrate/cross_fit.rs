//! Honest probabilities: each query is judged by calibrations that never saw its individual.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::Posterior;

use super::{CalibrateOptions, SlotReason, fit_slots};
use crate::seeded::hash;
use crate::{RankedQuery, SlotKey, View};

/// The probabilities of one query, by a calibration fitted on other individuals.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The slot whose calibration served.
    pub served_by: SlotKey,
    /// Probabilities of the answers, as asked.
    pub as_asked: Posterior,
    /// What they would be if it were a newcomer: its own individual taken out of the catalog.
    pub as_newcomer: Posterior,
}

/// Splits the individuals into `folds`, fits on all but one fold, and judges the queries of that one.
///
/// Queries see what `view` lets them see; the calibrations are fitted as `options` says (strict, by default).
/// `new_rate` is the expected share of newcomers. The result has one entry a query: its judgement, or why there
/// is no calibration for it.
pub fn cross_fit(
    queries: &[RankedQuery],
    view: View,
    new_rate: f64,
    folds: usize,
    options: &CalibrateOptions,
) -> Vec<Result<Judgement, SlotReason>> {
    let folds = folds.max(2);
    let fold_of = deal(queries, folds, options.seed);
    let fold_of = |query: &RankedQuery| fold_of.get(&query.individual).copied().unwrap_or(0);
    let calibrations: Vec<_> = (0..folds)
        .map(|fold| {
            let others: Vec<&RankedQuery> = queries.iter().filter(|query| fold_of(query) != fold).collect();
            fit_slots(&others, options)
        })
        .collect();
    let judge = |query: &RankedQuery| {
        let (served_by, calibration) = calibrations[fold_of(query)].serving(query.slot)?;
        Ok(Judgement {
            served_by,
            as_asked: calibration.posterior(&query.similarities(view), new_rate),
            as_newcomer: calibration.posterior(&query.similarities_as_newcomer(), new_rate),
        })
    };
    queries.iter().map(judge).collect()
}

/// Shuffles the individuals and deals them out like cards, so that the folds hold as many individuals each.
fn deal(queries: &[RankedQuery], folds: usize, seed: u64) -> BTreeMap<u32, usize> {
    let individuals: BTreeSet<u32> = queries.iter().map(|query| query.individual).collect();
    let mut shuffled: Vec<(u64, u32)> =
        individuals.into_iter().map(|who| (hash(&[seed, 4, u64::from(who)]), who)).collect();
    shuffled.sort_unstable();
    shuffled.into_iter().enumerate().map(|(place, (_, who))| (who, place % folds)).collect()
}
