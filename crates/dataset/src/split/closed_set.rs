//! Closed set: every test individual is in the gallery.

use std::collections::BTreeMap;

use super::{Generator, Split, SplitLabels};

/// Divides the annotations of each individual.
pub(super) fn divide(
    labels: &SplitLabels,
    train_share: f64,
    whole: bool,
    generator: &mut Generator,
) -> Split {
    let (known, unused) = labels.identified();
    let mut split = divide_rows(labels, &known, train_share, whole, generator);
    split.unused = unused;
    split
}

/// Divides the given annotations. Units (annotations or encounters) come in random order; one becomes a query
/// where each of its individuals can still spare one, else it goes to the gallery.
pub(super) fn divide_rows(
    labels: &SplitLabels,
    rows: &[u32],
    train_share: f64,
    whole: bool,
    generator: &mut Generator,
) -> Split {
    let mut units = labels.units(rows, whole);
    let mut spare = units_to_spare(labels, &units, train_share);
    generator.shuffle(&mut units);
    let mut split = Split::default();
    for unit in units {
        let individuals = individuals_of(labels, &unit);
        if individuals.iter().all(|individual| spare.get(individual).is_some_and(|left| *left > 0)) {
            individuals.iter().filter_map(|i| spare.get_mut(i).map(|left| *left -= 1)).for_each(drop);
            split.test.extend(unit);
        } else {
            split.train.extend(unit);
        }
    }
    split
}

/// How many units of each individual may become queries: all but the share (rounded, halves to even), and at least one on
/// either side where there are two.
fn units_to_spare(labels: &SplitLabels, units: &[Vec<u32>], train_share: f64) -> BTreeMap<u32, usize> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for unit in units {
        for individual in individuals_of(labels, unit) {
            *counts.entry(individual).or_default() += 1;
        }
    }
    for count in counts.values_mut() {
        let train = ((*count as f64 * train_share).round_ties_even() as usize).clamp(1, (*count - 1).max(1));
        *count -= train;
    }
    counts
}

fn individuals_of(labels: &SplitLabels, unit: &[u32]) -> Vec<u32> {
    let mut individuals: Vec<u32> = unit.iter().filter_map(|row| labels.individual(*row)).collect();
    individuals.sort_unstable();
    individuals.dedup();
    individuals
}
