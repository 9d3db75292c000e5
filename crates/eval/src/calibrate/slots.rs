//! One calibration a slot, the wider one where a slot is small.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::{Calibration, CalibrationCase, CalibrationError, CalibrationFit, FitOptions};

use super::{CalibrateOptions, calibration_cases};
use crate::{RankedQuery, SlotKey};

/// Why a slot has no calibration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SlotReason {
    /// Too few queries with a right answer left.
    #[error(
        "too little to calibrate on: {queries} photos of {individuals} individuals have another photo to be found \
         by, where {needed_queries} photos of {needed_individuals} are needed"
    )]
    TooFew {
        /// Queries with a right answer.
        queries: usize,
        /// Individuals that they show.
        individuals: usize,
        /// Queries needed.
        needed_queries: usize,
        /// Individuals needed.
        needed_individuals: usize,
    },
    /// The fit refused.
    #[error(transparent)]
    Fit(#[from] CalibrationError),
}

/// The calibrations of all slots that occur, and of the wider ones that contain them.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotCalibrations {
    /// The fit of each slot, or why there is none.
    pub by_slot: BTreeMap<SlotKey, Result<CalibrationFit, SlotReason>>,
}

impl SlotCalibrations {
    /// The narrowest calibration that serves this slot, with the slot it was fitted for.
    ///
    /// # Errors
    /// Why even the widest has none.
    pub fn serving(&self, slot: SlotKey) -> Result<(SlotKey, &Calibration), SlotReason> {
        let widening = slot.widening();
        let found = widening.iter().find_map(|slot| match self.by_slot.get(slot) {
            Some(Ok(fit)) => Some((*slot, &fit.calibration)),
            _ => None,
        });
        found.ok_or_else(|| match self.by_slot.get(&SlotKey::default()) {
            Some(Err(reason)) => reason.clone(),
            _ => CalibrationError::TooFewCases { known: 0, new: 0, needed: 1 }.into(),
        })
    }
}

/// Fits every slot that occurs among the queries, and the wider ones.
pub fn fit_slots(queries: &[&RankedQuery], options: &CalibrateOptions) -> SlotCalibrations {
    let mut by_slot: BTreeMap<SlotKey, Vec<&RankedQuery>> =
        BTreeMap::from([(SlotKey::default(), Vec::new())]);
    for query in queries {
        for slot in query.slot.widening() {
            by_slot.entry(slot).or_default().push(query);
        }
    }
    SlotCalibrations {
        by_slot: by_slot.into_iter().map(|(slot, queries)| (slot, fit_one(&queries, options))).collect(),
    }
}

fn fit_one(queries: &[&RankedQuery], options: &CalibrateOptions) -> Result<CalibrationFit, SlotReason> {
    let known = || queries.iter().filter(|query| query.own(options.view).is_some());
    let (found, individuals) =
        (known().count(), known().map(|query| query.individual).collect::<BTreeSet<u32>>().len());
    if found < options.least_queries || individuals < options.least_individuals {
        return Err(SlotReason::TooFew {
            queries: found,
            individuals,
            needed_queries: options.least_queries,
            needed_individuals: options.least_individuals,
        });
    }
    let cases: Vec<CalibrationCase> =
        calibration_cases(queries, options).into_iter().map(|labelled| labelled.case).collect();
    Ok(Calibration::fit(&cases, FitOptions::default())?)
}
