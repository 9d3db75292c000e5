//! The gallery of one bundle: every annotation that can be searched, with what a search needs to know of it.
//!
//! It is read at the start of every `identify`, so it is made by three plain scans and put together in
//! memory, not by a join: 100,000 rows take tens of milliseconds.

use std::collections::BTreeMap;

use resight_core::{
    AnnotationId, BundleId, EncounterId, IndividualId, PhotoId, Species, SpeciesTypes, Viewpoint,
};
use rusqlite::Connection;

use crate::catalog::Catalog;
use crate::embedding;
use crate::error::CatalogError;
use crate::numbers::{ById, natural};
use crate::photo::content;
use crate::settings;

/// One searchable annotation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GalleryRow {
    /// Its row in [`crate::Embeddings`].
    pub row: u64,
    /// The annotation.
    pub annotation: AnnotationId,
    /// The photo it is in.
    pub photo: PhotoId,
    /// Whom it shows; `None` where nobody has said.
    pub individual: Option<IndividualId>,
    /// Its encounter.
    pub encounter: Option<EncounterId>,
    /// Position of its species in [`Gallery::species`].
    pub species: Option<u32>,
    /// Position of its viewpoint in [`Gallery::viewpoints`].
    pub viewpoint: Option<u32>,
    /// When it was taken, on the time line of [`resight_core::CaptureTime::seconds`].
    pub seconds: Option<f64>,
    /// Where it was taken: latitude and longitude, in degrees.
    pub position: Option<(f64, f64)>,
    /// What its photo looks like, for finding near-duplicates.
    pub perceptual_hash: Option<u64>,
}

/// The searchable annotations of one bundle, in the order of their rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Gallery {
    /// The bundle.
    pub bundle: BundleId,
    /// The annotations, by row.
    pub rows: Vec<GalleryRow>,
    /// The species there are, sorted by name.
    pub species: Vec<Species>,
    /// Which of them go by one name.
    pub species_types: SpeciesTypes,
    /// The viewpoints there are, sorted by name.
    pub viewpoints: Vec<Viewpoint>,
    /// How many rows the bundle's segments have: more than there are annotations where some were removed or have got
    /// another box.
    pub n_segment_rows: u64,
}

impl Gallery {
    /// The annotation of a row.
    pub fn at_row(&self, row: u64) -> Option<&GalleryRow> {
        let guess = usize::try_from(row).ok().and_then(|index| self.rows.get(index));
        guess.filter(|found| found.row == row).or_else(|| {
            self.rows.binary_search_by_key(&row, |found| found.row).ok().map(|index| &self.rows[index])
        })
    }
}

/// What the gallery needs of a photo.
#[derive(Debug, Clone, Copy)]
struct PhotoFacts {
    id: PhotoId,
    seconds: Option<f64>,
    position: Option<(f64, f64)>,
    perceptual_hash: Option<u64>,
}

impl Catalog {
    /// The gallery of a bundle, as of now.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; [`CatalogError::Corrupt`] where rows and segments do not belong together;
    /// database errors.
    pub fn gallery(&self, bundle: &BundleId) -> Result<Gallery, CatalogError> {
        self.at_one_moment(|this| read(this.connection(), bundle))
    }
}

fn read(connection: &Connection, bundle: &BundleId) -> Result<Gallery, CatalogError> {
    let record = embedding::find(connection, bundle)?;
    let (species, species_at) = labels(connection, "species")?;
    let (viewpoints, viewpoint_at) = labels(connection, "viewpoint")?;
    let row_of = rows_by_annotation(connection, record.key)?;
    let segments = embedding::segments(connection, &record)?;
    let n_segment_rows = segments.last().map_or(0, |last| last.first_row + last.n_rows);
    // What is allocated by row is so bounded by what the database really has.
    let on_record = row_of.len() as u64 + embedding::count_retired(connection, &record)?;
    if n_segment_rows != on_record {
        return Err(CatalogError::Corrupt(format!(
            "{on_record} embeddings are on record where the segments have {n_segment_rows} rows: {bundle}"
        )));
    }
    let rows = gallery_rows(connection, &row_of, &species_at, &viewpoint_at)?;
    if rows.iter().any(|row| row.row >= n_segment_rows) {
        return Err(CatalogError::Corrupt(format!("an embedding lies beyond the last row: {bundle}")));
    }
    Ok(Gallery {
        bundle: bundle.clone(),
        rows,
        species: species.iter().filter_map(|name| Species::parse(name)).collect(),
        species_types: settings::species_types(connection)?,
        viewpoints: viewpoints.iter().filter_map(|name| Viewpoint::parse(name)).collect(),
        n_segment_rows,
    })
}

