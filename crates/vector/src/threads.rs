//! Sharing work among the cores. The answer never depends on how many there are.

use std::num::NonZero;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{panic, thread};

/// Products of numbers that take about as long as it takes to start a thread.
const WORTH_A_THREAD: u64 = 1 << 20;

/// How many threads `products` multiplications and additions are worth, at most one a core.
pub(crate) fn threads_for(products: u64) -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    let cores = *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get));
    usize::try_from(products / WORTH_A_THREAD).unwrap_or(usize::MAX).clamp(1, cores)
}

/// Runs `work` on `threads` threads, the caller's among them, and returns what each made of it.
pub(crate) fn on_threads<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(&work)).collect();
        let mut made = vec![work()];
        for other in others {
            made.push(other.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked)));
        }
        made
    })
}

/// Hands out `0..end` in pieces, in growing order, to whichever thread asks.
pub(crate) struct Pieces {
    next: AtomicU64,
    end: u64,
    size: u64,
}

impl Pieces {
    /// Pieces of `size` (at least 1), the last one shorter.
    pub(crate) fn new(end: u64, size: u64) -> Self {
        Self { next: AtomicU64::new(0), end, size: size.max(1) }
    }

    /// The next piece: its start and one after its last.
    pub(crate) fn take(&self) -> Option<(u64, u64)> {
        let start = self.next.fetch_add(1, Ordering::Relaxed).checked_mul(self.size)?;
        (start < self.end).then(|| (start, self.end.min(start.saturating_add(self.size))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_everything_once() {
        let pieces = Pieces::new(10, 4);
        assert_eq!(
            [pieces.take(), pieces.take(), pieces.take()],
            [Some((0, 4)), Some((4, 8)), Some((8, 10))]
        );
        assert_eq!(pieces.take(), None);
        assert_eq!(Pieces::new(0, 4).take(), None);
    }

    #[test]
    fn every_thread_brings_its_result() {
        assert_eq!(on_threads(3, || 1).len(), 3);
        assert_eq!(threads_for(0), 1);
    }
}
