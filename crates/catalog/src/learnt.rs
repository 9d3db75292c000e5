//! What the bundles of the catalog have learnt, kept beside their embeddings: whoever calibrates or asks need not find
//! the bundle for it, and a bundle that is lost is not taken for one that has learnt nothing.

use resight_core::{BundleId, LearntRecord};
use rusqlite::{Connection, params};

use crate::catalog::Catalog;
use crate::embedding::find;
use crate::error::CatalogError;

impl Catalog {
    /// What a bundle has learnt; empty where nothing is known of it.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; [`CatalogError::Corrupt`]; database errors.
    pub fn learnt(&self, bundle: &BundleId) -> Result<LearntRecord, CatalogError> {
        read(self.connection(), bundle)
    }

    /// Keeps what a bundle has learnt, beside what was known of it before.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; [`CatalogError::BadSetting`] for a record that is too long; read-only catalog;
    /// database errors.
    pub fn keep_learnt(&mut self, bundle: &BundleId, learnt: &LearntRecord) -> Result<(), CatalogError> {
        let known = self.learnt(bundle)?;
        if learnt.is_empty() || known == *learnt {
            return Ok(());
        }
        let text =
            known.merged(learnt).encode().map_err(|error| CatalogError::BadSetting(error.to_string()))?;
        self.write(|transaction| {
            let key = find(transaction, bundle)?.key;
            transaction
                .execute("UPDATE bundle SET learnt = ?1 WHERE id = ?2", params![text.as_bytes(), key])?;
            Ok(())
        })
    }
}

pub(crate) fn read(connection: &Connection, bundle: &BundleId) -> Result<LearntRecord, CatalogError> {
    let key = find(connection, bundle)?.key;
    let bytes: Option<Vec<u8>> =
        connection.query_row("SELECT learnt FROM bundle WHERE id = ?1", [key], |row| row.get(0))?;
    bytes.map_or_else(|| Ok(LearntRecord::default()), |bytes| LearntRecord::decode(&bytes)).map_err(|error| {
        CatalogError::Corrupt(format!("what the bundle has learnt cannot be read: {error}: {bundle}"))
    })
}
