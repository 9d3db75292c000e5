//! The whole of it: rank, judge, measure.

use std::collections::BTreeSet;

use crate::openset::{Bin, Ordered, Stated, reliability};
use crate::report::{
    BINS, Judged, Newcomers, by_species, histograms, metrics, newness, statements, weighed, worst_mistakes,
};
use crate::retrieval::cmc;
use crate::{
    CalibrateOptions, EvalError, Gallery, Protocol, RankOptions, RankedQuery, Report, View, cross_fit, rank,
};

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluateOptions {
    /// How to rank, and what the strict view hides.
    pub rank: RankOptions,
    /// How to calibrate.
    pub calibrate: CalibrateOptions,
    /// Expected share of newcomers, between 0 and 1.
    pub new_rate: f64,
    /// Folds of individuals for honest probabilities.
    pub folds: usize,
    /// Resamplings for the intervals.
    pub replicates: usize,
    /// Length of the CMC curve.
    pub cmc_length: usize,
    /// How many mistakes to show.
    pub mistakes: usize,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            rank: RankOptions::default(),
            calibrate: CalibrateOptions::default(),
            new_rate: 0.1,
            folds: 5,
            replicates: 1000,
            cmc_length: 50,
            mistakes: 24,
        }
    }
}

/// The strict report and the optimistic one beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// With the photos hidden that were asked to be.
    pub strict: Report,
    /// With nothing hidden.
    pub optimistic: Report,
    /// What was found for every query: the material of both.
    pub ranked: Vec<RankedQuery>,
}

/// Ranks every query and reports in both views. Where nothing is to be hidden, both reports are the same.
///
/// # Errors
/// Where labels, embeddings and split do not fit together, nothing can be judged, or `new_rate` is out of range.
pub fn evaluate(
    gallery: &Gallery<'_>,
    protocol: &Protocol,
    options: &EvaluateOptions,
) -> Result<Evaluation, EvalError> {
    if !(options.new_rate > 0.0 && options.new_rate < 1.0) {
        return Err(EvalError::NewRate(options.new_rate));
    }
    let ranked = rank(gallery, protocol, &options.rank)?;
    if ranked.is_empty() {
        return Err(EvalError::NothingToJudge);
    }
    let counts = count(gallery, protocol);
    let strict = report(&ranked, View::Strict, counts, options);
    let optimistic = report(&ranked, View::Optimistic, counts, options);
    Ok(Evaluation { strict, optimistic, ranked })
}

/// The report of one view. `counts` are the labelled photos that took part and the individuals among them.
///
/// Calibrations are fitted on what the same view saw: that is what a user who hides nothing would get, and why
/// the optimistic numbers flatter.
pub fn report(
    ranked: &[RankedQuery],
    view: View,
    counts: (usize, usize),
    options: &EvaluateOptions,
) -> Report {
    let calibrate = CalibrateOptions { view, ..options.calibrate };
    let judgements = cross_fit(ranked, view, options.new_rate, options.folds, &calibrate);
    let individuals: Vec<u32> =
        ranked.iter().map(|query| query.individual).collect::<BTreeSet<u32>>().into_iter().collect();
    let place = |query: &RankedQuery| individuals.partition_point(|known| *known < query.individual);
    let judged: Vec<Judged<'_>> = ranked
        .iter()
        .zip(&judgements)
        .map(|(query, judgement)| Judged::new(query, view, judgement, place(query)))
        .collect();
    let ranks: Vec<Option<u32>> = judged.iter().filter(|one| one.answerable()).map(Judged::rank).collect();
    let reasons = || judgements.iter().filter_map(|judgement| judgement.as_ref().err());
    Report {
        n_photos: counts.0,
        n_individuals: counts.1,
        n_queries: judged.len(),
        n_answerable: ranks.len(),
        metrics: metrics(&judged, individuals.len(), options.new_rate, options.replicates, calibrate.seed),
        cmc: cmc(&ranks, options.cmc_length),
        roc: Ordered::new(newness(&judged, Newcomers::All)).curve(200),
        reliability: diagram(&judged, false, options.new_rate, individuals.len()),
        reliability_new: diagram(&judged, true, options.new_rate, individuals.len()),
        similarities: histograms(&judged, 40),
        species: by_species(&judged),
        mistakes: worst_mistakes(&judged, options.mistakes),
        uncalibrated_queries: reasons().count(),
        uncalibrated_reason: reasons().next().map(ToString::to_string),
    }
}

fn diagram(judged: &[Judged<'_>], of_new: bool, new_rate: f64, individuals: usize) -> Vec<Bin> {
    let said = statements(judged, of_new);
    let stated: Vec<Stated> = weighed(&said, new_rate, &vec![1.0; individuals]).collect();
    reliability(&stated, BINS)
}

/// Labelled photos that take part, and the individuals among them.
fn count(gallery: &Gallery<'_>, protocol: &Protocol) -> (usize, usize) {
    let taking_part: BTreeSet<usize> = match protocol {
        Protocol::LeaveOneOut => (0..gallery.rows.len()).collect(),
        Protocol::Split { queries, gallery } => {
            queries.iter().chain(gallery).map(|row| *row as usize).collect()
        }
    };
    let labelled = || taking_part.iter().filter_map(|row| gallery.rows[*row].individual);
    (labelled().count(), labelled().collect::<BTreeSet<u32>>().len())
}
