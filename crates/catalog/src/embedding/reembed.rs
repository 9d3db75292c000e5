//! Changing the bundle: the embeddings of the new one are made while the old one serves.

use resight_core::{AnnotationId, BundleId, PhotoId};
use rusqlite::{Connection, params};

use super::{BundleRecord, NewEmbedding, Role, StoringEmbeddings, find, put_into_use, register};
use crate::annotation::{PendingEmbedding, region};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::photo;
use crate::settings::BundleSpec;

/// Annotations that a bundle has neither an embedding of nor a reason why not.
const MISSING: &str = "FROM annotation WHERE removed = 0 AND NOT EXISTS \
    (SELECT 1 FROM embedding WHERE annotation_id = annotation.id AND bundle_id = ?1) \
    AND NOT EXISTS (SELECT 1 FROM embedding_failure WHERE annotation_id = annotation.id AND bundle_id = ?1)";

impl Catalog {
    /// Makes a bundle known, so that embeddings of it can be stored. One that is known must be the same.
    ///
    /// # Errors
    /// [`CatalogError::BundleDiffers`]; read-only catalog; database errors.
    pub fn add_bundle(&mut self, spec: &BundleSpec, now: jiff::Timestamp) -> Result<(), CatalogError> {
        self.write(|transaction| register(transaction, spec, Role::Embedding, now).map(drop))
    }

    /// How many annotations have no embedding of a bundle yet (those that can have none are not counted).
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; database errors.
    pub fn count_missing_embeddings(&self, bundle: &BundleId) -> Result<u64, CatalogError> {
        count_missing(self.connection(), &find(self.connection(), bundle)?)
    }

    /// Annotations that have no embedding of a bundle yet, beginning after `after`, at most `at_most` of them.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; database errors.
    pub fn missing_embeddings(
        &self,
        bundle: &BundleId,
        after: Option<AnnotationId>,
        at_most: usize,
    ) -> Result<Vec<PendingEmbedding>, CatalogError> {
        let bundle = find(self.connection(), bundle)?;
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT id, photo_id, (SELECT content FROM photo WHERE photo.id = photo_id), x, y, width, height, \
             (SELECT picture FROM photo WHERE photo.id = photo_id) {MISSING} AND id > ?2 ORDER BY id LIMIT ?3"
        ))?;
        let after = after.map_or(0, |annotation| annotation.0);
        let mut rows =
            statement.query(params![bundle.key, after, i64::try_from(at_most).unwrap_or(i64::MAX)])?;
        let mut pending = Vec::new();
        let roots = self.roots()?;
        while let Some(row) = rows.next()? {
            let id: PhotoId = photo::content(row, 2)?;
            pending.push(PendingEmbedding {
                annotation: AnnotationId(row.get(0)?),
                photo: id,
                picture: photo::picture(row, 7)?,
                paths: photo::paths(self.connection(), row.get(1)?, &roots)?,
                region: region(row, 3)?,
            });
        }
        Ok(pending)
    }

    /// Stores embeddings of annotations that had none of this bundle; those that have one keep it.
    /// They are on the disk when this returns.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`], [`CatalogError::WrongDimension`], [`CatalogError::NoSuchAnnotation`];
    /// disk full; read-only catalog; database errors. Nothing is stored then.
    pub fn store_embeddings(
        &mut self,
        bundle: &BundleId,
        embeddings: &[(AnnotationId, NewEmbedding)],
    ) -> Result<(), CatalogError> {
        self.write_with_vectors(|transaction, appenders, layout| {
            let bundle = find(transaction, bundle)?;
            let mut storing = StoringEmbeddings::new(&bundle);
            let mut seen = std::collections::BTreeSet::new();
            for (annotation, embedding) in embeddings {
                crate::annotation::individual_of(transaction, *annotation)?;
                if seen.insert(*annotation) && !has_embedding(transaction, &bundle, *annotation)? {
                    storing.add(transaction, *annotation, embedding)?;
                }
            }
            storing.finish(transaction, appenders, layout)
        })
    }

    /// Puts a bundle into use, at once and wholly. The one that served until now is kept.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; [`CatalogError::BundleIncomplete`] while annotations have no embedding
    /// of it; read-only catalog; database errors.
    pub fn switch_bundle(&mut self, bundle: &BundleId) -> Result<(), CatalogError> {
        self.write(|transaction| {
            let record = find(transaction, bundle)?;
            let missing = count_missing(transaction, &record)?;
            if missing > 0 {
                return Err(CatalogError::BundleIncomplete { missing, bundle: bundle.clone() });
            }
            put_into_use(transaction, record.role, std::slice::from_ref(&record))
        })
    }

    /// Drops all embeddings and calibrations of a bundle that is not in use.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`], [`CatalogError::BundleInUse`]; read-only catalog; file and database errors.
    pub fn drop_bundle(&mut self, bundle: &BundleId) -> Result<(), CatalogError> {
        self.write_with_vectors(|transaction, appenders, _| {
            let record = find(transaction, bundle)?;
            if record.in_use {
                return Err(CatalogError::BundleInUse(bundle.clone()));
            }
            appenders.forget();
            for table in [
                "embedding",
                "embedding_retired",
                "embedding_failure",
                "segment_block",
                "segment",
                "calibration",
            ] {
                transaction.execute(&format!("DELETE FROM {table} WHERE bundle_id = ?1"), [record.key])?;
            }
            transaction.execute("DELETE FROM bundle WHERE id = ?1", [record.key])?;
            Ok(())
        })?;
        self.tidy_segments()
    }
}

pub(crate) fn count_missing(connection: &Connection, bundle: &BundleRecord) -> Result<u64, CatalogError> {
    let count: i64 = connection
        .prepare_cached(&format!("SELECT count(*) {MISSING}"))?
        .query_row([bundle.key], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

fn has_embedding(
    connection: &Connection,
    bundle: &BundleRecord,
    annotation: AnnotationId,
) -> Result<bool, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM embedding WHERE annotation_id = ?1 AND bundle_id = ?2")?;
    Ok(statement.exists(params![annotation.0, bundle.key])?)
}
