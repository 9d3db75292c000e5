//! Learning rates: too high, too low beside each other, and gradients that do not arrive.

use super::history::History;
use super::{Ailment, Finding, Severity, percent};
use crate::run::log::{EndReason, Step};

/// Steps that are compared: the first so many with the last so many.
const SPAN: u64 = 20;

/// How far above where it began (and above what random embeddings give) a loss is lost.
const LOST: f64 = 2.0;

/// How far above its usual value a single step counts as a jump (it must be lost as well, see above: where the miner
/// finds work in few batches, the loss is nothing at most times and its beginning at others), how many jumps make a
/// finding, and of how many of the last records.
const JUMP: f64 = 3.0;
const JUMPS: usize = 3;
const JUMP_RECORDS: usize = 100;

/// Records before a step that say what is usual.
const BEFORE_JUMP: usize = 8;

/// Change of the trunk in a step, relative to its own norm, which wipes out what it came with. A healthy step changes
/// a thousandth.
const WIPES_OUT: f64 = 0.05;

const LOWER: &str = "Lower the highest rate to a third (the trunk's first), warm up over more steps, and clip the \
    gradient; with a margin, ramp it up over the first epochs.";

pub(super) fn rate_too_high(history: &History<'_>) -> Option<Finding> {
    let (severity, evidence) = diverged(history)
        .or_else(|| rises(history))
        .or_else(|| jumps(history))
        .or_else(|| wipes_out(history))?;
    Some(Finding::now(history, Ailment::RateTooHigh, severity, evidence, LOWER))
}

fn diverged(history: &History<'_>) -> Option<(Severity, String)> {
    let lost = history.steps.iter().find(|step| step.loss.is_none() && step.steps > 0);
    let by_end = history.end.is_some_and(|end| end.reason == EndReason::Diverged);
    let evidence = match lost {
        Some(step) => format!("The loss was no number any more at step {}.", step.step),
        None if by_end => "The run ended because its loss was no number any more.".to_owned(),
        None => return None,
    };
    Some((Severity::Alarm, evidence))
}

fn rises(history: &History<'_>) -> Option<(Severity, String)> {
    let first = history.first_steps(SPAN)?.mean(|step| step.loss)?;
    let last = history.last_steps(SPAN)?.mean(|step| step.loss)?;
    let began = first.max(history.start.levels.at_start.unwrap_or(0.0));
    let is_lost = history.n_steps() >= 2 * SPAN && last > LOST * began && began > 0.0;
    let evidence = || {
        format!(
            "The loss began at {first:.3} and is {last:.3} now (random embeddings would give {began:.3}): it climbs."
        )
    };
    is_lost.then(|| (Severity::Alarm, evidence()))
}

fn jumps(history: &History<'_>) -> Option<(Severity, String)> {
    let first = history.first_steps(SPAN)?.mean(|step| step.loss)?;
    let from = history.steps.len().saturating_sub(JUMP_RECORDS);
    let recent = &history.steps[from..];
    // A loss that falls fast is far above where it ends, so each step is held against those just before it.
    let jumped = |place: usize| {
        let usual = median(&recent[place - BEFORE_JUMP..place])?;
        recent[place].loss_max.filter(|loss| *loss > JUMP * usual && *loss > LOST * first)
    };
    let jumps: Vec<f64> = (BEFORE_JUMP..recent.len()).filter_map(jumped).collect();
    let highest = jumps.iter().copied().fold(0.0, f64::max);
    let evidence = || {
        format!(
            "{} times in the last {} records the loss jumped to more than {JUMP} times its usual value, up to \
             {highest:.3}, far above where it began ({first:.3}).",
            jumps.len(),
            recent.len()
        )
    };
    (jumps.len() >= JUMPS).then(|| (Severity::Warning, evidence()))
}

/// The middle one of the losses of some records.
fn median(records: &[&Step]) -> Option<f64> {
    let mut losses: Vec<f64> = records.iter().filter_map(|step| step.loss).collect();
    losses.sort_by(f64::total_cmp);
    losses.get(losses.len() / 2).copied()
}

fn wipes_out(history: &History<'_>) -> Option<(Severity, String)> {
    let change = history.last_steps(SPAN)?.mean(|step| Some(step.change.trunk))?;
    let evidence = || {
        format!("Each step changes the trunk by {} of its norm: what it knew is soon gone.", percent(change))
    };
    (change > WIPES_OUT).then(|| (Severity::Warning, evidence()))
}

