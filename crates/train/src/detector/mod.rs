//! Learning to find animals: one-stage, on the maps of an image network that stays as it is.
//!
//! A photo becomes a map of cells. Of each cell two small layers, which see the cell and those around it, say whether the
//! middle of an animal is near, and how far its box reaches (the scheme of Z. Tian et al., "FCOS: Fully Convolutional
//! One-Stage Object Detection", 2019). They are two convolutions behind the network.

mod cells;
mod finish;
mod head;
mod judge;
mod scenes;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use resight_core::{Progress, Stage};
use resight_eval::DetectionMetrics;
use resight_runs::run::write_result;
use serde::Serialize;

use self::cells::Cells;
use self::scenes::Scenes;
use crate::cache::CacheError;
use crate::data::DataWarning;
use crate::finish as finished;
use crate::on_maps::OnMapsRequest;
use crate::trainer::TrainError;

/// Sides of the network's input, in pixels.
pub const SIDE: u32 = 640;

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct DetectorReport {
    /// What the animals are called.
    pub label: String,
    /// Photos that were learnt from.
    pub photos: usize,
    /// Animals in them.
    pub animals: usize,
    /// How well it does on photos that it has not learnt: fivefold, by encounter. How sure a box must be to count was chosen on all of them.
    pub measured: DetectionMetrics,
    /// Id of the bundle, and where it lies.
    pub bundle: (String, PathBuf),
    /// Photos that could not be used.
    pub warnings: Vec<DataWarning>,
}

/// Learns a detector from photos with the boxes of their animals, of each photo all of them, and writes its bundle into the run's
/// folder. The architecture of the network must be known.
///
/// # Errors
/// As [`TrainError`] says: too few photos, a network that does not serve, a full disk, a stop. Photos that cannot be used are
/// warnings. After a stop the same request goes on with what was looked at.
pub fn train_detector(
    request: &OnMapsRequest,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<DetectorReport, TrainError> {
    let stopped = || cancel.load(Ordering::Relaxed).then_some(CacheError::Cancelled);
    progress.begin(Stage::uncounted("reading photos"));
    let trunk = finish::trunk(request)?;
    let (scenes, mut warnings) = Scenes::of(&request.table, &finish::preprocess(&trunk), request.seed)?;
    let cells = Cells::of(request, &trunk, scenes, progress, cancel, &mut warnings)?;
    progress.begin(Stage::uncounted("learning"));
    let judged = judge::judge(&cells, request.seed, &stopped)?;
    let all: Vec<usize> = (0..cells.scenes.len()).collect();
    let mut layers = cells.learn(&all, request.seed, &stopped)?;
    layers.second_bias[0] -= judged.surplus;
    let label = scenes::label(&request.table);
    let card = card(request, &cells, &judged.measured);
    let record = scenes::learnt(cells.photos());
    let bundle = finish::bundle(request, &trunk, &layers, &label, (card, record))?;
    let path = finished::put(&bundle, &request.held)?;
    let report = DetectorReport {
        label,
        photos: cells.photos().len(),
        animals: cells.photos().iter().map(|scene| scene.animals.len()).sum(),
        measured: judged.measured,
        bundle: (bundle.id().to_string(), path),
        warnings,
    };
    write_result(&request.held, &report)?;
    progress.end();
    Ok(report)
}

/// What the bundle says about itself.
fn card(request: &OnMapsRequest, cells: &Cells, measured: &DetectionMetrics) -> String {
    format!(
        "Finds animals on the maps of {}, learnt from {} photos. On photos that it had not learnt (fivefold, by \
         encounter): average precision {:.3} at an overlap of half, {:.3} of {} animals found, mean overlap of the best box \
         {:.3}. Measure it on your own photos before you rely on it.",
        request.bundle.manifest().name,
        cells.photos().len(),
        measured.average_precision.value,
        measured.recall.value,
        measured.animals,
        measured.best_overlap.value,
    )
}
