//! Annotations: one animal in one photo, as stored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use resight_core::{
    AnnotationId, BodyPart, EncounterId, EncounterSource, IndividualId, PhotoId, PictureId, PixelBox,
    Quality, Species, Viewpoint,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::catalog::Catalog;
use crate::encounter;
use crate::error::CatalogError;
use crate::label::{self, LabelSubject};
use crate::photo;

/// Everything stored of one annotation.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnotationRecord {
    /// Its id.
    pub id: AnnotationId,
    /// The photo it is in.
    pub photo: PhotoId,
    /// Where, in pixels of the upright photo at full size; `None` for the whole of it.
    pub region: Option<PixelBox>,
    /// What kind of animal.
    pub species: Option<Species>,
    /// Which side of it.
    pub viewpoint: Option<Viewpoint>,
    /// What of it the crop shows.
    pub body_part: Option<BodyPart>,
    /// How usable the photo is.
    pub quality: Option<Quality>,
    /// The encounter, with where its grouping comes from and the importer's key for it.
    pub encounter: Option<(EncounterId, EncounterSource, String)>,
    /// Who it is; `None` where nobody has said.
    pub individual: Option<IndividualId>,
    /// What found it.
    pub detector: String,
    /// The detector's own number, 0 to 1.
    pub confidence: Option<f32>,
    /// Whether it was removed: then it answers nothing and is asked about nowhere.
    pub removed: bool,
    /// What else is known of it, by name.
    pub attributes: BTreeMap<String, String>,
}

/// An annotation that has no embedding of some bundle yet.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingEmbedding {
    /// The annotation.
    pub annotation: AnnotationId,
    /// The photo it is in.
    pub photo: PhotoId,
    /// What the photo shows, whatever its metadata says.
    pub picture: Option<PictureId>,
    /// Where the photo's bytes were seen, the latest first.
    pub paths: Vec<PathBuf>,
    /// Where in the photo; `None` for the whole of it.
    pub region: Option<PixelBox>,
}

const COLUMNS: &str = "SELECT annotation.id, content, x, y, annotation.width, annotation.height, \
    species.name, viewpoint.name, encounter_id, encounter.source, encounter.key, individual_id, detector, confidence, \
    body_part.name, quality, removed, annotation.attributes, rotation FROM annotation JOIN photo ON photo.id = photo_id LEFT JOIN species ON species.id = species_id \
    LEFT JOIN viewpoint ON viewpoint.id = viewpoint_id LEFT JOIN encounter ON encounter.id = encounter_id \
    LEFT JOIN body_part ON body_part.id = body_part_id";

impl Catalog {
    /// Everything stored of one annotation.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchAnnotation`]; database errors.
    pub fn annotation(&self, id: AnnotationId) -> Result<AnnotationRecord, CatalogError> {
        self.select_annotations("WHERE annotation.id = ?1", [id.0])?
            .pop()
            .ok_or(CatalogError::NoSuchAnnotation(id))
    }

    /// The grades of the annotations that have one.
    ///
    /// # Errors
    /// Database errors.
    pub fn qualities(&self) -> Result<BTreeMap<AnnotationId, Quality>, CatalogError> {
        let sql = "SELECT id, quality FROM annotation WHERE removed = 0 AND quality IS NOT NULL";
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut all = BTreeMap::new();
        while let Some(row) = rows.next()? {
            if let Some(quality) = Quality::parse(&row.get::<_, String>(1)?) {
                all.insert(AnnotationId(row.get(0)?), quality);
            }
        }
        Ok(all)
    }

    /// The species that animals have, sorted.
    ///
    /// # Errors
    /// Database errors.
    pub fn species_there(&self) -> Result<Vec<String>, CatalogError> {
        self.names_there(
            "SELECT name FROM species WHERE id IN (SELECT species_id FROM annotation WHERE removed = 0)",
        )
    }

    /// The viewpoints that animals are seen from, sorted.
    ///
    /// # Errors
    /// Database errors.
    pub fn viewpoints_there(&self) -> Result<Vec<String>, CatalogError> {
        self.names_there(
            "SELECT name FROM viewpoint WHERE id IN (SELECT viewpoint_id FROM annotation WHERE removed = 0)",
        )
    }

