//! Disjoint set: no individual is on both sides.

use super::{Generator, Split, SplitLabels};

/// Divides the individuals.
pub(super) fn divide(labels: &SplitLabels, test_share: f64, whole: bool, generator: &mut Generator) -> Split {
    let (known, unused) = labels.identified();
    let (test, train) = take_individuals(labels, &known, test_share, whole, generator);
    Split { train, test, unused }
}

/// Takes whole individuals, in random order, as long as they fit into the share of the annotations; at least
/// one where there are two. Returns the annotations taken and those left.
pub(super) fn take_individuals(
    labels: &SplitLabels,
    rows: &[u32],
    share: f64,
    whole: bool,
    generator: &mut Generator,
) -> (Vec<u32>, Vec<u32>) {
    let mut groups = labels.groups_of_individuals(rows, whole);
    generator.shuffle(&mut groups);
    let room = (rows.len() as f64 * share).round() as usize;
    let smallest = groups.iter().map(Vec::len).min().unwrap_or(0);
    let room = room.max(if groups.len() > 1 { smallest } else { 0 });
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for group in groups {
        if taken.len() + group.len() <= room {
            taken.extend(group);
        } else {
            left.extend(group);
        }
    }
    // In the order of the table, so that what follows does not depend on the order of taking.
    taken.sort_unstable();
    left.sort_unstable();
    (taken, left)
}
