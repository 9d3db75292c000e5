//! Telling the outside how a run goes.

use std::time::Instant;

use resight_core::{Progress, Silent, Stage};
use resight_runs::doctor::Finding;
use resight_runs::run::log::{Epoch, Rates, Start, Step};

/// Hears how far a run is, and how it goes.
pub trait Watch: Progress {
    /// The run is about to learn this from that.
    fn start(&self, _start: &Start) {}
    /// Steps were done.
    fn step(&self, _step: &Step) {}
    /// An epoch is over.
    fn epoch(&self, _epoch: &Epoch, _start: &Start) {}
    /// The doctor noticed something.
    fn finding(&self, _finding: &Finding) {}
}

impl Watch for Silent {}

/// Lines of the log in an epoch, at most.
const LINES_AN_EPOCH: usize = 20;

/// Takes steps together for the log.
pub(super) struct Meter<'w> {
    watch: &'w dyn Watch,
    every: usize,
    steps: Vec<Step>,
    photos: usize,
    since: Instant,
}

impl<'w> Meter<'w> {
    pub(super) fn new(watch: &'w dyn Watch, epoch: u32, total: usize, done: u64) -> Self {
        watch.begin(Stage::of(format!("epoch {epoch}"), total as u64));
        watch.advance(done);
        let every = total.div_ceil(LINES_AN_EPOCH).max(1);
        Self { watch, every, steps: Vec::new(), photos: 0, since: Instant::now() }
    }

    pub(super) fn step(&mut self, photos: usize, step: &Step) {
        self.watch.advance(1);
        self.photos += photos;
        self.steps.push(step.clone());
    }

    pub(super) fn is_due(&self) -> bool {
        self.steps.len() >= self.every
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps since the last time, as means.
    pub(super) fn taken_together(&mut self, seconds_left: f64) -> Step {
        let steps = std::mem::take(&mut self.steps);
        let seconds = self.since.elapsed().as_secs_f64().max(1e-9);
        let photos = std::mem::take(&mut self.photos);
        self.since = Instant::now();
        let last = steps.last().cloned().unwrap_or_default();
        let mean = |of: &dyn Fn(&Step) -> Option<f64>| {
            let values: Vec<f64> = steps.iter().filter_map(of).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let rates = |of: &dyn Fn(&Step) -> Rates| Rates {
            trunk: mean(&|step| Some(of(step).trunk)).unwrap_or(0.0),
            neck: mean(&|step| Some(of(step).neck)).unwrap_or(0.0),
            head: mean(&|step| Some(of(step).head)).unwrap_or(0.0),
        };
        let has_diverged = last.loss.is_none();
        Step {
            steps: steps.len() as u32,
            loss: if has_diverged { None } else { mean(&|step| step.loss) },
            loss_max: steps.iter().filter_map(|step| step.loss_max).reduce(f64::max),
            species_loss: mean(&|step| step.species_loss),
            positives: mean(&|step| Some(step.positives)).unwrap_or(0.0),
            without_positive: mean(&|step| Some(step.without_positive)).unwrap_or(0.0),
            active_share: mean(&|step| step.active_share),
            same_cosine: mean(&|step| step.same_cosine),
            other_cosine: mean(&|step| step.other_cosine),
            gradient: rates(&|step| step.gradient),
            change: rates(&|step| step.change),
            photos_per_second: photos as f64 / seconds,
            seconds_left,
            ..last
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: u64, loss: Option<f64>) -> Step {
        Step { step: number, steps: 1, loss, loss_max: loss, positives: number as f64, ..Step::default() }
    }

    #[test]
    fn steps_are_taken_together_as_means_and_counted_once() {
        let mut meter = Meter::new(&Silent, 1, 40, 0);
        assert!(meter.is_empty());
        for number in 1..=2 {
            meter.step(8, &step(number, Some(number as f64)));
        }
        assert!(meter.is_due());
        let together = meter.taken_together(7.0);
        assert_eq!((together.step, together.steps, together.seconds_left), (2, 2, 7.0));
        assert_eq!((together.loss, together.loss_max, together.positives), (Some(1.5), Some(2.0), 1.5));
        assert!(together.photos_per_second > 0.0 && meter.is_empty() && !meter.is_due());
    }

    #[test]
    fn a_loss_that_is_no_number_at_the_end_is_none_for_all() {
        let mut meter = Meter::new(&Silent, 1, 400, 0);
        meter.step(8, &step(1, Some(1.0)));
        meter.step(8, &step(2, None));
        let together = meter.taken_together(0.0);
        assert_eq!((together.loss, together.loss_max, together.steps), (None, Some(1.0), 2));
    }
}
