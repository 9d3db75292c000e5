//! Learning, on the user's own catalog, what a similarity is worth and when to say "new".
//!
//! Individuals are hidden in turn, as simulated newcomers, under the same strict masks as in `evaluate`: a
//! query never sees its own individual's photos of the same encounter, nor near-duplicates, so that a burst
//! does not teach confidence. The mechanism is that of [`resight_eval`], the result is kept in the catalog.

mod ground;

use std::borrow::Cow;

use resight_catalog::{CalibrationRecord, Catalog, Gallery};
use resight_core::{AnnotationId, BundleId, Calibration, Effort, Fusion, Policy, Pooling};
use resight_eval::{PairEvidence, Same, SlotKey};
use resight_model::Manifest;
use serde::Serialize;

use self::ground::Ground;
use crate::grading::learn_least;
use crate::learnt::{self, LearntCount};
use crate::local::{self, CloserLook, LocalGallery};
use crate::route;
use crate::{CancelToken, EngineError, Models, Progress, Session, Stage};

pub(crate) use self::ground::most_asking;
pub use crate::grading::{GradeNamed, QualityReport};
pub use resight_core::PolicyChange;

/// What to calibrate, and what to change before.
#[derive(Debug, Clone)]
pub struct CalibrateRequest {
    /// New prices and expected share of newcomers.
    pub policy: PolicyChange,
    /// How the photos of an individual are pooled from now on; none keeps it.
    pub pooling: Option<Pooling>,
    /// Whether unidentified annotations are known to show none of the named individuals, from now on: then they stand for
    /// newcomers. None keeps what is set.
    pub unidentified_are_others: Option<bool>,
    /// Up to which effort answers are calibrated; those of more keep the calibrations that they have.
    pub effort: Effort,
}

/// The calibrations of a catalog.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationReport {
    /// The bundle whose similarities were calibrated.
    pub bundle: String,
    /// Prices and expected share of newcomers.
    pub policy: Policy,
    /// One for each slot that occurs, and for the wider ones.
    pub slots: Vec<SlotReport>,
    /// Whether there is a calibration that serves every query.
    pub calibrated: bool,
    /// Whether it was stopped before the end: answers of the effort asked for are calibrated as before, those of less anew.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// What the bundle had learnt of the catalog's photos.
    pub learnt: LearntCount,
    /// Why answers of the effort asked for cannot be had here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// How photos of each grade fared, where photos are graded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityReport>,
    /// The same of the networks that slots have for themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of_slots: Vec<CalibrationReport>,
}

/// The calibration of one slot, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlotReport {
    /// The slot: `all`, a species, or a species and a viewpoint.
    pub slot: String,
    /// Which answers it is for.
    pub effort: Effort,
    /// What each evidence is worth.
    pub fusion: Fusion,
    /// Identified photos in it.
    pub photos: u64,
    /// Individuals in it.
    pub individuals: u64,
    /// Photos that another encounter of their individual can answer.
    pub answerable: u64,
    /// Mean negative log-likelihood of a case, in nats; none without a calibration.
    pub loss: Option<f64>,
    /// Whether it leans on the calibration that the bundle brought, because the photos are too few.
    pub leans_on_bundle: bool,
    /// Why there is no calibration.
    pub missing: Option<String>,
}

