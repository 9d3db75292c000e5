//! All metrics of a report, each as a function of how often an individual counts.

use std::collections::BTreeMap;

use super::GroupRow;
use super::judged::{Judged, statements, weighed};
use crate::bootstrap::Weighted;
use crate::openset::{Ordered, calibration_error};
use crate::retrieval::{map_at_k, points_at_k, top_k};
use crate::{Interval, bootstrap};

/// Bins of the calibration error.
pub(crate) const BINS: usize = 15;

/// Sum and count of one value, by individual.
struct PerIndividual {
    sums: Vec<(f64, f64)>,
}

impl PerIndividual {
    fn of<'a>(
        individuals: usize,
        judged: impl Iterator<Item = &'a Judged<'a>>,
        value: impl Fn(&Judged<'_>) -> f64,
    ) -> Self {
        let mut sums = vec![(0.0, 0.0); individuals];
        for one in judged {
            sums[one.place].0 += value(one);
            sums[one.place].1 += 1.0;
        }
        Self { sums }
    }

    /// Mean over the queries.
    fn mean(&self, times: &[f64]) -> Option<f64> {
        let total = |part: fn(&(f64, f64)) -> f64| -> f64 {
            self.sums.iter().zip(times).map(|(sums, times)| part(sums) * times).sum()
        };
        let count = total(|sums| sums.1);
        (count > 0.0).then(|| total(|sums| sums.0) / count)
    }

    /// Mean over the individuals of the mean over their queries.
    fn balanced(&self, times: &[f64]) -> Option<f64> {
        let there = || self.sums.iter().zip(times).filter(|(sums, _)| sums.1 > 0.0);
        let count: f64 = there().map(|(_, times)| times).sum();
        (count > 0.0).then(|| there().map(|(sums, times)| times * sums.0 / sums.1).sum::<f64>() / count)
    }
}

fn yes(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Every metric with its interval; those without a value are left out.
pub(crate) fn metrics(
    judged: &[Judged<'_>],
    individuals: usize,
    new_rate: f64,
    replicates: usize,
    seed: u64,
) -> BTreeMap<String, Interval> {
    let answerable = || judged.iter().filter(|one| one.answerable());
    let per = |value: &dyn Fn(&Judged<'_>) -> f64| PerIndividual::of(individuals, answerable(), value);
    let within = |k: u32| per(&|one| yes(one.rank().is_some_and(|rank| rank <= k)));
    let map5 = per(&|one| points_at_k(one.rank(), 5));
    let (top1, top5, top10) = (within(1), within(5), within(10));
    let annotations = per(&|one| one.query.own(one.view).map_or(0.0, |own| own.average_precision));
    let map5_new = PerIndividual::of(individuals, judged.iter(), |one| points_at_k(one.rank_with_new(), 5));
    let first_is_right = |one: &Judged<'_>| yes(one.rank_with_new() == Some(1));
    let baks = per(&first_is_right);
    let unanswerable = judged.iter().filter(|one| !one.answerable());
    let baus = PerIndividual::of(individuals, unanswerable, first_is_right);
    let real = Ordered::new(newness(judged, Newcomers::Real));
    let simulated = Ordered::new(newness(judged, Newcomers::Simulated));
    let (said, said_new) = (statements(judged, false), statements(judged, true));
    let named: [(&str, &Weighted<'_>); 14] = [
        ("map@5", &|times| map5.mean(times)),
        ("top1", &|times| top1.mean(times)),
        ("top5", &|times| top5.mean(times)),
        ("top10", &|times| top10.mean(times)),
        ("map_annotation", &|times| annotations.mean(times)),
        ("balanced_accuracy", &|times| top1.balanced(times)),
        ("map@5_new", &|times| map5_new.mean(times)),
        ("baks", &|times| baks.balanced(times)),
        ("baus", &|times| baus.balanced(times)),
        ("baks_baus", &|times| Some((baks.balanced(times)? * baus.balanced(times)?).sqrt())),
        ("auroc_new", &|times| real.area(times)),
        ("auroc_new_simulated", &|times| simulated.area(times)),
        ("ece", &|times| calibration_error(weighed(&said, new_rate, times), BINS)),
        ("ece_new", &|times| calibration_error(weighed(&said_new, new_rate, times), BINS)),
    ];
    let functions: Vec<&Weighted<'_>> = named.iter().map(|(_, metric)| *metric).collect();
    let found = bootstrap(individuals, replicates, seed, &functions);
    named
        .iter()
        .zip(found)
        .filter_map(|((name, _), interval)| Some(((*name).to_owned(), interval?)))
        .collect()
}

/// Which queries count as new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Newcomers {
    /// Those without a right answer left.
    Real,
    /// Those with one, their own individual taken out.
    Simulated,
    /// Both.
    All,
}

/// (Minus the best similarity, is it new, place of the individual): answerable queries against newcomers.
pub(crate) fn newness(judged: &[Judged<'_>], newcomers: Newcomers) -> Vec<(f64, bool, usize)> {
    let mut samples = Vec::new();
    for one in judged {
        let (best_other, best) = one.best_similarities();
        let mut add = |best: Option<f64>, new: bool| {
            samples.extend(best.map(|similarity| (-similarity, new, one.place)));
        };
        if one.answerable() {
            add(best, false);
        }
        let counts_as_new = match newcomers {
            Newcomers::Real => !one.answerable(),
            Newcomers::Simulated => one.answerable(),
            Newcomers::All => true,
        };
        if counts_as_new {
            add(best_other, true);
        }
    }
    samples
}

/// The short report of each species.
pub(crate) fn by_species(judged: &[Judged<'_>]) -> Vec<GroupRow> {
    let mut groups: BTreeMap<Option<u32>, Vec<&Judged<'_>>> = BTreeMap::new();
    for one in judged {
        groups.entry(one.query.slot.species).or_default().push(one);
    }
    groups
        .into_iter()
        .map(|(species, group)| {
            let ranks: Vec<Option<u32>> =
                group.iter().filter(|one| one.answerable()).map(|one| one.rank()).collect();
            let with_new: Vec<Option<u32>> = group.iter().map(|one| one.rank_with_new()).collect();
            let mut places: Vec<usize> = group.iter().map(|one| one.place).collect();
            places.sort_unstable();
            places.dedup();
            GroupRow {
                species,
                n_individuals: places.len(),
                n_queries: group.len(),
                n_answerable: ranks.len(),
                map5: map_at_k(&ranks, 5),
                top1: top_k(&ranks, 1),
                map5_new: map_at_k(&with_new, 5),
            }
        })
        .collect()
}
