//! Fifths of the animals, so that each is judged by what was learnt from others.

use std::collections::BTreeMap;

use super::rows::Item;

/// How many parts.
pub(super) const FOLDS: usize = 5;

/// The part of every item. Groups stay whole; those of each label are dealt out in turn, largest first, so that every part
/// has some of each label where there are enough.
pub(super) fn folds(items: &[Item], labels: usize) -> Vec<usize> {
    let mut sizes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for item in items {
        sizes.entry(item.group).or_insert_with(|| vec![0; labels])[item.label] += 1;
    }
    // A group belongs to the label that most of its photos have.
    let mut groups: Vec<(usize, usize, u32)> = sizes
        .into_iter()
        .map(|(group, of_label)| {
            let label = (0..labels).max_by_key(|label| (of_label[*label], labels - label)).unwrap_or(0);
            (label, of_label.iter().sum(), group)
        })
        .collect();
    groups.sort_by_key(|(label, size, group)| (*label, std::cmp::Reverse(*size), *group));
    let mut held = vec![[0_usize; FOLDS]; labels];
    let mut part_of: BTreeMap<u32, usize> = BTreeMap::new();
    for (label, size, group) in groups {
        let all = |part: usize| held.iter().map(|of_label| of_label[part]).sum::<usize>();
        let part = (0..FOLDS).min_by_key(|part| (held[label][*part], all(*part), *part)).unwrap_or(0);
        held[label][part] += size;
        part_of.insert(group, part);
    }
    items.iter().map(|item| part_of[&item.group]).collect()
}
