//! An index over the local features of many crops: which of them are worth comparing with a query, pair by pair.
//!
//! Comparing a pair takes a tenth of a millisecond; of a hundred thousand photos that is ten seconds. The index says in a
//! fraction of it which crops look alike and lie alike, well enough to leave out most others:
//!
//! 1. descriptors are sorted by the nearest of some thousand words, learned from the catalog's own ([`codebook`]);
//! 2. of each word that a crop has, 64 bits say how the crop looks there, beyond the word ([`signature`]);
//! 3. crops lie in shards of a thousand, each with a list for every word: who has it, how it looks, and where ([`shard`]);
//! 4. what a query has in common with a crop votes for the shift between the two, the more the fewer bits differ; the votes
//!    for the best shift are the crop's score ([`votes`]).
//!
//! The first two steps are the aggregated selective match kernel (G. Tolias, Y. Avrithis and H. Jégou, "Image search with
//! selective match kernels: aggregation across single and multiple images", IJCV 2016). The last stands in for the geometry that a pair is compared by.
//! A score decides nothing: what is proposed is compared pair by pair afterwards.
//!
//! An index is the same whether crops are added at once or one after the other, and with any number of threads.

mod codebook;
mod file;
mod shard;
mod signature;
#[cfg(test)]
mod tests;
mod votes;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use self::codebook::{Codebook, Sorter};
use self::shard::{Shard, Signed};
use self::votes::Votes;
use crate::PackedFeatures;

pub use self::file::{IndexFileError, Stamp};

/// An index over the local features of crops that are numbered from 0 on.
///
/// It takes about 12 bytes a keypoint: 4.8 kB a crop of 400 keypoints, in memory as on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureIndex {
    book: Codebook,
    shards: Vec<Shard>,
}

impl FeatureIndex {
    /// An empty index with words learned from these crops, `dim` numbers a descriptor. There are fewer words than asked for
    /// where the crops have fewer descriptors.
    ///
    /// # Panics
    /// Where `dim` is no multiple of four, as for [`crate::Room`], or a crop's descriptors have another length.
    pub fn learn(sample: &[PackedFeatures<'_>], dim: usize, words: u16, threads: usize) -> Self {
        Self { book: Codebook::learn(sample, dim, usize::from(words), threads), shards: Vec::new() }
    }

    /// How many crops it knows.
    pub fn len(&self) -> u32 {
        self.shards.iter().map(|shard| shard.n_crops).sum()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many words its lists have.
    pub fn words(&self) -> usize {
        self.book.len()
    }

    /// Brings it to `count` crops. `features` gives those of a crop by its number; one that has none is never proposed. It is
    /// asked for the crops that are new, and for some of the last again, which must be what they were.
    pub fn extend<'a>(
        &mut self,
        count: u32,
        threads: usize,
        features: impl Fn(u32) -> Option<PackedFeatures<'a>> + Sync,
    ) {
        // The last shard is made again where it is not full.
        if count > self.len() {
            self.shards.pop_if(|last| last.n_crops < Shard::CROPS);
        }
        let firsts: Vec<u32> = (self.len()..count).step_by(Shard::CROPS as usize).collect();
        let make = |first: u32, sorter: &mut Sorter| {
            let crops = first..count.min(first + Shard::CROPS);
            let words =
                crops.map(|crop| match features(crop).filter(|found| found.dim() == self.book.dim()) {
                    Some(found) => signature::signed_words(found, &self.book, 1, sorter),
                    None => Vec::new(),
                });
            Shard::of(self.book.len(), &words.collect::<Vec<Vec<Signed>>>())
        };
        let made = on_threads(threads, firsts.len(), Sorter::default, |at, sorter| make(firsts[at], sorter));
        self.shards.extend(made);
    }

    /// How much each crop has in common with a query, by its number; 0 for nothing.
    pub fn scores(&self, query: PackedFeatures<'_>, threads: usize) -> Vec<u32> {
        if query.dim() != self.book.dim() {
            return vec![0; self.len() as usize];
        }
        let words = signature::signed_words(query, &self.book, votes::WORDS_EACH, &mut Sorter::default());
        on_threads(threads, self.shards.len(), Votes::default, |at, votes| {
            votes.scores(&words, &self.shards[at])
        })
        .concat()
    }
}

/// Does some pieces of work on so many threads, each with memory of its own; what comes out is in the order of the pieces.
fn on_threads<T: Send, M>(
    threads: usize,
    pieces: usize,
    memory: impl Fn() -> M + Sync,
    work: impl Fn(usize, &mut M) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(pieces));
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, pieces.max(1)) {
            scope.spawn(|| {
                let mut memory = memory();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= pieces {
                        return;
                    }
                    let piece = work(at, &mut memory);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, piece));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, piece)| piece).collect()
}
