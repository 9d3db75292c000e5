//! What every request is answered with: the catalog's session, the desk, the jobs, and how much may be asked at once.
//!
//! There are three lanes, so that whoever looks at a screen waits for nothing but their own question: what is asked
//! ([`Answering::work`], [`Answering::asked_at_desk`]) goes first; the desk works out the queue's answers when nobody asks; jobs go
//! on beside both.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use resight_engine::review::Desk;
use resight_engine::{CancelToken, EngineError, Session};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::Token;
use crate::api::VerdictDone;
use crate::cookie::SessionCookie;
use crate::jobs::{Jobs, Task};
use crate::problem::Problem;

/// Questions that are worked on at once: each takes the cores for itself, so that more of them would only wait in memory.
const AT_ONCE: usize = 2;

/// Requests whose photos are received at once: they lie in memory until they are answered or on the disk.
const RECEIVED_AT_ONCE: usize = 4;

/// Pictures that are made at once.
const DRAWN_AT_ONCE: usize = 3;

/// Bytes of pictures that are kept for the next who look at them.
const PICTURES: u64 = 256 << 20;

/// Pictures that are kept, about.
const PICTURES_ABOUT: usize = 2_000;

/// Verdicts that are remembered by their keys.
const RECORDED: usize = 1_000;

/// Time between two jobs.
const BETWEEN_JOBS: Duration = Duration::from_millis(100);

/// How long the desk rests when it has nothing to do, or cannot do it.
const RESTS: Duration = Duration::from_secs(2);

/// Tells the user of this machine what those who ask are not told.
pub type Tell = Arc<dyn Fn(&EngineError) + Send + Sync>;

/// The session behind the door.
#[derive(Clone)]
pub(crate) struct Answering(Arc<Inner>);

struct Inner {
    session: Session,
    desk: Desk,
    jobs: Jobs,
    token: Token,
    cookie: SessionCookie,
    /// What lets the browser in that this program opens: once, for what stands on a command line others can read.
    once: Mutex<Option<Token>>,
    /// Who signs steps where nobody says otherwise.
    actor: String,
    /// The names and ports that this server is reached by, in small letters.
    names: BTreeSet<String>,
    turns: Arc<Semaphore>,
    /// Steps are made one after the other, and wait for nobody who asks.
    steps: Arc<Semaphore>,
    received: Arc<Semaphore>,
    drawn: Arc<Semaphore>,
    pictures: Cache<String, Arc<[u8]>, BytesOfPicture>,
    recorded: Mutex<Recorded>,
    decided: AtomicUsize,
    /// How many ask at the moment, and what stops the desk for them.
    asking: AtomicUsize,
    at_desk: Mutex<CancelToken>,
    /// Told when the desk may have something to do.
    to_do: Notify,
    ends: Mutex<bool>,
    tell: Tell,
}

/// What is kept of a picture.
#[derive(Clone)]
struct BytesOfPicture;

impl Weighter<String, Arc<[u8]>> for BytesOfPicture {
    fn weight(&self, key: &String, jpeg: &Arc<[u8]>) -> u64 {
        (key.len() + jpeg.len()) as u64
    }
}

/// Verdicts by the keys that they were sent with, the latest ones.
#[derive(Default)]
pub(crate) struct Recorded(std::collections::VecDeque<(String, VerdictDone)>);

impl Recorded {
    /// What came of the verdict on this case with this key.
    pub(crate) fn done(&self, key: &str) -> Option<VerdictDone> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, done)| done.clone())
    }

    /// Remembers what came of it.
    pub(crate) fn note(&mut self, key: Option<String>, done: &VerdictDone) {
        let Some(key) = key else { return };
        if self.0.len() == RECORDED {
            self.0.pop_front();
        }
        self.0.push_back((key, done.clone()));
    }
}

/// What a server is opened with.
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) token: Token,
    pub(crate) cookie: SessionCookie,
    pub(crate) once: Token,
    pub(crate) actor: String,
    pub(crate) names: BTreeSet<String>,
    pub(crate) tell: Tell,
}

