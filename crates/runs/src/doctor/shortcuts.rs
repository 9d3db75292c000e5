//! Answers for the wrong reason.

use super::history::History;
use super::{Ailment, Finding, Severity, percent};

/// How far above chance the background must tell individuals to tell anything.
const ABOVE_CHANCE: f64 = 2.0;

/// Share of the result that the background alone may reach before the result is mostly background.
const MOSTLY: f64 = 0.8;

/// Share of the untrained trunk's result that the background alone gives, which is worth knowing before learning.
const TEMPTING: f64 = 0.7;

const HIDE_IT: &str = "Crop tighter or blot the surroundings out (a mask), take positives from another encounter \
    (`skip-same-encounter`), and strengthen colour and erasing in the augmentation.";

pub(super) fn background(history: &History<'_>) -> Option<Finding> {
    let start = history.start;
    let floor = ABOVE_CHANCE * start.chance.map5;
    let looked = history.epochs.iter().rev().find_map(|epoch| Some((*epoch, epoch.background?)));
    let Some((epoch, background)) = looked else {
        let before = history.before.and_then(|before| before.background);
        let background = start.untrained_background.or(before).filter(|score| score.map5 > floor)?;
        let evidence = format!(
            "The untrained trunk reaches MAP@5 {:.3} on the background alone and {:.3} on whole crops: the surroundings \
             tell individuals, and learning will be tempted.",
            background.map5, start.untrained.map5
        );
        let is_tempting = background.map5 > TEMPTING * start.untrained.map5;
        return is_tempting
            .then(|| Finding::at_start(Ailment::Background, Severity::Notice, evidence, HIDE_IT));
    };
    if background.map5 <= start.untrained.map5.max(floor) {
        return None;
    }
    let is_mostly = background.map5 >= MOSTLY * epoch.validation.map5;
    let severity = if is_mostly { Severity::Alarm } else { Severity::Warning };
    let evidence = format!(
        "On the background alone MAP@5 is {:.3}, more than the untrained trunk reaches with the animal ({:.3}); on whole \
         crops it is {:.3}.",
        background.map5, start.untrained.map5, epoch.validation.map5
    );
    Some(Finding::now(history, Ailment::Background, severity, evidence, HIDE_IT))
}

/// Share of queries whose mirrored photo finds an individual of the wrong side first.
const CONFUSED_NOTICE: f64 = 0.05;
const CONFUSED: f64 = 0.2;

pub(super) fn mirrored_views(history: &History<'_>) -> Option<Finding> {
    let looked = history.epochs.iter().rev().find_map(|epoch| epoch.mirrored_confusion);
    let confused = looked.filter(|share| *share > CONFUSED_NOTICE)?;
    let severity = if confused > CONFUSED { Severity::Warning } else { Severity::Notice };
    let evidence = format!(
        "{} of mirrored photos are taken for another individual seen from the other side (flip policy `{}`).",
        percent(confused),
        history.start.flip
    );
    let remedy = "Make the viewpoint part of the class (`by-viewpoint`), or let the flip policy call the mirrored twin \
        another identity.";
    Some(Finding::now(history, Ailment::MirroredViews, severity, evidence, remedy))
}
