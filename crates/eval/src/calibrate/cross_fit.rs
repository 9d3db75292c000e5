//! Honest probabilities: each query is judged by calibrations that never saw its individual.

use resight_core::Posterior;

use super::{CalibrateOptions, SlotReason, fit_slots};
use crate::seeded::{hash, scale};
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
    let fold_of = |query: &RankedQuery| scale(hash(&[options.seed, 4, u64::from(query.individual)]), folds);
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
