//! What a bundle has made of one annotation.

use resight_core::{AnnotationId, BundleId};
use rusqlite::{OptionalExtension, params};

use super::find;
use crate::catalog::Catalog;
use crate::error::CatalogError;

/// What the catalog has of an annotation by one bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredEmbedding {
    /// The embedding, at this row of [`crate::Embeddings`].
    Row(u64),
    /// There is none and can be none, for the reason noted.
    Unusable(String),
    /// It is not made yet.
    Missing,
}

impl Catalog {
    /// What a bundle has made of an annotation.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; database errors.
    pub fn stored_embedding(
        &self,
        bundle: &BundleId,
        annotation: AnnotationId,
    ) -> Result<StoredEmbedding, CatalogError> {
        let key = find(self.connection(), bundle)?.key;
        let row: Option<i64> = self
            .connection()
            .prepare_cached("SELECT row FROM embedding WHERE annotation_id = ?1 AND bundle_id = ?2")?
            .query_row(params![annotation.0, key], |row| row.get(0))
            .optional()?;
        if let Some(row) = row {
            return Ok(StoredEmbedding::Row(row.cast_unsigned()));
        }
        let reason: Option<String> = self
            .connection()
            .prepare_cached(
                "SELECT reason FROM embedding_failure WHERE annotation_id = ?1 AND bundle_id = ?2",
            )?
            .query_row(params![annotation.0, key], |row| row.get(0))
            .optional()?;
        Ok(reason.map_or(StoredEmbedding::Missing, StoredEmbedding::Unusable))
    }
}
