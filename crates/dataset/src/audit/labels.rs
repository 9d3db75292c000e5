//! What the labels alone tell.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use resight_core::{BoxSpace, GivenBox, ImageSize};

use super::{BoxOutside, ClassSizes, EncounterLeak, PhotoFacts, SpeciesConflict};
use crate::{Row, Split};

/// The side of each row.
pub(super) struct Sides(Vec<Option<Side>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Train,
    Test,
}

impl Sides {
    pub(super) fn of(split: &Split, n_rows: usize) -> Self {
        let mut sides = vec![None; n_rows];
        for (rows, side) in [(&split.train, Side::Train), (&split.test, Side::Test)] {
            for row in rows {
                if let Some(place) = sides.get_mut(*row as usize) {
                    *place = Some(side);
                }
            }
        }
        Self(sides)
    }

    fn on(&self, side: Side, rows: &[u32]) -> Vec<u32> {
        rows.iter().copied().filter(|row| self.0[*row as usize] == Some(side)).collect()
    }

    pub(super) fn straddled_by(&self, rows: &[u32]) -> bool {
        [Side::Train, Side::Test].iter().all(|side| !self.on(*side, rows).is_empty())
    }
}

pub(super) fn class_sizes(rows: &[Row]) -> ClassSizes {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for identity in rows.iter().filter_map(|row| row.identity.as_deref()) {
        *counts.entry(identity).or_default() += 1;
    }
    let mut sizes: Vec<usize> = counts.into_values().collect();
    sizes.sort_unstable();
    let mut histogram = BTreeMap::new();
    for size in &sizes {
        *histogram.entry(*size).or_default() += 1;
    }
    ClassSizes {
        individuals: sizes.len(),
        singletons: histogram.get(&1).copied().unwrap_or(0),
        largest: sizes.last().copied().unwrap_or(0),
        histogram,
    }
}

pub(super) fn species_conflicts(rows: &[Row]) -> Vec<SpeciesConflict> {
    let mut species_of: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for row in rows {
        if let (Some(identity), Some(species)) = (&row.identity, &row.species) {
            *species_of.entry(identity).or_default().entry(species.to_string()).or_default() += 1;
        }
    }
    let conflicts = species_of.into_iter().filter(|(_, species)| species.len() > 1);
    conflicts.map(|(identity, species)| SpeciesConflict { identity: identity.to_owned(), species }).collect()
}

/// Encounters of one individual on both sides; an encounter of unidentified animals is looked at as a whole.
pub(super) fn encounter_leaks(rows: &[Row], sides: &Sides) -> Vec<EncounterLeak> {
    let mut rows_of: BTreeMap<(&str, Option<&str>), Vec<u32>> = BTreeMap::new();
    for (position, row) in (0_u32..).zip(rows) {
        if let Some(encounter) = &row.encounter {
            rows_of.entry((encounter, row.identity.as_deref())).or_default().push(position);
        }
    }
    let mut leaks: Vec<EncounterLeak> = rows_of
        .into_iter()
        .filter(|(_, rows)| sides.straddled_by(rows))
        .map(|((encounter, _), rows)| EncounterLeak {
            encounter: encounter.to_owned(),
            train: sides.on(Side::Train, &rows),
            test: sides.on(Side::Test, &rows),
        })
        .collect();
    leaks.sort_by(|a, b| (&a.train, &a.test).cmp(&(&b.train, &b.test)));
    leaks
}

pub(super) fn boxes_outside(rows: &[Row], facts: &[PhotoFacts]) -> Vec<BoxOutside> {
    let mut outside = Vec::new();
    for (position, (row, facts)) in (0_u32..).zip(rows.iter().zip(facts)) {
        let Some(size) = facts.size else { continue };
        for (box_index, region) in row.boxes.iter().enumerate() {
            if is_outside(region, size) {
                outside.push(BoxOutside { row: position, box_index });
            }
        }
    }
    outside
}

/// How the stored picture is turned is not among the facts: a box that fits it either way is inside.
fn is_outside(given: &GivenBox, size: ImageSize) -> bool {
    let turned = ImageSize { width: size.height, height: size.width };
    given.bounds.clamped(size).is_none()
        && (given.space == BoxSpace::Upright || given.bounds.clamped(turned).is_none())
}

/// Several rows that share one file and state boxes are several animals, not a duplicate.
pub(super) fn shows_several_paths_or_no_boxes(rows: &[Row], group: &[u32]) -> bool {
    let paths: BTreeSet<_> = group.iter().map(|row| &rows[*row as usize].path).collect();
    paths.len() > 1 || group.iter().any(|row| rows[*row as usize].boxes.is_empty())
}

pub(super) fn names_several_individuals(rows: &[Row], group: &[u32]) -> bool {
    let names: BTreeSet<_> = group.iter().filter_map(|row| rows[*row as usize].identity.as_deref()).collect();
    names.len() > 1
}
