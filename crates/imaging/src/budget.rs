//! One budget of memory for all photos that are read and decoded at the same time, on whatever threads.
//!
//! Limits hold for one photo; as many photos are on their way as there are threads, in several runs at once. Whoever
//! reads or decodes a photo takes what it needs first, and waits for it in turn: nobody is overtaken, so that a large
//! photo gets its place. One that needs more than there is waits until it is alone, and then goes on.
//!
//! There are two pools, since a thread that decodes holds the bytes of the file already: memory for files is taken
//! first, memory for pixels afterwards, never the other way round, and neither a second time while it is held. So
//! nobody waits for somebody who waits for him.

use std::num::NonZeroU64;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

/// The process's budget is this share of the machine's memory …
const SHARE_OF_MACHINE: u64 = 4;
/// … but no less, the most that one photo may take …
const LEAST: u64 = 1 << 30;
/// … and no more: sixteen of the largest photos that cameras take.
const MOST: u64 = 8 << 30;
/// The share of a budget that files get, before they are decoded.
const SHARE_OF_FILES: u64 = 4;

/// Memory that several threads share.
#[derive(Debug, Clone)]
pub struct MemoryBudget(Arc<Pools>);

#[derive(Debug)]
struct Pools {
    files: Arc<Pool>,
    pixels: Arc<Pool>,
}

impl MemoryBudget {
    /// A budget of its own.
    pub fn new(bytes: NonZeroU64) -> Self {
        let files = (bytes.get() / SHARE_OF_FILES).max(1);
        let pixels = bytes.get().saturating_sub(files).max(1);
        Self(Arc::new(Pools { files: Pool::new(files), pixels: Pool::new(pixels) }))
    }

    /// The budget that all of the process shares: a quarter of the memory of the machine (or of the container), at
    /// least 1 GiB and at most 8 GiB.
    pub fn of_process() -> Self {
        static SHARED: LazyLock<MemoryBudget> = LazyLock::new(|| {
            let share = machine_memory().map_or(LEAST, |bytes| bytes / SHARE_OF_MACHINE);
            MemoryBudget::new(NonZeroU64::new(share.clamp(LEAST, MOST)).unwrap_or(NonZeroU64::MIN))
        });
        SHARED.clone()
    }

    /// Takes memory for the bytes of a file; waits for it. To be taken before memory for pixels.
    pub fn take_for_file(&self, bytes: u64) -> TakenMemory {
        self.0.files.take(bytes)
    }

    /// Takes memory for decoding; waits for it.
    pub fn take_for_pixels(&self, bytes: u64) -> TakenMemory {
        self.0.pixels.take(bytes)
    }
}

impl PartialEq for MemoryBudget {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for MemoryBudget {}

/// Memory that was taken from a budget, and goes back to it when this is dropped.
#[derive(Debug)]
pub struct TakenMemory {
    pool: Option<Arc<Pool>>,
    bytes: u64,
}

impl TakenMemory {
    /// Memory that nobody counts.
    pub(crate) fn uncounted() -> Self {
        Self { pool: None, bytes: 0 }
    }

    /// Gives back all but so many bytes.
    pub(crate) fn shrink_to(&mut self, bytes: u64) {
        if let Some(pool) = self.pool.as_ref().filter(|_| bytes < self.bytes) {
            pool.give_back(self.bytes - bytes);
            self.bytes = bytes;
        }
    }
}

impl Drop for TakenMemory {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

/// Memory of one kind, and who waits for it.
#[derive(Debug)]
struct Pool {
    total: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    taken: u64,
    /// Numbers are drawn by who comes, and served in order.
    next_number: u64,
    served: u64,
}

impl Pool {
    fn new(total: u64) -> Arc<Self> {
        Arc::new(Self { total, state: Mutex::default(), changed: Condvar::new() })
    }

    fn take(self: &Arc<Self>, bytes: u64) -> TakenMemory {
        let mut state = locked(&self.state);
        let number = state.next_number;
        state.next_number += 1;
        let must_wait = |state: &mut State| {
            let fits = state.taken == 0 || state.taken.saturating_add(bytes) <= self.total;
            state.served != number || !fits
        };
        let mut state = self.changed.wait_while(state, must_wait).unwrap_or_else(PoisonError::into_inner);
        state.taken = state.taken.saturating_add(bytes);
        state.served += 1;
        self.changed.notify_all();
        TakenMemory { pool: Some(Arc::clone(self)), bytes }
    }

