//! Whether it gets anywhere.

use super::history::History;
use super::{Ailment, Finding, Severity, percent};

/// What a big set is: there, one epoch is already much learning.
const BIG_CLASSES: usize = 1000;
const BIG_PHOTOS: usize = 5000;

/// How many times the untrained trunk's MAP@5 a big set reaches in its first epoch when all is well; healthy runs on
/// Happywhale are at 50 to 150 times. Asked only where there is room for it.
const TIMES: f64 = 10.0;
const TIMES_ALARM: f64 = 2.0;
const ROOM: f64 = 0.02;

/// Epochs, and part of the run, after which the untrained trunk should be beaten.
const EPOCHS: u32 = 3;
const SHARE: f64 = 0.15;
const SHARE_ALARM: f64 = 0.5;

/// An untrained trunk that leaves nothing to gain.
const NOTHING_TO_GAIN: f64 = 0.9;

/// What counts as no gain: rounding of a small validation.
const NO_GAIN: f64 = 0.005;

/// Times chance that are random guessing.
const GUESSING: f64 = 3.0;

const REMEDY: &str = "Begin with what is known to learn: `arcface` over all individuals, scale 20 to 30, a BatchNorm \
    neck of 512 numbers, the head at ten times the rate, warm-up; the ladder shows at which rung a recipe stops \
    learning.";

pub(super) fn not_learning(history: &History<'_>) -> Option<Finding> {
    let (severity, evidence) = first_epoch(history)
        .or_else(|| guessing(history))
        .or_else(|| no_gain(history))
        .or_else(|| flat(history))?;
    Some(Finding::now(history, Ailment::NotLearning, severity, evidence, REMEDY))
}

/// The alarm line of big sets.
fn first_epoch(history: &History<'_>) -> Option<(Severity, String)> {
    let start = history.start;
    let base = start.untrained.map5.max(start.chance.map5);
    let best = history.best()?.validation.map5;
    let is_big = start.n_classes >= BIG_CLASSES && start.n_photos >= BIG_PHOTOS;
    if !is_big || base <= 0.0 || history.best_score().map5 > TIMES * base {
        return None;
    }
    let times = best / base;
    let told = format!(
        "After {} MAP@5 is {best:.4}, {times:.1} times the {base:.4} of the untrained trunk",
        epochs(history.epochs_done())
    );
    if base <= ROOM {
        let severity = if times < TIMES_ALARM { Severity::Alarm } else { Severity::Warning };
        Some((
            severity,
            format!("{told}; of so many photos a healthy run makes more than {TIMES:.0} times in one epoch."),
        ))
    } else {
        (best <= base)
            .then(|| (Severity::Warning, format!("{told}: an epoch over so many photos taught nothing.")))
    }
}

fn guessing(history: &History<'_>) -> Option<(Severity, String)> {
    let (start, best) = (history.start, history.best()?);
    let is_guess =
        is_late(history) && best.validation.map5 < GUESSING * start.chance.map5 && start.chance.map5 < 0.1;
    let told = || {
        format!(
            "After {} the best MAP@5 is {:.4}, where guessing gives {:.4}.",
            epochs(history.epochs_done()),
            best.validation.map5,
            start.chance.map5
        )
    };
    is_guess.then(|| (Severity::Alarm, told()))
}

fn no_gain(history: &History<'_>) -> Option<(Severity, String)> {
    let (untrained, best) = (history.start.untrained.map5, history.best()?);
    if !is_late(history) || untrained > NOTHING_TO_GAIN || best.validation.map5 > untrained + NO_GAIN {
        return None;
    }
    let severity = if history.share_done() >= SHARE_ALARM { Severity::Alarm } else { Severity::Warning };
    let told = format!(
        "After {} the best MAP@5 is {:.3}; the trunk had {untrained:.3} before it learnt anything.",
        epochs(history.epochs_done()),
        best.validation.map5
    );
    Some((severity, told))
}

/// Steps at both ends whose loss is compared, and how much it must have moved.
const SPAN: u64 = 20;
const MOVED: f64 = 0.01;

fn flat(history: &History<'_>) -> Option<(Severity, String)> {
    let epoch = history.epochs.last()?;
    let first = history.first_steps(SPAN)?.mean(|step| step.loss)?;
    let last = history.last_steps(SPAN)?.mean(|step| step.loss)?;
    let is_flat = history.n_steps() >= 5 * SPAN && (first - last).abs() < MOVED * first;
    let is_poor = epoch.validation.map5 <= 1.1 * history.start.untrained.map5
        && history.start.untrained.map5 <= NOTHING_TO_GAIN;
    let told =
        || format!("After {} steps the loss is {last:.3}, and it began at {first:.3}.", history.n_steps());
    (is_flat && is_poor).then(|| (Severity::Warning, told()))
}

fn is_late(history: &History<'_>) -> bool {
    history.epochs_done() >= EPOCHS && history.share_done() >= SHARE
}

fn epochs(n: u32) -> String {
    if n == 1 { "1 epoch".to_owned() } else { format!("{n} epochs") }
}

/// Epochs since the best, part of the run, and fall of MAP@5 that are more than its wavering.
const SINCE_BEST: u32 = 5;
const SINCE_BEST_SHARE: f64 = 0.15;
const FALL: f64 = 0.03;
const FALL_SHARE: f64 = 0.1;

pub(super) fn overfitting(history: &History<'_>) -> Option<Finding> {
    let (best, last) = (history.best()?, *history.epochs.last()?);
    let since = last.epoch - best.epoch;
    let fall = best.validation.map5 - last.validation.map5;
    let is_long = since >= SINCE_BEST && f64::from(since) >= SINCE_BEST_SHARE * history.start.epochs as f64;
    let is_fall = fall > FALL.max(FALL_SHARE * best.validation.map5);
    if !is_long || !is_fall || last.training.map5 <= best.training.map5 {
        return None;
    }
    let evidence = format!(
        "Since epoch {} the validation fell from {:.3} to {:.3} while training photos rose from {:.3} to {:.3}.",
        best.epoch, best.validation.map5, last.validation.map5, best.training.map5, last.training.map5
    );
    let remedy = format!(
        "Nothing is lost: the parameters of epoch {} are kept. For more, augment more strongly, learn fewer stages, raise \
         weight decay or lower the rate.",
        best.epoch
    );
    Some(Finding::now(history, Ailment::Overfitting, Severity::Warning, evidence, &remedy))
}

/// Queries and individuals below which MAP@5 moves by chance as much as by learning.
const FEW_QUERIES: usize = 50;
const FEW_INDIVIDUALS: usize = 10;

pub(super) fn validation_too_small(history: &History<'_>) -> Option<Finding> {
    let start = history.start;
    let is_small = start.validation_queries < FEW_QUERIES || start.validation_individuals < FEW_INDIVIDUALS;
    if !is_small || start.validation_queries == 0 {
        return None;
    }
    let evidence = format!(
        "{} photos of {} individuals ask: one answer more or less is {} of the result.",
        start.validation_queries,
        start.validation_individuals,
        percent(1.0 / start.validation_queries as f64)
    );
    let remedy = "Do not choose between recipes by small differences; give the validation more individuals, or compare \
        several seeds.";
    Some(Finding::at_start(Ailment::ValidationTooSmall, Severity::Notice, evidence, remedy))
}
