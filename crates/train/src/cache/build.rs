//! Fills a cache: decode and augment on threads, the network on this one, the disk on another.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Sender, bounded};
use resight_core::GivenBox;
use resight_imaging::{RgbImage, read_photo};
use resight_model::{Network, Output};
use tracing::{debug_span, info_span};

use super::file::{self, OpenCache};
use super::writer::{Answers, Writer};
use super::{CacheError, CacheProgress, CacheRequest, CacheWarning, FeatureShape};
use crate::view::{ViewFailure, ViewFailureReason, in_order};

/// Bytes of views that one photo's task may hold; a photo with more annotations is decoded more than once.
const BYTES_A_TASK: usize = 64 << 20;

/// What is to be filled, and how.
pub(super) struct Missing<'a> {
    pub(super) request: &'a CacheRequest<'a>,
    pub(super) network: &'a dyn Network,
    pub(super) progress: &'a dyn CacheProgress,
    pub(super) cancel: &'a AtomicBool,
    pub(super) path: &'a Path,
    pub(super) key: [u8; 32],
}

/// Annotations of one photo that are decoded for together.
struct Task {
    items: Vec<usize>,
    /// Regions of all annotations of the photo, whether they are missing or not: the photo is decoded for all.
    regions: Vec<Option<GivenBox>>,
    /// Whether the photo is done with it.
    is_last: bool,
}

/// The views of one annotation, or why there are none.
type Views = Result<Vec<RgbImage>, ViewFailure>;

/// Computes what is missing in a cache, or makes it where there is none. Returns what had to be left out.
pub(super) fn fill(missing: &Missing<'_>, found: Option<OpenCache>) -> Result<Vec<CacheWarning>, CacheError> {
    let request = missing.request;
    let _span = info_span!("cache", photos = request.jobs.len()).entered();
    let shape = missing.answer_shape()?;
    let header = file::header(missing.key, request.jobs.len(), request.views.len(), shape);
    let found = found.filter(|cache| cache.header == header);
    let present =
        found.as_ref().map_or_else(|| vec![false; request.jobs.len()], |cache| cache.present.clone());
    let needed = file::bytes_to_come(&header, &present);
    file::check_room(missing.path, needed)?;
    if found.is_none() {
        file::make(missing.path, &header)?;
    }
    drop(found);
    let writer = Writer::open(missing.path, header, needed)?;
    let photos = photos(request);
    let total = photos.len();
    let tasks = tasks(request, &photos, &present);
    let done = total - tasks.iter().filter(|task| task.is_last).count();
    missing.progress.photos(done, total);

    thread::scope(|scope| {
        let (finished_in, finished_out) = bounded(4);
        let writing = scope.spawn(move || writer.write_all(&finished_out));
        let mut feeder = Feeder::new(missing, shape, finished_in, (done, total));
        let threads = request.threads.max(1);
        let work = |task: usize| views_of(request, &tasks[task]);
        let fed = in_order(tasks.len(), threads, 2 * threads, work, |task, views| {
            feeder.take(&tasks[task], views)?;
            if missing.cancel.load(Ordering::Relaxed) { Err(CacheError::Cancelled) } else { Ok(()) }
        });
        let fed = fed.and_then(|()| feeder.run_all());
        let mut left_out = std::mem::take(&mut feeder.left_out);
        drop(feeder);
        // The writer's own failure is the cause where both failed.
        let refused = writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        fed?;
        for (item, value) in refused {
            let (job, reason) = (&request.jobs[item], ViewFailureReason::UnusableAnswer { value });
            left_out.push(CacheWarning::LeftOut { item, failure: reason.of(job.row, &job.path) });
        }
        Ok(left_out)
    })
}

/// The annotations of each photo, photos in the order of their first one.
fn photos(request: &CacheRequest<'_>) -> Vec<Vec<usize>> {
    let mut places: BTreeMap<&Path, usize> = BTreeMap::new();
    let mut photos: Vec<Vec<usize>> = Vec::new();
    for (item, job) in request.jobs.iter().enumerate() {
        let place = *places.entry(&job.path).or_insert(photos.len());
        if place == photos.len() {
            photos.push(Vec::new());
        }
        photos[place].push(item);
    }
    photos
}

fn tasks(request: &CacheRequest<'_>, photos: &[Vec<usize>], present: &[bool]) -> Vec<Task> {
    let item_bytes = request.maker.preprocess().input_len() * request.views.len();
    let items_a_task = (BYTES_A_TASK / item_bytes.max(1)).max(1);
    let mut tasks = Vec::new();
    for photo in photos {
        let regions: Vec<Option<GivenBox>> = photo.iter().map(|item| request.jobs[*item].region).collect();
        let absent: Vec<usize> = photo.iter().copied().filter(|item| !present[*item]).collect();
        let n_chunks = absent.chunks(items_a_task).len();
        tasks.extend(absent.chunks(items_a_task).enumerate().map(|(chunk, items)| Task {
            items: items.to_vec(),
            regions: regions.clone(),
            is_last: chunk + 1 == n_chunks,
        }));
    }
    tasks
}

