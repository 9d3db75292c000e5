//! All metrics of a report, each as a function of how often an individual counts.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::Policy;

use super::decisions::{Became, Decisions};
use super::judged::{Judged, statements, weighed};
use super::{Chance, GroupRow};
use crate::Interval;
use crate::bootstrap::{Resampled, Weighted, resample};
use crate::openset::{Ordered, calibration_error};
use crate::retrieval::{map_at_k, points_at_k, top_k};

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

/// Individuals that a figure must rest on, at least: of fewer the interval says nothing, however many photos there are.
const LEAST_INDIVIDUALS: usize = 5;

/// Why there are no figures, where too few individuals can be asked about.
pub(crate) fn withheld(answerable_individuals: usize) -> Option<String> {
    (answerable_individuals < LEAST_INDIVIDUALS).then(|| {
        format!(
            "{answerable_individuals} individuals have a photo with a right answer left; a figure must rest on \
             {LEAST_INDIVIDUALS} at least, for with fewer an interval says nothing"
        )
    })
}

/// What blind guessing would get among so many individuals each, over all questions; none without a question.
pub fn chance_of(candidates: impl Iterator<Item = usize>) -> Option<Chance> {
    let (mut chance, mut count) = (Chance::default(), 0.0_f64);
    for individuals in candidates {
        #[expect(clippy::cast_precision_loss, reason = "numbers of individuals are small")]
        let n = individuals.max(1) as f64;
        let guesses = u32::try_from(individuals.clamp(1, 5)).unwrap_or(5);
        chance.map5 += (1..=guesses).map(|place| 1.0 / f64::from(place) / n).sum::<f64>();
        chance.top1 += 1.0 / n;
        count += 1.0;
    }
    (count > 0.0).then(|| Chance { map5: chance.map5 / count, top1: chance.top1 / count })
}

/// What blind guessing would get.
pub(crate) fn chance(judged: &[Judged<'_>]) -> Option<Chance> {
    chance_of(judged.iter().filter(|one| one.answerable()).map(Judged::n_candidates))
}

/// Every metric with its interval; those without a value are left out.
pub(crate) fn metrics(
    judged: &[Judged<'_>],
    individuals: usize,
    policy: &Policy,
    replicates: usize,
    seed: u64,
) -> BTreeMap<String, Interval> {
    let new_rate = policy.new_rate;
    let answerable = || judged.iter().filter(|one| one.answerable());
    let per = |value: &dyn Fn(&Judged<'_>) -> f64| PerIndividual::of(individuals, answerable(), value);
    let within = |k: u32| per(&|one| yes(one.rank().is_some_and(|rank| rank <= k)));
    let map5 = per(&|one| points_at_k(one.rank(), 5));
    let (top1, top5, top10) = (within(1), within(5), within(10));
    let annotations = per(&|one| one.average_precision());
    let map5_new = PerIndividual::of(individuals, judged.iter(), |one| points_at_k(one.rank_with_new(), 5));
    let first_is_right = |one: &Judged<'_>| yes(one.rank_with_new() == Some(1));
    let baks = per(&first_is_right);
    let unanswerable = || judged.iter().filter(|one| !one.answerable());
    let enough_newcomers =
        unanswerable().map(|one| one.place).collect::<BTreeSet<usize>>().len() >= LEAST_INDIVIDUALS;
    let baus = PerIndividual::of(individuals, unanswerable(), first_is_right);
    let of_real = |value: Option<f64>| value.filter(|_| enough_newcomers);
    let real = Ordered::new(newness(judged, Newcomers::Real));
    let simulated = Ordered::new(newness(judged, Newcomers::Simulated));
    // What nobody could give a probability for says nothing of the probabilities.
    let judged_individuals: BTreeSet<usize> =
        judged.iter().filter(|one| one.first_answer().is_some()).map(|one| one.place).collect();
    let of_judged = |value: Option<f64>| value.filter(|_| judged_individuals.len() >= LEAST_INDIVIDUALS);
    let (said, said_new) = (statements(judged, false), statements(judged, true));
    let decided = Decisions::of(judged, policy);
    let known = |became| {
        let decided = &decided;
        move |times: &[f64]| of_judged(decided.share(false, became, times))
    };
    let new = |became| {
        let decided = &decided;
        move |times: &[f64]| of_judged(decided.share(true, became, times))
    };
    let named: [(&str, &Weighted<'_>); 24] = [
        ("map@5", &|times| map5.mean(times)),
        ("top1", &|times| top1.mean(times)),
        ("top5", &|times| top5.mean(times)),
        ("top10", &|times| top10.mean(times)),
        ("map_annotation", &|times| annotations.mean(times)),
        ("balanced_accuracy", &|times| top1.balanced(times)),
        ("map@5_new", &|times| map5_new.mean(times)),
        ("baks", &|times| baks.balanced(times)),
        ("baus", &|times| of_real(baus.balanced(times))),
        ("baks_baus", &|times| Some((baks.balanced(times)? * of_real(baus.balanced(times))?).sqrt())),
        ("auroc_new", &|times| of_real(real.area(times))),
        ("auroc_new_simulated", &|times| simulated.area(times)),
        ("ece", &|times| of_judged(calibration_error(weighed(&said, new_rate, times), BINS))),
        ("ece_new", &|times| of_judged(calibration_error(weighed(&said_new, new_rate, times), BINS))),
        ("known_right", &known(Became::RightMatch)),
        ("known_false_match", &known(Became::FalseMatch)),
        ("known_new", &known(Became::New)),
        ("known_asked", &known(Became::Asked)),
        ("new_right", &new(Became::New)),
        ("new_false_match", &new(Became::FalseMatch)),
        ("new_asked", &new(Became::Asked)),
        ("false_matches", &|times| of_judged(decided.false_matches(times))),
        ("stated_false_matches", &|times| of_judged(decided.stated_false_matches(times))),
        ("price", &|times| of_judged(decided.price(times))),
    ];
    let functions: Vec<&Weighted<'_>> = named.iter().map(|(_, metric)| *metric).collect();
    let found = resample(individuals, replicates, seed, &functions);
    // Of few photos, a drawn sample disagrees with itself more than the photos that it was drawn from.
    let is_an_error = |name: &str| ["ece", "ece_new"].contains(&name);
    let shown =
        |name: &str, found: Resampled| if is_an_error(name) { found.centred() } else { found.interval };
    named
        .iter()
        .zip(found)
        .filter_map(|((name, _), interval)| Some(((*name).to_owned(), shown(name, interval?))))
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
        if counts_as_new && one.first_photo().may_be_newcomer() {
            add(best_other, true);
        }
    }
    samples
}

/// The short report of each species.
pub(crate) fn by_species(judged: &[Judged<'_>]) -> Vec<GroupRow> {
    let mut groups: BTreeMap<Option<u32>, Vec<&Judged<'_>>> = BTreeMap::new();
    for one in judged {
        groups.entry(one.first_photo().species).or_default().push(one);
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
