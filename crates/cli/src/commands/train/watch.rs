//! A run on the terminal: a bar while it works, a line an epoch, the doctor's findings as they come.

use std::sync::{Mutex, PoisonError};

use resight_engine::{Progress, Stage};
use resight_runs::doctor::Finding;
use resight_runs::report::PanelLine;
use resight_runs::run::log::{Epoch, Record, Start, Step};
use resight_train::trainer::Watch;

use crate::context::Context;

/// Shows a run.
pub(crate) struct Shown<'c> {
    context: &'c Context,
    records: Mutex<Vec<Record>>,
}

impl<'c> Shown<'c> {
    pub(crate) fn new(context: &'c Context) -> Self {
        Self { context, records: Mutex::default() }
    }

    fn say(&self, text: &str) {
        self.context.progress.note(text);
    }

    fn keep(&self, record: Record) -> Option<PanelLine> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.push(record);
        PanelLine::of(&records).pop()
    }
}

impl Progress for Shown<'_> {
    fn begin(&self, stage: Stage) {
        self.context.progress.begin(stage);
    }

    fn advance(&self, count: u64) {
        self.context.progress.advance(count);
    }

    fn note(&self, text: &str) {
        self.say(text);
    }

    fn end(&self) {
        self.context.progress.end();
    }
}

impl Watch for Shown<'_> {
    fn start(&self, start: &Start) {
        self.keep(Record::Start(Box::new(start.clone())));
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
        self.say(&PanelLine::references(start));
        self.say(PanelLine::HEADER);
    }

    fn step(&self, step: &Step) {
        self.keep(Record::Step(step.clone()));
    }

    fn epoch(&self, epoch: &Epoch, _start: &Start) {
        if let Some(line) = self.keep(Record::Epoch(Box::new(epoch.clone()))) {
            self.say(&line.to_string());
        }
    }

    fn finding(&self, finding: &Finding) {
        let (severity, title) = (finding.severity.name(), finding.ailment.title());
        self.say(&format!("doctor, {severity}: {title}. {} {}", finding.evidence, finding.remedy));
        for setting in &finding.settings {
            self.say(&format!("  --set '{setting}'"));
        }
    }
}
