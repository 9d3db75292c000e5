//! Bringing a catalog over to another bundle: its embeddings are made while the old ones serve, and the
//! catalog switches at once when the last one is there.

use jiff::Timestamp;
use resight_catalog::{BundleRecord, Catalog, CatalogError, NewEmbedding, PendingEmbedding, Settings};
use resight_core::{AnnotationId, BundleId, GivenBox, PhotoId, PictureId, UnusableReason};
use resight_model::chain::{self, ChainOptions, Ended, Job, PhotoSource, Processed, ProcessedPhoto};
use resight_model::{Embedder, Normaliser};
use serde::Serialize;

use crate::calibrate::{CalibrationReport, calibrate_catalog};
use crate::local::LocalReport;
use crate::models::spec_of;
use crate::{CancelToken, Effort, EngineError, LocalChoice, Progress, Session, Stage, Warning, local, route};

/// Annotations that are looked up and embedded in one go; each go is stored before the next.
const BATCH: usize = 256;

/// To what, and what becomes of the rest.
#[derive(Debug, Clone, Default)]
pub struct ReembedRequest {
    /// Name or path of the bundle, or the folder of a training run; a bundle that is not in the store yet is copied
    /// into it. None remakes what the bundle in use lacks.
    pub bundle: Option<String>,
    /// What becomes of the other bundles' embeddings when the work is done.
    pub others: OtherBundles,
    /// Which local features serve from now on; none keeps what is set.
    pub local_features: Option<LocalChoice>,
}

/// What becomes of the embeddings and calibrations of bundles that are not in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtherBundles {
    /// They are kept: going back takes no time.
    #[default]
    Keep,
    /// They go, and their disk space comes back: going back takes embedding all photos again.
    Drop,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReembedReport {
    /// The bundle.
    pub bundle: String,
    /// Annotations embedded in this run.
    pub embedded: usize,
    /// Annotations whose local features were read in this run.
    pub local_features: usize,
    /// Embeddings made by the bundles of slots in this run.
    #[serde(skip_serializing_if = "is_zero")]
    pub routed: usize,
    /// Annotations that have no embedding by this bundle and cannot have one, found in this run.
    pub unusable: usize,
    /// Photos that are not where they were, or whose bytes have changed.
    pub missing: Vec<Warning>,
    /// Photos whose local features cannot be read because they are not where they were, or have other bytes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub local_missing: Vec<Warning>,
    /// Whether the catalog uses the bundle now.
    pub switched: bool,
    /// The other bundles whose embeddings and calibrations are gone.
    pub dropped: Vec<String>,
    /// Whether it was stopped before the end; the same command goes on.
    pub interrupted: bool,
    /// The calibration made afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationReport>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
pub(crate) fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl ReembedReport {
    /// Takes over what came of reading local features. They are no reason to go on with the former bundle.
    fn take_local(&mut self, local: LocalReport) {
        self.local_features = local.annotations;
        self.interrupted |= local.interrupted;
        self.local_missing = local.missing;
    }
}

impl Session {
    /// Makes the embeddings that are missing, switches over when all are there, and calibrates anew.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing, the bundle is not there, the network fails, the disk is full.
    pub fn reembed(
        &self,
        request: &ReembedRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<ReembedReport, EngineError> {
        let _span = tracing::info_span!("reembed").entered();
        let (mut catalog, models) = (self.writer()?, self.models());
        let settings = catalog.settings()?;
        let name = request.bundle.clone().unwrap_or_else(|| settings.bundle.id.to_string());
        let bundle = models.bundle(&name)?;
        let spec = spec_of(&bundle);
        let embedder = models.embedder(&bundle)?;
        // Found out now, and not when all photos are embedded.
        if let Some(choice) = &request.local_features {
            choice.bundles(models)?;
        }
        // The catalog names its bundle by id ever after, wherever it came from.
        models.keep(&bundle)?;
        catalog.add_bundle(&spec, Timestamp::now())?;
        catalog.keep_learnt(&spec.id, bundle.learnt())?;
        let mut report = ReembedReport { bundle: spec.id.to_string(), ..ReembedReport::default() };
        let total = catalog.count_missing_embeddings(&spec.id)?;
        progress.begin(Stage { title: format!("embedding with {}", spec.id.name()), total: Some(total) });
        let normaliser = models.normaliser(settings.frame.as_deref())?;
        let cutting = Cutting::of(&settings, normaliser.as_deref());
        let work = EmbeddingWork::new(&*embedder, spec.id.clone(), cutting, progress, cancel);
        work.embed_missing(&mut catalog, &mut report)?;
        if !report.interrupted {
            if let Some(choice) = &request.local_features {
                local::serve(&mut catalog, models, choice)?;
            }
            report.take_local(local::make_missing(&mut catalog, models, progress, cancel)?);
        }
        if !report.interrupted {
            let routed = route::make_missing(&mut catalog, models, progress, cancel)?;
            report.routed = routed.embedded;
            report.interrupted = routed.interrupted;
            if report.missing.is_empty() {
                report.local_missing.extend(routed.missing);
            }
        }
        if !report.interrupted && report.missing.is_empty() {
            if spec.id != settings.bundle.id {
                catalog.switch_bundle(&spec.id)?;
            }
            report.switched = true;
            let calibration = calibrate_catalog(&mut catalog, models, Effort::default(), progress, cancel)?;
            report.interrupted = calibration.interrupted;
            report.calibration = Some(calibration);
            if !report.interrupted && request.others == OtherBundles::Drop {
                report.dropped = drop_others(&mut catalog)?;
            }
        }
        progress.end();
        Ok(report)
    }
}

fn drop_others(catalog: &mut Catalog) -> Result<Vec<String>, EngineError> {
    let serving = route::bundles(catalog)?;
    let rests = |bundle: &BundleRecord| !bundle.in_use && !serving.contains(&bundle.spec.id);
    let others = catalog.bundles()?.into_iter().filter(rests);
    let mut dropped = Vec::new();
    for bundle in others {
        catalog.drop_bundle(&bundle.spec.id)?;
        dropped.push(bundle.spec.id.to_string());
    }
    Ok(dropped)
}

/// How animals are cut out of photos.
#[derive(Clone, Copy)]
pub(crate) struct Cutting<'a> {
    /// An animal with a shorter side of fewer pixels is not used.
    least_pixels: u32,
    normaliser: Option<&'a dyn Normaliser>,
}

impl<'a> Cutting<'a> {
    /// As a catalog is set; the normaliser is that of its frame.
    pub(crate) fn of(settings: &Settings, normaliser: Option<&'a dyn Normaliser>) -> Self {
        Self { least_pixels: settings.least_pixels, normaliser }
    }
}

/// What embedding takes, all along.
pub(crate) struct EmbeddingWork<'a> {
    embedder: &'a dyn Embedder,
    bundle: BundleId,
    cutting: Cutting<'a>,
    progress: &'a dyn Progress,
    cancel: &'a CancelToken,
    missing: Missing,
}

