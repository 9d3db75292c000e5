//! One for all, or one for each? What every network of every slot is worth, and what is recommended.

mod page;

use resight_core::{Effort, PolicyChange, Route, RoutedSlot, SpeciesTypes};
use resight_eval::{Interval, Paired};
use serde::Serialize;

pub use page::html;

use crate::measured::{Answered, Measured, Network, compare};
use crate::plan::Plan;

/// Resamplings of the individuals for the intervals.
const REPLICATES: usize = 1000;

/// What came of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanReport {
    /// The effort of the answers that decide.
    pub effort: Effort,
    /// One for each slot that was measured.
    pub slots: Vec<SlotReport>,
    /// Slots whose networks were not measured yet.
    pub missing: Vec<String>,
    /// All questions of all slots together.
    pub together: Vec<Compared>,
    /// Which network serves all animals for which nothing else is recommended.
    pub for_all: Network,
    /// What is recommended, as a route.
    pub route: Route,
}

/// What the networks of a slot are worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlotReport {
    /// The slot.
    pub slot: String,
    /// What was asked, and what was hidden.
    pub protocol: String,
    /// Every network against the one that it is compared with.
    pub compared: Vec<Compared>,
    /// Which one is recommended.
    pub recommended: Network,
    /// Why.
    pub reason: String,
}

/// Two networks on the same questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The one.
    pub before: Network,
    /// The other; in all slots together the own network of each, or what it has instead.
    pub after: Network,
    /// How much work went into an answer.
    pub effort: Effort,
    /// How both did.
    #[serde(flatten)]
    pub figures: Paired,
}

/// What was measured of a plan, and what follows from it.
pub fn report(plan: &Plan, measured: &[Measured]) -> PlanReport {
    let seed = plan.networks.seed;
    let effort = plan.networks.effort;
    let narrowest_first = narrowest_first(plan, measured);
    let efforts: Vec<Effort> = Effort::ALL.into_iter().filter(|one| *one <= effort).collect();
    let together: Vec<Compared> = efforts
        .iter()
        .flat_map(|effort| {
            [(Network::Base, Network::ForAll), (Network::ForAll, Network::Own), (Network::Base, Network::Own)]
                .map(|(before, after)| over_all(&narrowest_first, before, after, *effort, seed))
        })
        .flatten()
        .collect();
    let decides =
        |one: &&Compared| one.effort == effort && (one.before, one.after) == (Network::Base, Network::ForAll);
    let for_all = match together.iter().find(decides) {
        Some(one) if is_gain(&one.figures.gained_top1) => Network::ForAll,
        _ => Network::Base,
    };
    let slots: Vec<SlotReport> =
        measured.iter().map(|one| of_slot(one, for_all, &efforts, effort, seed)).collect();
    let is_missing = |name: &String| measured.iter().all(|one| one.slot != *name);
    let wanted = plan.slots.iter().filter(|slot| slot.network != crate::Wanted::None);
    PlanReport {
        effort,
        missing: wanted.map(|slot| slot.name.clone()).filter(is_missing).collect(),
        together,
        for_all,
        route: route(plan, measured, &slots, for_all),
        slots,
    }
}

/// A photo that is of two slots counts with the narrower one.
fn narrowest_first<'a>(plan: &Plan, measured: &'a [Measured]) -> Vec<&'a Measured> {
    let labels = |one: &&Measured| {
        let slot = plan.slots.iter().find(|slot| slot.name == one.slot);
        slot.map_or(0, |slot| usize::from(slot.species.is_some()) + usize::from(slot.viewpoint.is_some()))
    };
    let mut ordered: Vec<&Measured> = measured.iter().collect();
    ordered.sort_by_key(|one| std::cmp::Reverse(labels(one)));
    ordered
}

