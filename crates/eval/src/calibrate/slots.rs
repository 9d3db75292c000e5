//! One calibration a slot, the wider one where a slot is small.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::{Calibration, CalibrationCase, CalibrationError, CalibrationFit, FitOptions};

use super::{CalibrateOptions, Least, calibration_cases};
use crate::{RankedQuery, SlotKey, View, encounter_cases};

/// Why a slot has no calibration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SlotReason {
    /// Too few queries with a right answer left.
    #[error(
        "too little to calibrate on: {queries} photos of {individuals} individuals have another photo to be found \
         by, where {} are needed{}, and {} individuals to stand for newcomers{}",
        .needed.queries, of_individuals(.needed.individuals), .needed.newcomers, left_out(*.learnt)
    )]
    TooFew {
        /// Queries with a right answer.
        queries: usize,
        /// Individuals that they show.
        individuals: usize,
        /// Photos that do not count, because the network has learnt them.
        learnt: usize,
        /// What is needed.
        needed: Least,
    },
    /// Too few individuals to stand for newcomers.
    #[error(
        "too little to calibrate on: {individuals} individuals can stand for newcomers, where {} are needed{}",
        .needed.newcomers, left_out(*.learnt)
    )]
    TooFewNewcomers {
        /// Individuals that the network has not learnt.
        individuals: usize,
        /// Photos that do not count, because the network has learnt them.
        learnt: usize,
        /// What is needed.
        needed: Least,
    },
    /// The fit refused.
    #[error(transparent)]
    Fit(#[from] CalibrationError),
}

/// From how many individuals photos must be, where one is not enough.
fn of_individuals(needed: usize) -> String {
    if needed > 1 { format!(" of {needed} individuals") } else { String::new() }
}

fn left_out(learnt: usize) -> String {
    match learnt {
        0 => String::new(),
        n => format!("; {n} photos that the network has learnt do not count"),
    }
}

/// The calibrations of all slots that occur, and of the wider ones that contain them.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotCalibrations {
    /// The fit of each slot, or why there is none.
    pub by_slot: BTreeMap<SlotKey, Result<CalibrationFit, SlotReason>>,
    /// Slots that have too few queries to be fitted by themselves, and no wider one that has enough: what is said of
    /// them comes from the prior as much as from their own.
    pub lean_on_prior: BTreeSet<SlotKey>,
}

impl SlotCalibrations {
    fn fit_of(&self, slot: &SlotKey) -> Option<&Calibration> {
        Some(&self.by_slot.get(slot)?.as_ref().ok()?.calibration)
    }

    /// The narrowest calibration that serves this slot, with the slot it was fitted for.
    ///
    /// # Errors
    /// Why even the widest has none.
    pub fn serving(&self, slot: &SlotKey) -> Result<(SlotKey, &Calibration), SlotReason> {
        let found = slot.served_by(|slot| self.fit_of(slot));
        found.ok_or_else(|| match slot.widening().last().and_then(|widest| self.by_slot.get(widest)) {
            Some(Err(reason)) => reason.clone(),
            _ => CalibrationError::TooFewCases { known: 0, new: 0, needed: 1 }.into(),
        })
    }
}

/// Fits every slot that occurs among the queries, and the wider ones: the widest by itself (or drawn towards the
/// prior), each narrower one drawn towards the wider one that would serve in its place. Encounters of several photos
/// teach the widest how photos add up, and the narrower ones take that over.
///
/// All queries must have been asked under the same filters.
pub fn fit_slots(queries: &[&RankedQuery], options: &CalibrateOptions) -> SlotCalibrations {
    let mut members: BTreeMap<SlotKey, Vec<&RankedQuery>> = BTreeMap::new();
    for query in queries {
        for slot in query.slot.widening() {
            members.entry(slot).or_default().push(query);
        }
    }
    if members.is_empty() {
        members.insert(SlotKey::default(), Vec::new());
    }
    let mut widest_first: Vec<(SlotKey, Vec<&RankedQuery>)> = members.into_iter().collect();
    widest_first.sort_by_key(|(slot, _)| slot.widening().len());
    let mut fitted = SlotCalibrations { by_slot: BTreeMap::new(), lean_on_prior: BTreeSet::new() };
    for (slot, queries) in widest_first {
        let wider = slot.widening().into_iter().skip(1).find(|wider| fitted.fit_of(wider).is_some());
        let stands = match &wider {
            Some(wider) => !fitted.lean_on_prior.contains(wider),
            None => options.prior.is_none(),
        };
        if !stands && enough(&queries, options.alone, options.view).is_err() {
            fitted.lean_on_prior.insert(slot.clone());
        }
        let fit = fit_one(&queries, wider.and_then(|wider| fitted.fit_of(&wider)), options);
        fitted.by_slot.insert(slot, fit);
    }
    fitted
}

fn fit_one(
    queries: &[&RankedQuery],
    wider: Option<&Calibration>,
    options: &CalibrateOptions,
) -> Result<CalibrationFit, SlotReason> {
    // Who can stand alone does: a prior never has a part in what many photos say.
    let stands_alone = enough(queries, options.alone, options.view);
    let prior = options.prior.as_ref().filter(|_| stands_alone.is_err());
    match (wider, prior) {
        (Some(_), _) => enough(queries, options.drawn, options.view)?,
        (None, Some(_)) => enough(queries, options.with_prior, options.view)?,
        (None, None) => stands_alone?,
    }
    let cases: Vec<CalibrationCase> =
        calibration_cases(queries, options).into_iter().map(|labelled| labelled.case).collect();
    if let Some(wider) = wider {
        return Ok(wider.fit_part(&cases, FitOptions { least_cases: 1, prior: None })?);
    }
    let least_cases = if prior.is_some() { 1 } else { FitOptions::default().least_cases };
    let mut fit = Calibration::fit(&cases, FitOptions { least_cases, prior })?;
    fit.calibration.learn_together(&encounter_cases(queries, options));
    Ok(fit)
}

fn enough(queries: &[&RankedQuery], needed: Least, view: View) -> Result<(), SlotReason> {
    let individuals = |queries: &mut dyn Iterator<Item = &&RankedQuery>| -> (usize, usize) {
        let all: Vec<u32> = queries.map(|query| query.individual).collect();
        (all.len(), all.iter().collect::<BTreeSet<&u32>>().len())
    };
    let learnt = queries.iter().filter(|query| !query.is_evidence()).count();
    let known = &mut queries.iter().filter(|query| query.is_evidence() && query.own(view).is_some());
    let (n_known, known_individuals) = individuals(known);
    let (_, newcomers) = individuals(&mut queries.iter().filter(|query| query.may_be_newcomer()));
    // Where others stand for newcomers, a few animals, often photographed, teach what their own photos look like.
    let few_serve = newcomers >= known_individuals + needed.newcomers;
    let needed = Least { individuals: if few_serve { 1 } else { needed.individuals }, ..needed };
    if n_known < needed.queries || known_individuals < needed.individuals {
        return Err(SlotReason::TooFew { queries: n_known, individuals: known_individuals, learnt, needed });
    }
    if newcomers < needed.newcomers {
        return Err(SlotReason::TooFewNewcomers { individuals: newcomers, learnt, needed });
    }
    Ok(())
}
