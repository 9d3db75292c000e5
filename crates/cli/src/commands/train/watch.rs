//! A run on the terminal: a bar while it works, a line an epoch, the doctor's findings as they come.

use std::sync::Mutex;

use resight_engine::{Progress, Stage};
use resight_train::doctor::{Finding, Severity};
use resight_train::run::log::{Epoch, Start, Step};
use resight_train::trainer::Watch;

use crate::context::Context;

/// Shows a run.
pub(super) struct Shown<'c> {
    context: &'c Context,
    last: Mutex<Option<Step>>,
}

impl<'c> Shown<'c> {
    pub(super) fn new(context: &'c Context) -> Self {
        Self { context, last: Mutex::new(None) }
    }

    /// The bar goes.
    pub(super) fn end(&self) {
        self.context.progress.end();
    }

    fn say(&self, text: &str) {
        if !self.context.global.quiet {
            self.context.progress.note(text);
        }
    }
}

impl Watch for Shown<'_> {
    fn begin(&self, stage: &str, total: u64) {
        let total = (total > 0).then_some(total);
        self.context.progress.begin(Stage { title: stage.to_owned(), total });
    }

    fn advance(&self, count: u64) {
        self.context.progress.advance(count);
    }

    fn start(&self, start: &Start) {
        self.say(&format!(
            "{} depth, {}{}: {} photos, {} classes ({} with one photo), batches of {} with {:.1} positive pairs",
            start.depth,
            start.loss,
            start.scale.map(|scale| format!(" s={scale}")).unwrap_or_default(),
            start.n_photos,
            start.n_classes,
            start.class_sizes.first().copied().unwrap_or(0),
            start.batch,
            start.expected_positives,
        ));
        self.say(&format!(
            "validation: {} queries of {} individuals; by chance MAP@5 {:.3}, the trunk as it came {:.3} (top-1 {:.3}){}",
            start.validation_queries,
            start.validation_individuals,
            start.chance.map5,
            start.untrained.map5,
            start.untrained.top1,
            start.best_so_far.map(|best| format!(", best run so far {:.3}", best.map5)).unwrap_or_default(),
        ));
        self.say("epoch    loss   MAP@5   top-1  train1  head  same  other  rank  grad t/n/h          photos/s  left");
    }

    fn step(&self, step: &Step) {
        if let Ok(mut last) = self.last.lock() {
            *last = Some(step.clone());
        }
    }

    fn epoch(&self, epoch: &Epoch, _start: &Start) {
        let step = self.last.lock().ok().and_then(|last| last.clone()).unwrap_or_default();
        let share = |value: Option<f64>| value.map_or_else(|| "   –".to_owned(), |value| format!("{value:4.2}"));
        self.say(&format!(
            "{:5} {} {:7.3} {:7.3} {:7.3}  {}  {}   {} {:5.0}  {:.2}/{:.2}/{:.2}  {:12.0}  {}{}",
            epoch.epoch,
            epoch.loss.map_or_else(|| "      –".to_owned(), |loss| format!("{loss:7.3}")),
            epoch.validation.map5,
            epoch.validation.top1,
            epoch.training.top1,
            share(epoch.head_accuracy),
            share(step.same_cosine),
            share(step.other_cosine),
            epoch.health.effective_rank,
            step.gradient.trunk,
            step.gradient.neck,
            step.gradient.head,
            step.photos_per_second,
            left(step.seconds_left),
            if epoch.best && epoch.epoch > 0 { "  best" } else { "" },
        ));
    }

    fn finding(&self, finding: &Finding) {
        let word = match finding.severity {
            Severity::Notice => "notice",
            Severity::Warning => "WARNING",
            Severity::Alarm => "ALARM",
        };
        let name = super::doctor::name(finding);
        self.say(&format!("doctor: {word}: {name}: {} {}", finding.evidence, finding.remedy));
    }

    fn note(&self, text: &str) {
        self.say(text);
    }
}

fn left(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6000 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}
