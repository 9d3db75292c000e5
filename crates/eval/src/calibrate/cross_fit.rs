//! Honest probabilities: each question is judged by calibrations that never saw its individual.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::{Calibration, Posterior, RankedSimilarities, Similarity, TogetherRanked};

use super::{CalibrateOptions, SlotCalibrations, SlotReason, fit_slots};
use crate::by_encounter::{nearest, photos_of};
use crate::seeded::hash;
use crate::{RankedQuery, Scored, SlotKey, View};

/// The answer to one question, by a calibration fitted on other individuals.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The slot whose calibration served.
    pub served_by: SlotKey,
    /// The answer, as asked.
    pub as_asked: Ranking,
    /// What it would be if it were a newcomer: its own individual taken out of the catalog. None where the
    /// network has learnt the individual, which is no newcomer to it.
    pub as_newcomer: Option<Ranking>,
}

/// The likeliest individuals with their probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The best individuals, likeliest first, at most [`RankedSimilarities::LISTED`].
    pub best: Vec<Scored>,
    /// Their probabilities, that of all others and that of "new".
    pub posterior: Posterior,
}

/// Calibrations that never saw the individuals they judge.
#[derive(Debug, Clone)]
pub struct CrossFit {
    folds: Folds,
    /// One a fold, fitted on the individuals of all others.
    calibrations: Vec<SlotCalibrations>,
}

impl CrossFit {
    /// Splits the individuals into `folds`, and fits on all but one fold in turn, as `options` says (strict, by default).
    pub fn of(queries: &[RankedQuery], folds: usize, options: &CalibrateOptions) -> Self {
        Self::fit(Folds::deal(queries, folds, options.seed), |_| queries, options)
    }

    /// As [`Self::of`], of queries that were ranked for each fold in another way.
    pub fn of_folds(ranked: &RankedByFold, options: &CalibrateOptions) -> Self {
        Self::fit(ranked.folds.clone(), |fold| &ranked.by_fold[fold], options)
    }

    fn fit<'a>(
        folds: Folds,
        queries: impl Fn(usize) -> &'a [RankedQuery],
        options: &CalibrateOptions,
    ) -> Self {
        let all_but = |fold: usize| {
            let others = |query: &&RankedQuery| folds.of(query.individual) != Some(fold);
            fit_slots(&queries(fold).iter().filter(others).collect::<Vec<_>>(), options)
        };
        let calibrations = (0..folds.count).map(all_but).collect();
        Self { folds, calibrations }
    }

    /// Judges questions by the calibrations of the other folds. A question is one query, or those of one encounter, which
    /// are answered together; they see what `view` lets them see. `new_rate` is the expected share of newcomers. The
    /// result has one entry a question: its judgement, or why there is no calibration for it.
    pub fn judge(
        &self,
        questions: &[Vec<&RankedQuery>],
        view: View,
        new_rate: f64,
    ) -> Vec<Result<Judgement, SlotReason>> {
        let judge = |question: &Vec<&RankedQuery>| {
            let fold = self.folds.of(question[0].individual).unwrap_or(0);
            let (served_by, calibration) = self.calibrations[fold].serving(&question[0].slot)?;
            let newcomer = question[0].may_be_newcomer();
            Ok(Judgement {
                served_by,
                as_asked: answer(calibration, question, Some(view), new_rate),
                as_newcomer: newcomer.then(|| answer(calibration, question, None, new_rate)),
            })
        };
        questions.iter().map(judge).collect()
    }
}

/// What a calibration answers to the photos of a question together: as seen in this view, or with the own individual taken out.
fn answer(
    calibration: &Calibration,
    question: &[&RankedQuery],
    view: Option<View>,
    new_rate: f64,
) -> Ranking {
    if let [query] = question {
        let best = match view {
            Some(view) => query.best(view, RankedSimilarities::LISTED),
            None => query.others.iter().take(RankedSimilarities::LISTED).copied().collect(),
        };
        let ranked = match view {
            Some(view) => query.similarities(view),
            None => query.similarities_as_newcomer(),
        };
        return Ranking { best, posterior: calibration.posterior(&ranked, new_rate) };
    }
    let TogetherRanked { order, posterior } = calibration.together(&photos_of(question, view), new_rate);
    let seen = view.unwrap_or(View::Strict);
    let nobody =
        |who: u32| Scored { individual: who, similarity: Similarity(0.0), best_row: question[0].row };
    let of = |who: &u32| nearest(question, *who, seen).unwrap_or_else(|| nobody(*who));
    Ranking { best: order.iter().take(posterior.candidates.len()).map(of).collect(), posterior }
}

/// Which fold every individual is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    fold_of: BTreeMap<u32, usize>,
    count: usize,
}

impl Folds {
    /// Shuffles the individuals of the queries and deals them out like cards, so that the folds hold as many individuals
    /// each. There are at least two folds.
    pub fn deal(queries: &[RankedQuery], count: usize, seed: u64) -> Self {
        let count = count.max(2);
        let individuals: BTreeSet<u32> = queries.iter().map(|query| query.individual).collect();
        let mut shuffled: Vec<(u64, u32)> =
            individuals.into_iter().map(|who| (hash(&[seed, 4, u64::from(who)]), who)).collect();
        shuffled.sort_unstable();
        let fold_of =
            shuffled.into_iter().enumerate().map(|(place, (_, who))| (who, place % count)).collect();
        Self { fold_of, count }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The fold of an individual; none of one that was not dealt.
    pub fn of(&self, individual: u32) -> Option<usize> {
        self.fold_of.get(&individual).copied()
    }
}

/// The same queries ranked once for each fold, by what was learned on all other folds.
#[derive(Debug, Clone)]
pub struct RankedByFold {
    folds: Folds,
    by_fold: Vec<Vec<RankedQuery>>,
}

impl RankedByFold {
    /// Ranks for each fold; `rank` must give the same queries in the same order every time.
    ///
    /// # Errors
    /// The first of `rank`.
    pub fn rank<E>(folds: Folds, rank: impl FnMut(usize) -> Result<Vec<RankedQuery>, E>) -> Result<Self, E> {
        let by_fold = (0..folds.count).map(rank).collect::<Result<_, E>>()?;
        Ok(Self { folds, by_fold })
    }

    /// Every query as it was ranked for its own fold: by what never saw its individual.
    pub fn honest(&self) -> Vec<RankedQuery> {
        let own = |at: usize, query: &RankedQuery| {
            let fold = self.folds.of(query.individual).unwrap_or(0);
            self.by_fold[fold].get(at).cloned()
        };
        self.by_fold[0].iter().enumerate().filter_map(|(at, query)| own(at, query)).collect()
    }
}
