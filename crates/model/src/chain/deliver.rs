//! Puts finished photos back into input order and hands them to the caller.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::Ended;
use super::processed::Processed;

/// How often the cancel flag is looked at while nothing arrives.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// Calls `sink` with every photo, in the order of their places, and gives a ticket back for each.
///
/// Takes the channels by value: when it returns, they close, and the threads behind them end.
pub(super) fn deliver<E>(
    done: Receiver<(u64, Processed)>,
    return_ticket: Receiver<()>,
    cancel: &AtomicBool,
    mut sink: impl FnMut(Processed) -> Result<(), E>,
) -> Result<Ended, E> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    loop {
        while let Some(processed) = early.remove(&next) {
            if cancel.load(Ordering::Relaxed) {
                return Ok(Ended::Cancelled);
            }
            sink(processed)?;
            next += 1;
            let _there_is_one_for_each_photo = return_ticket.try_recv();
        }
        match done.recv_timeout(CANCEL_POLL) {
            Ok((place, processed)) => {
                early.insert(place, processed);
            }
            Err(RecvTimeoutError::Timeout) if cancel.load(Ordering::Relaxed) => return Ok(Ended::Cancelled),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(Ended::Complete),
        }
    }
}
