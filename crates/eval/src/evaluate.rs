//! The whole of it: rank, judge, measure.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::Policy;

use crate::alone::{EvidenceAlone, each_alone};
use crate::openset::{Bin, Ordered, Stated, reliability};
use crate::report::{
    BINS, Judged, Newcomers, as_photos_are_added, by_species, chance, histograms, metrics, newness,
    statements, weighed, withheld, worst_mistakes,
};
use crate::retrieval::cmc;
use crate::{
    Asking, CalibrateOptions, CrossFit, EvalError, Folds, FusionMaterial, Gallery, PairEvidence, Protocol,
    RankOptions, RankedByFold, RankedQuery, Report, SlotFusions, View, rank, rank_fused,
};

/// How to evaluate.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateOptions {
    /// How to rank, and what the strict view hides.
    pub rank: RankOptions,
    /// How to calibrate.
    pub calibrate: CalibrateOptions,
    /// What is asked at once.
    pub asking: Asking,
    /// Prices, and the expected share of newcomers.
    pub policy: Policy,
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
            asking: Asking::default(),
            policy: Policy::default(),
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
    /// What each evidence is worth by itself, strict; none where there is only one, or too few individuals.
    pub alone: Vec<EvidenceAlone>,
    /// What was found for every query: the material of both.
    pub ranked: Vec<RankedQuery>,
    /// What each evidence is worth, learned on all individuals: what a catalog of these photos would use.
    pub fusions: SlotFusions,
}

/// Ranks every query and reports in both views. Where nothing is to be hidden, both reports are the same.
///
/// # Errors
/// Where labels, embeddings and split do not fit together, nothing can be judged, the network has learnt every photo, or
/// the policy is out of range.
pub fn evaluate(
    gallery: &Gallery<'_>,
    protocol: &Protocol,
    options: &EvaluateOptions,
) -> Result<Evaluation, EvalError> {
    evaluate_fused(gallery, &PairEvidence::default(), protocol, options)
}

/// As [`evaluate`], by similarities that several evidences make together. What each is worth is learned for every query on
/// individuals of other folds, as its calibration is.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_fused(
    gallery: &Gallery<'_>,
    evidence: &PairEvidence,
    protocol: &Protocol,
    options: &EvaluateOptions,
) -> Result<Evaluation, EvalError> {
    let found = HonestlyRanked::of(gallery, evidence, protocol, options)?;
    let counts = count(gallery, protocol);
    let of_view =
        |view: View| report_by(&found.ranked, &found.cross_fit(view, options), view, counts, options);
    let (strict, optimistic) = (of_view(View::Strict), of_view(View::Optimistic));
    let alone = match evidence.is_empty() || strict.withheld.is_some() {
        true => Vec::new(),
        false => {
            let draws = (options.replicates, options.calibrate.seed);
            each_alone(gallery, evidence, protocol, &options.rank, &found.ranked, draws)?
        }
    };
    Ok(Evaluation { strict, optimistic, alone, fusions: found.fusions, ranked: found.ranked })
}

/// Every query, ranked by what was learned on other individuals.
pub(crate) struct HonestlyRanked {
    pub(crate) ranked: Vec<RankedQuery>,
    /// How all queries are ranked for each fold, where that differs.
    by_fold: Option<RankedByFold>,
    /// What each evidence is worth, learned on all individuals.
    fusions: SlotFusions,
}

impl HonestlyRanked {
    pub(crate) fn of(
        gallery: &Gallery<'_>,
        evidence: &PairEvidence,
        protocol: &Protocol,
        options: &EvaluateOptions,
    ) -> Result<Self, EvalError> {
        options.policy.check()?;
        let ranked = rank(gallery, protocol, &options.rank)?;
        if ranked.is_empty() {
            return Err(EvalError::NothingToJudge);
        }
        if !ranked.iter().any(RankedQuery::is_evidence) {
            return Err(EvalError::AllLearnt { photos: ranked.len() });
        }
        if evidence.is_empty() {
            return Ok(Self { ranked, by_fold: None, fusions: SlotFusions::embedding_alone() });
        }
        let seed = options.calibrate.seed;
        let material = FusionMaterial::gather(gallery, evidence, protocol, &options.rank, seed)?;
        let folds = Folds::deal(&ranked, options.folds, seed);
        let by_fold = RankedByFold::rank(folds.clone(), |fold| {
            let fusions = material.fit(|individual| folds.of(individual) != Some(fold));
            rank_fused(gallery, evidence, &fusions, protocol, &options.rank)
        })?;
        Ok(Self { ranked: by_fold.honest(), by_fold: Some(by_fold), fusions: material.fit(|_| true) })
    }

    /// Calibrations fitted on what a view sees.
    pub(crate) fn cross_fit(&self, view: View, options: &EvaluateOptions) -> CrossFit {
        let calibrate = CalibrateOptions { view, ..options.calibrate.clone() };
        match &self.by_fold {
            Some(by_fold) => CrossFit::of_folds(by_fold, &calibrate),
            None => CrossFit::of(&self.ranked, options.folds, &calibrate),
        }
    }
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
    let calibrate = CalibrateOptions { view, ..options.calibrate.clone() };
    report_by(ranked, &CrossFit::of(ranked, options.folds, &calibrate), view, counts, options)
}

fn report_by(
    ranked: &[RankedQuery],
    fitted: &CrossFit,
    view: View,
    counts: (usize, usize),
    options: &EvaluateOptions,
) -> Report {
    let new_rate = options.policy.new_rate;
    let questions = options.asking.group(ranked);
    let judgements = fitted.judge(&questions, view, new_rate);
    let asked = || questions.iter().map(|question| question[0].individual);
    let individuals: Vec<u32> = asked().collect::<BTreeSet<u32>>().into_iter().collect();
    let place = |individual: u32| individuals.partition_point(|known| *known < individual);
    let judged: Vec<Judged<'_>> = questions
        .iter()
        .zip(&judgements)
        .map(|(question, judgement)| Judged::new(question, view, judgement, place(question[0].individual)))
        .collect();
    let ranks: Vec<Option<u32>> = judged.iter().filter(|one| one.answerable()).map(Judged::rank).collect();
    let answerable: BTreeSet<usize> =
        judged.iter().filter(|one| one.answerable()).map(|one| one.place).collect();
    let withheld = withheld(answerable.len());
    let figures = if withheld.is_none() {
        metrics(&judged, individuals.len(), &options.policy, options.replicates, options.calibrate.seed)
    } else {
        BTreeMap::new()
    };
    let reasons = || judgements.iter().filter_map(|judgement| judgement.as_ref().err());
    Report {
        n_photos: counts.0,
        n_individuals: counts.1,
        n_queries: judged.len(),
        n_answerable: ranks.len(),
        n_answerable_individuals: answerable.len(),
        n_learnt: ranked.iter().filter(|query| !query.is_evidence()).count(),
        asking: options.asking,
        chance: chance(&judged),
        withheld,
        metrics: figures,
        cmc: cmc(&ranks, options.cmc_length),
        roc: Ordered::new(newness(&judged, Newcomers::All)).curve(200),
        reliability: diagram(&judged, false, new_rate, individuals.len()),
        reliability_new: diagram(&judged, true, new_rate, individuals.len()),
        similarities: histograms(&judged, 40),
        species: by_species(&judged),
        mistakes: worst_mistakes(&judged, options.mistakes),
        as_photos_are_added: as_photos_are_added(fitted, &questions, view, options),
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
