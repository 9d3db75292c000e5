//! Many networks in one catalog: a slot's animals, of one kind and seen from one side, are told apart by a network of their own.
//!
//! Every animal is embedded by the catalog's bundle, and those of a slot besides by the slot's. A question about an
//! animal of a slot is asked among the animals of the slot, by its network, with calibrations of its own; where the labels
//! do not say that it is of a slot, the bundle of all answers.

mod make;
mod network;

use jiff::Timestamp;
use resight_catalog::Catalog;
use resight_core::{BundleId, Route, RoutedSlot, SpeciesTypes};
use resight_model::{Bundle, Purpose};
use serde::Serialize;

use crate::calibrate::{CalibrationReport, calibrate_catalog};
use crate::models::spec_of;
use crate::{CancelToken, Effort, EngineError, Models, Progress, Session, Warning};

pub(crate) use self::make::{count_missing, make_for, make_missing};
pub(crate) use self::network::RoutedNetwork;

/// What a catalog's route says of a slot, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouteStatus {
    /// The slot, with the id of its bundle.
    #[serde(flatten)]
    pub slot: RoutedSlot,
    /// Annotations that its bundle has embedded.
    pub embeddings: u64,
    /// Annotations of the slot that it has not embedded yet.
    pub missing: u64,
    /// Whether answers by it are calibrated.
    pub calibrated: bool,
    /// Why it cannot serve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What came of giving a catalog a route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouteReport {
    /// The slots as they are now.
    pub slots: Vec<RouteStatus>,
    /// Annotations embedded by the slots' bundles in this run.
    pub embedded: usize,
    /// Photos that are not where they were, or whose bytes have changed.
    pub missing: Vec<Warning>,
    /// Whether it was stopped before the end; embedding goes on with the next work on the catalog.
    pub interrupted: bool,
    /// The calibration made afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationReport>,
}

impl Session {
    /// Gives the catalog a route in place of the one that it has: its types of species hold, the bundles of its slots are found by
    /// their ids from now on,
    /// the animals of each slot are embedded, and answers calibrated. The bundle of all animals stays that of the catalog.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing; a bundle is not there, or no embedder; a network fails, the disk is full.
    pub fn set_route(
        &self,
        slots: &[RoutedSlot],
        types: &SpeciesTypes,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<RouteReport, EngineError> {
        let _span = tracing::info_span!("set route").entered();
        let models = self.models();
        let bundles = checked(models, slots)?;
        let mut catalog = self.writer()?;
        let own = catalog.settings()?.bundle.id;
        if let Some((slot, _)) = slots.iter().zip(&bundles).find(|(_, bundle)| *bundle.id() == own) {
            return Err(EngineError::user(format!(
                "the slot {slot} names {own}, which serves all animals of this catalog: leave the slot out"
            )));
        }
        let mut kept = Vec::new();
        for (slot, bundle) in slots.iter().zip(&bundles) {
            models.keep(bundle)?;
            catalog.add_bundle(&spec_of(bundle), Timestamp::now())?;
            catalog.keep_learnt(bundle.id(), bundle.learnt())?;
            kept.push(RoutedSlot { bundle: bundle.id().to_string(), ..slot.clone() });
        }
        catalog.set_routes(&kept, types)?;
        let made = make_missing(&mut catalog, models, progress, cancel)?;
        let mut report = RouteReport {
            slots: Vec::new(),
            embedded: made.embedded,
            missing: made.missing,
            interrupted: made.interrupted,
            calibration: None,
        };
        if !report.interrupted {
            let calibration = calibrate_catalog(&mut catalog, models, Effort::default(), progress, cancel)?;
            report.interrupted = calibration.interrupted;
            report.calibration = Some(calibration);
        }
        report.slots = standing(&catalog, models)?;
        progress.end();
        Ok(report)
    }

    /// The slots of the catalog's route, and how far each is.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn route(&self) -> Result<Vec<RouteStatus>, EngineError> {
        self.read(|catalog| standing(catalog, self.models()))
    }
}

/// Looks whether a route could serve: every bundle is there and makes embeddings.
///
/// # Errors
/// In words: which is not there, or is none.
pub fn check_route(route: &Route, models: &Models) -> Result<(), EngineError> {
    models.bundle(&route.bundle)?.expect_purpose(Purpose::Embedder)?;
    checked(models, &route.slots).map(drop)
}

fn checked(models: &Models, slots: &[RoutedSlot]) -> Result<Vec<Bundle>, EngineError> {
    let of = |slot: &RoutedSlot| {
        let bundle = models.bundle(&slot.bundle)?;
        bundle.expect_purpose(Purpose::Embedder)?;
        Ok(bundle)
    };
    slots.iter().map(of).collect()
}

fn standing(catalog: &Catalog, models: &Models) -> Result<Vec<RouteStatus>, EngineError> {
    let stats = catalog.stats()?;
    let mut all = Vec::new();
    for slot in catalog.settings()?.routes {
        let id = bundle_of(&slot)?;
        let of_bundle = stats.bundles.iter().find(|bundle| bundle.bundle == id);
        let calibrated = catalog.calibrations(&id)?.iter().any(|record| record.outcome.is_ok());
        all.push(RouteStatus {
            embeddings: of_bundle.map_or(0, |bundle| bundle.embeddings),
            missing: of_bundle.map_or(0, |bundle| bundle.missing),
            calibrated,
            problem: models.bundle(&slot.bundle).err().map(|error| error.to_string()),
            slot,
        });
    }
    Ok(all)
}

/// The id that a catalog's slot names.
pub(crate) fn bundle_of(slot: &RoutedSlot) -> Result<BundleId, EngineError> {
    slot.bundle.parse().map_err(|_| EngineError::internal(format!("a route with no id: {}", slot.bundle)))
}

/// The bundles of a catalog's route, each once.
pub(crate) fn bundles(catalog: &Catalog) -> Result<Vec<BundleId>, EngineError> {
    let mut ids = catalog.settings()?.routes.iter().map(bundle_of).collect::<Result<Vec<_>, _>>()?;
    ids.sort();
    ids.dedup();
    Ok(ids)
}
