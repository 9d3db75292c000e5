//! Comparing many pairs on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use resight_compare::{Comparer, Features};
use resight_eval::PairEvidence;
use resight_model::LocalForm;
use resight_vector::f16;

use super::shortlist::{Compared, fill_with_usual};
use crate::{CancelToken, EngineError, Progress, Stage};

/// Photos that a thread takes at once from a gallery that one query is compared with.
const SHARE: usize = 64;

/// How many matches a query has with each of `others`; 0 with those of which `row_of` knows no features.
pub(crate) fn count_matches<'a, T: Sync>(
    form: &LocalForm,
    query: &Features,
    others: &[T],
    row_of: impl Fn(&T) -> Option<&'a [f16]> + Sync,
) -> Vec<u16> {
    let mut counts = vec![0; others.len()];
    let parts = Mutex::new(others.chunks(SHARE).zip(counts.chunks_mut(SHARE)));
    let threads = threads().min(others.len().div_ceil(SHARE));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut comparer = Comparer::new(query, form.rule());
                loop {
                    let next = parts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
                    let Some((others, counts)) = next else { return };
                    for (other, count) in others.iter().zip(counts) {
                        *count = row_of(other).map_or(0, |row| matches(form, &mut comparer, row));
                    }
                }
            });
        }
    });
    counts
}

fn matches(form: &LocalForm, comparer: &mut Comparer, row: &[f16]) -> u16 {
    let count = form.packed(row).and_then(|packed| comparer.count(packed));
    count.map_or(0, |count| u16::try_from(count).unwrap_or(u16::MAX))
}

/// Threads that comparing takes.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The local features of many rows, by one bundle.
pub(crate) struct LocalRows<'a> {
    pub(crate) form: &'a LocalForm,
    /// The features of every row as they lie; none where it has none.
    pub(crate) rows: Vec<Option<&'a [f16]>>,
}

/// Many rows, some of which ask.
pub(crate) struct Pairs<'a> {
    /// The features of the rows, bundle by bundle.
    pub(crate) kinds: &'a [LocalRows<'a>],
    /// The rows that ask.
    pub(crate) queries: &'a [u32],
    /// Whether a row may answer a query: only such pairs are compared.
    pub(crate) admits: &'a (dyn Fn(u32, u32) -> bool + Sync),
    /// Which of these are compared with a query, by their rows.
    pub(crate) compared: &'a (dyn Fn(u32) -> Compared + Sync),
}

impl Pairs<'_> {
    /// Compares all pairs, one query after the other.
    ///
    /// # Errors
    /// The work was cancelled.
    pub(crate) fn compare(
        &self,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<PairEvidence, EngineError> {
        progress.begin(Stage {
            title: "comparing local features".to_owned(),
            total: Some(self.queries.len() as u64),
        });
        let next = AtomicUsize::new(0);
        let bundles = self.kinds.iter().map(|kind| kind.form.bundle().clone()).collect();
        let mut evidence = PairEvidence::of(bundles);
        thread::scope(|scope| {
            let (give, taken) = crossbeam_channel::bounded(2 * threads());
            for _ in 0..threads() {
                let (give, next) = (give.clone(), &next);
                scope.spawn(move || {
                    while let Some(query) = self.queries.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if cancel.is_cancelled() || give.send((*query, self.of_query(*query))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(give);
            for (query, counts) in taken {
                evidence.keep(query, counts);
                progress.advance(1);
            }
        });
        match cancel.is_cancelled() {
            true => Err(EngineError::user("stopped while local features were compared")),
            false => Ok(evidence),
        }
    }

    /// The matches of one query with all rows, bundle by bundle.
    fn of_query(&self, query: u32) -> Vec<u16> {
        let compared = (self.compared)(query);
        self.kinds.iter().flat_map(|kind| self.of_kind(query, kind, &compared)).collect()
    }

    fn of_kind(&self, query: u32, kind: &LocalRows<'_>, compared: &Compared) -> Vec<u16> {
        let own = kind.rows.get(query as usize).copied().flatten();
        let Some(packed) = own.and_then(|row| kind.form.packed(row)) else {
            return vec![0; kind.rows.len()];
        };
        let mut comparer = Comparer::new(&packed.to_features(), kind.form.rule());
        let may_answer = |row: u32| row != query && (self.admits)(query, row);
        let mut counted = vec![false; kind.rows.len()];
        let mut counts = vec![0; kind.rows.len()];
        for (place, (row, numbers)) in (0..).zip(&kind.rows).enumerate() {
            let Some(numbers) = numbers.filter(|_| compared.has(place) && may_answer(row)) else { continue };
            counts[place] = matches(kind.form, &mut comparer, numbers);
            counted[place] = true;
        }
        let is_usual = |place: usize| u32::try_from(place).is_ok_and(may_answer);
        fill_with_usual(&mut counts, &counted, compared, is_usual);
        counts
    }
}
