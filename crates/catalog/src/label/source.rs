//! Who says what a label says, as the database keeps it.

use resight_core::LabelSource;
use rusqlite::{Connection, OptionalExtension, params};

use super::LabelName;
use crate::error::CatalogError;

/// Whose labels a table keeps the sources of.
struct Kept {
    table: &'static str,
    subject: &'static str,
}

const OF_ANNOTATIONS: Kept = Kept { table: "annotation_source", subject: "annotation_id" };
const OF_PHOTOS: Kept = Kept { table: "photo_source", subject: "photo_id" };

pub(super) fn source_of_annotation(
    connection: &Connection,
    annotation: i64,
    label: &LabelName,
) -> Result<Option<(LabelSource, Option<f32>)>, CatalogError> {
    OF_ANNOTATIONS.read(connection, annotation, label)
}

pub(super) fn source_of_photo(
    connection: &Connection,
    photo: i64,
    label: &LabelName,
) -> Result<Option<(LabelSource, Option<f32>)>, CatalogError> {
    OF_PHOTOS.read(connection, photo, label)
}

/// Notes who says what a label of an annotation says; `None` where nothing is said any more, or nobody knows.
pub(crate) fn say_of_annotation(
    connection: &Connection,
    annotation: i64,
    label: &LabelName,
    source: Option<(&LabelSource, Option<f32>)>,
) -> Result<(), CatalogError> {
    OF_ANNOTATIONS.write(connection, annotation, label, source)
}

/// As [`say_of_annotation`], of a photo.
pub(crate) fn say_of_photo(
    connection: &Connection,
    photo: i64,
    label: &LabelName,
    source: Option<(&LabelSource, Option<f32>)>,
) -> Result<(), CatalogError> {
    OF_PHOTOS.write(connection, photo, label, source)
}

impl Kept {
    fn read(
        &self,
        connection: &Connection,
        id: i64,
        label: &LabelName,
    ) -> Result<Option<(LabelSource, Option<f32>)>, CatalogError> {
        let Self { table, subject } = self;
        let found = connection
            .prepare_cached(&format!(
                "SELECT kind, by, confidence FROM {table} JOIN source ON source.id = source_id \
                 WHERE {subject} = ?1 AND label = ?2"
            ))?
            .query_row(params![id, label.stored()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((kind, by, confidence)) = found else { return Ok(None) };
        let source = LabelSource::from_words(&kind, Some(by));
        let source = source.ok_or_else(|| CatalogError::Corrupt(format!("an unknown source: {kind}")))?;
        Ok(Some((source, confidence)))
    }

    fn write(
        &self,
        connection: &Connection,
        id: i64,
        label: &LabelName,
        source: Option<(&LabelSource, Option<f32>)>,
    ) -> Result<(), CatalogError> {
        let Self { table, subject } = self;
        let Some((source, confidence)) = source else {
            connection
                .prepare_cached(&format!("DELETE FROM {table} WHERE {subject} = ?1 AND label = ?2"))?
                .execute(params![id, label.stored()])?;
            return Ok(());
        };
        let source = source_row(connection, source)?;
        let confidence = confidence.filter(|value| (0.0..=1.0).contains(value));
        connection
            .prepare_cached(&format!(
                "INSERT INTO {table} ({subject}, label, source_id, confidence) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT DO UPDATE SET source_id = excluded.source_id, confidence = excluded.confidence"
            ))?
            .execute(params![id, label.stored(), source, confidence])?;
        Ok(())
    }
}

/// The row of a source, made where it is not there yet.
fn source_row(connection: &Connection, source: &LabelSource) -> Result<i64, CatalogError> {
    let words = params![source.word(), source.by().unwrap_or_default()];
    let found: Option<i64> = connection
        .prepare_cached("SELECT id FROM source WHERE kind = ?1 AND by = ?2")?
        .query_row(words, |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    connection.prepare_cached("INSERT INTO source (kind, by) VALUES (?1, ?2)")?.execute(words)?;
    Ok(connection.last_insert_rowid())
}
