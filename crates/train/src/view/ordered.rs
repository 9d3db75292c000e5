//! Work on several threads, results in order.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crossbeam_channel::bounded;

/// Does the tasks 0 to `tasks` on `threads` threads and gives the results to `sink`, on this thread and in order.
/// At most `window` results wait or are being made, so memory does not grow with the number of tasks.
///
/// # Errors
/// The first error of the sink, after which no more tasks begin.
pub(crate) fn in_order<R: Send, E>(
    tasks: usize,
    threads: usize,
    window: usize,
    work: impl Fn(usize) -> R + Sync,
    mut sink: impl FnMut(usize, R) -> Result<(), E>,
) -> Result<(), E> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let (take_ticket, return_ticket) = bounded(window.max(threads).max(1));
        let (done_in, done_out) = bounded(window.max(threads).max(1));
        for _ in 0..threads.max(1) {
            let (take_ticket, done_in) = (take_ticket.clone(), done_in.clone());
            let (next, stop, work) = (&next, &stop, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) && take_ticket.send(()).is_ok() {
                    let task = next.fetch_add(1, Ordering::Relaxed);
                    if task >= tasks {
                        return;
                    }
                    let result = catch_unwind(AssertUnwindSafe(|| work(task)));
                    if done_in.send((task, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop((take_ticket, done_in));
        let mut early = std::collections::BTreeMap::new();
        let mut outcome = Ok(());
        for due in 0..tasks {
            while !early.contains_key(&due) {
                let Ok((task, result)) = done_out.recv() else { break };
                early.insert(task, result);
            }
            let _one_for_each_task = return_ticket.try_recv();
            outcome = match early.remove(&due) {
                Some(Ok(result)) => sink(due, result),
                Some(Err(panic)) => {
                    stop.store(true, Ordering::Relaxed);
                    drop((done_out, return_ticket));
                    resume_unwind(panic)
                }
                None => break,
            };
            if outcome.is_err() {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        // Closed channels end the threads that wait on them.
        drop((done_out, return_ticket));
        outcome
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicI64;
    use std::time::Duration;

    #[test]
    fn results_come_in_order_whoever_is_done_first_and_few_are_on_their_way() {
        let under_way = AtomicI64::new(0);
        let most = AtomicI64::new(0);
        let work = |task: usize| {
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(if task.is_multiple_of(7) { 8 } else { 1 }));
            task * 10
        };
        let mut seen = Vec::new();
        let outcome: Result<(), ()> = in_order(100, 4, 6, work, |task, result| {
            under_way.fetch_sub(1, Ordering::SeqCst);
            assert_eq!(result, task * 10);
            seen.push(task);
            Ok(())
        });
        assert_eq!((outcome, seen), (Ok(()), (0..100).collect::<Vec<_>>()));
        assert!((2..=7).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    }

    #[test]
    fn an_error_of_the_sink_ends_it_early() {
        let begun = AtomicUsize::new(0);
        let work = |task: usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            task
        };
        let outcome = in_order(1000, 3, 5, work, |task, _| if task == 20 { Err(task) } else { Ok(()) });
        assert_eq!(outcome, Err(20));
        assert!(begun.load(Ordering::Relaxed) < 40);
    }

    #[test]
    fn a_panic_in_a_task_arrives_here_instead_of_standing_still() {
        let run = || in_order(50, 2, 3, |task| assert!(task != 9, "nine"), |_, ()| Ok::<(), ()>(()));
        assert!(catch_unwind(run).is_err());
    }
}