impl Missing<'_> {
    /// What the network answers to, asked once.
    fn answer_shape(&self) -> Result<FeatureShape, CacheError> {
        let blank = vec![0.0; self.request.maker.preprocess().input_len()];
        let output = self.run(&blank, 1)?;
        FeatureShape::of_answer(&output.shape).ok_or_else(|| CacheError::Shape {
            network: self.request.network.to_owned(),
            found: output.shape,
            expected: "images × numbers, images × tokens × channels or images × channels × height × width"
                .to_owned(),
        })
    }

    fn run(&self, inputs: &[f32], n: usize) -> Result<Output, CacheError> {
        let _span = debug_span!("embed", crops = n).entered();
        self.network.run(inputs, n).and_then(Output::only).map_err(|reason| CacheError::Network {
            network: self.request.network.to_owned(),
            runtime: self.network.runtime().to_owned(),
            reason,
        })
    }
}

/// All views of the annotations of a task. Runs on the decoding threads.
fn views_of(request: &CacheRequest<'_>, task: &Task) -> Vec<Views> {
    let _span = debug_span!("views", annotations = task.items.len()).entered();
    let (jobs, maker) = (request.jobs, request.maker);
    let path = &jobs[task.items[0]].path;
    let failure = |item: usize, reason: ViewFailureReason| reason.of(jobs[item].row, path);
    let opened = read_photo(path, maker.limits())
        .map_err(ViewFailureReason::from)
        .and_then(|bytes| maker.open(&bytes, &task.regions));
    let photo = match opened {
        Ok(photo) => photo,
        Err(reason) => {
            // The first annotation gets the reason itself, the others its words.
            let said = reason.to_string();
            let mut own = Some(reason);
            let mut next = || own.take().unwrap_or_else(|| ViewFailureReason::SameAsBefore(said.clone()));
            return task.items.iter().map(|item| Err(failure(*item, next()))).collect();
        }
    };
    let views_of = |item: &usize| {
        let job = &jobs[*item];
        let views = request.views.iter().map(|view| maker.picture(&photo, job.region, job.row, *view));
        views.collect::<Result<Vec<_>, _>>().map_err(|reason| failure(*item, reason))
    };
    task.items.iter().map(views_of).collect()
}

/// An annotation whose answers are not all there yet.
struct Unfinished {
    item: usize,
    values: Vec<f32>,
    to_come: usize,
}

/// Gathers views into batches, runs the network, and hands the answers on annotation by annotation.
struct Feeder<'a> {
    missing: &'a Missing<'a>,
    shape: FeatureShape,
    finished: Sender<Answers>,
    inputs: Vec<f32>,
    n: usize,
    /// In the order of their views in `inputs`.
    unfinished: VecDeque<Unfinished>,
    left_out: Vec<CacheWarning>,
    photos: (usize, usize),
}

impl<'a> Feeder<'a> {
    fn new(
        missing: &'a Missing<'a>,
        shape: FeatureShape,
        finished: Sender<Answers>,
        photos: (usize, usize),
    ) -> Self {
        Self {
            missing,
            shape,
            finished,
            inputs: Vec::new(),
            n: 0,
            unfinished: VecDeque::new(),
            left_out: Vec::new(),
            photos,
        }
    }

    fn take(&mut self, task: &Task, views: Vec<Views>) -> Result<(), CacheError> {
        for (item, views) in task.items.iter().zip(views) {
            match views {
                Ok(views) => self.gather(*item, &views)?,
                Err(failure) => self.left_out.push(CacheWarning::LeftOut { item: *item, failure }),
            }
        }
        if task.is_last {
            self.photos.0 += 1;
            self.missing.progress.photos(self.photos.0, self.photos.1);
        }
        Ok(())
    }

    fn gather(&mut self, item: usize, views: &[RgbImage]) -> Result<(), CacheError> {
        let maker = self.missing.request.maker;
        let length = maker.preprocess().input_len();
        let batch = self.missing.request.batch.max(1);
        let values = Vec::with_capacity(views.len() * self.shape.numbers());
        self.unfinished.push_back(Unfinished { item, values, to_come: views.len() });
        for view in views {
            self.inputs.resize(batch * length, 0.0);
            let place = &mut self.inputs[self.n * length..(self.n + 1) * length];
            maker.input(view, place).expect("a view has the network's size");
            self.n += 1;
            if self.n == batch {
                self.run_all()?;
            }
        }
        Ok(())
    }

    /// Runs the network on what was gathered.
    fn run_all(&mut self) -> Result<(), CacheError> {
        let n = std::mem::take(&mut self.n);
        if n == 0 {
            return Ok(());
        }
        let length = self.missing.request.maker.preprocess().input_len();
        let output = self.missing.run(&self.inputs[..n * length], n)?;
        let numbers = self.shape.numbers();
        let is_right = output.shape.first() == Some(&n)
            && FeatureShape::of_answer(&output.shape) == Some(self.shape)
            && output.values.len() == n * numbers;
        if !is_right {
            let expected = format!("{n} images of {:?}", self.shape);
            let network = self.missing.request.network.to_owned();
            return Err(CacheError::Shape { network, found: output.shape, expected });
        }
        for answer in output.values.chunks_exact(numbers) {
            let Some(first) = self.unfinished.front_mut() else { break };
            first.values.extend_from_slice(answer);
            first.to_come -= 1;
            if first.to_come == 0
                && let Some(Unfinished { item, values, .. }) = self.unfinished.pop_front()
            {
                // A closed channel: the writer failed, and says why in a moment.
                self.finished.send(Answers { item, values }).map_err(|_| CacheError::Cancelled)?;
            }
        }
        Ok(())
    }
}