    fn give_back(&self, bytes: u64) {
        let mut state = locked(&self.state);
        state.taken = state.taken.saturating_sub(bytes);
        self.changed.notify_all();
    }
}

/// Numbers behind a lock are whole even where a thread panicked while it held it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The memory of the machine, or of the container where that is less; `None` where the system does not say.
fn machine_memory() -> Option<u64> {
    let text = |path: &str| resight_files::read_plain_text(path.as_ref(), 1 << 16).ok();
    let machine = text("/proc/meminfo").and_then(|text| in_meminfo(&text));
    let containers = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let container = containers.iter().filter_map(|path| text(path)?.trim().parse::<u64>().ok()).min();
    machine.into_iter().chain(container).min()
}

/// `MemTotal` of `/proc/meminfo`, in bytes.
fn in_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn budget(bytes: u64) -> MemoryBudget {
        MemoryBudget::new(NonZeroU64::new(bytes).unwrap())
    }

    #[test]
    fn no_more_is_out_at_once_than_there_is() {
        let budget = budget(400);
        let (most, out) = (Mutex::new(0_u64), Mutex::new(0_u64));
        thread::scope(|scope| {
            for thread in 0..16_u64 {
                let (budget, most, out) = (&budget, &most, &out);
                scope.spawn(move || {
                    for step in 0..50 {
                        let bytes = 1 + (thread * 37 + step * 11) % 300;
                        let taken = budget.take_for_pixels(bytes);
                        let now = {
                            let mut out = out.lock().unwrap();
                            *out += bytes;
                            *out
                        };
                        let mut most = most.lock().unwrap();
                        *most = (*most).max(now);
                        drop(most);
                        *out.lock().unwrap() -= bytes;
                        drop(taken);
                    }
                });
            }
        });
        assert!(*most.lock().unwrap() <= 300, "{most:?}");
        assert_eq!(locked(&budget.0.pixels.state).taken, 0);
    }

    #[test]
    fn what_is_larger_than_the_budget_waits_until_it_is_alone_and_is_not_overtaken() {
        let budget = budget(400);
        let small = budget.take_for_pixels(10);
        let (send, receive) = channel();
        thread::scope(|scope| {
            let (large_done, small_done) = (send.clone(), send);
            let shared = &budget;
            scope.spawn(move || {
                let taken = shared.take_for_pixels(5_000);
                large_done.send("large").unwrap();
                drop(taken);
            });
            while locked(&budget.0.pixels.state).next_number < 2 {
                thread::yield_now();
            }
            scope.spawn(move || {
                let taken = shared.take_for_pixels(10);
                small_done.send("small").unwrap();
                drop(taken);
            });
            while locked(&budget.0.pixels.state).next_number < 3 {
                thread::yield_now();
            }
            let nobody = receive.recv_timeout(Duration::from_millis(50));
            assert_eq!(nobody, Err(RecvTimeoutError::Timeout), "both wait");
            drop(small);
            assert_eq!(receive.recv(), Ok("large"));
            assert_eq!(receive.recv(), Ok("small"));
        });
    }

    #[test]
    fn what_is_given_back_early_is_there_for_others() {
        let budget = budget(400);
        let mut first = budget.take_for_pixels(300);
        first.shrink_to(100);
        drop(budget.take_for_pixels(200));
        drop(first);
        drop(budget.take_for_file(100));
        let state = locked(&budget.0.pixels.state);
        assert_eq!((state.taken, state.served), (0, 2));
    }

    #[test]
    fn the_machine_says_how_much_it_has() {
        assert_eq!(in_meminfo("MemTotal:       24576 kB\nMemFree: 1 kB\n"), Some(24576 * 1024));
        assert_eq!(in_meminfo("MemFree: 1 kB\n"), None);
        assert_eq!(MemoryBudget::of_process(), MemoryBudget::of_process());
    }
}
