//! Who was seen on which occasion.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::CaptureTime;
use serde::Serialize;

use crate::{CaptureError, LeftOut, Occasions, Selection, Side, SidePolicy, Sighting};

const SECONDS_A_DAY: f64 = 86_400.0;

/// How an individual was seen on an occasion. The numbers are those of multimark 2.1 (B. McClintock, "multimark: an R package for
/// analysis of capture–recapture data consisting of multiple noninvasive marks", 2015).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "u8")]
pub enum Seen {
    /// 0: not at all.
    No,
    /// 1: its left side; where sides are not told apart, at all.
    Left,
    /// 2: its right side.
    Right,
    /// 3: both, never in one encounter.
    BothApart,
    /// 4: both, in one encounter.
    BothAtOnce,
}

impl Seen {
    /// The number for it.
    pub fn number(self) -> u8 {
        match self {
            Self::No => 0,
            Self::Left => 1,
            Self::Right => 2,
            Self::BothApart => 3,
            Self::BothAtOnce => 4,
        }
    }

    /// What a number means.
    pub fn of(number: u8) -> Option<Self> {
        [Self::No, Self::Left, Self::Right, Self::BothApart, Self::BothAtOnce]
            .get(usize::from(number))
            .copied()
    }

    /// Whether it was seen.
    pub fn is_seen(self) -> bool {
        self != Self::No
    }
}

impl From<Seen> for u8 {
    fn from(seen: Seen) -> Self {
        seen.number()
    }
}

/// The history of one individual.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// Who.
    pub individual: String,
    /// How it was seen, occasion by occasion.
    pub seen: Vec<Seen>,
    /// Whether a person or a table says each of its captures.
    pub confirmed: bool,
    /// Whether both of its sides are known, in captures that count or not.
    pub linked: bool,
    /// The group it belongs to, where there are groups.
    pub group: Option<String>,
    /// What is known of it, by name.
    pub covariates: BTreeMap<String, String>,
}

impl History {
    /// How often it was seen.
    pub fn captures(&self) -> usize {
        self.seen.iter().filter(|seen| seen.is_seen()).count()
    }

    /// As a row of zeros and ones.
    pub fn zeros_and_ones(&self) -> String {
        self.seen.iter().map(|seen| if seen.is_seen() { '1' } else { '0' }).collect()
    }
}

/// The histories of a study. Individuals that were seen on no occasion are not here.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaptureHistories {
    /// When was looked.
    pub occasions: Occasions,
    /// What was chosen.
    pub selection: Selection,
    /// The individuals, by name.
    pub histories: Vec<History>,
    /// Sightings that do not count.
    pub left_out: LeftOut,
    /// Covariates of which an individual has two values: the first stands.
    pub conflicts: Vec<String>,
    /// Sightings that count, with the place of their individual and of their occasion.
    #[serde(skip)]
    pub(crate) captures: Vec<Capture>,
}

/// A sighting that counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Capture {
    pub(crate) history: usize,
    pub(crate) occasion: usize,
    pub(crate) sighting: Sighting,
}

impl CaptureHistories {
    /// Makes the histories of these sightings.
    ///
    /// # Errors
    /// Nothing is left that counts.
    pub fn of(
        sightings: &[Sighting],
        occasions: Occasions,
        selection: Selection,
    ) -> Result<Self, CaptureError> {
        let mut left_out = LeftOut::default();
        let linked = linked(sightings, &selection);
        let mut by_individual: BTreeMap<&str, Vec<(usize, &Sighting)>> = BTreeMap::new();
        for sighting in sightings {
            match placed(sighting, &occasions, &selection, &linked, &mut left_out) {
                None => {}
                Some(occasion) => {
                    by_individual.entry(&sighting.individual).or_default().push((occasion, sighting));
                }
            }
        }
        let (mut histories, mut captures, mut conflicts) = (Vec::new(), Vec::new(), Vec::new());
        for (individual, mut seen) in by_individual {
            keep_apart(&mut seen, &selection, &mut left_out);
            let own: Vec<&Sighting> = sightings.iter().filter(|one| one.individual == individual).collect();
            let covariates = covariates(individual, &own, &mut conflicts);
            let place = histories.len();
            captures.extend(seen.iter().map(|(occasion, sighting)| Capture {
                history: place,
                occasion: *occasion,
                sighting: (*sighting).clone(),
            }));
            histories.push(History {
                individual: individual.to_owned(),
                confirmed: seen.iter().all(|(_, sighting)| sighting.confirmed),
                linked: linked.contains(individual),
                group: selection
                    .group_by
                    .as_ref()
                    .map(|name| covariates.get(name).cloned().unwrap_or_default()),
                seen: row(&seen, occasions.count(), selection.sides),
                covariates,
            });
        }
        if histories.is_empty() {
            return Err(CaptureError::Nothing("no sighting of a named individual counts"));
        }
        Ok(Self { occasions, selection, histories, left_out, conflicts, captures })
    }

    /// The groups, sorted; none where nobody asked for groups.
    pub fn groups(&self) -> Vec<&str> {
        let all: BTreeSet<&str> = self.histories.iter().filter_map(|one| one.group.as_deref()).collect();
        all.into_iter().collect()
    }

    /// Individuals of which a model alone says who they are, in some capture.
    pub fn unconfirmed(&self) -> usize {
        self.histories.iter().filter(|one| !one.confirmed).count()
    }
}

