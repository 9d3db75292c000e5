//! Learning when to say "new": individuals are hidden in turn, as simulated newcomers, and similarities are
//! fitted to probabilities, slot by slot.

mod cross_fit;
mod slots;

pub use cross_fit::{Judgement, cross_fit};
pub use slots::{SlotCalibrations, SlotReason, fit_slots};

use resight_core::CalibrationCase;

use crate::seeded::hash;
use crate::{RankedQuery, View};

/// How calibrations are fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrateOptions {
    /// What the queries saw of their own individual. Strict, but to measure what a burst does.
    pub view: View,
    /// Least number of queries with a right answer that a slot needs; else the next wider one serves.
    pub least_queries: usize,
    /// Least number of individuals that these must show.
    pub least_individuals: usize,
    /// Queries that a slot is fitted on, at most; of more, so many are drawn.
    pub most_queries: usize,
    /// Each query is asked in the whole catalog, and in ones that are halved once, twice, … so often: so
    /// that the fit learns how similarities drift as a catalog grows.
    pub halvings: u32,
    /// Seed of everything drawn.
    pub seed: u64,
}

impl Default for CalibrateOptions {
    fn default() -> Self {
        Self {
            view: View::Strict,
            least_queries: 30,
            least_individuals: 8,
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
/// are drawn.
pub fn calibration_cases(queries: &[&RankedQuery], options: &CalibrateOptions) -> Vec<LabelledCase> {
    drawn(queries, options)
        .into_iter()
        .flat_map(|query| {
            (0..=options.halvings).flat_map(move |halvings| {
                let known = query.known_case(options.view, halvings, options.seed);
                let new = query.newcomer_case(halvings, options.seed);
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
