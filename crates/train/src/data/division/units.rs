//! What stays together.

use std::collections::BTreeMap;

use resight_dataset::Row;

/// Joins the identified rows that share a key, directly or through others; a row may have several keys.
/// Each unit ascending, in the order of their first rows.
pub(super) fn units<'a, K: Ord>(rows: &'a [Row], keys: impl Fn(u32, &'a Row) -> Vec<K>) -> Vec<Vec<u32>> {
    let mut above: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
    let mut first_with: BTreeMap<K, u32> = BTreeMap::new();
    for (position, row) in identified(rows) {
        for key in keys(position, row) {
            let first = *first_with.entry(key).or_insert(position);
            let (one, other) = (root(&mut above, first), root(&mut above, position));
            above[one.max(other) as usize] = one.min(other);
        }
    }
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (position, _) in identified(rows) {
        members.entry(root(&mut above, position)).or_default().push(position);
    }
    members.into_values().collect()
}

/// The rows whose individual is known.
pub(super) fn identified(rows: &[Row]) -> impl Iterator<Item = (u32, &Row)> {
    (0_u32..).zip(rows).filter(|(_, row)| row.identity.is_some())
}

/// The labels of the individuals in a unit, each once, in the order of the alphabet.
pub(super) fn individuals<'a>(rows: &'a [Row], unit: &[u32]) -> Vec<&'a str> {
    let mut names: Vec<&str> =
        unit.iter().filter_map(|row| rows[*row as usize].identity.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The name of a unit, which does not depend on the order of the rows.
pub(super) fn name<'a>(rows: &'a [Row], unit: &[u32]) -> &'a str {
    unit.iter().map(|row| rows[*row as usize].image_id.as_str()).min().unwrap_or_default()
}

fn root(above: &mut [u32], row: u32) -> u32 {
    let mut at = row;
    while above[at as usize] != at {
        above[at as usize] = above[above[at as usize] as usize];
        at = above[at as usize];
    }
    at
}
