//! The training loop, readable from top to bottom: epochs of batches, a step each, a validation after each epoch,
//! a checkpoint after each, and the doctor's look at all of it.

mod epoch;
mod error;
mod plan;
mod resume;
mod setup;
mod start;
mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use resight_files::HeldFolder;
use tracing::{debug_span, info_span};

pub use error::TrainError;
pub use resight_core::{Progress, Silent, Stage};
pub use setup::{LearningPart, Setup, learner};
pub use watch::Watch;

use crate::data::{Classes, TrainingData};
use crate::learner::inputs::Inputs;
use crate::learner::{Body, Learner, StepInput};
use crate::optimize::{Optimizer, margin_share, pace};
use crate::parameters::Parameters;
use crate::recipe::Recipe;
use plan::Planned;
use resight_runs::doctor::{self, Finding};
use resight_runs::run::log::{End, EndReason, Epoch, Rates, Record, Score, Start, Step};
use resight_runs::run::{CheckpointState, RunFolder};
use watch::Meter;

/// A training run at work.
pub struct Trainer<'a> {
    recipe: &'a Recipe,
    data: &'a TrainingData,
    classes: &'a Classes,
    inputs: &'a dyn Inputs,
    has_photos: bool,
    trunk: String,
    best_so_far: Option<Score>,
    folder: RunFolder,
    watch: &'a dyn Watch,
    cancel: &'a AtomicBool,
    learner: Learner,
    optimizer: Optimizer,
    state: CheckpointState,
    start: Start,
    records: Vec<Record>,
    findings: Vec<Finding>,
    sampler_embeddings: Vec<f32>,
    begun: Instant,
    seconds_before: f64,
    last_checkpoint: Instant,
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What it began with.
    pub start: Start,
    /// The last line of the log.
    pub end: End,
    /// The parameters of the best validation.
    pub best: Parameters,
    /// Everything that the doctor noticed.
    pub findings: Vec<Finding>,
}

/// Why an epoch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Whole,
    Interrupted,
    Diverged,
}

