//! Batches of network inputs, made ahead on background threads.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, bounded};
use resight_imaging::{RgbImage, read_photo};

use super::{View, ViewFailure, ViewFailureReason, ViewJob, ViewMaker, in_order};

/// A view of a job that is wanted in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewRequest {
    /// Position of the job among the loader's jobs.
    pub job: u32,
    /// Which view of it.
    pub view: View,
}

/// A batch, ready for the network.
#[derive(Debug)]
pub struct LoadedBatch {
    /// What the inputs show, in the order of the request; views that failed are left out.
    pub requests: Vec<ViewRequest>,
    /// The inputs: n × 3 × height × width.
    pub inputs: Vec<f32>,
    /// The views that could not be made.
    pub failures: Vec<ViewFailure>,
}

/// How a loader works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoaderOptions {
    /// Threads that decode and augment. Default: one a core.
    pub threads: usize,
    /// Finished batches that may wait. Default 2.
    pub batches_ahead: usize,
}

impl Default for LoaderOptions {
    fn default() -> Self {
        Self { threads: thread::available_parallelism().map_or(1, usize::from), batches_ahead: 2 }
    }
}

/// Delivers batches of views in the order in which they were asked for, the same for any number of threads.
///
/// Dropping it ends its threads.
#[derive(Debug)]
pub struct Loader {
    batches: Option<Receiver<LoadedBatch>>,
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    /// Starts to make batches.
    ///
    /// # Panics
    /// While iterating, when a request names a job that there is not.
    pub fn start(
        maker: Arc<ViewMaker>,
        jobs: Arc<[ViewJob]>,
        batches: Vec<Vec<ViewRequest>>,
        options: LoaderOptions,
    ) -> Self {
        let (send, receive) = bounded(options.batches_ahead.max(1));
        let thread = thread::spawn(move || {
            let places: Vec<(usize, ViewRequest)> = numbered(&batches);
            let window = 4 * options.threads.max(1);
            let work = |task: usize| view_of(&maker, &jobs[places[task].1.job as usize], places[task].1.view);
            let mut assembly = Assembly { maker: &maker, batches: &batches, next: 0, made: empty() };
            // An error is the receiver's end: nobody wants more.
            let first = places.first().map_or(batches.len(), |(batch, _)| *batch);
            let _over = assembly.hand_on_finished(first, &send).and_then(|()| {
                in_order(places.len(), options.threads, window, work, |task, view| {
                    assembly.add(places[task].1, view);
                    let finished = places.get(task + 1).map_or(batches.len(), |(batch, _)| *batch);
                    assembly.hand_on_finished(finished, &send)
                })
            });
        });
        Self { batches: Some(receive), thread: Some(thread) }
    }
}

impl Iterator for Loader {
    type Item = LoadedBatch;

    fn next(&mut self) -> Option<LoadedBatch> {
        let batch = self.batches.as_ref()?.recv().ok();
        if batch.is_none()
            && let Some(thread) = self.thread.take()
            && let Err(panic) = thread.join()
        {
            std::panic::resume_unwind(panic);
        }
        batch
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        drop(self.batches.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// All requests, with the number of their batch.
fn numbered(batches: &[Vec<ViewRequest>]) -> Vec<(usize, ViewRequest)> {
    let of_batch = |(number, batch): (usize, &Vec<ViewRequest>)| {
        batch.iter().map(|request| (number, *request)).collect::<Vec<_>>()
    };
    batches.iter().enumerate().flat_map(of_batch).collect()
}

fn empty() -> LoadedBatch {
    LoadedBatch { requests: Vec::new(), inputs: Vec::new(), failures: Vec::new() }
}

/// Reads a photo and makes one view of it.
fn view_of(maker: &ViewMaker, job: &ViewJob, view: View) -> Result<RgbImage, ViewFailure> {
    let picture = || {
        let bytes = read_photo(&job.path, maker.limits())?;
        let photo = maker.open(&bytes, &[job.region])?;
        maker.picture(&photo, job.region, job.row, view)
    };
    picture().map_err(|reason: ViewFailureReason| reason.of(job.row, &job.path))
}

/// The batch that is being put together.
struct Assembly<'a> {
    maker: &'a ViewMaker,
    batches: &'a [Vec<ViewRequest>],
    /// Its number.
    next: usize,
    made: LoadedBatch,
}

/// Nobody wants more batches.
struct Unwanted;

impl Assembly<'_> {
    fn add(&mut self, request: ViewRequest, view: Result<RgbImage, ViewFailure>) {
        let length = self.maker.preprocess().input_len();
        match view {
            Ok(picture) => {
                let start = self.made.inputs.len();
                self.made.inputs.reserve(length * (self.batches[self.next].len() - self.made.requests.len()));
                self.made.inputs.resize(start + length, 0.0);
                self.maker
                    .input(&picture, &mut self.made.inputs[start..])
                    .expect("a view has the network's size");
                self.made.requests.push(request);
            }
            Err(failure) => self.made.failures.push(failure),
        }
    }

    /// Hands on every batch before number `finished`; those that asked for nothing are empty.
    fn hand_on_finished(
        &mut self,
        finished: usize,
        send: &crossbeam_channel::Sender<LoadedBatch>,
    ) -> Result<(), Unwanted> {
        while self.next < finished {
            send.send(std::mem::replace(&mut self.made, empty())).map_err(|_| Unwanted)?;
            self.next += 1;
        }
        Ok(())
    }
}
