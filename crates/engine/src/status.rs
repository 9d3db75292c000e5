//! How a catalog stands: what it holds, how it is set, whether its calibration is still of today.

use jiff::Timestamp;
use resight_catalog::{CalibrationRecord, Catalog, Role, Settings};
use resight_core::{Effort, Fusion, Policy, Pooling, RoutedSlot, Slot};
use serde::Serialize;

use crate::learnt::{self, LearntCount};
use crate::{Advice, EngineError, Hint, Models, Session, Warning};

/// A calibration is called old when the catalog has grown or shrunk by more than this share since.
const OLD_BY_SHARE: f64 = 0.1;

/// How a catalog stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// The catalog's folder.
    pub catalog: String,
    /// Photos in it.
    pub photos: u64,
    /// Animals in the photos.
    pub annotations: u64,
    /// Those of which nobody has said who they are.
    pub unidentified: u64,
    /// Animals that were removed, and are not counted elsewhere.
    pub removed: u64,
    /// Individuals.
    pub individuals: u64,
    /// Encounters.
    pub encounters: u64,
    /// Species.
    pub species: u64,
    /// Steps of the journal.
    pub journal_entries: u64,
    /// Ingests that never came to their end.
    pub interrupted_imports: u64,
    /// Files that could not be used, and why.
    pub failures: Vec<Warning>,
    /// How the catalog is set.
    pub settings: SettingsShown,
    /// The bundles that the catalog has embeddings of.
    pub bundles: Vec<BundleStatus>,
    /// Why the bundle in use cannot serve on this machine; none where it can.
    pub bundle_problem: Option<Advice>,
    /// The calibrations of the bundle in use.
    pub calibrations: Vec<CalibrationStatus>,
    /// What the bundle in use had learnt of the catalog's photos.
    pub learnt: LearntCount,
    /// What there is to do.
    pub advice: Vec<Advice>,
}

/// The settings of a catalog.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettingsShown {
    /// The bundle in use.
    pub bundle: String,
    /// What finds the animals in a photo.
    pub detector: String,
    /// What brings them into their own frame; none for the crop as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// What says of an animal what nobody else has said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classifiers: Vec<String>,
    /// Slots whose animals a bundle of their own serves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RoutedSlot>,
    /// Photos of one folder further apart than this many seconds belong to different encounters.
    pub encounter_gap_secs: f64,
    /// An animal with a shorter side of fewer pixels is not identifiable.
    pub least_pixels: u32,
    /// How the photos of an individual are pooled.
    pub pooling: Pooling,
    /// Prices of errors and expected share of newcomers.
    pub policy: Policy,
}

/// What a catalog has of one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BundleStatus {
    /// The bundle.
    pub bundle: String,
    /// What its rows are for: `embedding`, `local-features`.
    pub role: &'static str,
    /// Whether it is in use.
    pub in_use: bool,
    /// Whether it serves the animals of some slots, and not all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub serves_slots: bool,
    /// Annotations with an embedding.
    pub embeddings: u64,
    /// Annotations that can have none.
    pub unusable: u64,
    /// Annotations that have none yet.
    pub missing: u64,
}

/// The calibration of one slot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationStatus {
    /// The slot: `all`, a species, or a species and a viewpoint.
    pub slot: String,
    /// Which answers it is for.
    pub effort: Effort,
    /// What each evidence is worth.
    pub fusion: Fusion,
    /// Why there is no calibration; none where there is one.
    pub missing: Option<String>,
    /// Whether it leans on the calibration that the bundle brought, because the photos are too few.
    pub leans_on_bundle: bool,
    /// Identified annotations that it was fitted on.
    pub fitted_on_annotations: u64,
    /// Individuals that they show.
    pub fitted_on_individuals: u64,
    /// When it was fitted.
    pub fitted_at: Timestamp,
}

impl Session {
    /// Reads how the catalog stands. Nothing is changed, and a writer at work is not disturbed.
    ///
    /// # Errors
    /// The catalog cannot be opened or read.
    pub fn status(&self) -> Result<Status, EngineError> {
        self.read(|catalog| status(catalog, self.models()))
    }
}

