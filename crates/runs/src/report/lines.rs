//! An epoch in one line of the terminal.

use std::fmt;

use super::duration;
use crate::doctor::history::History;
use crate::run::log::{Epoch, Record, Score, Start};

/// An epoch in one line: what to look at while it learns.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct PanelLine {
    /// Number of the epoch; 0 is the state before the first step.
    pub epoch: u32,
    /// Mean loss.
    pub loss: Option<f64>,
    /// The validation.
    pub validation: Score,
    /// How many times the MAP@5 of the untrained trunk that is.
    pub times_untrained: Option<f64>,
    /// The same of training individuals.
    pub training: Score,
    /// Positive pairs in a batch of this epoch.
    pub positives: Option<f64>,
    /// Share of tuples that still taught.
    pub active_share: Option<f64>,
    /// Chance that a same pair is more alike than a different one.
    pub pair_auroc: Option<f64>,
    /// Directions in which embeddings spread.
    pub effective_rank: f64,
    /// Photos a second.
    pub photos_per_second: Option<f64>,
    /// Seconds that are left, as far as can be told.
    pub seconds_left: Option<f64>,
    /// Whether it is the best validation so far.
    pub best: bool,
}

impl PanelLine {
    /// The heads of the columns, as wide as the lines.
    pub const HEADER: &str = "epoch     loss   MAP@5   top-1  ×trunk   train  positives  active   AUROC    rank  photos/s      left";

    /// All epochs of a log.
    pub fn of(records: &[Record]) -> Vec<Self> {
        let Some(history) = History::of(records) else { return Vec::new() };
        let all = history.before.iter().chain(&history.epochs);
        all.map(|epoch| Self::new(&history, epoch)).collect()
    }

    /// What the columns are to be compared with.
    pub fn references(start: &Start) -> String {
        let mut text = format!(
            "MAP@5 by chance {:.4}, of the untrained trunk {:.4}",
            start.chance.map5, start.untrained.map5
        );
        if let Some(best) = start.best_so_far {
            text.push_str(&format!(", of the best run so far {:.4}", best.map5));
        }
        text
    }

    fn new(history: &History<'_>, epoch: &Epoch) -> Self {
        let number = f64::from(epoch.epoch);
        let in_epoch = |at: f64| at > number - 1.0 + 1e-9 && at <= number + 1e-9;
        let steps: Vec<_> = history.steps.iter().filter(|step| in_epoch(step.epoch)).collect();
        let mean =
            |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let untrained = history.start.untrained.map5;
        Self {
            epoch: epoch.epoch,
            loss: epoch.loss,
            validation: epoch.validation,
            times_untrained: (untrained > 0.0).then(|| epoch.validation.map5 / untrained),
            training: epoch.training,
            positives: mean(steps.iter().map(|step| step.positives).collect()),
            active_share: mean(steps.iter().filter_map(|step| step.active_share).collect()),
            pair_auroc: epoch.health.pair_auroc,
            effective_rank: epoch.health.effective_rank,
            photos_per_second: mean(steps.iter().map(|step| step.photos_per_second).collect()),
            seconds_left: steps.last().map(|step| step.seconds_left),
            best: epoch.best,
        }
    }
}

impl fmt::Display for PanelLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "–".to_owned(), |x| format!("{x:.digits$}"))
        };
        write!(
            f,
            "{:>5} {:>8} {:>7.4} {:>7.4} {:>7} {:>7.4} {:>10} {:>7} {:>7} {:>7.1} {:>9} {:>9}{}",
            self.epoch,
            shown(self.loss, 4),
            self.validation.map5,
            self.validation.top1,
            shown(self.times_untrained, 2),
            self.training.map5,
            shown(self.positives, 1),
            shown(self.active_share, 2),
            shown(self.pair_auroc, 3),
            self.effective_rank,
            shown(self.photos_per_second, 0),
            self.seconds_left.map_or_else(|| "–".to_owned(), duration),
            if self.best { "  best" } else { "" },
        )
    }
}
