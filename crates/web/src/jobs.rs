//! Long work, one after the other: photos are taken in, the catalog is calibrated. Whoever asks something meanwhile does not wait for it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use resight_engine::calibrate::{CalibrateRequest, PolicyChange};
use resight_engine::ingest::IngestReport;
use resight_engine::{CancelToken, Delivery, Effort, EngineError, Progress, Session, Stage, Warning};
use serde::Serialize;
use tokio::sync::watch::{Receiver, Sender};
use tokio::sync::{Notify, watch};
use utoipa::ToSchema;

/// Jobs that are remembered after they have ended.
const REMEMBERED: usize = 100;

/// A job, numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JobId(u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job-{}", self.0)
    }
}

impl FromStr for JobId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.strip_prefix("job-").and_then(|number| number.parse().ok()).map(Self).ok_or(())
    }
}

/// What a job does.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// Takes the photos of a delivery in.
    TakeIn {
        /// The photos.
        delivery: Delivery,
        /// What came with them and is no photo.
        refused: Vec<Warning>,
    },
    /// Calibrates the catalog.
    Calibrate,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JobState {
    Waiting,
    Running,
    Done,
    Failed,
    Stopped,
}

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobShape {
    job: String,
    /// `photos` or `calibrate`.
    kind: String,
    state: JobState,
    /// What it is busy with.
    title: String,
    done: u64,
    total: Option<u64>,
    /// As far as that can be guessed.
    seconds_left: Option<f64>,
    /// Jobs before it.
    ahead: usize,
    message: Option<String>,
    report: Option<JobReport>,
    /// Counts its changes.
    pub(crate) change: u64,
}

/// What came of photos that were taken in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobReport {
    stored: usize,
    already_there: usize,
    annotations: usize,
    failures: Vec<JobFailure>,
}

/// A photo that could not be used, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobFailure {
    about: String,
    message: String,
}

impl JobShape {
    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.state, JobState::Waiting | JobState::Running)
    }
}

struct Job {
    id: JobId,
    task: Task,
    cancel: CancelToken,
    /// Whether a person has stopped it, and not the end of the server.
    is_unwanted: AtomicBool,
    told: Sender<JobShape>,
}

/// The jobs of a server.
#[derive(Default)]
pub(crate) struct Jobs {
    all: Mutex<Vec<Arc<Job>>>,
    added: Notify,
}

impl Jobs {
    /// Adds a job, unless one that waits does the same; its id.
    pub(crate) fn add(&self, task: Task) -> String {
        let mut all = self.lock();
        let waits = |job: &&Arc<Job>| job.told.borrow().state == JobState::Waiting;
        let is_calibrating = |job: &&Arc<Job>| matches!(job.task, Task::Calibrate);
        if matches!(task, Task::Calibrate)
            && let Some(same) = all.iter().filter(waits).find(is_calibrating)
        {
            return same.id.to_string();
        }
        let id = JobId(all.last().map_or(1, |last| last.id.0 + 1));
        let ended = all.iter().filter(|job| job.told.borrow().has_ended()).count();
        if ended > REMEMBERED
            && let Some(oldest) = all.iter().position(|job| job.told.borrow().has_ended())
        {
            all.remove(oldest);
        }
        let (kind, title) = match &task {
            Task::TakeIn { .. } => ("photos", "taking photos in"),
            Task::Calibrate => ("calibrate", "calibrating"),
        };
        let (told, _) = watch::channel(JobShape {
            job: id.to_string(),
            kind: kind.to_owned(),
            state: JobState::Waiting,
            title: title.to_owned(),
            done: 0,
            total: None,
            seconds_left: None,
            ahead: all.iter().filter(|job| !job.told.borrow().has_ended()).count(),
            message: None,
            report: None,
            change: 0,
        });
        all.push(Arc::new(Job {
            id,
            task,
            cancel: CancelToken::default(),
            is_unwanted: AtomicBool::new(false),
            told,
        }));
        self.added.notify_one();
        id.to_string()
    }

    /// All of them, the latest first.
    pub(crate) fn all(&self) -> Vec<JobShape> {
        self.lock().iter().rev().map(|job| job.told.borrow().clone()).collect()
    }

    /// One of them.
    pub(crate) fn get(&self, id: JobId) -> Option<JobShape> {
        Some(self.find(id)?.told.borrow().clone())
    }

    /// Follows one of them.
    pub(crate) fn watch(&self, id: JobId) -> Option<Receiver<JobShape>> {
        Some(self.find(id)?.told.subscribe())
    }

    /// Asks one of them to stop.
    pub(crate) fn stop(&self, id: JobId) -> Option<JobShape> {
        let job = self.find(id)?;
        job.is_unwanted.store(true, Ordering::Relaxed);
        job.cancel.cancel();
        let is_waiting = job.told.borrow().state == JobState::Waiting;
        if is_waiting {
            job.change(|shape| shape.state = JobState::Stopped);
        }
        Some(job.told.borrow().clone())
    }

