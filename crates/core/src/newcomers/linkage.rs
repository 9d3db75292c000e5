//! Average linkage, by following the chain of nearest neighbours (F. Murtagh, "A survey of recent advances in hierarchical
//! clustering algorithms", 1983): whoever is nearest to each other is joined at once, for no later one comes between.

/// Joins `count` items while the mean evidence between two groups is at least `least`: of each item its group, numbered by
/// their first items. `evidence` holds all pairs, row by row, the same both ways; minus infinity keeps two apart for good.
/// Of equal ones the first is nearest.
pub(super) fn average(count: usize, mut evidence: Vec<f64>, least: f64) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..count).collect();
    let mut sizes = vec![1.0; count];
    let mut open: Vec<usize> = (0..count).collect();
    let mut chain: Vec<usize> = Vec::new();
    while let Some(first) = open.first() {
        let last = *chain.last().unwrap_or(first);
        if chain.is_empty() {
            chain.push(last);
        }
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        match nearest(last, before, &open, &evidence, count) {
            Some((other, near)) if near >= least && Some(other) == before => {
                chain.truncate(chain.len() - 2);
                let (kept, gone) = (last.min(other), last.max(other));
                merge(kept, gone, &open, &mut evidence, &mut sizes, count);
                parent[gone] = kept;
                open.retain(|one| *one != gone);
            }
            Some((other, near)) if near >= least => chain.push(other),
            // Nobody is near enough, and joining others brings nobody nearer.
            _ => {
                open.retain(|one| *one != last);
                chain.clear();
            }
        }
    }
    numbered(&parent)
}

/// The nearest open group; of equal ones the one before in the chain, then the first.
fn nearest(
    from: usize,
    before: Option<usize>,
    open: &[usize],
    evidence: &[f64],
    count: usize,
) -> Option<(usize, f64)> {
    let others = before.into_iter().chain(open.iter().copied().filter(|one| *one != from));
    let mut best: Option<(usize, f64)> = None;
    for other in others {
        let near = evidence[from * count + other];
        if best.is_none_or(|(_, found)| near > found) {
            best = Some((other, near));
        }
    }
    best
}

fn merge(kept: usize, gone: usize, open: &[usize], evidence: &mut [f64], sizes: &mut [f64], count: usize) {
    let (of_kept, of_gone) = (sizes[kept], sizes[gone]);
    for other in open.iter().copied().filter(|other| *other != kept && *other != gone) {
        let (one, another) = (evidence[kept * count + other], evidence[gone * count + other]);
        let mean = (of_kept * one + of_gone * another) / (of_kept + of_gone);
        evidence[kept * count + other] = mean;
        evidence[other * count + kept] = mean;
    }
    sizes[kept] = of_kept + of_gone;
}

/// A joined group keeps the place of its first item, so a parent stands before its children.
fn numbered(parent: &[usize]) -> Vec<usize> {
    let mut groups: Vec<usize> = Vec::with_capacity(parent.len());
    let mut next = 0;
    for (item, parent) in parent.iter().enumerate() {
        if *parent == item {
            groups.push(next);
            next += 1;
        } else {
            groups.push(groups[*parent]);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    const APART: f64 = f64::NEG_INFINITY;

    fn linked(pairs: &[(usize, usize, f64)], count: usize, others: f64, least: f64) -> Vec<usize> {
        let mut evidence = vec![others; count * count];
        for (one, other, near) in pairs {
            evidence[one * count + other] = *near;
            evidence[other * count + one] = *near;
        }
        average(count, evidence, least)
    }

    #[test]
    fn the_mean_decides_and_not_one_near_pair() {
        // 2 is near 1 but far from 0: the mean of both is -0.5.
        let pairs = [(0, 1, 3.0), (1, 2, 2.0), (0, 2, -3.0)];
        assert_eq!(linked(&pairs, 4, -9.0, -0.4), [0, 0, 1, 2]);
        assert_eq!(linked(&pairs, 4, -9.0, -0.5), [0, 0, 0, 1]);
    }

    #[test]
    fn who_is_kept_apart_never_meets_by_way_of_others() {
        let pairs = [(0, 1, 5.0), (1, 2, 4.0), (0, 2, APART)];
        assert_eq!(linked(&pairs, 3, APART, -20.0), [0, 0, 1]);
    }

    #[test]
    fn nobody_near_enough_is_left_alone() {
        assert_eq!(linked(&[], 3, -1.0, 0.0), [0, 1, 2]);
        assert_eq!(linked(&[], 3, -1.0, -1.0), [0, 0, 0]);
        assert!(linked(&[], 0, 0.0, 0.0).is_empty());
    }

    #[test]
    fn the_same_as_joining_the_nearest_two_again_and_again() {
        let count = 24;
        let mut state = 7_u64;
        for _ in 0..40 {
            let mut evidence = vec![0.0; count * count];
            for one in 0..count {
                for other in 0..one {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let value = f64::from(u32::try_from(state >> 40).unwrap()) / f64::from(1 << 23) - 1.3;
                    evidence[one * count + other] = value;
                    evidence[other * count + one] = value;
                }
            }
            assert_eq!(average(count, evidence.clone(), -0.2), step_by_step(count, &evidence, -0.2));
        }
    }

    fn step_by_step(count: usize, evidence: &[f64], least: f64) -> Vec<usize> {
        let mut groups: Vec<Vec<usize>> = (0..count).map(|item| vec![item]).collect();
        let mean = |a: &[usize], b: &[usize]| {
            let pairs = a.iter().flat_map(|i| b.iter().map(move |j| evidence[i * count + j]));
            #[expect(clippy::cast_precision_loss)]
            let number = (a.len() * b.len()) as f64;
            pairs.sum::<f64>() / number
        };
        loop {
            let mut best = (f64::NEG_INFINITY, 0, 0);
            for one in 0..groups.len() {
                for other in one + 1..groups.len() {
                    let near = mean(&groups[one], &groups[other]);
                    if near > best.0 {
                        best = (near, one, other);
                    }
                }
            }
            if best.0 < least {
                break;
            }
            let gone = groups.remove(best.2);
            groups[best.1].extend(gone);
        }
        groups.sort_by_key(|members| members.iter().min().copied());
        let mut found = vec![0; count];
        for (group, members) in groups.iter().enumerate() {
            members.iter().for_each(|item| found[*item] = group);
        }
        found
    }
}
