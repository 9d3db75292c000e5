//! How much the crops of a shard have in common with a query: votes for the shift between the two.

use super::shard::{List, Shard, Signed};

/// Words that a descriptor of the query counts at: it may lie between two, and its like in the gallery on the other side.
pub(super) const WORDS_EACH: usize = 5;

/// Parts of [`Signed::PIXELS`] that a step between shifts has: 32 pixels.
const STEP: i32 = 16;

/// Shifts to one side that are told apart: up to 160 pixels, a third of a crop. Farther apart little of an animal is in both.
const REACH: i32 = 5;

/// Shifts of an axis.
const SHIFTS: usize = 2 * REACH as usize;

/// Shifts of both.
const CELLS: usize = SHIFTS * SHIFTS;

/// What two descriptors vote for that differ in no bit.
const MOST: f32 = 64.0;

/// Votes, kept from one shard to the next.
pub(super) struct Votes {
    /// By crop: for every shift.
    cells: Vec<u16>,
    /// What is voted, by the bits that differ.
    by_bits: [u16; 65],
}

impl Default for Votes {
    fn default() -> Self {
        Self { cells: Vec::new(), by_bits: std::array::from_fn(vote_of) }
    }
}

/// The square of what is alike, nothing where no more than half of the bits are: by chance that many are.
fn vote_of(different_bits: usize) -> u16 {
    #[expect(clippy::cast_precision_loss, reason = "up to 64")]
    let alike = (1.0 - different_bits as f32 / 32.0).max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 64")]
    let vote = (MOST * alike * alike).round() as u16;
    vote
}

impl Votes {
    /// The score of each crop of a shard: the votes for the best two by two shifts. It stands for the number of matches that fit
    /// together, which is not divided by how many keypoints there are either.
    pub(super) fn scores(&mut self, query: &[Signed], shard: &Shard) -> Vec<u32> {
        self.cells.clear();
        self.cells.resize(shard.n_crops as usize * CELLS, 0);
        for found in query {
            self.vote(found, &shard.list(found.word));
        }
        self.cells.chunks_exact(CELLS).map(best_of).collect()
    }

    fn vote(&mut self, query: &Signed, list: &List<'_>) {
        let entries = list.crops.iter().zip(list.signatures).zip(list.places);
        for ((crop, signature), place) in entries {
            let vote = self.by_bits[(signature ^ query.signature).count_ones() as usize];
            let Some(cell) = cell_of(query.place, *place).filter(|_| vote > 0) else { continue };
            if let Some(votes) = self.cells.get_mut(usize::from(*crop) * CELLS + cell) {
                *votes = votes.saturating_add(vote);
            }
        }
    }
}

/// The cell of the shift from one place to another; none beyond those that are told apart.
fn cell_of(from: [u8; 2], to: [u8; 2]) -> Option<usize> {
    let shift = |axis: usize| {
        let parts = i32::from(to[axis]) - i32::from(from[axis]) + STEP * REACH;
        usize::try_from(parts).ok().map(|parts| parts / STEP as usize).filter(|shift| *shift < SHIFTS)
    };
    Some(shift(1)? * SHIFTS + shift(0)?)
}

/// The most votes that four cells beside and above each other have.
fn best_of(cells: &[u16]) -> u32 {
    let mut best = 0;
    for (row, next) in cells.chunks_exact(SHIFTS).zip(cells.chunks_exact(SHIFTS).skip(1)) {
        let both: [u32; SHIFTS] = std::array::from_fn(|at| u32::from(row[at]) + u32::from(next[at]));
        best = both.windows(2).fold(best, |best, pair| best.max(pair[0] + pair[1]));
    }
    best
}
