//! Making the local features that a catalog lacks.

use jiff::Timestamp;
use resight_catalog::{BundleSpec, Catalog};
use resight_core::AnnotationId;
use resight_model::LocalFeatures;

use super::{LocalChoice, refresh_indexes};
use crate::models::spec_of;
use crate::reembed::{Cutting, EmbeddingWork, ReembedReport};
use crate::{CancelToken, EngineError, Models, Progress, Stage, Warning};

/// Lets these local features serve in a catalog, and no others.
///
/// # Errors
/// A bundle is not there or reads no local features, or the catalog cannot be written.
pub(crate) fn serve(catalog: &mut Catalog, models: &Models, choice: &LocalChoice) -> Result<(), EngineError> {
    let mut specs = Vec::new();
    for bundle in choice.bundles(models)? {
        // The catalog names its bundle by id ever after, whatever a later version of the program carries.
        models.keep(&bundle)?;
        specs.push(spec_of(&bundle));
    }
    catalog.use_local_features(&specs, Timestamp::now())?;
    Ok(())
}

/// What reads local features, of every bundle of them that serves and is at hand.
///
/// # Errors
/// A network cannot be loaded.
pub(crate) fn readers(catalog: &Catalog, models: &Models) -> Result<Vec<LocalFeatures>, EngineError> {
    let serving = catalog.local_features()?;
    let at_hand = serving.iter().filter_map(|spec| models.bundle(spec.id.as_str()).ok());
    at_hand.map(|bundle| models.local_features(&bundle)).collect()
}

/// What came of making local features.
#[derive(Debug, Default)]
pub(crate) struct LocalReport {
    /// Annotations whose features were read, by one bundle or several.
    pub(crate) annotations: usize,
    /// Photos that are not where they were, or whose bytes have changed.
    pub(crate) missing: Vec<Warning>,
    /// Whether it was stopped before the end.
    pub(crate) interrupted: bool,
}

/// Makes the local features that are missing, of every bundle of them that serves. A bundle that is not at hand makes none:
/// that is told by [`crate::Session::status`], and embeddings alone go on answering. The indexes over them are brought up to date.
///
/// # Errors
/// The network fails, the disk is full.
pub(crate) fn make_missing(
    catalog: &mut Catalog,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<LocalReport, EngineError> {
    let settings = catalog.settings()?;
    let mut report = LocalReport::default();
    if count_missing(catalog, models)? == 0 {
        refresh_indexes(catalog, models, progress, cancel);
        return Ok(report);
    }
    let normaliser = models.normaliser(settings.frame.as_deref())?;
    let cutting = Cutting::of(&settings, normaliser.as_deref());
    for spec in catalog.local_features()? {
        let total = catalog.count_missing_embeddings(&spec.id)?;
        let Ok(bundle) = models.bundle(spec.id.as_str()) else { continue };
        if total == 0 || report.interrupted {
            continue;
        }
        let title = format!("reading local features ({})", spec.id.name());
        progress.begin(Stage { title, total: Some(total) });
        let network = models.local_features(&bundle)?;
        let mut made = ReembedReport::default();
        EmbeddingWork::new(&network, spec.id, cutting, progress, cancel).embed_missing(catalog, &mut made)?;
        report.annotations = report.annotations.max(made.embedded);
        report.interrupted = made.interrupted;
        // The photos that one bundle does not find the next does not find either.
        if report.missing.len() < made.missing.len() {
            report.missing = made.missing;
        }
    }
    refresh_indexes(catalog, models, progress, cancel);
    Ok(report)
}

/// Makes the local features of these annotations, whose boxes have changed.
///
/// # Errors
/// As [`make_missing`].
pub(crate) fn make_for(
    catalog: &mut Catalog,
    models: &Models,
    annotations: &[AnnotationId],
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let settings = catalog.settings()?;
    let normaliser = models.normaliser(settings.frame.as_deref())?;
    let cutting = Cutting::of(&settings, normaliser.as_deref());
    for network in readers(catalog, models)? {
        let bundle = network.form().bundle().clone();
        EmbeddingWork::new(&network, bundle, cutting, progress, cancel)
            .embed_annotations(catalog, annotations)?;
    }
    Ok(())
}

/// How many local features are missing, of all bundles of them that serve and are at hand.
pub(crate) fn count_missing(catalog: &Catalog, models: &Models) -> Result<u64, EngineError> {
    let mut missing = 0;
    let is_at_hand = |spec: &BundleSpec| models.bundle(spec.id.as_str()).is_ok();
    for spec in catalog.local_features()?.into_iter().filter(is_at_hand) {
        missing += catalog.count_missing_embeddings(&spec.id)?;
    }
    Ok(missing)
}
