//! What ends a search early, and who hears of it: trials work in silence, and stop when the time is up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Stopped;
use resight_runs::run::log::{Epoch, Start};
use resight_train::trainer::{Progress, Stage, Watch};

/// Ends a search early.
pub(super) struct Bounds<'a> {
    watch: &'a dyn Watch,
    cancel: &'a AtomicBool,
    until: Option<Instant>,
    stop: AtomicBool,
    trial: Mutex<String>,
}

impl<'a> Bounds<'a> {
    pub(super) fn new(watch: &'a dyn Watch, cancel: &'a AtomicBool, at_most: Option<Duration>) -> Self {
        let until = at_most.and_then(|time| Instant::now().checked_add(time));
        Self { watch, cancel, until, stop: AtomicBool::new(false), trial: Mutex::default() }
    }

    /// Why to stop, if one should.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        if self.cancel.load(Ordering::Relaxed) {
            return Some(Stopped::Interrupted);
        }
        self.until.filter(|until| Instant::now() >= *until).map(|_| Stopped::Time)
    }

    /// What asks a training to stop.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.stop
    }

    /// Says which trial is at work.
    pub(super) fn name_trial(&self, name: String) {
        *self.trial.lock().unwrap_or_else(PoisonError::into_inner) = name;
    }

    fn look(&self) {
        if self.stopped().is_some() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Progress for Bounds<'_> {
    fn begin(&self, stage: Stage) {
        self.look();
        let trial = self.trial.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.watch.begin(Stage { title: format!("{trial}: {}", stage.title), ..stage });
    }

    fn advance(&self, count: u64) {
        self.look();
        self.watch.advance(count);
    }

    fn note(&self, text: &str) {
        self.watch.note(text);
    }

    fn end(&self) {
        self.watch.end();
    }
}

impl Watch for Bounds<'_> {
    fn epoch(&self, _epoch: &Epoch, _start: &Start) {
        self.look();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resight_train::trainer::Silent;

    #[test]
    fn time_and_people_stop_a_search() {
        let cancel = AtomicBool::new(false);
        let endless = Bounds::new(&Silent, &cancel, None);
        endless.advance(1);
        assert_eq!((endless.stopped(), endless.flag().load(Ordering::Relaxed)), (None, false));
        let over = Bounds::new(&Silent, &cancel, Some(Duration::ZERO));
        over.advance(1);
        assert_eq!((over.stopped(), over.flag().load(Ordering::Relaxed)), (Some(Stopped::Time), true));
        cancel.store(true, Ordering::Relaxed);
        endless.begin(Stage::of("epoch 1", 1));
        assert_eq!(
            (endless.stopped(), endless.flag().load(Ordering::Relaxed)),
            (Some(Stopped::Interrupted), true)
        );
    }
}