impl Session {
    /// Calibrates the catalog anew.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing, or a setting is out of range. Too little data is no error: the
    /// report says so, and `identify` goes on ranking.
    pub fn calibrate(
        &self,
        request: &CalibrateRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<CalibrationReport, EngineError> {
        let mut catalog = self.writer()?;
        if request.policy != PolicyChange::default() {
            let policy = request.policy.over(catalog.settings()?.policy);
            catalog.set_policy(&policy)?;
        }
        if let Some(pooling) = request.pooling {
            catalog.set_pooling(pooling)?;
        }
        if let Some(are_others) = request.unidentified_are_others {
            catalog.set_unidentified_are_others(are_others)?;
        }
        let report = calibrate_catalog(&mut catalog, self.models(), request.effort, progress, cancel)?;
        progress.end();
        Ok(report)
    }
}

/// Calibrates an open catalog for the bundle in use and for those of its slots, up to an effort, and keeps the result in it.
///
/// # Errors
/// Errors of the catalog; embeddings that do not fit together. Being stopped is none: what was calibrated by then is kept.
pub(crate) fn calibrate_catalog(
    catalog: &mut Catalog,
    models: &Models,
    effort: Effort,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<CalibrationReport, EngineError> {
    let _span = tracing::info_span!("calibrate").entered();
    let in_use = catalog.settings()?.bundle.id;
    let (mut report, named) = calibrate_bundle(catalog, &in_use, models, effort, progress, cancel)?;
    if let Some(named) = named.filter(|_| !report.interrupted) {
        report.quality =
            Some(learn_least(catalog, named.into_iter())?).filter(|found| !found.named.is_empty());
    }
    for bundle in route::bundles(catalog)? {
        if !cancel.is_cancelled() {
            report.of_slots.push(calibrate_bundle(catalog, &bundle, models, effort, progress, cancel)?.0);
        }
    }
    report.interrupted |= report.of_slots.iter().any(|one| one.interrupted);
    Ok(report)
}

/// Calibrates the answers of one bundle among the animals that it has embedded, and says of the photos that asked whether the right
/// individual came first; nothing where answers that compare more go on as they were calibrated before.
fn calibrate_bundle(
    catalog: &mut Catalog,
    of: &BundleId,
    models: &Models,
    effort: Effort,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(CalibrationReport, Option<PhotosNamed>), EngineError> {
    let settings = catalog.settings()?;
    let gallery = catalog.gallery(of)?;
    let learnt = LearntCount::of_gallery(&gallery, &learnt::of_gallery(catalog, &gallery)?);
    // Where the bundle is not at hand a catalog of enough animals needs no prior.
    let bundle = models.bundle(of.as_str()).ok();
    let prior = bundle.and_then(|bundle| prior_of(bundle.manifest(), settings.pooling));
    let ground = Ground::of(catalog, &gallery, &settings, prior)?;
    local::refresh_indexes(catalog, models, progress, cancel);
    // Where they cannot serve embeddings alone answer; `status` says why.
    let galleries = LocalGallery::open_all(catalog, models, &[]).unwrap_or_default();
    let drawn = ground.drawn_for(&galleries);
    let before = catalog.calibrations(of)?;
    let mut done =
        Done { bundle: of.clone(), compares_local: drawn.is_some(), asked: effort, before, made: Vec::new() };
    progress.begin(Stage { title: "calibrating".to_owned(), total: None });
    let alone =
        ground.fit_each_as_it_is_asked(|_| Cow::Owned(PairEvidence::default()), ground.asking.clone())?;
    done.take(catalog, ground.made(Effort::Fast, &alone))?;
    let mut remark = None;
    if let Some(drawn) = drawn.filter(|_| effort > Effort::Fast) {
        let fitted = fit_local(&ground, models, (&galleries, &drawn), effort, progress, cancel, |made| {
            done.take(catalog, made)
        });
        remark = match fitted {
            Err(_) if cancel.is_cancelled() => None,
            outcome => outcome?,
        };
    } else if effort > Effort::Normal {
        remark = Some("local features are not compared here: nothing looks closer at them".to_owned());
    }
    let report = CalibrationReport {
        bundle: of.to_string(),
        policy: settings.policy,
        learnt,
        calibrated: alone.fitted.serving(&SlotKey::default()).is_ok(),
        interrupted: cancel.is_cancelled() && done.compares_local && done.effort() < effort,
        remark,
        quality: None,
        of_slots: Vec::new(),
        slots: done.records().map(|(record, loss)| slot_report(record, loss)).collect(),
    };
    Ok((report, done.named()))
}

/// Photos that asked, each with whether the right individual came first.
type PhotosNamed = Vec<(AnnotationId, bool)>;

/// What is calibrated anew, and what was known before.
struct Done {
    bundle: BundleId,
    /// Whether local features are compared here.
    compares_local: bool,
    /// Up to which effort answers are to be calibrated.
    asked: Effort,
    before: Vec<CalibrationRecord>,
    made: Vec<Made>,
}

impl Done {
    /// Keeps the calibrations of one more effort in the catalog: what comes next may fail, or be stopped.
    fn take(&mut self, catalog: &mut Catalog, made: Made) -> Result<(), EngineError> {
        self.made.push(made);
        let records: Vec<CalibrationRecord> = self.records().map(|(record, _)| record.clone()).collect();
        Ok(catalog.replace_calibrations(&self.bundle, &records)?)
    }

    /// Who was named by the most that is compared, but for a closer look, which few photos ask for.
    fn named(mut self) -> Option<PhotosNamed> {
        let goes_on = self.records().any(|(record, _)| record.effort == Effort::Normal);
        let most = if goes_on { Effort::Normal } else { Effort::Fast };
        let made = self.made.iter_mut().find(|made| made.effort == most)?;
        Some(std::mem::take(&mut made.named))
    }

    /// Up to which effort they are made.
    fn effort(&self) -> Effort {
        self.made.iter().map(|made| made.effort).max().unwrap_or_default()
    }

    /// Those that serve from now on, with the loss of the new ones: what was known before goes on where nothing new is known.
    fn records(&self) -> impl Iterator<Item = (&CalibrationRecord, Option<f64>)> {
        let goes_on = |record: &&CalibrationRecord| {
            record.effort > self.effort() && (record.effort > self.asked || self.compares_local)
        };
        let new = self.made.iter().flat_map(|made| made.records.iter().zip(made.losses.iter().copied()));
        new.chain(self.before.iter().filter(goes_on).map(|record| (record, None)))
    }
}

/// The calibrations of one effort.
struct Made {
    effort: Effort,
    records: Vec<CalibrationRecord>,
    losses: Vec<Option<f64>>,
    /// The photos that asked without a filter, and that another one could answer: whether the right individual came first.
    named: PhotosNamed,
}

/// Fits what compares local features, the least effort first. A remark says that an effort cannot be had here.
///
/// # Errors
/// A network fails, or the work was cancelled: then what was taken stands.
fn fit_local(
    ground: &Ground<'_>,
    models: &Models,
    (galleries, drawn): (&[LocalGallery], &[u32]),
    effort: Effort,
    progress: &dyn Progress,
    cancel: &CancelToken,
    mut take: impl FnMut(Made) -> Result<(), EngineError>,
) -> Result<Option<String>, EngineError> {
    let fitting = || progress.begin(Stage { title: "calibrating".to_owned(), total: None });
    let evidence = ground.compare(galleries, drawn, progress, cancel)?;
    fitting();
    let fitted = ground.fit_each_as_it_is_asked(|_| Cow::Borrowed(&evidence), drawn.to_vec())?;
    take(ground.made(Effort::Normal, &fitted))?;
    if effort < Effort::Thorough {
        return Ok(None);
    }
    let features = galleries.iter().map(|gallery| (gallery.form(), gallery.reader.manifest()));
    let Some(closer) = CloserLook::of(models, features)? else {
        return Ok(Some("nothing looks closer at the local features of this catalog".to_owned()));
    };
    let few = ground.few_of(drawn);
    let looked = ground.look_closer(galleries, &closer, &evidence.of_queries(&few), progress, cancel)?;
    fitting();
    let fitted = ground.fit_each_as_it_is_asked(|same| Cow::Borrowed(looked.of(same)), few)?;
    take(ground.made(Effort::Thorough, &fitted))?;
    Ok(None)
}

/// Whether answers of the catalog's network, or of a slot's whose animals are embedded, were never calibrated.
pub(crate) fn lacks_calibration(catalog: &Catalog) -> Result<bool, EngineError> {
    if catalog.calibrations(&catalog.settings()?.bundle.id)?.is_empty() || lacks_normal(catalog)? {
        return Ok(true);
    }
    for bundle in route::bundles(catalog)? {
        if catalog.calibrations(&bundle)?.is_empty() && catalog.count_missing_in_route(&bundle)? == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether local features serve and answers by them were never calibrated although those by embeddings were.
fn lacks_normal(catalog: &Catalog) -> Result<bool, EngineError> {
    let records = catalog.calibrations(&catalog.settings()?.bundle.id)?;
    let has = |effort: Effort| records.iter().any(|record| record.effort == effort);
    Ok(has(Effort::Fast) && !has(Effort::Normal) && !catalog.local_features()?.is_empty())
}

/// The calibration that a bundle brings along, towards which few photos are drawn. By itself it serves nobody: what is a
/// usual similarity differs too much from animal to animal. It was fitted with the reference pooling.
pub(crate) fn prior_of(manifest: &Manifest, pooling: Pooling) -> Option<Calibration> {
    manifest.calibration.clone().filter(|_| pooling == Pooling::Best)
}

/// Those of the filters that make the candidates fewer: one on a label that has a single value lets everything through.
pub(crate) fn narrowing(gallery: &Gallery, same: Same) -> Same {
    Same {
        species: same.species && gallery.species.len() > 1,
        viewpoint: same.viewpoint && gallery.viewpoints.len() > 1,
    }
}

fn slot_report(record: &CalibrationRecord, loss: Option<f64>) -> SlotReport {
    SlotReport {
        slot: record.slot.to_string(),
        effort: record.effort,
        fusion: record.fusion.clone(),
        photos: record.fitted_on.annotations,
        individuals: record.fitted_on.individuals,
        answerable: record.fitted_on.known_cases,
        loss,
        leans_on_bundle: record.leans_on_bundle(),
        missing: record.outcome.as_ref().err().cloned(),
    }
}
