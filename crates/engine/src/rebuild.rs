//! Making good whatever is derived: who is who from the journal, thumbnails and embeddings from the photos.

use std::sync::atomic::{AtomicUsize, Ordering};

use resight_catalog::{Catalog, MissingThumbnail};
use resight_core::ImageSize;
use resight_imaging::{DecodeSize, Limits, decode, encode_jpeg, thumbnail};
use serde::Serialize;

use crate::reembed::{ReembedReport, ReembedRequest};
use crate::verify::{ProblemShown, original, report_of};
use crate::{CancelToken, EngineError, Models, Progress, Session, Stage, Warning, local, route};

/// Quality of the thumbnails' JPEGs, 1 to 100.
const THUMBNAIL_QUALITY: u8 = 82;

/// What was made good.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RebuildReport {
    /// Whether who is who had come apart from the journal, and was said anew from it.
    pub restored_from_journal: bool,
    /// Bundles of which embeddings were damaged.
    pub repaired: Vec<RepairShown>,
    /// Thumbnails made.
    pub thumbnails: u64,
    /// Photos whose thumbnail cannot be made, and why.
    pub thumbnails_lost: Vec<Warning>,
    /// What became of the embeddings that the bundle in use lacked; none where it lacked none.
    pub reembedded: Option<ReembedReport>,
    /// What is still wrong.
    pub problems: Vec<ProblemShown>,
    /// Whether it was stopped before the end; the same command goes on.
    pub interrupted: bool,
}

/// What became of the embeddings of one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairShown {
    /// The bundle.
    pub bundle: String,
    /// Embeddings that were sound and were kept.
    pub kept: u64,
    /// Embeddings that were lost and must be made again.
    pub lost: u64,
}

impl Session {
    /// Makes good what is derived, and looks whether anything is wrong still.
    ///
    /// The model is needed only where embeddings are missing.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing; its journal contradicts itself; the bundle is not there although
    /// embeddings are missing; the disk is full.
    pub fn rebuild(
        &self,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<RebuildReport, EngineError> {
        let mut report = RebuildReport::default();
        let missing = repair(&mut self.writer()?, self.models(), &mut report, progress, cancel)?;
        if missing > 0 && !report.interrupted {
            let made = self.reembed(&ReembedRequest::default(), progress, cancel)?;
            report.interrupted = made.interrupted;
            report.reembedded = Some(made);
        }
        progress.begin(Stage { title: "verifying".to_owned(), total: None });
        report.problems = report_of(self.folder())?.1.problems;
        progress.end();
        Ok(report)
    }
}

/// All that can be done without a model. Returns how many embeddings and local features are missing afterwards.
fn repair(
    catalog: &mut Catalog,
    models: &Models,
    report: &mut RebuildReport,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<u64, EngineError> {
    progress.begin(Stage { title: "checking journal and embeddings".to_owned(), total: None });
    report.restored_from_journal = catalog.restore_from_journal()?;
    let repaired = catalog.repair_embeddings()?.into_iter().map(|repair| RepairShown {
        bundle: repair.bundle.to_string(),
        kept: repair.kept,
        lost: repair.lost,
    });
    report.repaired = repaired.collect();
    catalog.tidy_thumbnails()?;
    make_thumbnails(catalog, report, progress, cancel)?;
    let embeddings = catalog.count_missing_embeddings(&catalog.settings()?.bundle.id)?;
    Ok(embeddings + local::count_missing(catalog, models)? + route::count_missing(catalog, models)?)
}

fn make_thumbnails(
    catalog: &Catalog,
    report: &mut RebuildReport,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let missing = catalog.missing_thumbnails()?;
    let side = catalog.settings()?.thumbnail_pixels;
    progress.begin(Stage { title: "making thumbnails".to_owned(), total: Some(missing.len() as u64) });
    on_all_cores(&missing, side, cancel, |photo, made| {
        progress.advance(1);
        match made {
            Ok(jpeg) => {
                catalog.store_thumbnail(&photo.photo, &jpeg)?;
                report.thumbnails += 1;
            }
            Err(message) => report.thumbnails_lost.push(Warning { about: shown(photo), message }),
        }
        Ok(())
    })?;
    report.interrupted = cancel.is_cancelled();
    // They come in the order in which they are done.
    report.thumbnails_lost.sort_by(|a, b| a.about.cmp(&b.about));
    Ok(())
}

/// Makes thumbnails on all cores and hands each to `take` on this thread, in the order in which they are done.
fn on_all_cores(
    missing: &[MissingThumbnail],
    side: u32,
    cancel: &CancelToken,
    mut take: impl FnMut(&MissingThumbnail, Result<Vec<u8>, String>) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let (give, taken) = crossbeam_channel::bounded(2 * threads);
        for _ in 0..threads {
            let (give, next) = (give.clone(), &next);
            scope.spawn(move || {
                while let Some(photo) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let made = small_jpeg(photo, side);
                    if cancel.is_cancelled() || give.send((photo, made)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(give);
        taken.into_iter().try_for_each(|(photo, made)| take(photo, made))
    })
}

fn small_jpeg(photo: &MissingThumbnail, side: u32) -> Result<Vec<u8>, String> {
    let bytes = original(&photo.paths, &photo.photo, photo.picture.as_ref())?;
    let wanted = DecodeSize::AtLeast(ImageSize { width: side, height: side });
    let decoded = decode(&bytes, &Limits::default(), wanted).map_err(|error| error.to_string())?;
    encode_jpeg(&thumbnail(&decoded.image, side), THUMBNAIL_QUALITY).map_err(|error| error.to_string())
}

fn shown(photo: &MissingThumbnail) -> String {
    photo.paths.first().map_or_else(|| photo.photo.short(), |path| path.display().to_string())
}