fn gallery_rows(
    connection: &Connection,
    row_of: &ById<u64>,
    species_at: &BTreeMap<i64, u32>,
    viewpoint_at: &BTreeMap<i64, u32>,
) -> Result<Vec<GalleryRow>, CatalogError> {
    let photos = photos(connection)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, photo_id, individual_id, encounter_id, species_id, viewpoint_id FROM annotation \
         WHERE removed = 0",
    )?;
    let mut scan = statement.query([])?;
    let mut rows = Vec::with_capacity(row_of.len());
    while let Some(found) = scan.next()? {
        let annotation: i64 = found.get(0)?;
        let Some(row) = row_of.get(annotation) else { continue };
        let photo = photos
            .get(found.get(1)?)
            .ok_or_else(|| CatalogError::Corrupt(format!("an annotation without a photo: {annotation}")))?;
        rows.push(GalleryRow {
            row,
            annotation: AnnotationId(annotation),
            photo: photo.id,
            individual: found.get::<_, Option<i64>>(2)?.map(IndividualId),
            encounter: found.get::<_, Option<i64>>(3)?.map(EncounterId),
            species: found.get::<_, Option<i64>>(4)?.and_then(|id| species_at.get(&id).copied()),
            viewpoint: found.get::<_, Option<i64>>(5)?.and_then(|id| viewpoint_at.get(&id).copied()),
            seconds: photo.seconds,
            position: photo.position,
            perceptual_hash: photo.perceptual_hash,
        });
    }
    rows.sort_unstable_by_key(|row| row.row);
    Ok(rows)
}

/// The row of every annotation that has one.
fn rows_by_annotation(connection: &Connection, bundle: i64) -> Result<ById<u64>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT annotation_id, row FROM embedding WHERE bundle_id = ?1")?;
    let rows = statement.query_map([bundle], |found| Ok((found.get(0)?, natural(found, 1)?)))?;
    Ok(ById::new(rows.collect::<Result<_, _>>()?))
}

fn photos(connection: &Connection) -> Result<ById<PhotoFacts>, CatalogError> {
    // A month or a year is no moment: who asks for photos since July does not mean that of 2019 as a whole.
    let mut statement = connection.prepare_cached(
        "SELECT id, content, CASE WHEN length(capture_time) >= length('2019-07-04') THEN capture_seconds END, \
         latitude, longitude, perceptual_hash FROM photo",
    )?;
    let rows = statement.query_map([], |found| {
        let latitude: Option<f64> = found.get(3)?;
        let facts = PhotoFacts {
            id: content(found, 1)?,
            seconds: found.get(2)?,
            position: latitude.zip(found.get(4)?),
            perceptual_hash: found.get::<_, Option<i64>>(5)?.map(i64::cast_unsigned),
        };
        Ok((found.get(0)?, facts))
    })?;
    Ok(ById::new(rows.collect::<Result<_, _>>()?))
}

/// The names in a table of labels, sorted, and the place of each by its id.
fn labels(connection: &Connection, table: &str) -> Result<(Vec<String>, BTreeMap<i64, u32>), CatalogError> {
    let mut statement = connection.prepare_cached(&format!("SELECT id, name FROM {table} ORDER BY name"))?;
    let found: Vec<(i64, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let places = (0..).zip(&found).map(|(place, (id, _))| (*id, place)).collect();
    Ok((found.into_iter().map(|(_, name)| name).collect(), places))
}