    fn names_there(&self, sql: &str) -> Result<Vec<String>, CatalogError> {
        let mut statement = self.connection().prepare_cached(&format!("{sql} ORDER BY name"))?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// All annotations that were not removed, in the order they came.
    ///
    /// # Errors
    /// Database errors.
    pub fn annotations(&self) -> Result<Vec<AnnotationRecord>, CatalogError> {
        self.select_annotations("WHERE removed = 0 ORDER BY annotation.id", [])
    }

    /// The annotations of which nobody has said who they are, in the order they came.
    ///
    /// # Errors
    /// Database errors.
    pub fn unidentified_annotations(&self) -> Result<Vec<AnnotationRecord>, CatalogError> {
        self.select_annotations("WHERE removed = 0 AND individual_id IS NULL ORDER BY annotation.id", [])
    }

    /// The annotations of one photo that were not removed.
    ///
    /// # Errors
    /// Database errors.
    pub fn annotations_of_photo(&self, photo: &PhotoId) -> Result<Vec<AnnotationRecord>, CatalogError> {
        self.select_annotations("WHERE content = ?1 AND removed = 0 ORDER BY annotation.id", [&photo.0[..]])
    }

    /// The annotations of one photo, those that were removed among them.
    ///
    /// # Errors
    /// Database errors.
    pub fn all_annotations_of_photo(&self, photo: &PhotoId) -> Result<Vec<AnnotationRecord>, CatalogError> {
        self.select_annotations("WHERE content = ?1 ORDER BY annotation.id", [&photo.0[..]])
    }

    /// The annotations of one encounter that were not removed.
    ///
    /// # Errors
    /// Database errors.
    pub fn annotations_of_encounter(
        &self,
        encounter: EncounterId,
    ) -> Result<Vec<AnnotationRecord>, CatalogError> {
        self.select_annotations(
            "WHERE encounter_id = ?1 AND removed = 0 ORDER BY annotation.id",
            [encounter.0],
        )
    }

    /// Encounters that show several animals in one photo.
    ///
    /// # Errors
    /// Database errors.
    pub fn encounters_with_several(&self) -> Result<BTreeSet<EncounterId>, CatalogError> {
        let sql = "SELECT DISTINCT encounter_id FROM annotation WHERE removed = 0 AND encounter_id IS NOT NULL \
                   GROUP BY encounter_id, photo_id HAVING count(*) > 1";
        let mut statement = self.connection().prepare_cached(sql)?;
        Ok(statement.query_map([], |row| row.get(0).map(EncounterId))?.collect::<Result<_, _>>()?)
    }

    /// The annotations of one individual that were not removed.
    ///
    /// # Errors
    /// Database errors.
    pub fn annotations_of_individual(
        &self,
        individual: IndividualId,
    ) -> Result<Vec<AnnotationRecord>, CatalogError> {
        self.select_annotations(
            "WHERE individual_id = ?1 AND removed = 0 ORDER BY annotation.id",
            [individual.0],
        )
    }

    fn select_annotations(
        &self,
        condition: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<AnnotationRecord>, CatalogError> {
        let mut records = Vec::new();
        each(self.connection(), condition, parameters, |record| records.push(record))?;
        Ok(records)
    }
}

/// Reads every annotation, to see that it can be read.
///
/// # Errors
/// [`CatalogError::Corrupt`] where one cannot; database errors.
pub(crate) fn read_all(connection: &Connection) -> Result<(), CatalogError> {
    each(connection, "", [], drop)
}

fn each(
    connection: &Connection,
    condition: &str,
    parameters: impl rusqlite::Params,
    mut take: impl FnMut(AnnotationRecord),
) -> Result<(), CatalogError> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} {condition}"))?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        take(record(row)?);
    }
    Ok(())
}

fn record(row: &Row<'_>) -> Result<AnnotationRecord, CatalogError> {
    let encounter = match row.get::<_, Option<i64>>(8)? {
        None => None,
        Some(id) => {
            let source = encounter::source_from_stored(&row.get::<_, String>(9)?)?;
            Some((EncounterId(id), source, row.get(10)?))
        }
    };
    let id = AnnotationId(row.get(0)?);
    Ok(AnnotationRecord {
        id,
        photo: photo::content(row, 1)?,
        region: region(row, 2)?,
        species: row.get::<_, Option<String>>(6)?.and_then(|name| Species::parse(&name)),
        viewpoint: row.get::<_, Option<String>>(7)?.and_then(|name| Viewpoint::parse(&name)),
        encounter,
        individual: row.get::<_, Option<i64>>(11)?.map(IndividualId),
        detector: row.get(12)?,
        confidence: row.get(13)?,
        body_part: row.get::<_, Option<String>>(14)?.and_then(|name| BodyPart::parse(&name)),
        quality: row.get::<_, Option<String>>(15)?.and_then(|word| Quality::parse(&word)),
        removed: row.get(16)?,
        attributes: label::attributes_from_stored(row.get(17)?, LabelSubject::Annotation(id))?,
    })
}

/// Reads a box out of four columns, and out of `rotation`, which has to be there too.
///
/// # Errors
/// [`CatalogError::Corrupt`] where it is no box; database errors.
pub(crate) fn region(row: &Row<'_>, first: usize) -> Result<Option<PixelBox>, CatalogError> {
    let Some(x) = row.get(first)? else { return Ok(None) };
    let found = PixelBox::at(x, row.get(first + 1)?, row.get(first + 2)?, row.get(first + 3)?)
        .turned(row.get("rotation")?);
    match is_sound(&found) {
        true => Ok(Some(found)),
        false => {
            let PixelBox { x, y, width, height, .. } = found;
            Err(CatalogError::Corrupt(format!("a box of {width} × {height} pixels at {x}, {y}")))
        }
    }
}

/// Whether the numbers can be those of a box.
pub(crate) fn is_sound(found: &PixelBox) -> bool {
    let PixelBox { x, y, width, height, rotation } = *found;
    [x, y, width, height, rotation].iter().all(|number| number.is_finite()) && width > 0.0 && height > 0.0
}

/// Who an annotation shows.
///
/// # Errors
/// [`CatalogError::NoSuchAnnotation`]; database errors.
pub(crate) fn individual_of(
    connection: &Connection,
    annotation: AnnotationId,
) -> Result<Option<IndividualId>, CatalogError> {
    connection
        .prepare_cached("SELECT individual_id FROM annotation WHERE id = ?1")?
        .query_row([annotation.0], |row| row.get::<_, Option<i64>>(0))
        .optional()?
        .map(|id| id.map(IndividualId))
        .ok_or(CatalogError::NoSuchAnnotation(annotation))
}
