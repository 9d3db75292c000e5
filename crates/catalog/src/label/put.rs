//! Making a label say something.

use resight_core::{BodyPart, CaptureTime, ImageSize, LabelSource, PixelBox, Quality, Species, Viewpoint};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params};

use super::read::{WHOLE, attributes, row_of, table_of};
use super::source::{say_of_annotation, say_of_photo};
use super::{LabelName, LabelSubject, LabelValue, box_text, encounter_text, place_text};
use crate::annotation::{is_sound, region};
use crate::embedding;
use crate::encounter::{self, EncounterRef};
use crate::error::CatalogError;
use crate::store::label_id;
use crate::verdict::{self, PairVerdict};

/// The longest value of an attribute, in bytes; more is a document, and no label.
const LONGEST_ATTRIBUTE: usize = 4096;

/// The value in the form in which it is kept.
///
/// # Errors
/// [`CatalogError::BadLabel`]; database errors.
pub(crate) fn in_kept_form(
    connection: &Connection,
    subject: LabelSubject,
    label: &LabelName,
    value: &str,
) -> Result<String, CatalogError> {
    let text = value.trim();
    let kept = match label {
        LabelName::Species => Species::parse(text).map(|species| species.to_string()),
        LabelName::Viewpoint => Viewpoint::parse(text).map(|viewpoint| viewpoint.to_string()),
        LabelName::BodyPart => BodyPart::parse(text).map(|part| part.to_string()),
        LabelName::Quality => Quality::parse(text).map(|quality| quality.to_string()),
        LabelName::Encounter => encounter_ref(text)
            .ok()
            .filter(|known| !known.key.trim().is_empty())
            .map(|known| encounter_text(&known)),
        LabelName::Removed => (text == "yes").then(|| text.to_owned()),
        LabelName::Time => text.parse::<CaptureTime>().ok().map(|time| time.to_string()),
        LabelName::Place => place(text).map(place_text),
        LabelName::Box if text == WHOLE => Some(text.to_owned()),
        LabelName::Box => inside(connection, subject, text)?.map(|found| box_text(&found)),
        LabelName::Attribute(name) => {
            let usable = !name.trim().is_empty()
                && name.len() <= LONGEST_ATTRIBUTE
                && text.len() <= LONGEST_ATTRIBUTE
                && !text.is_empty();
            usable.then(|| text.to_owned())
        }
        LabelName::Verdict(_) => PairVerdict::read(text).map(|said| said.text()),
    };
    kept.ok_or_else(|| CatalogError::BadLabel { label: label.word().to_owned(), value: text.to_owned() })
}

/// Makes a label say something else; `None` where nothing shall be said any more. The value is in its kept form.
///
/// # Errors
/// The subject is not there, or has no such label; [`CatalogError::BadLabel`]; database errors.
pub(crate) fn put(
    connection: &Connection,
    subject: LabelSubject,
    label: &LabelName,
    said: Option<&LabelValue>,
) -> Result<(), CatalogError> {
    let id = row_of(connection, subject)?;
    let value = said.map(|said| said.value.as_str());
    let source = said.and_then(|said| said.source.as_ref().map(|source| (source, said.confidence)));
    match (subject, label) {
        (_, LabelName::Attribute(name)) => put_attribute(connection, subject, id, name, value),
        (LabelSubject::Annotation(_), LabelName::Removed) => {
            set(connection, "annotation", id, &[("removed", &value.is_some())])
        }
        (LabelSubject::Annotation(_), LabelName::Verdict(individual)) => {
            verdict::put(connection, id, *individual, value)
        }
        (LabelSubject::Annotation(_), LabelName::Box) => put_box(connection, id, value, source),
        (LabelSubject::Annotation(_), _) => {
            put_on_annotation(connection, subject, id, label, value)?;
            say_of_annotation(connection, id, label, source)
        }
        (LabelSubject::Photo(_), _) => {
            put_on_photo(connection, subject, id, label, value)?;
            say_of_photo(connection, id, label, source)
        }
        _ => Err(CatalogError::not_its_label(subject, label)),
    }
}

fn put_on_annotation(
    connection: &Connection,
    subject: LabelSubject,
    id: i64,
    label: &LabelName,
    value: Option<&str>,
) -> Result<(), CatalogError> {
    let set = |column: &str, value: &dyn ToSql| set(connection, "annotation", id, &[(column, value)]);
    match label {
        LabelName::Species => set("species_id", &label_id(connection, "species", value)?),
        LabelName::Viewpoint => set("viewpoint_id", &label_id(connection, "viewpoint", value)?),
        LabelName::BodyPart => set("body_part_id", &label_id(connection, "body_part", value)?),
        LabelName::Quality => set("quality", &value),
        LabelName::Encounter => {
            let encounter = value.map(encounter_ref).transpose()?;
            let found = encounter.map(|named| encounter::find_or_make(connection, &named)).transpose()?;
            set("encounter_id", &found.flatten().map(|id| id.0))
        }
        _ => Err(CatalogError::not_its_label(subject, label)),
    }
}

fn encounter_ref(value: &str) -> Result<EncounterRef, CatalogError> {
    let (source, key) = value.split_once(':').unwrap_or(("", value));
    Ok(EncounterRef { source: encounter::source_from_stored(source)?, key: key.to_owned() })
}

