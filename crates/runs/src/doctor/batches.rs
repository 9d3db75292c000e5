//! What a batch holds: positives to learn from, and negatives that are not solved already.

use super::history::History;
use super::{Ailment, Finding, Severity, percent};

/// Share of a batch's photos that have a partner, at most: below it nearly all work of a step is for nothing. A
/// shuffled batch of 64 of Happywhale's photos has 1.1 pairs, 3.5 %; one of 512 has 73, 28 %. In a P×K batch all do.
const PARTNERS_ALARM: f64 = 0.05;

/// The same, where learning is merely slow: three photos of four are passengers.
const PARTNERS_WARNING: f64 = 0.25;

/// Share of anchors that find no positive among what they are compared with, measured.
const ALONE_ALARM: f64 = 0.9;

/// The same, where it is a waste.
const ALONE_WARNING: f64 = 0.6;

/// Steps after which what was measured counts, and not what was expected.
const MEASURED: u64 = 30;

const MORE_POSITIVES: &str = "Fill batches with several photos of each individual (sampler `p-by-k`, for example \
    16 individuals with 4 photos each), or choose a loss with class centres such as `arcface`, which learns from \
    single photos too.";

pub(super) fn almost_no_positives(history: &History<'_>) -> Option<Finding> {
    if !history.compares_photos() {
        return None;
    }
    match history.last_steps(MEASURED) {
        Some(_) => measured(history),
        None => expected(history),
    }
}

fn expected(history: &History<'_>) -> Option<Finding> {
    let start = history.start;
    // A memory of earlier batches brings positives that the sampler knows nothing of: wait and measure.
    if start.miner.contains("memory") || start.batch == 0 {
        return None;
    }
    let partners = (2.0 * start.expected_positives / start.batch as f64).min(1.0);
    let severity = severity(partners < PARTNERS_ALARM, partners < PARTNERS_WARNING)?;
    let single = start.class_sizes.first().copied().unwrap_or(0);
    let evidence = format!(
        "A batch of {} holds {:.1} pairs of one individual, so at most {} of its photos have anything to be pulled to \
         ({single} of {} classes have a single photo, which never has).",
        start.batch,
        start.expected_positives,
        percent(partners),
        start.n_classes
    );
    Some(Finding::at_start(Ailment::AlmostNoPositives, severity, evidence, MORE_POSITIVES))
}

fn measured(history: &History<'_>) -> Option<Finding> {
    let window = history.last_steps(5 * MEASURED).or_else(|| history.last_steps(MEASURED))?;
    let alone = window.mean(|step| Some(step.without_positive))?;
    let positives = window.mean(|step| Some(step.positives))?;
    let severity = severity(alone > ALONE_ALARM, alone > ALONE_WARNING)?;
    let evidence = format!(
        "Over the last {} steps a batch of {} held {positives:.1} positive pairs; {} of its photos had none to be \
         pulled to.",
        window.n_steps(),
        history.start.batch,
        percent(alone)
    );
    Some(Finding::now(history, Ailment::AlmostNoPositives, severity, evidence, MORE_POSITIVES))
}

/// Share of tuples that still give a gradient, below which a step teaches next to nothing.
const ACTIVE: f64 = 0.05;

/// Steps over which it must stay there: random negatives are solved within an epoch by species and background.
const SOLVED_STEPS: u64 = 50;

/// First answers that are right, from which on little is left to learn, and solved tuples are no fault.
const GOOD_ENOUGH: f64 = 0.5;

/// Part of the run in which tuples should still be hard.
const EARLY: f64 = 0.3;

pub(super) fn solved_too_easily(history: &History<'_>) -> Option<Finding> {
    let window = history.last_steps(SOLVED_STEPS)?;
    let active = window.mean(|step| step.active_share)?;
    let score = history.best_score();
    if !history.compares_photos() || active >= ACTIVE || score.top1 >= GOOD_ENOUGH {
        return None;
    }
    let severity = if history.share_done() <= EARLY { Severity::Warning } else { Severity::Notice };
    let evidence = format!(
        "Only {} of the tuples still gave a gradient over the last {} steps, while {} of the validation's photos are \
         answered right.",
        percent(active),
        window.n_steps(),
        percent(score.top1)
    );
    let remedy = "Make them harder: miner `semi-hard` or `batch-hard`, negatives from the same species \
        (`within-species`), positives from another encounter (`skip-same-encounter`).";
    Some(Finding::now(history, Ailment::SolvedTooEasily, severity, evidence, remedy))
}

fn severity(alarm: bool, warning: bool) -> Option<Severity> {
    match (alarm, warning) {
        (true, _) => Some(Severity::Alarm),
        (false, true) => Some(Severity::Warning),
        (false, false) => None,
    }
}