/// All slots together; the own network of a slot is its last layer where it has that, or else the one for all.
fn over_all(
    measured: &[&Measured],
    before: Network,
    after: Network,
    effort: Effort,
    seed: u64,
) -> Option<Compared> {
    let has_own =
        |one: &Measured| [Network::Own, Network::Head].into_iter().any(|own| one.of(own, effort).is_some());
    if after == Network::Own && !measured.iter().any(|one| has_own(one)) {
        return None;
    }
    let of = |one: &'_ Measured, network: Network| -> Option<usize> {
        let instead = match network {
            Network::Own => &[Network::Own, Network::Head, Network::ForAll, Network::Base][..],
            Network::ForAll => &[Network::ForAll][..],
            Network::Head => &[Network::Head][..],
            Network::Base => &[Network::Base][..],
        };
        let place = |network: &Network| {
            one.answers.iter().position(|answered| answered.network == *network && answered.effort == effort)
        };
        instead.iter().find_map(place)
    };
    let pairs: Vec<(&Answered, &Answered)> = measured
        .iter()
        .filter_map(|one| Some((&one.answers[of(one, before)?], &one.answers[of(one, after)?])))
        .collect();
    let figures = compare(pairs, REPLICATES, seed)?;
    Some(Compared { before, after, effort, figures })
}

fn of_slot(one: &Measured, for_all: Network, efforts: &[Effort], decisive: Effort, seed: u64) -> SlotReport {
    let pairs = [
        (Network::Base, Network::ForAll),
        (Network::ForAll, Network::Head),
        (Network::ForAll, Network::Own),
        (Network::Base, Network::Head),
        (Network::Base, Network::Own),
    ];
    let compared: Vec<Compared> = efforts
        .iter()
        .flat_map(|effort| pairs.map(|(before, after)| (before, after, *effort)))
        .filter_map(|(before, after, effort)| {
            let figures = compare([(one.of(before, effort)?, one.of(after, effort)?)], REPLICATES, seed)?;
            Some(Compared { before, after, effort, figures })
        })
        .collect();
    let (recommended, reason) = recommended(&compared, for_all, decisive);
    SlotReport { slot: one.slot.clone(), protocol: one.protocol.clone(), compared, recommended, reason }
}

/// A network of its own pays where it is better than the one for all by more than chance: it costs its training, its place
/// and a second look at every photo, and of a slot's few questions chance makes much.
fn recommended(compared: &[Compared], for_all: Network, effort: Effort) -> (Network, String) {
    let of = |after: Network| {
        compared.iter().find(|one| one.effort == effort && one.after == after && one.before == for_all)
    };
    let mut best: Option<&Compared> = None;
    for one in [Network::Head, Network::Own].into_iter().filter_map(of) {
        let better = best.is_none_or(|best| one.figures.gained_top1.value > best.figures.gained_top1.value);
        if is_gain(&one.figures.gained_top1) && better {
            best = Some(one);
        }
    }
    if let Some(best) = best {
        let gained = shown(&best.figures.gained_top1);
        return (best.after, format!("names {gained} more at first guess than the network for all"));
    }
    let tried: Vec<String> = [Network::Head, Network::Own]
        .into_iter()
        .filter_map(of)
        .map(|one| format!("{}: {}", one.after, shown(&one.figures.gained_top1)))
        .collect();
    let reason = match tried.as_slice() {
        [] => "nothing else was tried".to_owned(),
        tried => format!("nothing of its own is better by more than chance ({})", tried.join(", ")),
    };
    (for_all, reason)
}

fn is_gain(gained: &Interval) -> bool {
    gained.low > 0.0
}

pub(crate) fn shown(gained: &Interval) -> String {
    format!("{:+.3} ({:+.3} to {:+.3})", gained.value, gained.low, gained.high)
}

