//! Divides whole individuals.

use resight_dataset::Row;

use super::{Part, Shares, draw, units};

/// So many individuals of nearly as many photos are dealt out in drawn order before the next ones.
const BLOCK: usize = 20;

/// The parts that individuals are dealt out to.
const ASKED: [Part; 3] = [Part::Train, Part::Validation, Part::Test];

/// What rows are joined by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Individual(&'a str),
    LookAlike(u32),
}

/// Individuals — several where look-alikes join them — are dealt out from the most photographed to the
/// least, in blocks of drawn order, each to the part that lacks most. So each part gets its share of the individuals
/// and about that share of the photos.
pub(super) fn divide(
    rows: &[Row],
    look_alikes: &[Option<u32>],
    shares: Shares,
    seed: u64,
) -> Vec<Option<Part>> {
    let units = units_of_individuals(rows, look_alikes, "division, new individuals", seed);
    let mut counts = [0_usize; ASKED.len()];
    let mut parts = vec![None; rows.len()];
    for unit in &units {
        let part = most_lacking(&counts, shares);
        counts[part as usize] += units::individuals(rows, unit).len();
        unit.iter().for_each(|row| parts[*row as usize] = Some(part));
    }
    parts
}

/// The photos of individuals, of several where look-alikes join them: from the most to the least photographed, in
/// blocks of drawn order.
pub(super) fn units_of_individuals(
    rows: &[Row],
    look_alikes: &[Option<u32>],
    purpose: &str,
    seed: u64,
) -> Vec<Vec<u32>> {
    let mut units = units::units(rows, |position, row| keys(row, look_alikes[position as usize]));
    let drawn = |unit: &Vec<u32>| {
        let name = units::name(rows, unit).to_owned();
        (draw(seed, purpose, &name), name)
    };
    units.sort_by_cached_key(|unit| (std::cmp::Reverse(unit.len()), drawn(unit)));
    units.chunks_mut(BLOCK).for_each(|block| block.sort_by_cached_key(drawn));
    units
}

fn keys(row: &Row, look_alike: Option<u32>) -> Vec<Key<'_>> {
    let individual = row.identity.as_deref().map(Key::Individual);
    individual.into_iter().chain(look_alike.map(Key::LookAlike)).collect()
}

/// The part that would be furthest below its share if the next individual went elsewhere; of equals the first.
fn most_lacking(counts: &[usize; ASKED.len()], shares: Shares) -> Part {
    let next = (counts.iter().sum::<usize>() + 1) as f64;
    let wanted = |part: Part| match part {
        Part::Train => 1.0 - shares.validation - shares.test,
        Part::Validation => shares.validation,
        Part::Test => shares.test,
        Part::Newcomer => 0.0,
    };
    let lack = |part: Part| wanted(part) * next - counts[part as usize] as f64;
    let more = |best: Part, part: Part| if lack(part) > lack(best) { part } else { best };
    ASKED.into_iter().fold(Part::Train, more)
}
