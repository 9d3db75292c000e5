//! What the value of the loss says.

use super::history::History;
use super::{Ailment, Finding, Severity, percent};

/// How near to the value of a collapse a loss counts as stuck there.
const AT_THE_LEVEL: f64 = 0.01;

/// How far single records may stray meanwhile: a loss that only passes by strays farther.
const STRAYS: f64 = 0.05;

/// Steps that it must stay there; with class centres, whose loss begins near it, more.
const STUCK_STEPS: u64 = 50;
const STUCK_STEPS_CENTERS: u64 = 300;

/// Cosine of different individuals, or gap to that of one individual, which says that it is the collapse indeed.
const ALL_ALIKE: f64 = 0.95;
const NO_GAP: f64 = 0.01;

pub(super) fn stuck_at_margin(history: &History<'_>) -> Option<Finding> {
    let level = history.start.levels.collapsed.filter(|level| *level > 0.0)?;
    let least = if history.compares_photos() { STUCK_STEPS } else { STUCK_STEPS_CENTERS };
    let window = history.last_steps(least)?;
    let loss = window.mean(|step| step.loss)?;
    let (low, high) = window.range(|step| step.loss)?;
    let is_near = |value: f64, share: f64| (value - level).abs() <= share * level;
    if !is_near(loss, AT_THE_LEVEL) || !is_near(low, STRAYS) || !is_near(high, STRAYS) {
        return None;
    }
    let cosines = (window.mean(|step| step.same_cosine), window.mean(|step| step.other_cosine));
    let (is_collapse, told) = match cosines {
        (Some(same), Some(other)) => (
            other > ALL_ALIKE || same - other < NO_GAP,
            format!(" (cosine of one individual {same:.3}, of different ones {other:.3})"),
        ),
        _ => (false, String::new()),
    };
    let severity = if is_collapse { Severity::Alarm } else { Severity::Warning };
    let evidence = format!(
        "For {} steps the loss has been {loss:.4}, and {level:.4} is what it is when all distances are alike{told}.",
        window.n_steps()
    );
    let remedy = "Mine `semi-hard` instead of `batch-hard` at first, lower the rate, check that batches hold positives, \
        or learn with class centres (`arcface`) to begin with.";
    Some(Finding::now(history, Ailment::StuckAtMargin, severity, evidence, remedy))
}

/// Probability that the right class should be able to reach. With cosines of 1 to the own centre and 0 to the others,
/// softmax gives 1 / (1 + (C − 1) e^−s); so s ≥ ln((C − 1) p / (1 − p)) (Wang et al. 2018, CosFace, bound on the scale).
const REACHABLE: f64 = 0.9;

/// The same, from which on the loss cannot work at all.
const REACHABLE_ALARM: f64 = 0.5;

/// Penalty of the margin at a right angle, s · sin m (s · m for an additive cosine margin), above which runs with many
/// small classes diverge: s 64 with m 0.5 is 31; what won Happywhale had 2 to 12.
const STEEP: f64 = 20.0;

/// What many small classes are.
const MANY: usize = 1000;
const SMALL: usize = 3;

pub(super) fn scale_margin(history: &History<'_>) -> Option<Finding> {
    let start = history.start;
    let scale = start.scale?;
    if !start.loss_has_centers || start.loss.contains("proxy") || start.n_classes < 2 {
        return None;
    }
    let others = (start.n_classes - 1) as f64;
    let reachable = 1.0 / (1.0 + others * (-scale).exp());
    let wanted = (others * REACHABLE / (1.0 - REACHABLE)).ln();
    if reachable < REACHABLE {
        let severity = if reachable < REACHABLE_ALARM { Severity::Alarm } else { Severity::Warning };
        let evidence = format!(
            "With scale {scale} and {} classes the right one can get a probability of {} at most, so the loss cannot \
             become small.",
            start.n_classes,
            percent(reachable)
        );
        let remedy = format!(
            "Raise the scale to {:.0} or more (ln((classes − 1) · 9)); 20 to 30 is usual.",
            wanted.ceil()
        );
        return Some(Finding::at_start(Ailment::ScaleMargin, severity, evidence, &remedy));
    }
    let (_, margin) = start.margin?;
    let penalty = if start.loss.contains("cosface") { scale * margin } else { scale * margin.sin() };
    let small: u32 = start.class_sizes.iter().take(SMALL).sum();
    let small = f64::from(small) / start.n_classes as f64;
    if penalty < STEEP || small < 0.5 || start.n_classes < MANY {
        return None;
    }
    let evidence = format!(
        "Scale {scale} with a margin of {margin:.2} takes {penalty:.0} off the right class's logit, where {} of {} classes \
         have at most {SMALL} photos: such runs tend to diverge or stay at the start.",
        percent(small),
        start.n_classes
    );
    let remedy = format!(
        "Take a scale of 20 to 30 (at least {:.0} is needed) and a margin by class size, 0.27 n^−0.36 + 0.05, or ramp \
         the margin up over the first epochs.",
        wanted.ceil()
    );
    Some(Finding::at_start(Ailment::ScaleMargin, Severity::Warning, evidence, &remedy))
}
