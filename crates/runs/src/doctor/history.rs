//! The records of a run, put in order for the rules.

use crate::run::log::{End, Epoch, Record, Score, Start, Step};

/// What a run has told so far.
pub(crate) struct History<'a> {
    pub(crate) start: &'a Start,
    /// In order; where a resumed run did steps again, the later ones.
    pub(crate) steps: Vec<&'a Step>,
    /// Epochs that were learnt and followed by a validation, from 1.
    pub(crate) epochs: Vec<&'a Epoch>,
    /// The state before the first step, where it was looked at.
    pub(crate) before: Option<&'a Epoch>,
    pub(crate) end: Option<&'a End>,
}

impl<'a> History<'a> {
    /// None without a start record.
    pub(crate) fn of(records: &'a [Record]) -> Option<Self> {
        let mut start = None;
        let (mut steps, mut epochs): (Vec<&Step>, Vec<&Epoch>) = (Vec::new(), Vec::new());
        let mut end = None;
        for record in records {
            match record {
                Record::Start(found) => (start, end) = (Some(&**found), None),
                Record::Step(step) => {
                    steps.truncate(steps.partition_point(|before| before.step < step.step));
                    steps.push(step);
                }
                Record::Epoch(epoch) => {
                    epochs.truncate(epochs.partition_point(|before| before.epoch < epoch.epoch));
                    epochs.push(epoch);
                }
                Record::End(found) => end = Some(found),
                Record::Finding(_) => {}
            }
        }
        let before = epochs.first().copied().filter(|epoch| epoch.epoch == 0);
        epochs.retain(|epoch| epoch.epoch > 0);
        Some(Self { start: start?, steps, epochs, before, end })
    }

    /// The epoch that is going on, or was the last; 0 before the first step.
    pub(crate) fn epoch_now(&self) -> u32 {
        let by_steps = self.steps.last().map_or(0, |step| step.epoch.max(0.0).ceil().max(1.0) as u32);
        self.epochs_done().max(by_steps)
    }

    /// Steps done.
    pub(crate) fn n_steps(&self) -> u64 {
        self.steps.iter().map(|step| u64::from(step.steps)).sum()
    }

    /// The last records that make at least so many steps; None where there are fewer.
    pub(crate) fn last_steps(&self, least: u64) -> Option<Window<'_>> {
        let mut count = 0;
        let is_in = |step: &&&Step| {
            let wanted = count < least;
            count += u64::from(step.steps);
            wanted
        };
        let taken = self.steps.iter().rev().take_while(is_in).count();
        (self.n_steps() >= least).then(|| Window(&self.steps[self.steps.len() - taken..]))
    }

    /// The first records that make at least so many steps; None where there are fewer.
    pub(crate) fn first_steps(&self, least: u64) -> Option<Window<'_>> {
        let mut count = 0;
        let is_in = |step: &&&Step| {
            let wanted = count < least;
            count += u64::from(step.steps);
            wanted
        };
        let taken = self.steps.iter().take_while(is_in).count();
        (self.n_steps() >= least).then(|| Window(&self.steps[..taken]))
    }

    /// The best validation of the epochs that were learnt.
    pub(crate) fn best(&self) -> Option<&'a Epoch> {
        let better = |a: &&'a Epoch, b: &&'a Epoch| {
            a.validation.map5.total_cmp(&b.validation.map5).then(b.epoch.cmp(&a.epoch))
        };
        self.epochs.iter().copied().max_by(better)
    }

    /// The best validation so far, or that of the untrained trunk before the first epoch is over.
    pub(crate) fn best_score(&self) -> Score {
        self.best().map_or(self.start.untrained, |epoch| epoch.validation)
    }

    /// How many epochs were over at the last validation: where not every epoch is followed by one, more than
    /// `epochs` has records.
    pub(crate) fn epochs_done(&self) -> u32 {
        self.epochs.last().map_or(0, |epoch| epoch.epoch)
    }

    /// Which share of the epochs that the recipe asks for is over.
    pub(crate) fn share_done(&self) -> f64 {
        f64::from(self.epochs_done()) / self.start.epochs.max(1) as f64
    }

    /// Whether photos are compared with photos, rather than with class centres.
    pub(crate) fn compares_photos(&self) -> bool {
        !self.start.loss_has_centers
    }
}

/// Records in a row.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a>(pub(super) &'a [&'a Step]);

impl Window<'_> {
    /// Mean over the steps, of those records that say it; None where none does.
    pub(crate) fn mean(&self, of: impl Fn(&Step) -> Option<f64>) -> Option<f64> {
        let said = || self.0.iter().filter_map(|step| Some((of(step)?, f64::from(step.steps.max(1)))));
        let weight: f64 = said().map(|(_, steps)| steps).sum();
        (weight > 0.0).then(|| said().map(|(value, steps)| value * steps).sum::<f64>() / weight)
    }

    /// Smallest and largest of what the records say; None where none does.
    pub(crate) fn range(&self, of: impl Fn(&Step) -> Option<f64>) -> Option<(f64, f64)> {
        let said = || self.0.iter().filter_map(|step| of(step));
        said().next()?;
        Some((said().fold(f64::INFINITY, f64::min), said().fold(f64::NEG_INFINITY, f64::max)))
    }

    /// How many steps.
    pub(crate) fn n_steps(&self) -> u64 {
        self.0.iter().map(|step| u64::from(step.steps)).sum()
    }
}
