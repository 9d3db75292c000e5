//! A training job from a table to a bundle: the use case that the doors call.

mod filling;
mod parts;
mod prepare;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use resight_core::PhotoId;
use resight_dataset::{EncounterCounts, Table};
use resight_files::HeldFolder;
use resight_model::{Bundle, RuntimeChoice};
use resight_runs::doctor::Finding;
use resight_runs::run::log::{End, EndReason, Score};
use resight_runs::run::{best_beside, write_result};
use serde::Serialize;

pub use parts::Parts;
pub use prepare::{Prepared, prepare};

use crate::data::division::Division;
use crate::data::{DataWarning, TrainingData};
use crate::device::{DeviceChoice, OpenDevice};
use crate::finish::{self, Parity};
use crate::recipe::Recipe;
use crate::test_part::{TestReport, test_report};
use crate::trainer::{Outcome, Setup, Stage, TrainError, Watch, learner};

/// What to learn from what, and where.
#[derive(Debug, Clone)]
pub struct TrainRequest {
    /// The recipe.
    pub recipe: Recipe,
    /// The photos and their labels.
    pub table: Table,
    /// Which of them are learnt from.
    pub division: Division,
    /// What photos look like, as far as that is known ([`LookAlikes::looks`]); others are opened once more at the end.
    ///
    /// [`LookAlikes::looks`]: crate::data::division::LookAlikes::looks
    pub looks: BTreeMap<PhotoId, u64>,
    /// The bundle to start from.
    pub bundle: Bundle,
    /// The run's folder.
    pub run: PathBuf,
    /// That folder, where the caller holds it already.
    pub held: Option<Arc<HeldFolder>>,
    /// Where features are cached; shared between runs.
    pub cache: PathBuf,
    /// Go on with a run that was begun.
    pub resume: bool,
    /// Where to compute.
    pub device: DeviceChoice,
    /// What executes the frozen part.
    pub runtime: RuntimeChoice,
    /// Threads.
    pub threads: usize,
    /// The best validation to compare with; without it, that of the runs beside this one which asked the same.
    pub best_so_far: Option<Score>,
}

/// What came of a job.
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    /// How the run ended.
    pub end: End,
    /// Validation with the trunk as it came.
    pub untrained: Score,
    /// Hash of who asked whom in the validation: figures of runs with the same one can be compared.
    pub asked: String,
    /// Id of the bundle, and where it lies; none where the run was interrupted, or diverged before its first
    /// validation.
    pub bundle: Option<(String, PathBuf)>,
    /// How far the bundle is from what was trained.
    pub parity: Option<Parity>,
    /// The final figures on the test photos, where there are any.
    pub test: Option<TestReport>,
    /// Where the encounters of the table's photos come from.
    pub encounters: EncounterCounts,
    /// What the doctor noticed.
    pub findings: Vec<Finding>,
    /// Photos that could not be used.
    pub warnings: Vec<DataWarning>,
}

/// Trains, writes the bundle, and asks the test photos once.
///
/// # Errors
/// As [`TrainError`] says. Photos that cannot be used are warnings.
pub fn train(
    request: &TrainRequest,
    watch: &dyn Watch,
    cancel: &AtomicBool,
) -> Result<TrainReport, TrainError> {
    let prepared = prepare(request, watch, cancel)?;
    let recipe = &request.recipe;
    let device = request.device.open(recipe.trunk.precision)?;
    let asked = asked(&prepared.data);
    let setup = Setup {
        recipe,
        data: &prepared.data,
        classes: &prepared.classes,
        inputs: &*prepared.inputs,
        has_photos: true,
        trunk: prepared.trunk.name().to_owned(),
        inputs_id: prepared.inputs_id.clone(),
        learning: prepared.parts.learning().cloned(),
        pooled: prepared.parts.pooled(),
        device: device.clone(),
        best_so_far: request.best_so_far.or_else(|| best_beside(&request.run, &asked)),
        watch,
        cancel,
    };
    let trainer = match (&request.held, request.resume) {
        (Some(held), true) => setup.resume_in(held.clone())?,
        (Some(held), false) => setup.begin_in(held.clone())?,
        (None, true) => setup.resume(&request.run)?,
        (None, false) => setup.begin(&request.run)?,
    };
    let held = trainer.held();
    let outcome = trainer.run()?;
    let mut report = TrainReport {
        untrained: outcome.start.untrained,
        asked,
        end: outcome.end.clone(),
        bundle: None,
        parity: None,
        test: None,
        encounters: EncounterCounts::of(&request.table.rows),
        findings: outcome.findings.clone(),
        warnings: prepared.warnings.clone(),
    };
    if outcome.end.reason == EndReason::Interrupted {
        return Ok(report);
    }
    if outcome.end.best_epoch > 0 {
        // Else it diverged before anything was learnt: its numbers are of no use to anybody.
        deliver(request, &prepared, &device, &outcome, &held, watch, &mut report)?;
    }
    write_result(&held, &report)?;
    Ok(report)
}

/// Writes the bundle, compares it with what was trained, and asks the test photos.
fn deliver(
    request: &TrainRequest,
    prepared: &Prepared,
    device: &OpenDevice,
    outcome: &Outcome,
    held: &HeldFolder,
    watch: &dyn Watch,
    report: &mut TrainReport,
) -> Result<(), TrainError> {
    let (recipe, data, parts) = (&request.recipe, &prepared.data, &prepared.parts);
    let made =
        learner(recipe, &prepared.classes, data.species.len(), parts.learning(), parts.pooled(), device)?;
    let path = held.file(finish::BUNDLE);
    let card = finish::card(recipe, data, &outcome.start, &outcome.end);
    let bundle = finish::bundle(recipe, &prepared.trunk, &made.neck, &outcome.best, &card, &path)?;
    let record = finish::learnt(data, prepared.trunk.bundle().learnt(), &request.looks);
    let bundle = bundle.with_learnt(record).map_err(finish::FinishError::from)?;
    let (images, n) = prepared.parity_images()?;
    let parity = finish::parity(&bundle, parts.frozen(), &made, &outcome.best, &images, n, request.runtime)?;
    report.bundle = Some((bundle.id().to_string(), finish::put(&bundle, held)?));
    report.parity = Some(parity);
    watch.begin(Stage::uncounted("asking the test photos"));
    report.test = test_report(recipe, data, &*prepared.inputs, &made, &outcome.best)?;
    Ok(())
}

/// Hash of who asks whom in the validation.
fn asked(data: &TrainingData) -> String {
    let mut hasher = blake3::Hasher::new();
    for places in [&data.validation, &data.validation_gallery()] {
        for place in places {
            hasher.update(data.annotations[*place as usize].image_id.as_bytes());
            hasher.update(b"\n");
        }
        hasher.update(b"|");
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