fn route(plan: &Plan, measured: &[Measured], slots: &[SlotReport], for_all: Network) -> Route {
    let effort = plan.networks.effort;
    let place = |one: &Measured, network: Network| one.of(network, effort).map(|found| found.place.clone());
    let bundle = measured.iter().find_map(|one| place(one, for_all));
    let own = slots.iter().zip(measured).filter(|(slot, _)| slot.recommended != for_all);
    let slots = own.filter_map(|(slot, one)| {
        let planned = plan.slots.iter().find(|planned| planned.name == slot.slot)?;
        Some(RoutedSlot {
            species: planned.species.clone(),
            viewpoint: planned.viewpoint.clone(),
            bundle: place(one, slot.recommended)?,
            policy: PolicyChange::default(),
        })
    });
    Route {
        bundle: bundle.unwrap_or_else(|| plan.networks.bundle.clone()),
        types: SpeciesTypes::default(),
        slots: slots.collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Wanted;
    use crate::plan::tests::plan_of;

    /// `n` individuals, of which the first `right` are named rightly at first guess.
    fn answered(network: Network, right: u32, n: u32) -> Answered {
        let rank = |one: u32| if one < right { 1 } else { 3 };
        let ranks: BTreeMap<String, (String, u32)> =
            (0..n).map(|one| (format!("photo {one}"), (format!("individual {one}"), rank(one)))).collect();
        Answered {
            network,
            bundle: format!("{network}@1"),
            place: format!("jobs/{network}"),
            effort: Effort::Normal,
            ranks,
        }
    }

    fn measured(slot: &str, answers: Vec<Answered>) -> Measured {
        let of_slot = |answered: Answered| {
            let ranks = answered.ranks.into_iter();
            Answered {
                ranks: ranks.map(|(photo, found)| (format!("{slot} {photo}"), found)).collect(),
                ..answered
            }
        };
        let answers = answers.into_iter().map(of_slot).collect();
        Measured { slot: slot.to_owned(), protocol: "strict".to_owned(), answers }
    }

    #[test]
    fn a_network_of_its_own_is_recommended_where_it_is_better_by_more_than_chance() {
        let plan = plan_of(&[
            ("cow", Wanted::Own),
            ("owl", Wanted::None),
            ("seal", Wanted::Own),
            ("whale", Wanted::Own),
        ]);
        let all = [
            measured(
                "cow",
                vec![
                    answered(Network::Base, 10, 40),
                    answered(Network::ForAll, 20, 40),
                    answered(Network::Own, 30, 40),
                ],
            ),
            measured(
                "seal",
                vec![
                    answered(Network::Base, 10, 40),
                    answered(Network::ForAll, 20, 40),
                    answered(Network::Own, 21, 40),
                ],
            ),
        ];
        let report = report(&plan, &all);
        assert_eq!(report.missing, ["whale"]);
        let found: Vec<(&str, Network)> =
            report.slots.iter().map(|slot| (slot.slot.as_str(), slot.recommended)).collect();
        assert_eq!(report.for_all, Network::ForAll);
        assert_eq!(found, [("cow", Network::Own), ("seal", Network::ForAll)]);
        assert_eq!(report.route.bundle, "jobs/for-all");
        assert_eq!(report.route.slots.len(), 1);
        assert_eq!(report.route.slots[0].bundle, "jobs/own");
        assert_eq!(report.route.clone().checked(), Ok(report.route.clone()));
        let own =
            report.together.iter().find(|one| (one.before, one.after) == (Network::ForAll, Network::Own));
        let own = own.unwrap();
        assert_eq!(own.figures.questions, 80);
        assert!((own.figures.gained_top1.value - 11.0 / 80.0).abs() < 1e-12);
        let page = html(&plan, &report).unwrap();
        assert!(page.contains("cow") && page.contains("+0.250"), "{page}");
    }

    #[test]
    fn what_is_asked_of_one_network_alone_is_not_compared() {
        let plan = plan_of(&[("cow", Wanted::Own)]);
        let mut own = answered(Network::Own, 5, 10);
        own.ranks = own.ranks.into_iter().map(|(photo, found)| (format!("other {photo}"), found)).collect();
        let report = report(&plan, &[measured("cow", vec![answered(Network::Base, 5, 10), own])]);
        assert!(report.slots[0].compared.is_empty());
        assert_eq!((report.slots[0].recommended, report.route.bundle.as_str()), (Network::Base, "jobs/base"));
    }
}
