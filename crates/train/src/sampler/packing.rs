//! Chosen pairs packed into batches, each photo of a batch once.

use std::collections::BTreeMap;

use super::PlannedBatch;
use crate::batch::Tuples;

/// An anchor with what it is compared with: rows of the training data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub(super) anchor: u32,
    pub(super) positive: u32,
    /// `None` where nobody could be given.
    pub(super) negative: Option<u32>,
}

/// Batches as they fill up.
pub(super) struct Packing {
    batch: usize,
    done: Vec<PlannedBatch>,
    open: Open,
}

/// The batch that is being filled.
#[derive(Default)]
struct Open {
    rows: Vec<u32>,
    place_of: BTreeMap<u32, u32>,
    positives: Vec<(u32, u32)>,
    negatives: Vec<(u32, u32)>,
}

impl Packing {
    /// Batches of at most so many photos (but three at least, which a unit may need).
    pub(super) fn new(batch: usize) -> Self {
        Self { batch: batch.max(3), done: Vec::new(), open: Open::default() }
    }

    pub(super) fn add(&mut self, unit: Unit) {
        let rows = [Some(unit.anchor), Some(unit.positive), unit.negative];
        let new = rows.iter().flatten().filter(|row| !self.open.place_of.contains_key(row)).count();
        if self.open.rows.len() + new > self.batch {
            self.close();
        }
        let anchor = self.open.place(unit.anchor);
        let positive = self.open.place(unit.positive);
        self.open.positives.push((anchor, positive));
        if let Some(negative) = unit.negative {
            let negative = self.open.place(negative);
            self.open.negatives.push((anchor, negative));
        }
    }

    fn close(&mut self) {
        let Open { rows, positives, negatives, .. } = std::mem::take(&mut self.open);
        self.done.push(PlannedBatch { rows, tuples: Some(Tuples::Pairs { positives, negatives }) });
    }

    /// All batches; the last, which is not full as a rule, only if it is wanted.
    pub(super) fn finish(mut self, drop_last: bool) -> Vec<PlannedBatch> {
        if !self.open.rows.is_empty() && !drop_last {
            self.close();
        }
        self.done
    }
}

impl Open {
    fn place(&mut self, row: u32) -> u32 {
        *self.place_of.entry(row).or_insert_with(|| {
            self.rows.push(row);
            self.rows.len() as u32 - 1
        })
    }
}
