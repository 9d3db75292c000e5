//! What the embeddings themselves look like.

use super::history::History;
use super::{Ailment, Finding, Severity, percent};
use crate::run::log::Epoch;

/// Mean cosine of all pairs from which on everything lies on one point. Untrained trunks may begin as high as this,
/// so it counts only where learning has not lowered it.
const ONE_POINT: f64 = 0.98;

/// How much learning must have lowered it.
const LOWERED: f64 = 0.005;

/// Steps of a batch's cosines that say the same before the epoch is over.
const STEPS: u64 = 50;

/// Gap between the cosines of same and of other pairs that is none.
const NO_GAP: f64 = 0.005;

/// Effective rank that is a line and no space; asked only where ten directions are there to be used. The classes of
/// a solved task spread in as many directions as there are classes, less one (Papyan et al. 2020, neural collapse).
const A_LINE: f64 = 2.0;
const ROOM: usize = 10;

const COLLAPSED: &str = "Lower the rate, warm up longer, and mine `semi-hard` before `batch-hard`; for a loss with a \
    hard margin bring embeddings to unit length (distance `cosine`); a loss with class centres such as `arcface` does \
    not fall into this hole.";

pub(super) fn collapsed(history: &History<'_>) -> Option<Finding> {
    if let Some(epoch) = history.epochs.last() {
        return of_epoch(history, epoch);
    }
    let window = history.last_steps(STEPS)?;
    let (same, other) = (window.mean(|step| step.same_cosine)?, window.mean(|step| step.other_cosine)?);
    if other < ONE_POINT || same - other > NO_GAP {
        return None;
    }
    let evidence = format!(
        "Over the last {} steps photos of different individuals had a cosine of {other:.3}, those of one individual \
         {same:.3}: everything lies on one point.",
        window.n_steps()
    );
    Some(Finding::now(history, Ailment::Collapsed, Severity::Alarm, evidence, COLLAPSED))
}

fn of_epoch(history: &History<'_>, epoch: &Epoch) -> Option<Finding> {
    let (health, start) = (&epoch.health, history.start);
    let began = history.before.map_or(1.0, |before| before.health.mean_cosine);
    let directions = start.dimension.min(start.n_classes.saturating_sub(1));
    let (severity, evidence) = if health.mean_cosine > ONE_POINT && health.mean_cosine > began - LOWERED {
        let evidence = format!(
            "Any two photos have a cosine of {:.3} on average (effective rank {:.1} of {}): everything lies on one \
             point.",
            health.mean_cosine, health.effective_rank, start.dimension
        );
        (Severity::Alarm, evidence)
    } else if health.effective_rank > 0.0 && health.effective_rank < A_LINE && directions >= ROOM {
        let is_worse = epoch.validation.map5 < start.untrained.map5;
        let evidence = format!(
            "Embeddings of {} numbers spread in {:.1} directions only; the validation's MAP@5 is {:.3} (untrained trunk \
             {:.3}).",
            start.dimension, health.effective_rank, epoch.validation.map5, start.untrained.map5
        );
        (if is_worse { Severity::Alarm } else { Severity::Warning }, evidence)
    } else {
        return None;
    };
    Some(Finding::now(history, Ailment::Collapsed, severity, evidence, COLLAPSED))
}

/// Cosine to the nearest other of C random directions in d dimensions, about √(2 ln C / d), from which on there is no
/// room between classes. What won Happywhale (15,587 individuals) had 512 and more, 0.19; 30 numbers give 0.80.
const CROWDED: f64 = 0.6;

pub(super) fn embedding_too_small(history: &History<'_>) -> Option<Finding> {
    let start = history.start;
    if start.n_classes < 2 || start.dimension == 0 {
        return None;
    }
    let classes = start.n_classes as f64;
    let nearest = |dimension: f64| (2.0 * classes.ln() / dimension).sqrt();
    if nearest(start.dimension as f64) < CROWDED {
        return None;
    }
    let wanted = (2.0 * classes.ln() / (0.5 * CROWDED).powi(2)).ceil() as usize;
    let evidence = format!(
        "{} numbers for {} individuals: even evenly spread, each would have another at a cosine of about {:.2}.",
        start.dimension,
        start.n_classes,
        nearest(start.dimension as f64).min(1.0)
    );
    let remedy = format!(
        "Give the neck a dimension of {} or more; 512 is the usual choice.",
        wanted.next_power_of_two().clamp(64, 512)
    );
    Some(Finding::at_start(Ailment::EmbeddingTooSmall, Severity::Warning, evidence, &remedy))
}

/// Skewness of the k-occurrence from which on a few photos answer everything; Radovanović et al. (2010) find 1 to 5 in
/// spaces of high dimension, and errors gather in the upper part.
const HUBBY: f64 = 4.0;

pub(super) fn hubs(history: &History<'_>) -> Option<Finding> {
    let epoch = history.epochs.last()?;
    if epoch.health.hubness < HUBBY || epoch.validation.top1 > 0.9 {
        return None;
    }
    let evidence = format!(
        "A few photos are among the nearest of very many (skewness {:.1}; {} of first answers are right).",
        epoch.health.hubness,
        percent(epoch.validation.top1)
    );
    let remedy = "Look at the photos that answer most often: blurred or empty crops gather neighbors; take them out, \
        or crop tighter.";
    Some(Finding::now(history, Ailment::Hubs, Severity::Notice, evidence, remedy))
}
