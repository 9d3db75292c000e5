//! Photos that could not be used, and why.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::params;

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::import::{self, ImportId};
use crate::photo::{PathValue, path_from_stored};

/// A file that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoFailure {
    /// The file.
    pub path: PathBuf,
    /// Why, for people to read.
    pub reason: String,
}

/// The same, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoFailureRecord {
    /// The file and why.
    pub failure: PhotoFailure,
    /// When it was last tried.
    pub failed_at: Timestamp,
    /// The import that tried.
    pub import: ImportId,
}

impl Catalog {
    /// Records files that could not be used; one that fails again is recorded anew. A photo stored later from
    /// the same path takes its failure off the record.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchImport`]; read-only catalog; database errors.
    pub fn record_failures(
        &mut self,
        import: ImportId,
        failures: &[PhotoFailure],
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        self.write(|transaction| {
            import::actor(transaction, import)?;
            let mut statement = transaction.prepare_cached(
                "INSERT INTO photo_failure (path, reason, failed_at, import_id) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (path) DO UPDATE SET reason = excluded.reason, failed_at = excluded.failed_at, \
                 import_id = excluded.import_id",
            )?;
            for failure in failures {
                let path = PathValue(&failure.path);
                statement.execute(params![path, failure.reason, now.to_string(), import.0])?;
            }
            Ok(())
        })
    }

    /// The files that could not be used, by path.
    ///
    /// # Errors
    /// Database errors.
    pub fn failures(&self) -> Result<Vec<PhotoFailureRecord>, CatalogError> {
        let mut statement = self
            .connection()
            .prepare("SELECT path, reason, failed_at, import_id FROM photo_failure ORDER BY path")?;
        let rows = statement.query_map([], |row| {
            let failure = PhotoFailure { path: path_from_stored(row.get_ref(0)?), reason: row.get(1)? };
            Ok((failure, row.get::<_, String>(2)?, ImportId(row.get(3)?)))
        })?;
        rows.map(|row| {
            let (failure, failed_at, import) = row?;
            Ok(PhotoFailureRecord { failure, failed_at: timestamp(&failed_at)?, import })
        })
        .collect()
    }
}

/// Reads a stored time.
pub(crate) fn timestamp(text: &str) -> Result<Timestamp, CatalogError> {
    text.parse().map_err(|_| CatalogError::Corrupt(format!("not a time: {text}")))
}
