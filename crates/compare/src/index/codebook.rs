//! The words that descriptors are sorted by: means of like descriptors, learned from a catalog's own.

use std::thread;

use crate::descriptors::{Blocks, Descriptors, quantise};
use crate::packed::PackedFeatures;
use crate::products::{Columns, Kernel, QueryRows, TILE};

/// Descriptors that a word is learned from, at most.
const SAMPLED_EACH: usize = 64;

/// How often words are moved to the mean of what is nearest to them. Further rounds move them by less than a byte holds.
const ROUNDS: usize = 8;

/// Words, each a direction in bytes as a descriptor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Codebook {
    words: Descriptors,
}

/// Sorts descriptors by their nearest words; keeps its memory from one crop to the next.
pub(super) struct Sorter {
    kernel: Kernel,
    products: Vec<i16>,
    columns: Columns,
}

impl Default for Sorter {
    fn default() -> Self {
        Self { kernel: Kernel::best(), products: Vec::new(), columns: Columns::default() }
    }
}

impl Codebook {
    pub(super) fn of(words: Descriptors) -> Self {
        Self { words }
    }

    /// Learns so many words; fewer where there are not as many descriptors. The same on every machine and with any number of
    /// threads: sums are whole numbers, and what words begin with is drawn by a fixed rule.
    pub(super) fn learn(sample: &[PackedFeatures<'_>], dim: usize, words: usize, threads: usize) -> Self {
        let sampled = spread_descriptors(sample, dim, words * SAMPLED_EACH);
        let count = sampled.len() / dim;
        let beginnings = spread(count, words.min(count)).flat_map(|at| sampled[at * dim..][..dim].to_vec());
        let mut book = Self::of(Descriptors::from_rows(dim, &beginnings.collect::<Vec<i8>>()));
        let per_part = count.div_ceil(threads.max(1)).max(1) * dim;
        for _ in 0..ROUNDS {
            let sums = thread::scope(|scope| {
                let parts: Vec<_> =
                    sampled.chunks(per_part).map(|part| scope.spawn(|| book.sums(part))).collect();
                let joined = parts.into_iter().map(|part| part.join());
                joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).reduce(added)
            });
            if let Some(sums) = sums {
                book = book.moved(&sums);
            }
        }
        book
    }

    pub(super) fn words(&self) -> &Descriptors {
        &self.words
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn dim(&self) -> usize {
        self.words.dim()
    }

    /// The sum of the descriptors that are nearest to each word.
    fn sums(&self, rows: &[i8]) -> Vec<i32> {
        let dim = self.dim();
        let mut sums = vec![0; self.len() * dim];
        let mut sorter = Sorter::default();
        for part in rows.chunks(dim * 600) {
            let query = QueryRows::of(Descriptors::from_rows(dim, part).blocks());
            sorter.sort(&query, self, 1, |at, word| {
                let place = usize::from(word) * dim;
                for (sum, number) in sums[place..][..dim].iter_mut().zip(&part[at * dim..][..dim]) {
                    *sum += i32::from(*number);
                }
            });
        }
        sums
    }

    /// The words in the direction of these sums; one that nothing was nearest to stays where it is.
    fn moved(&self, sums: &[i32]) -> Self {
        let dim = self.dim();
        let mut rows = Vec::with_capacity(sums.len());
        let mut row = vec![0; dim];
        for (word, sum) in sums.chunks_exact(dim).enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "rounded to bytes in the end")]
            let numbers: Vec<f32> = sum.iter().map(|number| *number as f32).collect();
            let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
            if length > 0.0 {
                quantise(&numbers.iter().map(|number| number / length).collect::<Vec<f32>>(), &mut row);
                rows.extend_from_slice(&row);
            } else {
                rows.extend(self.words.row(word));
            }
        }
        Self::of(Descriptors::from_rows(dim, &rows))
    }
}

impl Sorter {
    /// Tells `take` the `each` nearest words of every descriptor, the nearest first; of equally near ones the first.
    pub(super) fn sort(
        &mut self,
        query: &QueryRows,
        book: &Codebook,
        each: usize,
        mut take: impl FnMut(usize, u16),
    ) {
        let words: Blocks<'_> = book.words.blocks();
        if words.count == 0 {
            return;
        }
        let width = words.count.next_multiple_of(crate::descriptors::LANES);
        self.products.resize(TILE * width, 0);
        self.columns.reset(words.count);
        let mut at = 0;
        for tile in query.tiles() {
            self.kernel.products(tile, words, &mut self.products);
            for products in self.products.chunks_exact_mut(width).take(query.count - at) {
                let products = &mut products[..words.count];
                for _ in 0..each.min(words.count) {
                    // What was the greatest is written over, so that the next look finds the next.
                    take(at, self.kernel.look(products, 0, &mut self.columns).place);
                }
                at += 1;
            }
        }
    }
}

fn added(mut one: Vec<i32>, other: Vec<i32>) -> Vec<i32> {
    one.iter_mut().zip(other).for_each(|(sum, more)| *sum += more);
    one
}

/// At most so many descriptors, evenly spread over all of them, one after the other.
fn spread_descriptors(sample: &[PackedFeatures<'_>], dim: usize, most: usize) -> Vec<i8> {
    let all = sample.iter().map(PackedFeatures::len).sum::<usize>();
    let mut wanted = spread(all, most.min(all)).peekable();
    let (mut rows, mut first) = (Vec::new(), 0);
    for features in sample {
        while let Some(at) = wanted.next_if(|at| *at < first + features.len()) {
            rows.extend(features.blocks().row(at - first).take(dim));
        }
        first += features.len();
    }
    rows
}

/// `taken` of `all` places, evenly spread, in their order.
fn spread(all: usize, taken: usize) -> impl Iterator<Item = usize> {
    (0..taken).map(move |place| place * all / taken)
}
