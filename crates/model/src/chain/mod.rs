//! The one way from photos to embeddings: read → decode → detect → crop → embed, overlapped and batched.
//!
//! Several networks may look at the same photos: each is fetched and decoded for all of them together.
//!
//! Reader threads fetch the files, decoder threads turn each photo into network inputs, one thread feeds the
//! network batch by batch, and the caller's thread receives the results **in input order**. Every channel is
//! bounded and so is the number of photos on their way, so memory does not grow with the number of photos,
//! nor with the number of boxes in one of them.
//!
//! What goes wrong with a photo (unreadable, undecodable, too small, no usable embedding) is a value in its
//! result. Only a failing network and a failing sink end the run.

mod deliver;
mod job;
mod look;
mod network;
mod prepare;
mod processed;
mod read;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crossbeam_channel::bounded;
use resight_imaging::Limits;

use crate::detect::Detector;
use crate::{Embedder, ModelError, Normaliser};

pub use job::{Job, PhotoSource};
pub use processed::{PhotoFailure, Processed, ProcessedCrop, ProcessedPhoto};

/// How a run of the chain works. [`ChainOptions::new`] gives the defaults.
#[derive(Clone)]
pub struct ChainOptions<'a> {
    /// Threads that decode and crop; at least one. Default: one a core.
    pub decode_threads: usize,
    /// Crops the network gets at once; at least one. Default 8.
    pub batch_size: usize,
    /// How large a photo may be.
    pub limits: Limits,
    /// Pixels that the shorter side of a crop needs, at full size, to be worth embedding. Default 32.
    pub min_side: u32,
    /// Longer side of the thumbnail to make of each photo, in pixels; `None` (default) makes none.
    pub thumbnail_side: Option<u32>,
    /// What brings the animal of a crop into its own frame, before any network sees it. Default none.
    pub normaliser: Option<&'a dyn Normaliser>,
    /// Networks that look at every crop too, such as those of local features. Default none.
    pub further: &'a [&'a dyn Embedder],
    /// Whether to compute the perceptual hash. Default no.
    pub want_hashes: bool,
    /// Whether to look how well the animals can be seen. Default no.
    pub want_clarity: bool,
    /// Whether to read capture time and place. Default no.
    pub want_metadata: bool,
    /// Set to `true` from anywhere, it ends the run soon, with [`Ended::Cancelled`].
    pub cancel: &'a AtomicBool,
}

impl<'a> ChainOptions<'a> {
    /// The defaults, with the flag that cancels the run.
    pub fn new(cancel: &'a AtomicBool) -> Self {
        Self {
            decode_threads: thread::available_parallelism().map_or(1, usize::from),
            batch_size: 8,
            limits: Limits::default(),
            min_side: 32,
            thumbnail_side: None,
            normaliser: None,
            further: &[],
            want_hashes: false,
            want_clarity: false,
            want_metadata: false,
            cancel,
        }
    }

    /// Photos on their way at once. Enough that one slow photo does not leave the others idle.
    fn window(&self) -> usize {
        4 * self.batch_size.max(1) + 4 * self.decode_threads.max(1)
    }
}

/// How a run came to its end without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every photo was delivered to the sink.
    Complete,
    /// The cancel flag was set; photos on their way were dropped, what the sink got is in order and without gaps.
    Cancelled,
}

/// Runs `jobs` through the chain. `sink` is called on this thread, once a job, in the order of `jobs`.
///
/// With the same bytes, bundle and detector, what the network is fed with for a crop is the same to the last bit,
/// whatever else is in the run and whichever other regions of the photo, or further networks, are asked for. The
/// embedding is the same to within 1e-5 of its greatest number: a runtime may choose other kernels for other sizes of
/// batch. (With rten the built-in bundle gave the same bits in every batch that was tried; a test holds the tolerance.)
///
/// # Errors
/// The first error of the sink, or that of the network. Photos that cannot be used are no errors, see
/// [`PhotoFailure`] and [`resight_core::UnusableReason`].
pub fn run<E: From<ModelError>>(
    jobs: impl Iterator<Item = Job> + Send,
    embedder: &dyn Embedder,
    detector: &dyn Detector,
    options: &ChainOptions<'_>,
    sink: impl FnMut(Processed) -> Result<(), E>,
) -> Result<Ended, E> {
    let batch_size = options.batch_size.max(1);
    let decode_threads = options.decode_threads.max(1);
    let window = options.window();
    let jobs = Mutex::new((0_u64..).zip(jobs));
    let stop = AtomicBool::new(false);
    let failed = Mutex::default();
    let networks: Vec<&dyn Embedder> =
        std::iter::once(embedder).chain(options.further.iter().copied()).collect();
    let looks = look::looks_of(&networks, options.normaliser.is_some());
    let preparer = prepare::Preparer { looks: &looks, detector, options, failed: &failed, stop: &stop };

    thread::scope(|scope| {
        let (take_ticket, return_ticket) = bounded(window);
        let (read_in, read_out) = bounded(decode_threads);
        let (prepared_in, prepared_out) = bounded(2 * batch_size);
        let (done_in, done_out) = bounded(window);
        for _ in 0..read::READER_THREADS {
            let (take_ticket, read_in, jobs, stop) = (take_ticket.clone(), read_in.clone(), &jobs, &stop);
            scope.spawn(move || read::read_photos(jobs, &take_ticket, &read_in, &options.limits, stop));
        }
        for _ in 0..decode_threads {
            let (read_out, prepared_in, preparer, stop) =
                (read_out.clone(), prepared_in.clone(), &preparer, &stop);
            scope.spawn(move || preparer.prepare_photos(&read_out, &prepared_in, stop));
        }
        drop((take_ticket, read_in, read_out, prepared_in));
        let feeder = network::Feeder::new(&networks, &looks, batch_size, done_in);
        let stop = &stop;
        let feeding = scope.spawn(move || feeder.feed(prepared_out, stop));

        let ended = deliver::deliver(done_out, return_ticket, options.cancel, sink);
        stop.store(true, Ordering::Relaxed);
        let fed = feeding.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let ended = ended?;
        fed?;
        match failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error.into()),
            None => Ok(ended),
        }
    })
}
