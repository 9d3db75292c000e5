//! Divides the encounters of each individual.

use std::collections::BTreeMap;

use resight_dataset::Row;

use super::{Part, Shares, draw, units};

/// What rows are joined by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Encounter(&'a str, &'a str),
    LookAlike(u32),
}

/// How many more units of an individual the test and the validation may take.
#[derive(Default)]
struct Room {
    validation: usize,
    test: usize,
}

/// Units — encounters of an individual, joined where they hold look-alikes — come in an order drawn by the seed.
/// One goes to the test where each of its individuals has room there, else to the validation by the same rule,
/// else it is learnt from. Where there are labels of encounters, units with unlabelled photos are learnt from.
pub(super) fn divide(
    rows: &[Row],
    look_alikes: &[Option<u32>],
    shares: Shares,
    seed: u64,
) -> Vec<Option<Part>> {
    let any_label = units::identified(rows).any(|(_, row)| row.encounter.is_some());
    let may_ask =
        |unit: &Vec<u32>| !any_label || unit.iter().all(|row| rows[*row as usize].encounter.is_some());
    let (mut units, others): (Vec<_>, Vec<_>) =
        units::units(rows, |position, row| keys(row, look_alikes[position as usize]))
            .into_iter()
            .partition(may_ask);
    let mut rooms = rooms(rows, &units, shares);
    units.sort_by_cached_key(|unit| {
        let name = units::name(rows, unit);
        (draw(seed, "division, known individuals", name), name)
    });
    let mut parts = vec![None; rows.len()];
    others.iter().flatten().for_each(|row| parts[*row as usize] = Some(Part::Train));
    for unit in units {
        let part = take_room(rows, &unit, &mut rooms);
        unit.iter().for_each(|row| parts[*row as usize] = Some(part));
    }
    parts
}

fn keys(row: &Row, look_alike: Option<u32>) -> Vec<Key<'_>> {
    let identity = row.identity.as_deref().unwrap_or_default();
    let encounter = row.encounter.as_deref().map(|encounter| Key::Encounter(identity, encounter));
    encounter.into_iter().chain(look_alike.map(Key::LookAlike)).collect()
}

/// The shares of each individual's units, rounded (halves to even); at least one unit is left to learn from.
fn rooms<'a>(rows: &'a [Row], units: &[Vec<u32>], shares: Shares) -> BTreeMap<&'a str, Room> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for individual in units.iter().flat_map(|unit| units::individuals(rows, unit)) {
        *counts.entry(individual).or_default() += 1;
    }
    counts.into_iter().map(|(individual, count)| (individual, Room::of(count, shares))).collect()
}

impl Room {
    /// What the shares give of so many units, one or more.
    fn of(count: usize, shares: Shares) -> Self {
        let rounded = |share: f64| (count as f64 * share).round_ties_even() as usize;
        let test = rounded(shares.test).min(count - 1);
        Self { test, validation: rounded(shares.validation).min(count - 1 - test) }
    }
}

/// Whether an individual with so many encounters has one for every part that the shares ask for.
pub(super) fn can_ask(encounters: usize, shares: Shares) -> bool {
    if encounters == 0 {
        return false;
    }
    let room = Room::of(encounters, shares);
    (shares.validation <= 0.0 || room.validation > 0) && (shares.test <= 0.0 || room.test > 0)
}

fn take_room(rows: &[Row], unit: &[u32], rooms: &mut BTreeMap<&str, Room>) -> Part {
    let individuals = units::individuals(rows, unit);
    for part in [Part::Test, Part::Validation] {
        let has_room = |name: &&str| rooms.get_mut(*name).is_some_and(|room| *left(room, part) > 0);
        if individuals.iter().all(has_room) {
            for name in &individuals {
                if let Some(room) = rooms.get_mut(*name) {
                    *left(room, part) -= 1;
                }
            }
            return part;
        }
    }
    Part::Train
}

fn left(room: &mut Room, part: Part) -> &mut usize {
    if part == Part::Test { &mut room.test } else { &mut room.validation }
}
