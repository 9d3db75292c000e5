//! Calibrations: one a bundle, slot and effort, or the reason why there is none.

use jiff::Timestamp;
use resight_core::{BundleId, Calibration, Effort, Fusion, Same, Slot, Species, Viewpoint};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::embedding;
use crate::error::CatalogError;
use crate::failure::timestamp;
use crate::store::label_id;

/// The reason where a stored calibration has a form that this version does not know.
const OTHER_VERSION: &str = "fitted by another version of the program, and to be fitted anew";

/// What a calibration was fitted on, so that a change can be noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FittedOn {
    /// Identified annotations of the slot that asked.
    pub annotations: u64,
    /// Identified annotations of the slot, whether they asked or not; 0 where an earlier version fitted it.
    pub identified: u64,
    /// Individuals of the slot.
    pub individuals: u64,
    /// Queries of known individuals.
    pub known_cases: u64,
    /// Simulated newcomers.
    pub new_cases: u64,
    /// What was hidden from a query, as `encounter,duplicates`.
    pub hidden: String,
    /// Whether these are too few to stand by themselves, so that it leans on the calibration that the bundle brought.
    pub leans_on_bundle: bool,
}

/// The calibration of one slot of one bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationRecord {
    /// Which labels it is for.
    pub slot: Slot,
    /// Which answers it is for.
    pub effort: Effort,
    /// What each evidence is worth in the similarities that it was fitted on.
    pub fusion: Fusion,
    /// The calibration, or why there is none, for people to read.
    pub outcome: Result<Calibration, String>,
    /// What it was fitted on.
    pub fitted_on: FittedOn,
    /// When.
    pub fitted_at: Timestamp,
}

impl CalibrationRecord {
    /// Whether there is a calibration, and it leans on what the bundle brought because the photos are too few.
    pub fn leans_on_bundle(&self) -> bool {
        self.outcome.is_ok() && self.fitted_on.leans_on_bundle
    }
}

impl Catalog {
    /// Puts new calibrations of a bundle in the place of all its former ones.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; read-only catalog; database errors.
    pub fn replace_calibrations(
        &mut self,
        bundle: &BundleId,
        records: &[CalibrationRecord],
    ) -> Result<(), CatalogError> {
        self.write(|transaction| {
            let key = embedding::find(transaction, bundle)?.key;
            transaction.execute("DELETE FROM calibration WHERE bundle_id = ?1", [key])?;
            records.iter().try_for_each(|record| insert(transaction, key, record))
        })
    }

    /// The calibrations of a bundle, by slot.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; database errors.
    pub fn calibrations(&self, bundle: &BundleId) -> Result<Vec<CalibrationRecord>, CatalogError> {
        let key = embedding::find(self.connection(), bundle)?.key;
        let mut statement = self.connection().prepare_cached(
            "SELECT species.name, viewpoint.name, calibration, missing, fitted_on, fitted_at, by_species, by_viewpoint, \
             effort, fusion FROM calibration \
             LEFT JOIN species ON species.id = species_id LEFT JOIN viewpoint ON viewpoint.id = viewpoint_id \
             WHERE bundle_id = ?1 ORDER BY effort, by_species, by_viewpoint, species.name, viewpoint.name",
        )?;
        let mut rows = statement.query([key])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(record(row)?);
        }
        Ok(records)
    }
}

fn insert(connection: &Connection, bundle: i64, record: &CalibrationRecord) -> Result<(), CatalogError> {
    let species = label_id(connection, "species", record.slot.species.as_ref().map(Species::as_str))?;
    let viewpoint = label_id(connection, "viewpoint", record.slot.viewpoint.as_ref().map(Viewpoint::as_str))?;
    let unwritable =
        |error: serde_json::Error| CatalogError::Corrupt(format!("a calibration that is no JSON: {error}"));
    let calibration =
        record.outcome.as_ref().ok().map(serde_json::to_string).transpose().map_err(unwritable)?;
    let fitted_on = serde_json::to_string(&record.fitted_on).map_err(unwritable)?;
    let fusion = serde_json::to_string(&record.fusion).map_err(unwritable)?;
    connection
        .prepare_cached(
            "INSERT INTO calibration (bundle_id, species_id, viewpoint_id, calibration, missing, fitted_on, fitted_at, \
             by_species, by_viewpoint, effort, fusion) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            bundle,
            species,
            viewpoint,
            calibration,
            record.outcome.as_ref().err(),
            fitted_on,
            record.fitted_at.to_string(),
            record.slot.same.species,
            record.slot.same.viewpoint,
            record.effort.word(),
            fusion
        ])?;
    Ok(())
}

fn record(row: &Row<'_>) -> Result<CalibrationRecord, CatalogError> {
    let slot = Slot {
        same: Same { species: row.get(6)?, viewpoint: row.get(7)? },
        species: row.get::<_, Option<String>>(0)?.and_then(|name| Species::parse(&name)),
        viewpoint: row.get::<_, Option<String>>(1)?.and_then(|name| Viewpoint::parse(&name)),
    };
    let effort: String = row.get(8)?;
    let effort = Effort::from_word(&effort)
        .ok_or_else(|| CatalogError::Corrupt(format!("a calibration of an unknown effort: {effort}")))?;
    // Catalogs that knew nothing of evidences beside the embeddings state none.
    let fusion: Option<Fusion> = match row.get::<_, Option<String>>(9)? {
        Some(json) => serde_json::from_str(&json).ok(),
        None => Some(Fusion::embedding_alone()),
    };
    let outcome = match row.get::<_, Option<String>>(2)?.filter(|_| fusion.is_some()) {
        Some(json) => serde_json::from_str(&json).map_err(|_| OTHER_VERSION.to_owned()),
        None => Err(row.get::<_, Option<String>>(3)?.unwrap_or_else(|| OTHER_VERSION.to_owned())),
    };
    let fusion = fusion.unwrap_or_else(Fusion::embedding_alone);
    let fitted_on = serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default();
    let fitted_at = timestamp(&row.get::<_, String>(5)?)?;
    Ok(CalibrationRecord { slot, effort, fusion, outcome, fitted_on, fitted_at })
}