    /// Stops all of them: what they have done stays.
    pub(crate) fn close(&self) {
        for job in self.lock().iter() {
            job.cancel.cancel();
        }
    }

    /// Waits until a job was added.
    pub(crate) async fn wait(&self) {
        self.added.notified().await;
    }

    /// Does the next job to its end; whether there was one.
    pub(crate) fn work(&self, session: &Session, actor: &str) -> Result<bool, EngineError> {
        let next = self.lock().iter().find(|job| job.told.borrow().state == JobState::Waiting).cloned();
        let Some(job) = next else { return Ok(false) };
        job.change(|shape| (shape.state, shape.ahead) = (JobState::Running, 0));
        self.count_ahead();
        let outcome = catch_unwind(AssertUnwindSafe(|| job.run(session, actor)))
            .unwrap_or_else(|_| Err(EngineError::internal("it came to a sudden end")));
        let ended = outcome.as_ref().map(drop).map_err(ToString::to_string);
        job.change(|shape| match &outcome {
            Ok(report) => {
                shape.state = if job.cancel.is_cancelled() { JobState::Stopped } else { JobState::Done };
                shape.report = report.as_ref().map(JobReport::from);
                shape.seconds_left = None;
            }
            Err(error) => (shape.state, shape.message) = (JobState::Failed, Some(told(error, session))),
        });
        self.count_ahead();
        match (ended, outcome) {
            (Err(_), Err(error)) => Err(error),
            _ => Ok(true),
        }
    }

    fn count_ahead(&self) {
        let waiting =
            self.lock().iter().filter(|job| !job.told.borrow().has_ended()).cloned().collect::<Vec<_>>();
        for (ahead, job) in waiting.iter().enumerate() {
            job.change(|shape| shape.ahead = ahead);
        }
    }

    fn find(&self, id: JobId) -> Option<Arc<Job>> {
        self.lock().iter().find(|job| job.id == id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Job>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    fn change(&self, change: impl FnOnce(&mut JobShape)) {
        self.told.send_modify(|shape| {
            change(shape);
            shape.change += 1;
        });
    }

    fn run(&self, session: &Session, actor: &str) -> Result<Option<IngestReport>, EngineError> {
        let progress = Telling { job: self, began: Mutex::new(Instant::now()) };
        match &self.task {
            Task::TakeIn { delivery, refused } => {
                let mut report = session.take_in(delivery, actor, &progress, &self.cancel)?;
                report.failures.extend(refused.iter().cloned());
                if report.interrupted && self.is_unwanted.load(Ordering::Relaxed) {
                    // The photos stay where they are; nobody takes in the rest of them by itself.
                    session.end_delivery(delivery)?;
                }
                Ok(Some(report))
            }
            Task::Calibrate => {
                let request = CalibrateRequest {
                    policy: PolicyChange::default(),
                    pooling: None,
                    unidentified_are_others: None,
                    effort: Effort::Normal,
                };
                session.calibrate(&request, &progress, &self.cancel).map(|_| None)
            }
        }
    }
}

/// What went wrong, without where the catalog lies.
fn told(error: &EngineError, session: &Session) -> String {
    let folder = session.folder();
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let text = error.to_string().replace(&absolute.display().to_string(), "the catalog");
    text.replace(&folder.display().to_string(), "the catalog")
}

impl From<&IngestReport> for JobReport {
    fn from(report: &IngestReport) -> Self {
        let failures = report
            .failures
            .iter()
            .map(|one| JobFailure { about: crate::api::file_name(&one.about), message: one.message.clone() });
        Self {
            stored: report.stored,
            already_there: report.already_there,
            annotations: report.annotations,
            failures: failures.collect(),
        }
    }
}

/// Tells those who follow a job how far it is.
struct Telling<'a> {
    job: &'a Job,
    began: Mutex<Instant>,
}

impl Progress for Telling<'_> {
    fn begin(&self, stage: Stage) {
        *self.began.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.job.change(|shape| {
            (shape.title, shape.done, shape.total, shape.seconds_left) = (stage.title, 0, stage.total, None);
        });
    }

    #[expect(clippy::cast_precision_loss, reason = "a guess")]
    fn advance(&self, items: u64) {
        let took = self.began.lock().unwrap_or_else(PoisonError::into_inner).elapsed().as_secs_f64();
        self.job.change(|shape| {
            shape.done += items;
            let left = shape.total.map(|total| total.saturating_sub(shape.done));
            shape.seconds_left =
                left.filter(|_| shape.done > 0).map(|left| took / shape.done as f64 * left as f64);
        });
    }

    fn note(&self, text: &str) {
        self.job.change(|shape| shape.message = Some(text.to_owned()));
    }

    fn end(&self) {}
}
