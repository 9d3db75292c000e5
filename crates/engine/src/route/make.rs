//! Making the embeddings of slots that a catalog lacks.

use resight_catalog::Catalog;
use resight_core::AnnotationId;

use super::bundles;
use crate::reembed::{Cutting, EmbeddingWork, ReembedReport};
use crate::{CancelToken, EngineError, Models, Progress, Stage, Warning};

/// Makes the embeddings that are missing, slot by slot. A bundle that is not at hand makes none: that is told by
/// [`crate::Session::route`], and the bundle of all animals answers.
///
/// # Errors
/// A network fails, the disk is full.
pub(crate) fn make_missing(
    catalog: &mut Catalog,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<ReembedReport, EngineError> {
    let mut report = ReembedReport::default();
    if count_missing(catalog, models)? == 0 {
        return Ok(report);
    }
    let settings = catalog.settings()?;
    let normaliser = models.normaliser(settings.frame.as_deref())?;
    let cutting = Cutting::of(&settings, normaliser.as_deref());
    for id in bundles(catalog)? {
        let total = catalog.count_missing_in_route(&id)?;
        let Ok(bundle) = models.bundle(id.as_str()) else { continue };
        if total == 0 || report.interrupted {
            continue;
        }
        progress.begin(Stage { title: format!("embedding with {}", id.name()), total: Some(total) });
        let embedder = models.embedder(&bundle)?;
        let work = EmbeddingWork::new(&*embedder, id, cutting, progress, cancel).of_slots();
        work.embed_missing(catalog, &mut report)?;
    }
    Ok(report)
}

/// Makes the embeddings of these annotations, whose labels or boxes have changed, by the bundles of the slots that they may be of.
///
/// # Errors
/// As [`make_missing`].
pub(crate) fn make_for(
    catalog: &mut Catalog,
    models: &Models,
    annotations: &[AnnotationId],
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Vec<Warning>, EngineError> {
    let mut missing = Vec::new();
    if annotations.is_empty() || count_missing(catalog, models)? == 0 {
        return Ok(missing);
    }
    let settings = catalog.settings()?;
    let normaliser = models.normaliser(settings.frame.as_deref())?;
    let cutting = Cutting::of(&settings, normaliser.as_deref());
    for id in bundles(catalog)? {
        let Ok(bundle) = models.bundle(id.as_str()) else { continue };
        let embedder = models.embedder(&bundle)?;
        let work = EmbeddingWork::new(&*embedder, id, cutting, progress, cancel).of_slots();
        missing.extend(work.embed_annotations(catalog, annotations)?.missing);
    }
    Ok(missing)
}

/// How many embeddings slots lack, of bundles that are at hand.
pub(crate) fn count_missing(catalog: &Catalog, models: &Models) -> Result<u64, EngineError> {
    let mut missing = 0;
    for id in bundles(catalog)? {
        if models.bundle(id.as_str()).is_ok() {
            missing += catalog.count_missing_in_route(&id)?;
        }
    }
    Ok(missing)
}