/// The individuals of which both sides are known.
fn linked<'a>(sightings: &'a [Sighting], selection: &Selection) -> BTreeSet<&'a str> {
    let mut sides: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for one in sightings.iter().filter(|one| one.confirmed || selection.unconfirmed) {
        let known = sides.entry(&one.individual).or_default();
        known.0 |= one.side == Side::Left;
        known.1 |= one.side == Side::Right;
    }
    sides.into_iter().filter(|(_, known)| *known == (true, true)).map(|(individual, _)| individual).collect()
}

/// The occasion of a sighting that counts.
fn placed(
    sighting: &Sighting,
    occasions: &Occasions,
    selection: &Selection,
    linked: &BTreeSet<&str>,
    left_out: &mut LeftOut,
) -> Option<usize> {
    let mut out = |reason: &mut dyn FnMut(&mut LeftOut)| {
        reason(left_out);
        None
    };
    if !sighting.confirmed && !selection.unconfirmed {
        return out(&mut |left| left.unconfirmed += 1);
    }
    let Some(day) = sighting.when.and_then(|when: CaptureTime| when.day()) else {
        return out(&mut |left| left.undated += 1);
    };
    let Some(occasion) = occasions.of(day) else {
        return out(&mut |left| left.between_occasions += 1);
    };
    match (selection.least_quality, sighting.quality) {
        (Some(_), None) => return out(&mut |left| left.ungraded += 1),
        (Some(least), Some(quality)) if quality < least => return out(&mut |left| left.quality += 1),
        _ => {}
    }
    if selection
        .least_distinctiveness
        .is_some_and(|least| sighting.distinctiveness.is_none_or(|found| found < least))
    {
        return out(&mut |left| left.distinctiveness += 1);
    }
    let is_right_side = match selection.sides {
        SidePolicy::Left => sighting.side == Side::Left,
        SidePolicy::Right => sighting.side == Side::Right,
        SidePolicy::Both => sighting.side != Side::Other,
        SidePolicy::Linked | SidePolicy::Any => true,
    };
    if !is_right_side {
        return out(&mut |left| left.side += 1);
    }
    if selection.sides == SidePolicy::Linked && !linked.contains(sighting.individual.as_str()) {
        return out(&mut |left| left.not_linked += 1);
    }
    Some(occasion)
}

/// Drops captures that follow another one of the individual too soon. Where sides are told apart, each side by itself: the other
/// side of one encounter is no second capture.
fn keep_apart(seen: &mut Vec<(usize, &Sighting)>, selection: &Selection, left_out: &mut LeftOut) {
    seen.sort_by(|(_, a), (_, b)| seconds(a).total_cmp(&seconds(b)));
    let least = selection.least_days_between * SECONDS_A_DAY;
    let mut last: BTreeMap<Option<Side>, f64> = BTreeMap::new();
    seen.retain(|(_, sighting)| {
        let side = (selection.sides == SidePolicy::Both).then_some(sighting.side);
        let now = seconds(sighting);
        match last.get(&side) {
            // Photos of one moment are one capture anyway, and none of them is lost for what it says of place and side.
            Some(before) if now > *before && now - before < least => {
                left_out.too_soon += 1;
                false
            }
            _ => {
                last.insert(side, now);
                true
            }
        }
    });
}

fn seconds(sighting: &Sighting) -> f64 {
    sighting.when.map_or(0.0, |when| when.seconds())
}

fn row(seen: &[(usize, &Sighting)], occasions: usize, sides: SidePolicy) -> Vec<Seen> {
    let mut row = vec![Seen::No; occasions];
    if sides != SidePolicy::Both {
        seen.iter().for_each(|(occasion, _)| row[*occasion] = Seen::Left);
        return row;
    }
    let mut by_encounter: BTreeMap<(usize, &str), (bool, bool)> = BTreeMap::new();
    for (occasion, sighting) in seen {
        match &sighting.encounter {
            Some(encounter) => {
                let known = by_encounter.entry((*occasion, encounter)).or_default();
                known.0 |= sighting.side == Side::Left;
                known.1 |= sighting.side == Side::Right;
            }
            // What belongs to no encounter was seen by itself.
            None => row[*occasion] = joined(row[*occasion], one_side(sighting.side)),
        }
    }
    for ((occasion, _), known) in by_encounter {
        let here = match known {
            (true, true) => Seen::BothAtOnce,
            (true, false) => Seen::Left,
            (false, true) => Seen::Right,
            (false, false) => Seen::No,
        };
        row[occasion] = joined(row[occasion], here);
    }
    row
}

fn one_side(side: Side) -> Seen {
    match side {
        Side::Left => Seen::Left,
        Side::Right => Seen::Right,
        Side::Other => Seen::No,
    }
}

/// What two moments of one occasion say together.
fn joined(one: Seen, other: Seen) -> Seen {
    match (one.min(other), one.max(other)) {
        (Seen::No, seen) => seen,
        (_, Seen::BothAtOnce) => Seen::BothAtOnce,
        (Seen::Left, Seen::Left) => Seen::Left,
        (Seen::Right, Seen::Right) => Seen::Right,
        _ => Seen::BothApart,
    }
}

/// What is known of an individual; where two sightings say different things, the first one stands.
fn covariates(individual: &str, own: &[&Sighting], conflicts: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut odd: BTreeSet<String> = BTreeSet::new();
    for (name, value) in own.iter().flat_map(|one| &one.covariates) {
        match known.get(name) {
            Some(before) if before != value => {
                odd.insert(format!("{individual}: {name} is {before} and {value}"));
            }
            Some(_) => {}
            None => drop(known.insert(name.clone(), value.clone())),
        }
    }
    conflicts.extend(odd);
    known
}

#[cfg(test)]
mod tests;