impl Answering {
    pub(crate) fn new(opened: Opened) -> Self {
        let Opened { session, token, cookie, once, actor, names, tell } = opened;
        let lane = |at_once| Arc::new(Semaphore::new(at_once));
        Self(Arc::new(Inner {
            session,
            desk: Desk::default(),
            jobs: Jobs::default(),
            token,
            cookie,
            once: Mutex::new(Some(once)),
            actor,
            names,
            turns: lane(AT_ONCE),
            steps: lane(1),
            received: lane(RECEIVED_AT_ONCE),
            drawn: lane(DRAWN_AT_ONCE),
            pictures: Cache::with_weighter(PICTURES_ABOUT, PICTURES, BytesOfPicture),
            recorded: Mutex::default(),
            decided: AtomicUsize::new(0),
            asking: AtomicUsize::new(0),
            at_desk: Mutex::default(),
            to_do: Notify::new(),
            ends: Mutex::new(false),
            tell,
        }))
    }

    pub(crate) fn token(&self) -> &Token {
        &self.0.token
    }

    /// Whether this lets a browser in: the token, or what does so once.
    pub(crate) fn lets_in(&self, said: &str) -> bool {
        let mut once = lock(&self.0.once);
        let is_once = once.as_ref().is_some_and(|once| once.is(said));
        if is_once {
            *once = None;
        }
        is_once || self.0.token.is(said)
    }

    pub(crate) fn cookie(&self) -> &SessionCookie {
        &self.0.cookie
    }

    pub(crate) fn actor(&self) -> &str {
        &self.0.actor
    }

    /// Who signs a step: whoever is named, or else whoever started the server.
    pub(crate) fn signed_by(&self, by: Option<&str>) -> String {
        let named = by.map(str::trim).filter(|name| !name.is_empty());
        named.unwrap_or(&self.0.actor).chars().take(200).collect()
    }

    pub(crate) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    pub(crate) fn pictures(
        &self,
    ) -> &Cache<String, Arc<[u8]>, impl Weighter<String, Arc<[u8]>> + Clone + use<>> {
        &self.0.pictures
    }