fn put_on_photo(
    connection: &Connection,
    subject: LabelSubject,
    id: i64,
    label: &LabelName,
    value: Option<&str>,
) -> Result<(), CatalogError> {
    let bad = || CatalogError::BadLabel {
        label: label.word().to_owned(),
        value: value.unwrap_or_default().to_owned(),
    };
    match label {
        LabelName::Time => {
            let time: Option<CaptureTime> =
                value.map(str::parse).transpose().map_err(|_: resight_core::CaptureTimeError| bad())?;
            let seconds = time.map(|time| time.seconds());
            set(connection, "photo", id, &[("capture_time", &value), ("capture_seconds", &seconds)])
        }
        LabelName::Place => {
            let found = value.map(|text| place(text).ok_or_else(bad)).transpose()?;
            let (latitude, longitude) = found.unzip();
            set(connection, "photo", id, &[("latitude", &latitude), ("longitude", &longitude)])
        }
        _ => Err(CatalogError::not_its_label(subject, label)),
    }
}

/// A box that changes takes the embeddings along that were made by the old one.
fn put_box(
    connection: &Connection,
    id: i64,
    value: Option<&str>,
    source: Option<(&LabelSource, Option<f32>)>,
) -> Result<(), CatalogError> {
    let found = match value {
        Some(WHOLE) | None => None,
        // As it is: one that an import stored may reach over the edge, and comes back so when a step is undone.
        Some(text) => Some(read_box(text).ok_or_else(|| CatalogError::BadLabel {
            label: LabelName::Box.word().to_owned(),
            value: text.to_owned(),
        })?),
    };
    let before = of_annotation(connection, id)?;
    // Who made the box stands in the annotation, as for those that an import stored; a name goes beside it.
    let (detector, confidence) = match source {
        Some((LabelSource::Model(detector), confidence)) => (detector.as_str(), confidence),
        Some((other, _)) => (other.word(), None),
        None => ("table", None),
    };
    set(
        connection,
        "annotation",
        id,
        &[
            ("x", &found.map(|found| found.x)),
            ("y", &found.map(|found| found.y)),
            ("width", &found.map(|found| found.width)),
            ("height", &found.map(|found| found.height)),
            ("rotation", &found.map_or(0.0, |found| found.rotation)),
            ("detector", &detector),
            ("confidence", &confidence),
        ],
    )?;
    let is_named = source.filter(|(source, _)| source.by().is_some_and(|by| !by.is_empty()));
    say_of_annotation(connection, id, &LabelName::Box, is_named)?;
    if before != found { embedding::retire(connection, id) } else { Ok(()) }
}

fn put_attribute(
    connection: &Connection,
    subject: LabelSubject,
    id: i64,
    name: &str,
    value: Option<&str>,
) -> Result<(), CatalogError> {
    let mut known = attributes(connection, subject, id)?;
    match value {
        Some(value) => known.insert(name.to_owned(), value.to_owned()),
        None => known.remove(name),
    };
    let stored = (!known.is_empty()).then(|| serde_json::json!(known).to_string());
    set(connection, table_of(subject), id, &[("attributes", &stored)])
}

fn set(
    connection: &Connection,
    table: &str,
    id: i64,
    columns: &[(&str, &dyn ToSql)],
) -> Result<(), CatalogError> {
    let assignments: Vec<String> =
        columns.iter().zip(2..).map(|((column, _), place)| format!("{column} = ?{place}")).collect();
    let values: Vec<&dyn ToSql> =
        std::iter::once(&id as &dyn ToSql).chain(columns.iter().map(|(_, value)| *value)).collect();
    connection
        .prepare_cached(&format!("UPDATE {table} SET {} WHERE id = ?1", assignments.join(", ")))?
        .execute(&values[..])?;
    Ok(())
}

/// Where an animal is; `None` for the whole photo.
fn of_annotation(connection: &Connection, id: i64) -> Result<Option<PixelBox>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT x, y, width, height, rotation FROM annotation WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    rows.next()?.map_or(Ok(None), |row| region(row, 0))
}

/// The part of a box that lies in the photo of an annotation; `None` where it is no box, or nothing of it does.
fn inside(
    connection: &Connection,
    subject: LabelSubject,
    text: &str,
) -> Result<Option<PixelBox>, CatalogError> {
    let (LabelSubject::Annotation(annotation), Some(given)) = (subject, read_box(text)) else {
        return Ok(None);
    };
    let size = connection
        .prepare_cached(
            "SELECT photo.width, photo.height FROM annotation JOIN photo ON photo.id = photo_id \
             WHERE annotation.id = ?1",
        )?
        .query_row(params![annotation.0], |row| Ok(ImageSize { width: row.get(0)?, height: row.get(1)? }))?;
    Ok(given.clamped(size))
}

/// The box that a text names; `None` where it is none.
pub(crate) fn read_box(text: &str) -> Option<PixelBox> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let found = match numbers?[..] {
        [x, y, width, height] => PixelBox::at(x, y, width, height),
        [x, y, width, height, rotation] => PixelBox::at(x, y, width, height).turned(rotation),
        _ => return None,
    };
    is_sound(&found).then_some(found)
}

fn place(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(',')?;
    let (latitude, longitude) = (latitude.trim().parse().ok()?, longitude.trim().parse().ok()?);
    let on_the_globe = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    on_the_globe.then_some((latitude, longitude))
}
