//! Labels and borders: leaks, contradictions, and results that are too good.

use super::history::History;
use super::{Ailment, Finding, Severity, percent};
use crate::run::log::Epoch;

/// Share of the validation's queries with a near-duplicate in training from which on it flatters.
const DUPLICATES: f64 = 0.01;

pub(super) fn leak(history: &History<'_>) -> Option<Finding> {
    let start = history.start;
    let (severity, evidence) = if start.promised_new && start.shared_individuals > 0 {
        let evidence = format!(
            "The validation's individuals were to be new, but {} of {} are in training too.",
            start.shared_individuals, start.validation_individuals
        );
        (Severity::Alarm, evidence)
    } else if start.shared_encounters > 0 {
        let evidence = format!(
            "{} encounters have photos both in training and among the {} photos that ask: a burst answers itself.",
            start.shared_encounters, start.validation_queries
        );
        (Severity::Warning, evidence)
    } else if start.shared_duplicates > 0 {
        let share = start.shared_duplicates as f64 / start.validation_queries.max(1) as f64;
        let evidence = format!(
            "{} pairs of near-duplicates lie on both sides of the border between training and validation, {} of the \
             photos that ask.",
            start.shared_duplicates,
            percent(share)
        );
        (if share > DUPLICATES { Severity::Warning } else { Severity::Notice }, evidence)
    } else {
        return None;
    };
    let remedy = "Divide anew, by encounter and with near-duplicates together; until \
        then the validation flatters.";
    Some(Finding::at_start(Ailment::Leak, severity, evidence, remedy))
}

/// First answers of the validation from which on neighbors are to be believed.
const BELIEVED: f64 = 0.5;

/// Suspects that are more than the accidents of every table.
const MANY_SUSPECTS: usize = 10;

/// Photos that a finding names.
const NAMED: usize = 20;

pub(super) fn label_noise(history: &History<'_>) -> Option<Finding> {
    // A network that has learnt a wrong label by heart hides it, so what was seen earlier counts too.
    let told = |epoch: &&&Epoch| !epoch.suspects.is_empty() && epoch.validation.top1 >= BELIEVED;
    let epoch = history.epochs.iter().filter(told).max_by_key(|epoch| (epoch.suspects.len(), epoch.epoch))?;
    let first = epoch.suspects.first()?;
    let n = epoch.suspects.len();
    let severity = if n >= MANY_SUSPECTS { Severity::Warning } else { Severity::Notice };
    let subject = if n == 1 { "1 photo stands".to_owned() } else { format!("{n} photos stand") };
    let evidence = format!(
        "{subject} among photos of another individual; {} is labelled {}, and {} of its {} nearest encounters are {}.",
        first.image_id, first.labelled, first.votes.0, first.votes.1, first.neighbors_say
    );
    let remedy = "Look at these photos beside their neighbors and correct the table; sub-centres \
        (`sub-center-arcface`) bear what remains.";
    let photos = epoch.suspects.iter().take(NAMED).map(|suspect| suspect.image_id.clone()).collect();
    Some(Finding { photos, ..Finding::now(history, Ailment::LabelNoise, severity, evidence, remedy) })
}

/// A validation that is solved, from a trunk that was far from it, within the first epochs.
const SOLVED: f64 = 0.97;
const FAR: f64 = 0.3;
const SOON: u32 = 2;

/// Individuals among which that is no accident.
const ENOUGH: usize = 20;

/// How much better than on training individuals the validation may be.
const BETTER_THAN_TRAINING: f64 = 0.25;

pub(super) fn too_good(history: &History<'_>) -> Option<Finding> {
    let start = history.start;
    let soon = history.epochs.iter().find(|epoch| {
        epoch.epoch <= SOON
            && epoch.validation.map5 > SOLVED
            && start.untrained.map5 < FAR
            && start.validation_individuals >= ENOUGH
    });
    let best = history.best()?;
    let (severity, evidence) = if let Some(epoch) = soon {
        let evidence = format!(
            "MAP@5 went from {:.3} (untrained trunk) to {:.3} in {} epoch{}: nothing learns that fast from so little.",
            start.untrained.map5,
            epoch.validation.map5,
            epoch.epoch,
            if epoch.epoch == 1 { "" } else { "s" }
        );
        (Severity::Warning, evidence)
    } else if best.validation.map5 > best.training.map5 + BETTER_THAN_TRAINING && best.training.map5 > 0.0 {
        let evidence = format!(
            "The validation's MAP@5 ({:.3}) is far above that of training photos ({:.3}).",
            best.validation.map5, best.training.map5
        );
        (Severity::Notice, evidence)
    } else {
        return None;
    };
    let remedy = "Look for what gives the answer away: the same encounter or copies on both sides, numbers or frames \
        in the pictures, one background for each individual.";
    Some(Finding::now(history, Ailment::TooGood, severity, evidence, remedy))
}
