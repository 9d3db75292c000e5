//! How much a catalog holds.

use resight_core::BundleId;
use rusqlite::Connection;

use crate::catalog::Catalog;
use crate::embedding::{self, BundleRecord, Role};
use crate::error::CatalogError;
use crate::settings;

/// How much a catalog holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Photos.
    pub photos: u64,
    /// Files that could not be used.
    pub failures: u64,
    /// Animals in photos.
    pub annotations: u64,
    /// Animals in photos that were removed, and are not counted elsewhere.
    pub removed: u64,
    /// Those of the annotations of which nobody has said who they are.
    pub unidentified: u64,
    /// Active individuals.
    pub individuals: u64,
    /// Encounters that have an annotation.
    pub encounters: u64,
    /// Species that have an annotation.
    pub species: u64,
    /// Entries of the journal.
    pub journal_entries: u64,
    /// Imports that never came to their end.
    pub interrupted_imports: u64,
    /// The bundles, in the order they came.
    pub bundles: Vec<BundleStats>,
}

/// How much a catalog holds of one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleStats {
    /// The bundle.
    pub bundle: BundleId,
    /// What its rows are for.
    pub role: Role,
    /// Whether it is in use.
    pub in_use: bool,
    /// Whether it is not in use for all animals but serves those of some slots.
    pub serves_slots: bool,
    /// Annotations with an embedding.
    pub embeddings: u64,
    /// Annotations that can have none.
    pub unusable: u64,
    /// Annotations that have none yet, of those that it serves.
    pub missing: u64,
    /// Slots with a calibration.
    pub calibrated_slots: u64,
}

impl Catalog {
    /// Counts what the catalog holds.
    ///
    /// # Errors
    /// Database errors.
    pub fn stats(&self) -> Result<Stats, CatalogError> {
        let count = |sql: &str| count(self.connection(), sql, None);
        let routes = settings::routes(self.connection())?;
        let serves_slots = |bundle: &BundleRecord| {
            !bundle.in_use && routes.iter().any(|slot| slot.bundle == bundle.spec.id.as_str())
        };
        let mut bundles = Vec::new();
        for bundle in embedding::all(self.connection())? {
            let of = |sql: &str| self::count(self.connection(), sql, Some(bundle.key));
            bundles.push(BundleStats {
                embeddings: of("SELECT count(*) FROM embedding WHERE bundle_id = ?1")?,
                unusable: of("SELECT count(*) FROM embedding_failure WHERE bundle_id = ?1")?,
                missing: match serves_slots(&bundle) {
                    true => self.count_missing_in_route(&bundle.spec.id)?,
                    false => self.count_missing_embeddings(&bundle.spec.id)?,
                },
                serves_slots: serves_slots(&bundle),
                calibrated_slots: of(
                    "SELECT count(*) FROM calibration WHERE bundle_id = ?1 AND calibration IS NOT NULL",
                )?,
                bundle: bundle.spec.id,
                role: bundle.role,
                in_use: bundle.in_use,
            });
        }
        Ok(Stats {
            photos: count("SELECT count(*) FROM photo")?,
            failures: count("SELECT count(*) FROM photo_failure")?,
            annotations: count("SELECT count(*) FROM annotation WHERE removed = 0")?,
            removed: count("SELECT count(*) FROM annotation WHERE removed = 1")?,
            unidentified: count(
                "SELECT count(*) FROM annotation WHERE removed = 0 AND individual_id IS NULL",
            )?,
            individuals: count("SELECT count(*) FROM individual WHERE state = 'active'")?,
            encounters: count("SELECT count(DISTINCT encounter_id) FROM annotation WHERE removed = 0")?,
            species: count("SELECT count(DISTINCT species_id) FROM annotation WHERE removed = 0")?,
            journal_entries: count("SELECT count(*) FROM journal_entry")?,
            interrupted_imports: count("SELECT count(*) FROM import WHERE finished_at IS NULL")?,
            bundles,
        })
    }
}

fn count(connection: &Connection, sql: &str, bundle: Option<i64>) -> Result<u64, CatalogError> {
    let mut statement = connection.prepare_cached(sql)?;
    let counted: i64 = statement.query_row(rusqlite::params_from_iter(bundle), |row| row.get(0))?;
    Ok(counted.cast_unsigned())
}
