//! Every score, block by block.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use crate::kernel::Kernel;
use crate::query::check_queries;
use crate::rows::Parts;
use crate::scorer::{Scorer, Scores, Scratch};
use crate::threads::{Pieces, threads_for};
use crate::{Metric, Rows, VectorError};

/// Scores that a block shown to the caller should not exceed: a megabyte.
const SCORES_IN_BLOCK: usize = 1 << 18;

/// Blocks that are under way for each thread.
const BLOCKS_A_THREAD: usize = 2;

/// Shows `visit` the score of every query with every row, a block of rows at a time, in the order of the rows.
///
/// `visit` gets the number of the first row of the block, how many rows it has, and the scores: queries ×
/// rows of the block, all rows of the first query first. It is called on the caller's thread while others
/// compute the next blocks. Scores are sums in single precision; a row that holds a number that is not finite has
/// a score that is not finite. There is nothing to visit where there are no queries.
///
/// # Errors
/// Where the parts or queries are not matrices of one dimension, or a query holds a number that is not finite or
/// is greater than 1e15.
pub fn scan(
    parts: &[Rows<'_>],
    queries: &[f32],
    metric: Metric,
    visit: impl FnMut(u64, usize, &[f32]),
) -> Result<(), VectorError> {
    let parts = Parts::new(parts)?;
    check_queries(queries, parts.dim())?;
    if !queries.is_empty() {
        let threads = threads_for(parts.len().saturating_mul(queries.len() as u64));
        let scorer = Scorer::new(Kernel::best(), metric, queries, parts.dim());
        scan_on(threads, &parts, &scorer, visit);
    }
    Ok(())
}

/// The scores of a block of rows with all queries.
#[derive(Default)]
struct Block {
    first: u64,
    n_rows: usize,
    scores: Vec<f32>,
}

fn scan_on(threads: usize, parts: &Parts<'_>, scorer: &Scorer, mut visit: impl FnMut(u64, usize, &[f32])) {
    let blocks = (SCORES_IN_BLOCK / scorer.n_queries() / scorer.block_rows()).clamp(1, 7);
    let pieces = Pieces::new(parts.len(), (blocks * scorer.block_rows()) as u64);
    if threads == 1 {
        let (mut block, mut scratch) = (Block::default(), Scratch::default());
        while let Some((first, end)) = pieces.take() {
            block.fill(first, end, parts, scorer, &mut scratch);
            visit(block.first, block.n_rows, &block.scores);
        }
        return;
    }
    thread::scope(|scope| {
        // Made within, so that a panic of `visit` ends the threads: they find nobody to send to.
        let (hand_out, free) = mpsc::channel();
        let (hand_in, done) = mpsc::channel();
        (0..threads * BLOCKS_A_THREAD).for_each(|_| hand_out.send(Block::default()).unwrap_or_default());
        let free = std::sync::Arc::new(Mutex::new(free));
        for _ in 0..threads {
            let (free, hand_in, pieces) = (free.clone(), hand_in.clone(), &pieces);
            scope.spawn(move || fill_blocks(&free, &hand_in, pieces, parts, scorer));
        }
        drop(hand_in);
        visit_in_order(&done, &hand_out, &mut visit);
    });
}

/// One thread's work: a free block, the next piece of rows, its scores.
///
/// The piece is taken while the block is in hand, so the piece that is to be shown next always has its block and
/// nobody waits for ever.
fn fill_blocks(
    free: &Mutex<Receiver<Block>>,
    hand_in: &Sender<Block>,
    pieces: &Pieces,
    parts: &Parts<'_>,
    scorer: &Scorer,
) {
    let mut scratch = Scratch::default();
    loop {
        let received = free.lock().map(|free| free.recv());
        let Ok(Ok(mut block)) = received else { return };
        let Some((first, end)) = pieces.take() else { return };
        block.fill(first, end, parts, scorer, &mut scratch);
        if hand_in.send(block).is_err() {
            return;
        }
    }
}

/// Shows the blocks in the order of their rows, and hands each out again.
fn visit_in_order(
    done: &Receiver<Block>,
    hand_out: &Sender<Block>,
    visit: &mut impl FnMut(u64, usize, &[f32]),
) {
    let mut early: Vec<Block> = Vec::new();
    let mut next = 0;
    while let Ok(block) = done.recv() {
        early.push(block);
        while let Some(at) = early.iter().position(|block| block.first == next) {
            let block = early.swap_remove(at);
            visit(block.first, block.n_rows, &block.scores);
            next += block.n_rows as u64;
            // No thread is left to take it at the end.
            let _ = hand_out.send(block);
        }
    }
}

impl Block {
    /// Computes the scores of the rows `first..end` with all queries, all rows of the first query first.
    fn fill(&mut self, first: u64, end: u64, parts: &Parts<'_>, scorer: &Scorer, scratch: &mut Scratch) {
        let n_rows = usize::try_from(end - first).expect("a block fits memory");
        (self.first, self.n_rows) = (first, n_rows);
        self.scores.resize(n_rows * scorer.n_queries(), 0.0);
        let mut block = parts.block(scorer.block_rows());
        block.each(first..end, &mut |numbers, rows| {
            let offset = usize::try_from(numbers[0] - first).expect("within the block");
            scorer.score(rows, scratch, |scores| transpose(&scores, offset, n_rows, &mut self.scores));
        });
    }
}

/// Writes rows × queries into queries × rows of the block.
fn transpose(scores: &Scores<'_>, offset: usize, n_rows: usize, block: &mut [f32]) {
    for query in 0..scores.n_queries {
        let of_query = &mut block[(scores.first_query + query) * n_rows..][..n_rows];
        let of_query = &mut of_query[offset + scores.first_row..];
        for (score, row) in of_query.iter_mut().zip(scores.values.chunks_exact(scores.stride)) {
            *score = row[query];
        }
    }
}

#[cfg(test)]
mod tests;