/// Tells what a bundle has not embedded yet, after an annotation, so many at most.
type Missing =
    fn(&Catalog, &BundleId, Option<AnnotationId>, usize) -> Result<Vec<PendingEmbedding>, CatalogError>;

impl<'a> EmbeddingWork<'a> {
    /// With the bundle behind an embedder; what is missing is every animal that it has not embedded.
    pub(crate) fn new(
        embedder: &'a dyn Embedder,
        bundle: BundleId,
        cutting: Cutting<'a>,
        progress: &'a dyn Progress,
        cancel: &'a CancelToken,
    ) -> Self {
        Self { embedder, bundle, cutting, progress, cancel, missing: Catalog::missing_embeddings }
    }

    /// The same, where the bundle serves slots alone: what is missing are animals that may be of these.
    pub(crate) fn of_slots(self) -> Self {
        Self { missing: Catalog::missing_in_route, ..self }
    }

    /// Makes the embeddings of these annotations, whose boxes have changed. What cannot be made now is in the report; a
    /// later `reembed` makes it.
    pub(crate) fn embed_annotations(
        &self,
        catalog: &mut Catalog,
        annotations: &[AnnotationId],
    ) -> Result<ReembedReport, EngineError> {
        let mut report = ReembedReport { bundle: self.bundle.to_string(), ..ReembedReport::default() };
        let total = Some(annotations.len() as u64);
        self.progress.begin(Stage { title: "embedding anew".to_owned(), total });
        for annotation in annotations {
            let before = AnnotationId(annotation.0 - 1);
            let pending = (self.missing)(catalog, &self.bundle, Some(before), 1)?;
            let of_this = pending.into_iter().filter(|one| one.annotation == *annotation).collect::<Vec<_>>();
            if self.make(catalog, &of_this, &mut report)? == Ended::Cancelled {
                break;
            }
        }
        Ok(report)
    }

