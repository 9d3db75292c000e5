//! What a label says now.

use std::collections::BTreeMap;

use resight_core::{AnnotationId, EncounterSource, LabelSource};
use rusqlite::{Connection, OptionalExtension};

use super::source::{source_of_annotation, source_of_photo};
use super::{LabelName, LabelSubject, LabelValue, box_text, place_text};
use crate::annotation::region;
use crate::encounter;
use crate::error::CatalogError;
use crate::{photo, verdict};

/// The box of an animal that was taken in as its whole photo.
pub(super) const WHOLE: &str = "whole";

/// What a label says now; `None` where nothing is said.
///
/// # Errors
/// The subject is not there, or has no such label: [`CatalogError::NotItsLabel`]; database errors.
pub(crate) fn present(
    connection: &Connection,
    subject: LabelSubject,
    label: &LabelName,
) -> Result<Option<LabelValue>, CatalogError> {
    let id = row_of(connection, subject)?;
    let (value, known) = match (subject, label) {
        (_, LabelName::Attribute(name)) => (attribute(connection, subject, id, name)?, None),
        (LabelSubject::Annotation(_), LabelName::Verdict(individual)) => {
            (verdict::present(connection, id, *individual)?, None)
        }
        (LabelSubject::Annotation(_), LabelName::Box) => {
            let (value, found_by) = place_in_photo(connection, id)?;
            let known = source_of_annotation(connection, id, label)?;
            (Some(value), known.or(Some(found_by)))
        }
        (LabelSubject::Annotation(_), _) => {
            let value = of_annotation(connection, id, label)?;
            let known = source_of_annotation(connection, id, label)?;
            let by_its_kind = || value.as_deref().and_then(|value| source_of_encounter(label, value));
            let known = known.or_else(|| by_its_kind().map(|source| (source, None)));
            (value, known)
        }
        (LabelSubject::Photo(_), _) => {
            (of_photo(connection, id, label)?, source_of_photo(connection, id, label)?)
        }
        _ => return Err(CatalogError::not_its_label(subject, label)),
    };
    let (source, confidence) = known.map_or((None, None), |(source, confidence)| (Some(source), confidence));
    Ok(value.map(|value| LabelValue { value, source, confidence }))
}

/// The row of what a label is about.
///
/// # Errors
/// It is not there; database errors.
pub(crate) fn row_of(connection: &Connection, subject: LabelSubject) -> Result<i64, CatalogError> {
    let is_there = |table: &str, id: i64| {
        connection.prepare_cached(&format!("SELECT 1 FROM {table} WHERE id = ?1"))?.exists([id])
    };
    match subject {
        LabelSubject::Annotation(id) if is_there("annotation", id.0)? => Ok(id.0),
        LabelSubject::Annotation(id) => Err(CatalogError::NoSuchAnnotation(id)),
        LabelSubject::Photo(id) => photo::find(connection, &id)?.ok_or(CatalogError::NoSuchPhoto(id)),
        LabelSubject::Individual(id) if is_there("individual", id.0)? => Ok(id.0),
        LabelSubject::Individual(id) => Err(CatalogError::NoSuchIndividual(id)),
        LabelSubject::Encounter(id) if is_there("encounter", id.0)? => Ok(id.0),
        LabelSubject::Encounter(id) => Err(CatalogError::NoSuchEncounter(id)),
    }
}

/// The table that a subject is a row of.
pub(crate) fn table_of(subject: LabelSubject) -> &'static str {
    match subject {
        LabelSubject::Annotation(_) => "annotation",
        LabelSubject::Photo(_) => "photo",
        LabelSubject::Individual(_) => "individual",
        LabelSubject::Encounter(_) => "encounter",
    }
}

/// An encounter says itself where its grouping comes from.
fn source_of_encounter(label: &LabelName, value: &str) -> Option<LabelSource> {
    let (kind, _) = value.split_once(':').filter(|_| *label == LabelName::Encounter)?;
    Some(match encounter::source_from_stored(kind).ok()? {
        EncounterSource::Table => LabelSource::Table(String::new()),
        EncounterSource::Person => LabelSource::Person(String::new()),
        EncounterSource::Folder => LabelSource::FileName,
        EncounterSource::FolderAndTime | EncounterSource::Day => LabelSource::Photo,
    })
}

