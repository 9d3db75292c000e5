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
    fn fit_of(&self, slot: SlotKey) -> Option<&Calibration> {
        Some(&self.by_slot.get(&slot)?.as_ref().ok()?.calibration)
    }

    /// The narrowest calibration that serves this slot, with the slot it was fitted for.
    ///
    /// # Errors
    /// Why even the widest has none.
    pub fn serving(&self, slot: SlotKey) -> Result<(SlotKey, &Calibration), SlotReason> {
        let widening = slot.widening();
        let found = widening.iter().find_map(|slot| Some((*slot, self.fit_of(*slot)?)));
        found.ok_or_else(|| match self.by_slot.get(&SlotKey::default()) {
            Some(Err(reason)) => reason.clone(),
            _ => CalibrationError::TooFewCases { known: 0, new: 0, needed: 1 }.into(),
        })
    }
}

/// Fits every slot that occurs among the queries, and the wider ones: the widest by itself, each narrower one
/// drawn towards the wider one that would serve in its place.
pub fn fit_slots(queries: &[&RankedQuery], options: &CalibrateOptions) -> SlotCalibrations {
    let mut members: BTreeMap<SlotKey, Vec<&RankedQuery>> =
        BTreeMap::from([(SlotKey::default(), Vec::new())]);
    for query in queries {
        for slot in query.slot.widening() {
            members.entry(slot).or_default().push(query);
        }
    }
    let mut widest_first: Vec<(SlotKey, Vec<&RankedQuery>)> = members.into_iter().collect();
    widest_first.sort_by_key(|(slot, _)| slot.widening().len());
    let mut fitted = SlotCalibrations { by_slot: BTreeMap::new() };
    for (slot, queries) in widest_first {
        let wider = slot.widening().into_iter().skip(1).find_map(|wider| fitted.fit_of(wider));
        let fit = fit_one(&queries, wider, options);
        fitted.by_slot.insert(slot, fit);
    }
    fitted
}

fn fit_one(
    queries: &[&RankedQuery],
    wider: Option<&Calibration>,
    options: &CalibrateOptions,
) -> Result<CalibrationFit, SlotReason> {
    enough(queries, options)?;
    let cases: Vec<CalibrationCase> =
        calibration_cases(queries, options).into_iter().map(|labelled| labelled.case).collect();
    Ok(match wider {
        Some(wider) => wider.fit_part(&cases, FitOptions::default())?,
        None => Calibration::fit(&cases, FitOptions::default())?,
    })
}

fn enough(queries: &[&RankedQuery], options: &CalibrateOptions) -> Result<(), SlotReason> {
    let known: Vec<u32> = queries
        .iter()
        .filter(|query| query.own(options.view).is_some())
        .map(|query| query.individual)
        .collect();
    let individuals = known.iter().collect::<BTreeSet<&u32>>().len();
    if known.len() >= options.least_queries && individuals >= options.least_individuals {
        return Ok(());
    }
    Err(SlotReason::TooFew {
        queries: known.len(),
        individuals,
        needed_queries: options.least_queries,
        needed_individuals: options.least_individuals,
    })
}