    pub(crate) fn recorded(&self) -> MutexGuard<'_, Recorded> {
        lock(&self.0.recorded)
    }

    /// How many cases were decided since the server started.
    pub(crate) fn decided(&self) -> usize {
        self.0.decided.load(Ordering::Relaxed)
    }

    /// Counts a case that was decided.
    pub(crate) fn count_decided(&self) {
        self.0.decided.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether this server was opened under this name.
    pub(crate) fn is_called(&self, host: &str) -> bool {
        self.0.names.contains(&host.to_ascii_lowercase())
    }

    /// Lets nobody begin any more.
    pub(crate) fn close(&self) {
        *lock(&self.0.ends) = true;
        self.0.turns.close();
        self.0.steps.close();
        self.0.received.close();
        self.0.drawn.close();
        self.0.jobs.close();
        lock(&self.0.at_desk).cancel();
        self.0.to_do.notify_waiters();
    }

    fn ends(&self) -> bool {
        *lock(&self.0.ends)
    }

    /// The right to receive photos, when it is one's turn.
    pub(crate) async fn may_receive(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.0.received).acquire_owned().await.map_err(|_| Problem::ending())
    }

    /// Works on something when it is its turn. Whoever asked may go away: the work is told to stop then, and keeps its turn until it
    /// has.
    ///
    /// # Errors
    /// What the work says; that the server is about to end, or the work came to a sudden end.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session, &CancelToken) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.in_lane(&self.0.turns, work).await
    }

    async fn in_lane<T: Send + 'static>(
        &self,
        lane: &Arc<Semaphore>,
        work: impl FnOnce(&Session, &CancelToken) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = Arc::clone(lane).acquire_owned().await.map_err(|_| Problem::ending())?;
        let asks = Asks::of(&self.0);
        let cancel = CancelToken::default();
        let _stops = StopsWhenDropped(cancel.clone());
        self.aside(move |session| {
            let _turn = (turn, asks);
            work(session, &cancel)
        })
        .await
    }

    /// As [`Self::work`], at the desk.
    ///
    /// # Errors
    /// As for [`Self::work`].
    pub(crate) async fn asked_at_desk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session, &Desk, &CancelToken) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let inner = Arc::clone(&self.0);
        let done = self.work(move |session, cancel| work(session, &inner.desk, cancel)).await;
        self.0.to_do.notify_one();
        done
    }

    /// Makes a step, after those that were asked for before. Nobody who asks waits for one that waits for the catalog.
    ///
    /// # Errors
    /// As for [`Self::work`].
    pub(crate) async fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Session, &Desk, &CancelToken) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let inner = Arc::clone(&self.0);
        let done =
            self.in_lane(&self.0.steps, move |session, cancel| step(session, &inner.desk, cancel)).await;
        self.0.to_do.notify_one();
        done
    }

    /// Looks something up at the desk, whoever else is worked for.
    ///
    /// # Errors
    /// As for [`Self::work`].
    pub(crate) async fn at_desk<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Session, &Desk) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let inner = Arc::clone(&self.0);
        let found = self.aside(move |session| look(session, &inner.desk)).await;
        self.0.to_do.notify_one();
        found
    }

    /// Makes a picture, when it is its turn.
    ///
    /// # Errors
    /// As for [`Self::work`].
    pub(crate) async fn drawn<T: Send + 'static>(
        &self,
        draw: impl FnOnce(&Session) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = Arc::clone(&self.0.drawn).acquire_owned().await.map_err(|_| Problem::ending())?;
        let asks = Asks::of(&self.0);
        self.aside(move |session| {
            let _turn = (turn, asks);
            draw(session)
        })
        .await
    }

    /// Looks something up, whoever else is worked for.
    ///
    /// # Errors
    /// As for [`Self::work`].
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Session) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let inner = Arc::clone(&self.0);
        let looked = tokio::task::spawn_blocking(move || look(&inner.session)).await;
        let found = looked.unwrap_or_else(|_| {
            Err(Problem::of_machine(EngineError::internal("answering came to a sudden end")))
        });
        found.inspect_err(|problem| {
            if let Some(error) = &problem.machine {
                (self.0.tell)(error);
            }
        })
    }

    /// Works out the answers of the queue as long as the server is open, a few at a time, while nobody asks.
    pub(crate) async fn prepare(self) {
        let mut told = None;
        while !self.ends() {
            let is_free = self.0.asking.load(Ordering::Acquire) == 0;
            let worked = if is_free { self.at_work().await } else { Ok(false) };
            match worked {
                Ok(true) => told = None,
                Ok(false) => self.rest().await,
                Err(error) => {
                    // Told once, and not every two seconds.
                    let text = error.to_string();
                    if told.as_ref() != Some(&text) {
                        (self.0.tell)(&error);
                        told = Some(text);
                    }
                    self.rest().await;
                }
            }
        }
    }

    async fn rest(&self) {
        let _woken = tokio::time::timeout(RESTS, self.0.to_do.notified()).await;
    }

    async fn at_work(&self) -> Result<bool, EngineError> {
        let inner = Arc::clone(&self.0);
        let cancel = CancelToken::default();
        *lock(&self.0.at_desk) = cancel.clone();
        let worked = tokio::task::spawn_blocking(move || inner.desk.work(&inner.session, &cancel)).await;
        worked.unwrap_or_else(|_| Err(EngineError::internal("the queue came to a sudden end")))
    }

    /// Does jobs as they come, as long as the server is open. Deliveries that an earlier run has left are taken in first.
    pub(crate) async fn do_jobs(self) {
        if let Ok(left) =
            self.aside(|session| session.unfinished_deliveries().map_err(Problem::of_machine)).await
        {
            for delivery in left {
                self.jobs().add(Task::TakeIn { delivery, refused: Vec::new() });
            }
        }
        while !self.ends() {
            let inner = Arc::clone(&self.0);
            let worked =
                tokio::task::spawn_blocking(move || inner.jobs.work(&inner.session, &inner.actor)).await;
            match worked {
                Ok(Ok(true)) => {
                    self.0.to_do.notify_one();
                    // Steps that wait for the catalog come in between.
                    tokio::time::sleep(BETWEEN_JOBS).await;
                }
                Ok(Ok(false)) => {
                    let _woken = tokio::time::timeout(RESTS, self.0.jobs.wait()).await;
                }
                Ok(Err(error)) => (self.0.tell)(&error),
                Err(_) => (self.0.tell)(&EngineError::internal("a job came to a sudden end")),
            }
        }
    }
}

/// Keeps the desk from working while somebody asks.
struct Asks(Arc<Inner>);

impl Asks {
    fn of(inner: &Arc<Inner>) -> Self {
        inner.asking.fetch_add(1, Ordering::AcqRel);
        lock(&inner.at_desk).cancel();
        Self(Arc::clone(inner))
    }
}

impl Drop for Asks {
    fn drop(&mut self) {
        if self.0.asking.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.to_do.notify_one();
        }
    }
}

/// Asks work to stop where nobody waits for it any more.
struct StopsWhenDropped(CancelToken);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What a panicking request held is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
