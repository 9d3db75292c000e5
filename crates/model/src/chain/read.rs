//! Fetches the bytes of photos, ahead of the decoders.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use resight_core::GivenBox;
use resight_imaging::{Limits, PhotoBytes, read_photo};
use tracing::debug_span;

use super::job::{Job, PhotoSource};

/// Two, so that one slow file does not leave the decoders waiting.
pub(super) const READER_THREADS: usize = 2;

/// A photo whose bytes were fetched, or not.
pub(super) struct ReadPhoto {
    /// Place in the run, counted from 0.
    pub(super) place: u64,
    pub(super) index: usize,
    pub(super) regions: Option<Vec<GivenBox>>,
    pub(super) bytes: io::Result<PhotoBytes>,
}

/// Takes a ticket, then a job, reads it and hands it on, until there are no more or nobody wants them.
pub(super) fn read_photos(
    jobs: &Mutex<impl Iterator<Item = (u64, Job)>>,
    take_ticket: &Sender<()>,
    hand_on: &Sender<ReadPhoto>,
    limits: &Limits,
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::Relaxed) && take_ticket.send(()).is_ok() {
        // A poisoned lock means that the caller's iterator panicked: there are no more jobs.
        let Some((place, job)) = jobs.lock().ok().and_then(|mut jobs| jobs.next()) else { return };
        let bytes = {
            let _span = debug_span!("read", photo = job.index).entered();
            match job.source {
                PhotoSource::Bytes(bytes) => Ok(bytes),
                PhotoSource::Path(path) => read_photo(&path, limits),
            }
        };
        let photo = ReadPhoto { place, index: job.index, regions: job.regions, bytes };
        if hand_on.send(photo).is_err() {
            return;
        }
    }
}
