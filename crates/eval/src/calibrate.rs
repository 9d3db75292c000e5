//! Learning when to say "new": individuals are hidden in turn, as simulated newcomers, and similarities are
//! fitted to probabilities, slot by slot.

mod cross_fit;
mod slots;

pub use cross_fit::{CrossFit, Folds, Judgement, RankedByFold, Ranking};
pub use slots::{SlotCalibrations, SlotReason, fit_slots};

use resight_core::{Calibration, CalibrationCase};

use crate::seeded::hash;
use crate::{RankedQuery, View};

/// How calibrations are fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrateOptions {
    /// What the queries saw of their own individual. Strict, but to measure what a burst does.
    pub view: View,
    /// What the widest slot needs to be fitted by itself.
    pub alone: Least,
    /// What the widest slot needs to be drawn towards the prior.
    pub with_prior: Least,
    /// What a slot needs to be drawn away from a wider one.
    pub drawn: Least,
    /// A calibration of other animals, towards which those are drawn that are too few to stand alone. It serves nobody by
    /// itself.
    pub prior: Option<Calibration>,
    /// Queries that a slot is fitted on, at most; of more, so many are drawn.
    pub most_queries: usize,
    /// Each query is asked in the whole catalog, and in ones that are halved once, twice, … so often: so
    /// that the fit learns how similarities drift as a catalog grows.
    pub halvings: u32,
    /// Seed of everything drawn.
    pub seed: u64,
}

/// What a fit needs at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Least {
    /// Queries with a right answer.
    pub queries: usize,
    /// Individuals that these show.
    pub individuals: usize,
    /// Individuals that stand for newcomers.
    pub newcomers: usize,
}

impl Default for CalibrateOptions {
    fn default() -> Self {
        Self {
            view: View::Strict,
            alone: Least { queries: 30, individuals: 8, newcomers: 8 },
            // Of three animals, even a prior cannot say what is usual: twice the false matches that are stated; nor of
            // five, where each has few photos.
            with_prior: Least { queries: 8, individuals: 1, newcomers: 8 },
            drawn: Least { queries: 8, individuals: 1, newcomers: 3 },
            prior: None,
            most_queries: 1000,
            halvings: 2,
            seed: 1,
        }
    }
}

/// A case to fit on, with the query it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledCase {
    /// The row that asked.
    pub row: u32,
    /// Who it shows.
    pub individual: u32,
    /// The case.
    pub case: CalibrationCase,
}

/// The cases that the queries make: each as a known animal (where it has a right answer left) and as a
/// simulated newcomer, in the whole catalog and in thinned ones. Of more than `most_queries` queries, so many
/// are drawn. What the network has learnt makes no case ([`RankedQuery::is_evidence`], [`RankedQuery::may_be_newcomer`]).
///
/// Known animals count so that those the network has learnt and those it has not have the shares that they have in the
/// catalog: few photos of a learnt animal are left to ask with, but its next photo comes as often as any other's.
pub fn calibration_cases(queries: &[&RankedQuery], options: &CalibrateOptions) -> Vec<LabelledCase> {
    let of_learnt = |learnt: bool| move |query: &&&RankedQuery| query.may_be_newcomer() != learnt;
    let shown = [false, true].map(|learnt| queries.iter().filter(of_learnt(learnt)).count());
    let asking: Vec<&RankedQuery> = queries.iter().copied().filter(|query| query.is_evidence()).collect();
    let known = |query: &&&RankedQuery| query.own(options.view).is_some();
    let asked = [false, true].map(|learnt| asking.iter().filter(known).filter(of_learnt(learnt)).count());
    #[expect(clippy::cast_precision_loss, reason = "counts of photos are small")]
    let weights =
        [0, 1].map(|kind| if asked[kind] == 0 { 0.0 } else { shown[kind] as f64 / asked[kind] as f64 });
    drawn(&asking, options)
        .into_iter()
        .flat_map(|query| {
            let weight = weights[usize::from(!query.may_be_newcomer())];
            (0..=options.halvings).flat_map(move |halvings| {
                let known = query.known_case(options.view, halvings, options.seed);
                let known = known.map(|case| CalibrationCase { weight, ..case });
                let new = query.newcomer_case(halvings, options.seed).filter(|_| query.may_be_newcomer());
                known.into_iter().chain(new).map(|case| LabelledCase {
                    row: query.row,
                    individual: query.individual,
                    case,
                })
            })
        })
        .collect()
}

/// So many queries as may be, those with the smallest hash; in the order they came in.
fn drawn<'a>(queries: &[&'a RankedQuery], options: &CalibrateOptions) -> Vec<&'a RankedQuery> {
    if queries.len() <= options.most_queries {
        return queries.to_vec();
    }
    let lot = |query: &RankedQuery| hash(&[options.seed, 3, u64::from(query.row)]);
    let mut lots: Vec<u64> = queries.iter().map(|query| lot(query)).collect();
    lots.sort_unstable();
    let limit = lots[options.most_queries];
    queries.iter().copied().filter(|query| lot(query) < limit).collect()
}