fn status(catalog: &Catalog, models: &Models) -> Result<Status, EngineError> {
    let settings = catalog.settings()?;
    let stats = catalog.stats()?;
    let records = catalog.calibrations(&settings.bundle.id)?;
    let gallery = catalog.gallery(&settings.bundle.id)?;
    let learnt = LearntCount::of_gallery(&gallery, &learnt::of_gallery(catalog, &gallery)?);
    let evidence = (learnt.identified - learnt.photos) as u64;
    let failures = catalog.failures()?.into_iter().map(|record| Warning {
        about: record.failure.path.display().to_string(),
        message: record.failure.reason,
    });
    let mut status = Status {
        catalog: catalog.path().display().to_string(),
        photos: stats.photos,
        annotations: stats.annotations,
        unidentified: stats.unidentified,
        removed: stats.removed,
        individuals: stats.individuals,
        encounters: stats.encounters,
        species: stats.species,
        journal_entries: stats.journal_entries,
        interrupted_imports: stats.interrupted_imports,
        failures: failures.collect(),
        bundle_problem: models.bundle(settings.bundle.id.as_str()).err().as_ref().map(Advice::from),
        settings: shown(settings),
        bundles: stats.bundles.into_iter().map(bundle_status).collect(),
        calibrations: records.iter().map(calibration_status).collect(),
        learnt,
        advice: Vec::new(),
    };
    let local = local_advice(catalog, models, &records)?;
    let calibration = calibration_advice(&records, evidence).or_else(|| thorough_advice(&records, evidence));
    status.advice = advice(&status, calibration, local);
    Ok(status)
}

fn shown(settings: Settings) -> SettingsShown {
    SettingsShown {
        bundle: settings.bundle.id.to_string(),
        detector: settings.detector,
        frame: settings.frame,
        classifiers: settings.classifiers,
        routes: settings.routes,
        encounter_gap_secs: settings.encounter_gap_secs,
        least_pixels: settings.least_pixels,
        pooling: settings.pooling,
        policy: settings.policy,
    }
}

fn bundle_status(stats: resight_catalog::BundleStats) -> BundleStatus {
    BundleStatus {
        bundle: stats.bundle.to_string(),
        role: stats.role.word(),
        in_use: stats.in_use,
        serves_slots: stats.serves_slots,
        embeddings: stats.embeddings,
        unusable: stats.unusable,
        missing: stats.missing,
    }
}

fn calibration_status(record: &CalibrationRecord) -> CalibrationStatus {
    CalibrationStatus {
        slot: record.slot.to_string(),
        effort: record.effort,
        fusion: record.fusion.clone(),
        missing: record.outcome.as_ref().err().cloned(),
        leans_on_bundle: record.leans_on_bundle(),
        fitted_on_annotations: record.fitted_on.annotations,
        fitted_on_individuals: record.fitted_on.individuals,
        fitted_at: record.fitted_at,
    }
}

/// What is to be said about the widest calibration, which serves where no other does.
fn calibration_advice(records: &[CalibrationRecord], evidence: u64) -> Option<Advice> {
    let is_widest =
        |record: &&CalibrationRecord| record.slot == Slot::default() && record.effort == Effort::Fast;
    let Some(widest) = records.iter().find(is_widest) else {
        return (evidence > 0).then(|| Advice::with("never calibrated", Hint::Calibrate));
    };
    let then = widest.fitted_on.annotations;
    if is_old(then, evidence) {
        let what =
            format!("the calibration was fitted on {then} identified annotations, there are {evidence} now");
        return Some(Advice::with(what, Hint::Calibrate));
    }
    if widest.leans_on_bundle() {
        return Some(Advice::plain(
            "the probabilities lean on what the bundle has shown on other animals, until there are more photos",
        ));
    }
    widest.outcome.as_ref().err().map(|why| Advice::plain(format!("no probabilities yet: {why}")))
}