impl Trainer<'_> {
    /// The run's folder, which stays held for as long as anybody has it.
    pub fn held(&self) -> Arc<HeldFolder> {
        self.folder.held()
    }

    /// Runs to the end, to the early stop, or until somebody asks to stop.
    ///
    /// # Errors
    /// When an input cannot be had, the run's folder cannot be written, or the validation cannot be judged.
    pub fn run(mut self) -> Result<Outcome, TrainError> {
        if self.state.epoch == 0 {
            self.begin()?;
        }
        let reason = loop {
            if self.state.epoch > self.recipe.schedule.epochs {
                break EndReason::Done;
            }
            // A run that was ended between its last validation and its end goes on from here.
            if self.is_stale() {
                break EndReason::EarlyStop;
            }
            match self.epoch()? {
                Ended::Interrupted => break EndReason::Interrupted,
                Ended::Diverged => break EndReason::Diverged,
                Ended::Whole => {}
            }
            // What the last epoch taught is asked too, so that nothing that was learnt is lost.
            let is_over = self.is_over_budget();
            let is_asked = self.after_epoch(is_over)?;
            if self.is_stale() {
                continue;
            }
            if is_over || (is_asked && self.is_over_budget()) {
                break EndReason::Budget;
            }
            if self.cancel.load(Ordering::Relaxed) {
                break EndReason::Interrupted;
            }
        };
        self.end(reason)
    }

    /// One pass over the training photos, or what is left of it after a resume.
    fn epoch(&mut self) -> Result<Ended, TrainError> {
        let epoch = self.state.epoch;
        let _span = info_span!("epoch", epoch).entered();
        let planned = self.plan(epoch)?;
        let total = planned.len();
        let rest: Vec<Planned> = planned.into_iter().skip(self.state.batch as usize).collect();
        let inputs = self.inputs;
        let items = rest.iter().map(|batch| batch.items.clone()).collect();
        let mut meter = Meter::new(self.watch, epoch, total, self.state.batch);
        let mut gathered = Vec::new();
        for (batch, loaded) in rest.into_iter().zip(inputs.batches(items)) {
            // Gradients that wait for a step are in no checkpoint.
            let can_stop = gathered.is_empty();
            if can_stop && self.cancel.load(Ordering::Relaxed) {
                self.checkpoint_within(&mut meter, total)?;
                return Ok(Ended::Interrupted);
            }
            if can_stop && self.is_checkpoint_due() {
                self.checkpoint_within(&mut meter, total)?;
            }
            let input = self.step_input(batch, loaded?);
            let photos = input.labels.len();
            let step = self.step(&input, total, &mut gathered);
            let diverged = step.loss.is_none();
            meter.step(photos, &step);
            self.state.batch += 1;
            if meter.is_due() || diverged || self.state.batch as usize == total {
                self.record_steps(meter.taken_together(self.left(total)))?;
            }
            if diverged {
                return Ok(Ended::Diverged);
            }
        }
        Ok(Ended::Whole)
    }

    fn is_checkpoint_due(&self) -> bool {
        let seconds = u64::from(self.recipe.schedule.checkpoint_seconds.max(1));
        self.last_checkpoint.elapsed().as_secs() >= seconds
    }

    /// A checkpoint in the middle of an epoch; what the meter holds goes to the log before, or it would be lost.
    fn checkpoint_within(&mut self, meter: &mut Meter<'_>, total: usize) -> Result<(), TrainError> {
        if !meter.is_empty() {
            self.record_steps(meter.taken_together(self.left(total)))?;
        }
        self.checkpoint()
    }

    /// One step; gradients of several batches are added up where the recipe says so.
    fn step(
        &mut self,
        input: &StepInput,
        total: usize,
        gathered: &mut Vec<crate::optimize::Gradients>,
    ) -> Step {
        let _span = debug_span!("step", photos = input.labels.len()).entered();
        let outcome = self.learner.step(input);
        self.state.step += 1;
        let share = self.share(total);
        let mut step = Step {
            step: self.state.step,
            steps: 1,
            epoch: f64::from(self.state.epoch - 1) + (self.state.batch + 1) as f64 / total.max(1) as f64,
            loss: Some(outcome.loss).filter(|loss| loss.is_finite()),
            loss_max: Some(outcome.loss).filter(|loss| loss.is_finite()),
            species_loss: outcome.species_loss,
            positives: outcome.positives,
            without_positive: outcome.without_positive,
            active_share: outcome.active_share,
            same_cosine: outcome.same_cosine,
            other_cosine: outcome.other_cosine,
            ..Step::default()
        };
        if step.loss.is_none() {
            return step;
        }
        self.state.loss_sum += outcome.loss;
        self.learner.take_in(&outcome, input);
        gathered.push(outcome.gradients);
        let is_last = self.state.batch as usize + 1 == total;
        if gathered.len() >= self.recipe.optimizer.accumulate as usize || is_last {
            let pace = pace(&self.recipe.schedule, share);
            let mean = plan::mean(std::mem::take(gathered));
            let report = self.optimizer.step(&mut self.learner.parameters, mean, pace);
            step.gradient = report.gradient;
            step.change = report.change;
            step.rates = self.rates(pace);
        }
        step
    }

    /// Learning rates at this pace; of a trunk that does not learn, none.
    fn rates(&self, pace: f64) -> Rates {
        let highest = self.optimizer.rates();
        let trunk = if matches!(self.learner.body, Body::Ready) { 0.0 } else { highest.trunk };
        Rates { trunk: trunk * pace, neck: highest.neck * pace, head: highest.head * pace }
    }

    fn step_input(&self, batch: Planned, inputs: crate::learner::inputs::InputBatch) -> StepInput {
        let total = self.start.steps_per_epoch;
        StepInput {
            inputs,
            labels: batch.labels,
            tuples: batch.tuples,
            margin_share: margin_share(&self.recipe.schedule, self.share(total)),
            step: self.state.step,
            seed: self.recipe.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(self.state.step),
        }
    }

    /// Share of the run that is over.
    fn share(&self, total: usize) -> f64 {
        let done =
            f64::from(self.state.epoch.saturating_sub(1)) + self.state.batch as f64 / total.max(1) as f64;
        done / f64::from(self.recipe.schedule.epochs)
    }

    /// Seconds until the end, if it goes on as so far.
    fn left(&self, total: usize) -> f64 {
        let share = self.share(total).max(1e-6);
        self.seconds() * (1.0 - share) / share
    }

    /// Seconds of work, all parts of the run together.
    fn seconds(&self) -> f64 {
        self.seconds_before + self.begun.elapsed().as_secs_f64()
    }

    fn record_steps(&mut self, step: Step) -> Result<(), TrainError> {
        self.watch.step(&step);
        self.record(Record::Step(step))?;
        let is_first_epoch = self.state.epoch == 1;
        if is_first_epoch { self.examine() } else { Ok(()) }
    }

    fn is_over_budget(&self) -> bool {
        let budget = f64::from(self.recipe.schedule.budget_seconds);
        budget > 0.0 && self.seconds() >= budget
    }

    /// Validation where one is due or nothing comes after, log, best parameters, checkpoint, doctor. Says whether the
    /// validation was asked.
    fn after_epoch(&mut self, is_last: bool) -> Result<bool, TrainError> {
        let epoch = self.state.epoch;
        let is_last = is_last || epoch == self.recipe.schedule.epochs;
        let is_asked = is_last || epoch.is_multiple_of(self.recipe.validation.every);
        if is_asked {
            let mut measured = self.measure(epoch)?;
            measured.best = self.is_best(measured.validation);
            if measured.best {
                (self.state.best, self.state.best_epoch) = (measured.validation, epoch);
                self.state.since_best = 0;
                self.keep_best()?;
            } else {
                self.state.since_best += 1;
            }
            self.record_epoch(measured)?;
        }
        self.state.epoch += 1;
        (self.state.batch, self.state.loss_sum) = (0, 0.0);
        self.sampler_embeddings.clear();
        self.checkpoint()?;
        Ok(is_asked)
    }

    fn is_best(&self, found: Score) -> bool {
        let (new, old) = ((found.map5, found.top1), (self.state.best.map5, self.state.best.top1));
        self.state.best_epoch == 0 || new > old
    }

    fn is_stale(&self) -> bool {
        let patience = self.recipe.validation.patience;
        patience > 0 && self.state.since_best >= patience
    }

    fn record_epoch(&mut self, epoch: Epoch) -> Result<(), TrainError> {
        self.watch.epoch(&epoch, &self.start);
        self.record(Record::Epoch(Box::new(epoch)))?;
        self.examine()?;
        self.write_report()
    }

    /// Asks the doctor, and tells what is new.
    fn examine(&mut self) -> Result<(), TrainError> {
        for finding in doctor::fresh(&self.records) {
            self.watch.finding(&finding);
            self.findings.push(finding.clone());
            self.record(Record::Finding(finding))?;
        }
        Ok(())
    }

    fn record(&mut self, record: Record) -> Result<(), TrainError> {
        self.folder.record(&record)?;
        self.records.push(record);
        Ok(())
    }

    fn end(mut self, reason: EndReason) -> Result<Outcome, TrainError> {
        let best = self.best_parameters()?;
        let end = End {
            reason,
            best_epoch: self.state.best_epoch,
            validation: self.state.best,
            seconds: self.seconds(),
        };
        if reason != EndReason::Interrupted {
            self.record(Record::End(end.clone()))?;
            self.examine()?;
            self.write_report()?;
        }
        Ok(Outcome { start: self.start, end, best, findings: self.findings })
    }
}
