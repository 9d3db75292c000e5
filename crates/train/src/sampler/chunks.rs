//! The photos of an individual in chunks of K that are each other's positives.

use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::deal::deal;
use super::p_by_k::ShortClasses;

/// Cuts the groups of a class (of which no two rows may be positives of each other) into chunks of `size` rows of
/// different groups, such that every row is in at least one.
///
/// What is left when no full chunk can be dealt any more is filled up with rows that are in another chunk already.
pub(super) fn chunks(
    groups: Vec<Vec<u32>>,
    size: usize,
    short: ShortClasses,
    random: &mut ChaCha8Rng,
) -> Vec<Vec<u32>> {
    let distinct = size.min(groups.len());
    if distinct < 2 || (distinct < size && short == ShortClasses::Skip) {
        return Vec::new();
    }
    let dealt = deal(groups.clone(), distinct, random);
    let mut chunks = dealt.hands;
    let mut rest = dealt.rest;
    while !rest.is_empty() {
        rest.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let mut chunk: Vec<u32> = rest.iter_mut().take(distinct).filter_map(Vec::pop).collect();
        rest.retain(|group| !group.is_empty());
        fill_up(&mut chunk, &groups, distinct, random);
        chunks.push(chunk);
    }
    if short == ShortClasses::Repeat {
        chunks.iter_mut().for_each(|chunk| repeat(chunk, size));
    }
    chunks
}

/// Adds rows of groups that are not in the chunk yet.
fn fill_up(chunk: &mut Vec<u32>, groups: &[Vec<u32>], size: usize, random: &mut ChaCha8Rng) {
    if chunk.len() >= size {
        return;
    }
    let mut others: Vec<&Vec<u32>> =
        groups.iter().filter(|group| !group.iter().any(|row| chunk.contains(row))).collect();
    others.shuffle(random);
    let wanted = size - chunk.len();
    chunk.extend(others.into_iter().take(wanted).filter_map(|group| group.choose(random).copied()));
}

/// Repeats the rows in order until there are so many.
fn repeat(chunk: &mut Vec<u32>, size: usize) {
    let distinct = chunk.len();
    for place in distinct..size {
        chunk.push(chunk[place % distinct]);
    }
}
