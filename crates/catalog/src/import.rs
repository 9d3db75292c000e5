//! Imports: which run brought which photos in.

use std::fmt;

use rusqlite::params;

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::signature::{Actor, Signature};

/// One run of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportId(pub i64);

impl fmt::Display for ImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "import-{}", self.0)
    }
}

impl Catalog {
    /// Begins an import: what it stores, and the individuals that its labels make, go by this id.
    ///
    /// `source` says where the photos come from, for people to read.
    ///
    /// # Errors
    /// Read-only catalog; database errors.
    pub fn begin_import(&mut self, source: &str, signature: &Signature) -> Result<ImportId, CatalogError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO import (source, actor_kind, actor, started_at) VALUES (?1, ?2, ?3, ?4)",
                params![source, signature.actor.kind(), signature.actor.name(), signature.at.to_string()],
            )?;
            Ok(ImportId(transaction.last_insert_rowid()))
        })
    }

    /// Notes that an import came to its end, and with it the interrupted ones of the same source that it made
    /// good. One without this was interrupted.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchImport`]; read-only catalog; database errors.
    pub fn finish_import(&mut self, import: ImportId, now: jiff::Timestamp) -> Result<(), CatalogError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE import SET finished_at = ?2 WHERE id = ?1 OR (finished_at IS NULL \
                 AND source = (SELECT source FROM import WHERE id = ?1))",
                params![import.0, now.to_string()],
            )?;
            if changed >= 1 { Ok(()) } else { Err(CatalogError::NoSuchImport(import.0)) }
        })
    }
}

/// Who runs an import.
pub(crate) fn actor(connection: &rusqlite::Connection, import: ImportId) -> Result<Actor, CatalogError> {
    connection
        .query_row("SELECT actor_kind, actor FROM import WHERE id = ?1", [import.0], |row| {
            Ok(Actor::from_stored(&row.get::<_, String>(0)?, row.get(1)?))
        })
        .map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => CatalogError::NoSuchImport(import.0),
            other => other.into(),
        })
}
