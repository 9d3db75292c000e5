//! Learning to say what kind of animal it is, or which side of it is seen.
//!
//! The image network stays as it is: what it makes of a crop before it is pooled, a map that still knows where in the
//! crop something lies, goes into one linear layer ([`crate::linear`]). How strongly the layer is held back, how sure it may be,
//! and what is "not known" are found on animals that it has not learnt (`judge`). The whole becomes one bundle
//! (`finish`).

mod features;
mod finish;
mod judge;
mod rows;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use resight_core::{ClassifierRule, ClassifierTask, Progress, Stage};
use resight_eval::ClassificationMetrics;
use resight_runs::run::write_result;
use serde::Serialize;

use self::features::Features;
use self::judge::{Judged, Stranger};
use self::rows::ClassifierRows;
use crate::cache::CacheError;
use crate::data::DataWarning;
use crate::finish as finished;
use crate::linear::{Penalty, fit};
use crate::on_maps::OnMapsRequest;
use crate::trainer::TrainError;

/// A label that is learnt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LearntLabel {
    /// The label.
    pub label: String,
    /// Animals in photos.
    pub animals: usize,
    /// Individuals, or encounters or photos where nobody says who it is.
    pub groups: usize,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct ClassifierReport {
    /// What is told.
    pub task: ClassifierTask,
    /// The labels, in the order of the scores.
    pub labels: Vec<LearntLabel>,
    /// When it says something.
    pub rule: ClassifierRule,
    /// How strongly the layer is held back: the factor of half the sum of its squared weights beside the mean loss.
    pub penalty: Penalty,
    /// How well it does on animals that it has not learnt: fivefold, by individual. What it is held back by was chosen on all of
    /// them; how sure it may be and what is not known, without those that are judged.
    pub measured: ClassificationMetrics,
    /// What it says of animals of labels that it has never seen, each left out in turn; empty where too few others are
    /// left then.
    pub strangers: Vec<Stranger>,
    /// Id of the bundle, and where it lies.
    pub bundle: (String, PathBuf),
    /// Photos that could not be used, and labels that are too rare.
    pub warnings: Vec<DataWarning>,
}

/// Learns a classifier and writes its bundle into the run's folder.
///
/// # Errors
/// As [`TrainError`] says: too few labels or animals, a network that does not serve, a full disk, a stop. Photos that cannot
/// be used are warnings. After a stop the same request goes on with what was looked at.
pub fn train_classifier(
    task: ClassifierTask,
    request: &OnMapsRequest,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<ClassifierReport, TrainError> {
    let stopped = || cancel.load(Ordering::Relaxed).then_some(CacheError::Cancelled);
    progress.begin(Stage::uncounted("reading photos"));
    let (mut rows, mut warnings) = ClassifierRows::of(&request.table, task, request.seed)?;
    let (features, trunk) = Features::of(request, &mut rows, progress, cancel, &mut warnings)?;
    rows.check(task)?;
    progress.begin(Stage::uncounted("learning"));
    let judged = judge::judge(&features, &rows, task, &stopped)?;
    let all: Vec<usize> = (0..rows.items.len()).collect();
    let shown = rows.shown(&features, &all);
    let layer = fit(&features.rows, &shown, rows.labels.len(), judged.penalty, &stopped)?;
    let card = card(task, request, &rows, &judged);
    let bundle = finish::bundle(request, &trunk, &features, &layer, &rows, judged.rule, card)?;
    let path = finished::put(&bundle, &request.held)?;
    let report = ClassifierReport {
        task,
        labels: rows.learnt_labels(),
        rule: judged.rule,
        penalty: judged.penalty,
        measured: judged.measured,
        strangers: judged.strangers,
        bundle: (bundle.id().to_string(), path),
        warnings,
    };
    write_result(&request.held, &report)?;
    progress.end();
    Ok(report)
}

/// What the bundle says about itself.
fn card(task: ClassifierTask, request: &OnMapsRequest, rows: &ClassifierRows, judged: &Judged) -> String {
    let ClassificationMetrics { animals, groups, answered, right_of_answered, calibration_error, .. } =
        &judged.measured;
    let right = right_of_answered.map_or_else(|| "none".to_owned(), |share| format!("{:.3}", share.value));
    let of_label = |one: LearntLabel| format!("{} {}", one.label, one.animals);
    let known: Vec<String> = rows.learnt_labels().into_iter().map(of_label).collect();
    format!(
        "Tells the {} of an animal: one linear layer over the last maps of {}, learnt from {} animals in photos ({}). On animals that \
         it had not learnt ({animals} in {groups} groups, fivefold, by individual): {:.3} got a label, {right} of \
         those the right one; calibration error {calibration_error:.3}. Measure it on your own photos before you rely \
         on it.",
        task,
        request.bundle.manifest().name,
        rows.items.len(),
        known.join(", "),
        answered.value,
    )
}
