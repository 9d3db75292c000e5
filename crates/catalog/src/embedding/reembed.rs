//! Changing the bundle: the embeddings of the new one are made while the old one serves.

use resight_core::{AnnotationId, BundleId, PhotoId, RoutedSlot};
use rusqlite::{Connection, OptionalExtension, params};

use super::{BundleRecord, NewEmbedding, Role, StoringEmbeddings, find, put_into_use, register};
use crate::annotation::{PendingEmbedding, region};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::photo;
use crate::settings::{self, BundleSpec};

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
        self.missing_among("1", &bundle, after, at_most)
    }

    /// How many annotations that may be of a slot which this bundle serves ([`Catalog::set_routes`]) have no embedding of it:
    /// those with its labels, and those that do not say.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; database errors.
    pub fn count_missing_in_route(&self, bundle: &BundleId) -> Result<u64, CatalogError> {
        let record = find(self.connection(), bundle)?;
        let slots = of_route(self.connection(), bundle)?;
        count_missing_among(self.connection(), &slots, &record)
    }

    /// As [`Self::missing_embeddings`], of those that [`Self::count_missing_in_route`] counts.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; database errors.
    pub fn missing_in_route(
        &self,
        bundle: &BundleId,
        after: Option<AnnotationId>,
        at_most: usize,
    ) -> Result<Vec<PendingEmbedding>, CatalogError> {
        let record = find(self.connection(), bundle)?;
        let slots = of_route(self.connection(), bundle)?;
        self.missing_among(&slots, &record, after, at_most)
    }

    fn missing_among(
        &self,
        among: &str,
        bundle: &BundleRecord,
        after: Option<AnnotationId>,
        at_most: usize,
    ) -> Result<Vec<PendingEmbedding>, CatalogError> {
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT id, photo_id, (SELECT content FROM photo WHERE photo.id = photo_id), x, y, width, height, \
             (SELECT picture FROM photo WHERE photo.id = photo_id), rotation {MISSING} AND id > ?2 AND {among} \
             ORDER BY id LIMIT ?3"
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
            let serves = settings::routes(transaction)?.iter().any(|slot| slot.bundle == bundle.as_str());
            if record.in_use || serves {
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
    count_missing_among(connection, "1", bundle)
}

/// The annotations that may be of the slots which a bundle serves, as a condition. A label that is not known rules nothing out.
fn of_route(connection: &Connection, bundle: &BundleId) -> Result<String, CatalogError> {
    let id_of = |table: &str, name: &str| -> Result<Option<i64>, CatalogError> {
        let mut statement = connection.prepare_cached(&format!("SELECT id FROM {table} WHERE name = ?1"))?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    };
    // No row has a label that there is not.
    let is_one_of = |column: &str, ids: Vec<Option<i64>>| {
        let ids: Vec<String> = ids.into_iter().flatten().map(|id| id.to_string()).collect();
        format!("({column} IS NULL OR {column} IN ({}))", ids.join(", "))
    };
    let types = settings::species_types(connection)?;
    let mut of_slots = Vec::new();
    let serves = |slot: &&RoutedSlot| slot.bundle == bundle.as_str();
    for slot in settings::routes(connection)?.iter().filter(serves) {
        let mut conditions = Vec::new();
        if let Some(species) = &slot.species {
            let wider = types.type_of(species);
            let may_be = std::iter::once(species).chain(types.species_of(species)).chain(wider);
            let ids = may_be.map(|one| id_of("species", one.as_str())).collect::<Result<_, _>>()?;
            conditions.push(is_one_of("species_id", ids));
        }
        if let Some(viewpoint) = &slot.viewpoint {
            conditions.push(is_one_of("viewpoint_id", vec![id_of("viewpoint", viewpoint.as_str())?]));
        }
        of_slots.push(format!("({})", conditions.join(" AND ")));
    }
    Ok(if of_slots.is_empty() { "0".to_owned() } else { format!("({})", of_slots.join(" OR ")) })
}

fn count_missing_among(
    connection: &Connection,
    among: &str,
    bundle: &BundleRecord,
) -> Result<u64, CatalogError> {
    let count: i64 = connection
        .prepare_cached(&format!("SELECT count(*) {MISSING} AND {among}"))?
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
