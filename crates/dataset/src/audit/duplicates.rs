//! Groups of photos that are the same or look the same.

use std::collections::{BTreeMap, HashMap};

use super::PhotoFacts;

/// Disjoint sets of rows that grow together (path halving, smaller root wins).
pub(crate) struct UnionFind(Vec<u32>);

impl UnionFind {
    pub(crate) fn new(n_rows: usize) -> Self {
        Self((0_u32..).take(n_rows).collect())
    }

    pub(crate) fn root(&mut self, row: u32) -> u32 {
        let mut at = row;
        while self.0[at as usize] != at {
            let above = self.0[self.0[at as usize] as usize];
            self.0[at as usize] = above;
            at = above;
        }
        at
    }

    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Groups photos that have the same bytes, or whose perceptual hashes differ in at most `max_distance` bits,
/// directly or through others between them.
///
/// Returns the number of the group for each row that has company, counted from 0 in the order of the rows;
/// `None` for photos that stand alone or were not opened. A picture without any structure (hash 0: one color,
/// or brightening steadily to the right) resembles everything like it and is compared by bytes only.
pub fn duplicate_groups(facts: &[PhotoFacts], max_distance: u32) -> Vec<Option<u32>> {
    let mut union = UnionFind::new(facts.len());
    for group in identical(facts) {
        group.iter().for_each(|row| union.join(group[0], *row));
    }
    let mut first_with: BTreeMap<u64, u32> = BTreeMap::new();
    for (row, facts) in (0_u32..).zip(facts) {
        if let Some(hash) = facts.perceptual_hash.filter(|hash| hash.0 != 0) {
            union.join(*first_with.entry(hash.0).or_insert(row), row);
        }
    }
    let distinct: Vec<(u64, u32)> = first_with.into_iter().collect();
    join_neighbors(&distinct, max_distance, &mut union);
    numbered(&mut union, facts.len())
}

/// Joins all hashes within the distance. By the pigeonhole principle two hashes that differ in at most `d` bits
/// agree in at least one of `d + 1` pieces, so only hashes that share a piece are compared.
fn join_neighbors(distinct: &[(u64, u32)], max_distance: u32, union: &mut UnionFind) {
    let pieces = (max_distance + 1).min(64);
    for piece in 0..pieces {
        let (from, to) = (64 * piece / pieces, 64 * (piece + 1) / pieces);
        let mask = (u64::MAX >> (64 - (to - from))) << from;
        let mut order: Vec<(u64, u64, u32)> =
            distinct.iter().map(|(hash, row)| (hash & mask, *hash, *row)).collect();
        order.sort_unstable();
        for bucket in order.chunk_by(|a, b| a.0 == b.0) {
            join_bucket(bucket, max_distance, union);
        }
    }
}

fn join_bucket(bucket: &[(u64, u64, u32)], max_distance: u32, union: &mut UnionFind) {
    for (index, (_, hash, row)) in bucket.iter().enumerate() {
        for (_, other_hash, other_row) in &bucket[index + 1..] {
            if (hash ^ other_hash).count_ones() <= max_distance {
                union.join(*row, *other_row);
            }
        }
    }
}

fn numbered(union: &mut UnionFind, n_rows: usize) -> Vec<Option<u32>> {
    let roots: Vec<u32> = (0_u32..).take(n_rows).map(|row| union.root(row)).collect();
    let mut sizes: HashMap<u32, u32> = HashMap::new();
    roots.iter().for_each(|root| *sizes.entry(*root).or_default() += 1);
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    roots
        .iter()
        .map(|root| {
            let next = u32::try_from(numbers.len()).ok()?;
            (sizes[root] > 1).then(|| *numbers.entry(*root).or_insert(next))
        })
        .collect()
}

/// Rows whose photos have the same bytes, two and more, in the order of the first.
pub(super) fn identical(facts: &[PhotoFacts]) -> Vec<Vec<u32>> {
    let mut rows_of: BTreeMap<_, Vec<u32>> = BTreeMap::new();
    for (row, facts) in (0_u32..).zip(facts) {
        if let Some(photo_id) = facts.photo_id {
            rows_of.entry(photo_id).or_default().push(row);
        }
    }
    let mut groups: Vec<Vec<u32>> = rows_of.into_values().filter(|rows| rows.len() > 1).collect();
    groups.sort();
    groups
}

/// The rows of each group.
pub(super) fn members(groups: &[Option<u32>]) -> Vec<Vec<u32>> {
    let mut rows_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (row, group) in (0_u32..).zip(groups) {
        if let Some(group) = group {
            rows_of.entry(*group).or_default().push(row);
        }
    }
    rows_of.into_values().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use resight_core::PhotoId;
    use resight_imaging::PerceptualHash;

    use super::*;

    fn looking(hash: u64) -> PhotoFacts {
        PhotoFacts { perceptual_hash: Some(PerceptualHash(hash)), ..PhotoFacts::default() }
    }

    #[test]
    fn look_alikes_are_joined_through_those_between_them() {
        let facts = [
            looking(0b1_0000),
            looking(0xFFFF_0000),
            looking(0b1_0011),
            looking(0b1_1111),
            PhotoFacts::default(),
        ];
        assert_eq!(duplicate_groups(&facts, 2), [Some(0), None, Some(0), Some(0), None]);
        assert_eq!(duplicate_groups(&facts, 1), [None; 5]);
    }

    #[test]
    fn the_same_bytes_are_one_photo_whatever_it_looks_like() {
        let bytes = |byte| PhotoFacts { photo_id: Some(PhotoId([byte; 32])), ..looking(0) };
        assert_eq!(duplicate_groups(&[bytes(1), bytes(2), bytes(1)], 4), [Some(0), None, Some(0)]);
        assert_eq!(identical(&[bytes(1), bytes(2), bytes(1)]), [[0, 2]]);
    }

    proptest! {
        #[test]
        fn grouping_by_pieces_equals_comparing_all_pairs(
            seeds in proptest::collection::vec((0_u64..4, proptest::collection::vec(0_u32..64, 0..5)), 0..40),
            max_distance in 0_u32..12,
        ) {
            let hashes: Vec<u64> = seeds.iter().map(|(base, flips)| {
                flips.iter().fold((base + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15), |hash, bit| hash ^ (1 << bit))
            }).collect();
            let facts: Vec<PhotoFacts> = hashes.iter().map(|hash| looking(*hash)).collect();
            let mut union = UnionFind::new(hashes.len());
            for (a, first) in (0_u32..).zip(&hashes) {
                for (b, second) in (0_u32..).zip(&hashes) {
                    if (first ^ second).count_ones() <= max_distance {
                        union.join(a, b);
                    }
                }
            }
            prop_assert_eq!(duplicate_groups(&facts, max_distance), numbered(&mut union, hashes.len()));
        }
    }
}
