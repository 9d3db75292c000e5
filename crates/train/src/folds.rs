//! Fifths of what is learnt from, so that each is judged by what was learnt from the others.

use std::collections::BTreeMap;

/// How many parts.
pub(crate) const FOLDS: usize = 5;

/// The part of every item, given by its group and its label. Groups stay whole; those of each label are dealt out in turn, the
/// largest first, so that every part has some of each label where there are enough.
pub(crate) fn folds(items: &[(u32, usize)], labels: usize) -> Vec<usize> {
    let mut sizes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (group, label) in items {
        sizes.entry(*group).or_insert_with(|| vec![0; labels])[*label] += 1;
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
    items.iter().map(|(group, _)| part_of[group]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stay_whole_and_every_part_has_some_of_each_label() {
        let items: Vec<(u32, usize)> = (0..60).map(|at| (at / 3, usize::from(at >= 30))).collect();
        let parts = folds(&items, 2);
        for of_group in parts.chunks_exact(3) {
            assert!(of_group.iter().all(|part| *part == of_group[0]), "{parts:?}");
        }
        for part in 0..FOLDS {
            for label in 0..2 {
                let n = items.iter().zip(&parts).filter(|(item, at)| item.1 == label && **at == part).count();
                assert_eq!(n, 6, "part {part}, label {label}");
            }
        }
    }
}