/// How much faster than the trunk the head should learn at least; 10 is what helped (Happywhale 1st place, and
/// others with thousands of classes of two to five photos).
const HEAD_START: f64 = 2.0;

/// Where it matters: many classes with few photos each, whose centres are moved rarely.
const MANY: usize = 1000;
const FEW_PHOTOS: f64 = 10.0;

/// Share of what the neighbors know that the head should know too, once a fifth of the run (and five epochs) is over.
const BEHIND: f64 = 0.5;
const SHARE_DONE: f64 = 0.2;
const EPOCHS_DONE: u32 = 5;

/// First answers by neighbors from which on there is something to be behind of.
const KNOWN: f64 = 0.3;

pub(super) fn head_too_slow(history: &History<'_>) -> Option<Finding> {
    if !history.start.loss_has_centers {
        return None;
    }
    behind(history).or_else(|| same_rates(history))
}

fn behind(history: &History<'_>) -> Option<Finding> {
    let epoch = history.epochs.last()?;
    let (head, neighbors) = (epoch.head_accuracy?, epoch.training.top1);
    let is_late = history.epochs_done() >= EPOCHS_DONE && history.share_done() >= SHARE_DONE;
    if !is_late || neighbors < KNOWN || head >= BEHIND * neighbors {
        return None;
    }
    let angle = epoch
        .health
        .center_angle
        .map_or_else(String::new, |angle| format!(", at {angle:.0}° from its centre"));
    let evidence = format!(
        "Neighbors name {} of training photos right, the head only {}{angle}: the class centres lag behind the \
         embeddings.",
        percent(neighbors),
        percent(head)
    );
    let remedy =
        "Raise the head's rate to ten times the trunk's, or let the head learn alone for the first epochs.";
    Some(Finding::now(history, Ailment::HeadTooSlow, Severity::Warning, evidence, remedy))
}

fn same_rates(history: &History<'_>) -> Option<Finding> {
    let start = history.start;
    let photos = start.n_photos as f64 / start.n_classes.max(1) as f64;
    let is_slow = start.rates.trunk > 0.0 && start.rates.head < HEAD_START * start.rates.trunk;
    if !is_slow || start.n_classes < MANY || photos >= FEW_PHOTOS {
        return None;
    }
    let evidence = format!(
        "The head learns at {:.1e}, the trunk at {:.1e}, and {} classes have {photos:.1} photos each: their centres are \
         moved too rarely to follow.",
        start.rates.head, start.rates.trunk, start.n_classes
    );
    let remedy = "Give the head ten times the trunk's rate.";
    Some(Finding::at_start(Ailment::HeadTooSlow, Severity::Warning, evidence, remedy))
}

/// Steps without any gradient that are no accident.
const SILENT: u64 = 20;

pub(super) fn no_gradient(history: &History<'_>) -> Option<Finding> {
    let window = history.last_steps(SILENT)?;
    // Batches without a tuple, and tuples that are all solved, have no gradient by right.
    let has_work = |step: &Step| {
        history.start.loss_has_centers
            || (step.positives > 0.0 && step.active_share.is_some_and(|share| share > 0.05))
    };
    // A part that warms up later, or whose rate has come to its end, is silent by right.
    let is_silent = |rate: fn(&Step) -> f64, gradient: fn(&Step) -> f64| {
        let learning = || window.0.iter().filter(|step| rate(step) > 0.0);
        2 * learning().count() > window.0.len()
            && learning().all(|step| gradient(step) == 0.0 && has_work(step))
    };
    let part = if is_silent(|step| step.rates.trunk, |step| step.gradient.trunk) {
        "trunk"
    } else if history.start.loss_has_centers && is_silent(|step| step.rates.head, |step| step.gradient.head) {
        "head"
    } else {
        return None;
    };
    let evidence =
        format!("For {} steps no gradient has reached the {part}, which should learn.", window.n_steps());
    let remedy = "Check that the part is connected: a stage that the recipe freezes, a loss weight of 0, or activations \
        that are all off after too high a rate; then start anew.";
    Some(Finding::now(history, Ailment::NoGradient, Severity::Alarm, evidence, remedy))
}