/// That the catalog has grown since thorough answers were calibrated: that is done on demand alone.
fn thorough_advice(records: &[CalibrationRecord], evidence: u64) -> Option<Advice> {
    let is_widest =
        |record: &&CalibrationRecord| record.slot == Slot::default() && record.effort == Effort::Thorough;
    let then = records.iter().find(is_widest)?.fitted_on.identified;
    is_old(then, evidence).then(|| {
        let what = format!(
            "thorough answers were calibrated with {then} identified annotations, there are {evidence} now"
        );
        Advice::with(what, Hint::CalibrateThorough)
    })
}

#[expect(clippy::cast_precision_loss, reason = "numbers of annotations")]
fn is_old(fitted_on: u64, now: u64) -> bool {
    fitted_on.abs_diff(now) as f64 > OLD_BY_SHARE * fitted_on as f64
}

/// What is to be said of local features: that none are compared, that they cannot serve, that they are not calibrated.
fn local_advice(
    catalog: &Catalog,
    models: &Models,
    records: &[CalibrationRecord],
) -> Result<Option<Advice>, EngineError> {
    let serving = catalog.local_features()?;
    if serving.is_empty() {
        let what = "embeddings alone are compared, no local features";
        return Ok(Some(Advice::with(what, Hint::ReadLocalFeatures)));
    }
    for spec in &serving {
        if let Err(error) = models.bundle(spec.id.as_str()) {
            let what = format!("local features cannot serve, embeddings alone answer: {error}");
            return Ok(Some(Advice::with(what, Hint::ReadLocalFeatures)));
        }
    }
    let is_calibrated =
        |effort: Effort| records.iter().any(|one| one.effort == effort && one.outcome.is_ok());
    let what = "answers by local features are not calibrated yet, embeddings alone answer";
    let lacks = is_calibrated(Effort::Fast) && !records.iter().any(|one| one.effort == Effort::Normal);
    Ok(lacks.then(|| Advice::with(what, Hint::Calibrate)))
}

fn advice(status: &Status, calibration: Option<Advice>, local: Option<Advice>) -> Vec<Advice> {
    let mut advice = Vec::new();
    if status.interrupted_imports > 0 {
        let what = format!("{} ingests were stopped before their end", status.interrupted_imports);
        advice.push(Advice::with(what, Hint::GoOnWithIngest));
    }
    // Local features that rest lack nothing.
    let rests = |bundle: &BundleStatus| !bundle.in_use && bundle.role == Role::LocalFeatures.word();
    for bundle in status.bundles.iter().filter(|bundle| bundle.missing > 0 && !rests(bundle)) {
        advice.push(match bundle.in_use {
            true if bundle.role == Role::LocalFeatures.word() => Advice::with(
                format!("local features of {} annotations are missing: {}", bundle.missing, bundle.bundle),
                Hint::Reembed { bundle: None },
            ),
            true => Advice::with(
                format!("{} embeddings are missing", bundle.missing),
                Hint::Reembed { bundle: None },
            ),
            false if bundle.serves_slots => Advice::with(
                format!("{} animals of slots are not embedded by {}", bundle.missing, bundle.bundle),
                Hint::Reembed { bundle: None },
            ),
            false => Advice::with(
                format!(
                    "{} does not serve, and lacks {} embeddings: of a change to it that is not finished, or of a slot that was \
                     given up. To change to it",
                    bundle.bundle, bundle.missing
                ),
                Hint::Reembed { bundle: Some(bundle.bundle.clone()) },
            ),
        });
    }
    advice.extend(status.bundle_problem.clone());
    advice.extend(calibration);
    advice.extend(local);
    advice.extend(status.learnt.sentence().map(Advice::plain));
    advice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calibration_is_old_once_the_catalog_has_changed_by_a_tenth() {
        assert!(!is_old(100, 100) && !is_old(100, 110) && !is_old(0, 0));
        assert!(is_old(100, 111) && is_old(100, 80) && is_old(0, 1));
    }
}