fn of_annotation(
    connection: &Connection,
    id: i64,
    label: &LabelName,
) -> Result<Option<String>, CatalogError> {
    let sql = match label {
        LabelName::Species => "SELECT name FROM annotation JOIN species ON species.id = species_id",
        LabelName::Viewpoint => "SELECT name FROM annotation JOIN viewpoint ON viewpoint.id = viewpoint_id",
        LabelName::BodyPart => "SELECT name FROM annotation JOIN body_part ON body_part.id = body_part_id",
        LabelName::Quality => "SELECT quality FROM annotation",
        LabelName::Encounter => {
            "SELECT source || ':' || key FROM annotation JOIN encounter ON encounter.id = encounter_id"
        }
        LabelName::Removed => "SELECT CASE removed WHEN 1 THEN 'yes' END FROM annotation",
        _ => return Err(CatalogError::not_its_label(LabelSubject::Annotation(AnnotationId(id)), label)),
    };
    text(connection, &format!("{sql} WHERE annotation.id = ?1"), id)
}

fn of_photo(connection: &Connection, id: i64, label: &LabelName) -> Result<Option<String>, CatalogError> {
    match label {
        LabelName::Time => text(connection, "SELECT capture_time FROM photo WHERE id = ?1", id),
        LabelName::Place => {
            let mut statement =
                connection.prepare_cached("SELECT latitude, longitude FROM photo WHERE id = ?1")?;
            let place = statement.query_row([id], |row| {
                let latitude: Option<f64> = row.get(0)?;
                Ok(latitude.zip(row.get::<_, Option<f64>>(1)?))
            })?;
            Ok(place.map(place_text))
        }
        _ => {
            let photo = photo::content_of(connection, id)?;
            Err(CatalogError::not_its_label(LabelSubject::Photo(photo), label))
        }
    }
}

fn text(connection: &Connection, sql: &str, id: i64) -> Result<Option<String>, CatalogError> {
    let found = connection.prepare_cached(sql)?.query_row([id], |row| row.get::<_, Option<String>>(0));
    Ok(found.optional()?.flatten())
}

/// Where an animal is in its photo, and what found it.
fn place_in_photo(
    connection: &Connection,
    id: i64,
) -> Result<(String, (LabelSource, Option<f32>)), CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT x, y, width, height, detector, confidence, rotation FROM annotation WHERE id = ?1",
    )?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Err(CatalogError::NoSuchAnnotation(AnnotationId(id))) };
    let detector: String = row.get(4)?;
    let source = LabelSource::from_words(&detector, None).unwrap_or(LabelSource::Model(detector));
    let place = region(row, 0)?.map_or_else(|| WHOLE.to_owned(), |found| box_text(&found));
    Ok((place, (source, row.get(5)?)))
}

fn attribute(
    connection: &Connection,
    subject: LabelSubject,
    id: i64,
    name: &str,
) -> Result<Option<String>, CatalogError> {
    Ok(attributes(connection, subject, id)?.remove(name))
}

/// What else is known of a subject, by name.
///
/// # Errors
/// [`CatalogError::NotItsLabel`] for a photo, which has none; [`CatalogError::Corrupt`]; database errors.
pub(crate) fn attributes(
    connection: &Connection,
    subject: LabelSubject,
    id: i64,
) -> Result<BTreeMap<String, String>, CatalogError> {
    if matches!(subject, LabelSubject::Photo(_)) {
        return Err(CatalogError::not_its_label(subject, &LabelName::Attribute("attribute".to_owned())));
    }
    let sql = format!("SELECT attributes FROM {} WHERE id = ?1", table_of(subject));
    attributes_from_stored(text(connection, &sql, id)?, subject)
}

/// Attributes out of their column.
///
/// # Errors
/// [`CatalogError::Corrupt`].
pub(crate) fn attributes_from_stored(
    stored: Option<String>,
    subject: LabelSubject,
) -> Result<BTreeMap<String, String>, CatalogError> {
    let Some(stored) = stored else { return Ok(BTreeMap::new()) };
    serde_json::from_str(&stored)
        .map_err(|_| CatalogError::Corrupt(format!("attributes that cannot be read: {subject}")))
}