    /// Makes all that are missing, batch by batch.
    pub(crate) fn embed_missing(
        &self,
        catalog: &mut Catalog,
        report: &mut ReembedReport,
    ) -> Result<(), EngineError> {
        let mut after: Option<AnnotationId> = None;
        loop {
            let pending = (self.missing)(catalog, &self.bundle, after, BATCH)?;
            let Some(last) = pending.last() else { return Ok(()) };
            after = Some(last.annotation);
            if self.make(catalog, &pending, report)? == Ended::Cancelled {
                return Ok(());
            }
        }
    }

    fn make(
        &self,
        catalog: &mut Catalog,
        pending: &[PendingEmbedding],
        report: &mut ReembedReport,
    ) -> Result<Ended, EngineError> {
        let (made, ended) = self.embed(pending, report)?;
        report.unusable += made.iter().filter(|(_, m)| matches!(m, NewEmbedding::Unusable(_))).count();
        report.embedded += made.iter().filter(|(_, m)| matches!(m, NewEmbedding::Values(_))).count();
        catalog.store_embeddings(&self.bundle, &made)?;
        report.interrupted |= ended == Ended::Cancelled;
        Ok(ended)
    }

    fn embed(
        &self,
        pending: &[PendingEmbedding],
        report: &mut ReembedReport,
    ) -> Result<(Vec<(AnnotationId, NewEmbedding)>, Ended), EngineError> {
        let jobs = pending.iter().enumerate().filter_map(|(index, one)| {
            let path = one.paths.iter().find(|path| path.is_file())?;
            Some(Job {
                index,
                source: PhotoSource::Path(path.clone()),
                // A catalog keeps no box for "the whole picture"; no detector is asked a second time.
                regions: one.region.map(|region| vec![GivenBox::upright(region)]),
            })
        });
        let lost = pending.iter().filter(|one| !one.paths.iter().any(|path| path.is_file()));
        report.missing.extend(lost.map(|one| self.lost(one, "the file is not there any more")));
        let options = ChainOptions {
            min_side: self.cutting.least_pixels,
            normaliser: self.cutting.normaliser,
            ..ChainOptions::new(self.cancel.flag())
        };
        let mut made = Vec::with_capacity(pending.len());
        let detector = resight_model::WholePicture;
        let ended = chain::run(jobs, self.embedder, &detector, &options, |processed| {
            self.progress.advance(1);
            let one = &pending[processed.index];
            match outcome(one, processed) {
                Ok(embedding) => made.push((one.annotation, embedding)),
                Err(why) => report.missing.push(self.lost(one, &why)),
            }
            Ok::<(), EngineError>(())
        })?;
        Ok((made, ended))
    }

    fn lost(&self, one: &PendingEmbedding, why: &str) -> Warning {
        let about =
            one.paths.first().map_or_else(|| one.photo.to_string(), |path| path.display().to_string());
        Warning { about, message: why.to_owned() }
    }
}

/// What is said of a file that is another photo by now.
pub(crate) const OTHER_BYTES: &str = "the file has other bytes than the photo that was taken in";

/// Whether a file that was opened is still of this photo, or shows what that showed.
pub(crate) fn is_photo(opened: &ProcessedPhoto, (photo, picture): (PhotoId, Option<PictureId>)) -> bool {
    opened.photo_id == photo || (picture.is_some() && opened.picture_id == picture)
}

/// The embedding of one annotation; an error where its photo cannot be had as it was.
fn outcome(one: &PendingEmbedding, processed: Processed) -> Result<NewEmbedding, String> {
    let photo = processed.photo.map_err(|failure| failure.to_string())?;
    if !is_photo(&photo, (one.photo, one.picture)) {
        return Err(OTHER_BYTES.to_owned());
    }
    Ok(match photo.crops.into_iter().next().map(|crop| crop.embedding) {
        Some(Ok(values)) => NewEmbedding::Values(values),
        Some(Err(reason)) => NewEmbedding::Unusable(reason),
        None => NewEmbedding::Unusable(UnusableReason::NoEmbedding),
    })
}
