//! Storing a batch of photos: all of it is on the disk when it is reported, or none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use resight_core::{
    AnnotationId, BodyPart, BundleId, CaptureTime, EncounterId, ImageSize, IndividualId, LabelSource,
    PhotoId, PictureId, PixelBox, Quality, Species, Stated, Viewpoint,
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::annotation::is_sound;
use crate::catalog::Catalog;
use crate::embedding::{self, NewEmbedding, StoringEmbeddings};
use crate::encounter::{self, EncounterRef};
use crate::error::CatalogError;
use crate::import::{self, ImportId};
use crate::individual::{clean_name, names_in_old_forms, owner_of};
use crate::journal::{self, AssignmentChange, Change};
use crate::label::{self, LabelName};
use crate::photo::{self, PathValue};
use crate::photo_root::Roots;

/// A photo to store, with the animals in it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPhoto {
    /// The hash of its bytes.
    pub id: PhotoId,
    /// Where its bytes lie.
    pub path: PathBuf,
    /// Size of the upright picture, in pixels.
    pub size: ImageSize,
    /// Length of the file, in bytes.
    pub byte_len: u64,
    /// What kind of file: `jpeg`, `png`, `tiff`, `webp`.
    pub format: String,
    /// When it was taken.
    pub capture_time: Option<Stated<CaptureTime>>,
    /// Where it was taken: latitude and longitude, in degrees. Numbers outside the globe are not stored.
    pub position: Option<Stated<(f64, f64)>>,
    /// Which camera.
    pub camera: Option<String>,
    /// What it looks like, for finding near-duplicates.
    pub perceptual_hash: Option<u64>,
    /// What it shows, whatever its metadata says.
    pub picture: Option<PictureId>,
    /// The encounter it belongs to.
    pub encounter: Option<EncounterRef>,
    /// The animals in it; none where the detector found none.
    pub annotations: Vec<NewAnnotation>,
}

/// An animal to store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewAnnotation {
    /// Where, in pixels of the upright photo at full size; `None` for the whole of it.
    pub region: Option<PixelBox>,
    /// What kind of animal.
    pub species: Option<Stated<Species>>,
    /// Which side of it.
    pub viewpoint: Option<Stated<Viewpoint>>,
    /// What of it the crop shows.
    pub body_part: Option<Stated<BodyPart>>,
    /// How usable the photo is.
    pub quality: Option<Stated<Quality>>,
    /// Who it is, by name or alias; a name that nobody has makes a new individual.
    pub individual: Option<String>,
    /// What found it.
    pub detector: String,
    /// The detector's own number, 0 to 1; others are not stored.
    pub confidence: Option<f32>,
    /// What else is known of it, by name.
    pub attributes: BTreeMap<String, String>,
    /// Its embedding.
    pub embedding: NewEmbedding,
}

/// What came of storing a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredPhoto {
    /// It is in the catalog now, with these annotations, in the order given.
    New {
        /// Their ids.
        annotations: Vec<AnnotationId>,
    },
    /// It was there already, from this or another path, or twice in the batch; or the same picture was, with other
    /// metadata. Only the path was noted.
    Known {
        /// Its id in the catalog: that of the bytes that were taken in first.
        photo: PhotoId,
        /// Its annotations.
        annotations: Vec<AnnotationId>,
        /// Whether the catalog did not know this path yet.
        new_path: bool,
    },
}

impl Catalog {
    /// Stores photos with their animals, labels and embeddings, in one transaction, and says of each what came
    /// of it. The labels go into the journal as one entry an import.
    ///
    /// `bundle` made the embeddings. When this returns, all of it has reached the disk.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchImport`], [`CatalogError::NoSuchBundle`], [`CatalogError::WrongDimension`],
    /// [`CatalogError::BadBox`], [`CatalogError::BadName`]; disk full; read-only catalog; database errors.
    /// Nothing of the batch is stored then.
    pub fn store_batch(
        &mut self,
        import: ImportId,
        bundle: &BundleId,
        photos: &[NewPhoto],
        now: jiff::Timestamp,
    ) -> Result<Vec<StoredPhoto>, CatalogError> {
        self.write_with_vectors(|transaction, appenders, layout| {
            let actor = import::actor(transaction, import)?;
            let bundle = embedding::find(transaction, bundle)?;
            let mut batch = Batch {
                transaction,
                import,
                now,
                embeddings: StoringEmbeddings::new(&bundle),
                roots: Roots::read(transaction, layout.root())?,
                change: Change::default(),
                named: BTreeMap::new(),
                old_forms: None,
            };
            let stored = photos.iter().map(|photo| batch.store(photo)).collect::<Result<_, _>>()?;
            batch.embeddings.finish(transaction, appenders, layout)?;
            journal::record_import(transaction, import, &actor, now, &batch.change)?;
            Ok(stored)
        })
    }
}

impl Catalog {
    /// Stores further animals of a photo that the catalog has, in one transaction. They are of the encounter that the
    /// photo's other animals are of, else of the one given. The labels go into the journal as those of
    /// [`Catalog::store_batch`] do.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchPhoto`], and as [`Catalog::store_batch`]. Nothing is stored then.
    pub fn store_further(
        &mut self,
        import: ImportId,
        bundle: &BundleId,
        photo: &PhotoId,
        encounter: Option<&EncounterRef>,
        annotations: &[NewAnnotation],
        now: jiff::Timestamp,
    ) -> Result<Vec<AnnotationId>, CatalogError> {
        self.write_with_vectors(|transaction, appenders, layout| {
            let actor = import::actor(transaction, import)?;
            let bundle = embedding::find(transaction, bundle)?;
            let key = photo::find(transaction, photo)?.ok_or(CatalogError::NoSuchPhoto(*photo))?;
            let encounter = match (encounter_of(transaction, key)?, encounter) {
                (None, Some(given)) => encounter::find_or_make(transaction, given)?,
                (known, _) => known,
            };
            let mut batch = Batch {
                transaction,
                import,
                now,
                embeddings: StoringEmbeddings::new(&bundle),
                roots: Roots::read(transaction, layout.root())?,
                change: Change::default(),
                named: BTreeMap::new(),
                old_forms: None,
            };
            let store = |annotation| batch.store_annotation(photo, key, encounter, annotation);
            let stored = annotations.iter().map(store).collect::<Result<_, _>>()?;
            batch.embeddings.finish(transaction, appenders, layout)?;
            journal::record_import(transaction, import, &actor, now, &batch.change)?;
            Ok(stored)
        })
    }
}

/// The encounter of a photo's animals, where one of them has one.
fn encounter_of(connection: &Connection, photo: i64) -> Result<Option<EncounterId>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT encounter_id FROM annotation WHERE photo_id = ?1 AND encounter_id IS NOT NULL ORDER BY id LIMIT 1",
    )?;
    Ok(statement.query_row([photo], |row| row.get(0)).optional()?.map(EncounterId))
}

/// A batch on its way into the database.
struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    import: ImportId,
    now: jiff::Timestamp,
    embeddings: StoringEmbeddings<'a>,
    /// Where photos were and are.
    roots: Roots,
    /// What the labels change.
    change: Change,
    /// Individuals by the names that this batch used.
    named: BTreeMap<String, IndividualId>,
    /// Names in forms of an earlier version; none until they are needed.
    old_forms: Option<BTreeMap<String, IndividualId>>,
}

impl Batch<'_> {
    fn store(&mut self, photo: &NewPhoto) -> Result<StoredPhoto, CatalogError> {
        self.transaction
            .prepare_cached("DELETE FROM photo_failure WHERE path = ?1")?
            .execute([PathValue(&photo.path)])?;
        let by_bytes = photo::find(self.transaction, &photo.id)?;
        if let Some(key) = by_bytes {
            photo::remember_picture(self.transaction, key, photo.picture.as_ref())?;
        }
        let known = by_bytes.or(photo::find_picture(self.transaction, photo.picture.as_ref())?);
        if let Some(key) = known {
            let new_path =
                photo::remember_path(self.transaction, key, &self.roots.recorded(&photo.path), self.now)?;
            return Ok(StoredPhoto::Known {
                photo: photo::content_of(self.transaction, key)?,
                annotations: annotations_of(self.transaction, key)?,
                new_path,
            });
        }
        let key = self.insert_photo(photo)?;
        photo::remember_path(self.transaction, key, &self.roots.recorded(&photo.path), self.now)?;
        let encounter = match &photo.encounter {
            Some(encounter) => encounter::find_or_make(self.transaction, encounter)?,
            None => None,
        };
        let mut annotations = Vec::with_capacity(photo.annotations.len());
        for annotation in &photo.annotations {
            annotations.push(self.store_annotation(&photo.id, key, encounter, annotation)?);
        }
        Ok(StoredPhoto::New { annotations })
    }

    fn insert_photo(&self, photo: &NewPhoto) -> Result<i64, CatalogError> {
        let on_the_globe = |(latitude, longitude): &(f64, f64)| {
            (-90.0..=90.0).contains(latitude) && (-180.0..=180.0).contains(longitude)
        };
        let time = photo.capture_time.as_ref();
        let position = photo.position.as_ref().filter(|stated| on_the_globe(&stated.value));
        let (latitude, longitude) = position.map(|stated| stated.value).unzip();
        self.transaction
            .prepare_cached(
                "INSERT INTO photo (content, width, height, byte_len, format, capture_time, capture_seconds, \
                 latitude, longitude, camera, perceptual_hash, import_id, picture) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                &photo.id.0[..],
                photo.size.width,
                photo.size.height,
                photo.byte_len.cast_signed(),
                photo.format,
                time.map(|time| time.value.to_string()),
                time.map(|time| time.value.seconds()),
                latitude,
                longitude,
                photo.camera,
                photo.perceptual_hash.map(u64::cast_signed),
                self.import.0,
                photo.picture.as_ref().map(|picture| &picture.0[..]),
            ])?;
        let key = self.transaction.last_insert_rowid();
        let said = |label, source| label::say_of_photo(self.transaction, key, &label, source);
        said(LabelName::Time, said_by(time))?;
        said(LabelName::Place, said_by(position))?;
        Ok(key)
    }

    fn store_annotation(
        &mut self,
        photo: &PhotoId,
        key: i64,
        encounter: Option<EncounterId>,
        annotation: &NewAnnotation,
    ) -> Result<AnnotationId, CatalogError> {
        if annotation.region.as_ref().is_some_and(|region| !is_sound(region)) {
            return Err(CatalogError::BadBox(*photo));
        }
        let individual = match &annotation.individual {
            Some(name) => Some(self.individual(name)?),
            None => None,
        };
        let row_of = |table, label: Option<&str>| label_id(self.transaction, table, label);
        let species = row_of("species", annotation.species.as_ref().map(|said| said.value.as_str()))?;
        let viewpoint = row_of("viewpoint", annotation.viewpoint.as_ref().map(|said| said.value.as_str()))?;
        let part = row_of("body_part", annotation.body_part.as_ref().map(|said| said.value.as_str()))?;
        let attributes =
            (!annotation.attributes.is_empty()).then(|| serde_json::json!(annotation.attributes).to_string());
        let region = annotation.region;
        self.transaction
            .prepare_cached(
                "INSERT INTO annotation (photo_id, x, y, width, height, species_id, viewpoint_id, encounter_id, \
                 individual_id, detector, confidence, body_part_id, quality, attributes, rotation) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                key,
                region.map(|r| r.x),
                region.map(|r| r.y),
                region.map(|r| r.width),
                region.map(|r| r.height),
                species,
                viewpoint,
                encounter.map(|id| id.0),
                individual.map(|id| id.0),
                annotation.detector,
                annotation.confidence.filter(|value| (0.0..=1.0).contains(value)),
                part,
                annotation.quality.as_ref().map(|said| said.value.as_str()),
                attributes,
                region.map_or(0.0, |r| r.rotation),
            ])?;
        let id = AnnotationId(self.transaction.last_insert_rowid());
        let said = |label, source| label::say_of_annotation(self.transaction, id.0, &label, source);
        said(LabelName::Species, said_by(annotation.species.as_ref()))?;
        said(LabelName::Viewpoint, said_by(annotation.viewpoint.as_ref()))?;
        said(LabelName::BodyPart, said_by(annotation.body_part.as_ref()))?;
        said(LabelName::Quality, said_by(annotation.quality.as_ref()))?;
        self.embeddings.add(self.transaction, id, &annotation.embedding)?;
        if individual.is_some() {
            self.change.assignments.push(AssignmentChange {
                annotation: id,
                before: None,
                after: individual,
            });
        }
        Ok(id)
    }

    /// The individual that a label means, made where nobody is called so.
    fn individual(&mut self, name: &str) -> Result<IndividualId, CatalogError> {
        let name = clean_name(name)?;
        if let Some(known) = self.named.get(name.as_ref()) {
            return Ok(*known);
        }
        let owner = match owner_of(self.transaction, &name)? {
            Some(owner) => Some(owner),
            None => {
                if self.old_forms.is_none() {
                    self.old_forms = Some(names_in_old_forms(self.transaction)?);
                }
                self.old_forms.as_ref().and_then(|old| old.get(name.as_ref())).copied()
            }
        };
        let individual = match owner {
            Some(owner) => owner,
            None => {
                let mut change = Change::default();
                let id = journal::make_individual(self.transaction, Some(&name), &mut change)?;
                journal::apply(self.transaction, &change)?;
                self.change.individuals.append(&mut change.individuals);
                self.change.names.append(&mut change.names);
                id
            }
        };
        self.named.insert(name.into_owned(), individual);
        Ok(individual)
    }
}

/// Who says so, and how sure.
fn said_by<T>(stated: Option<&Stated<T>>) -> Option<(&LabelSource, Option<f32>)> {
    stated.map(|stated| (&stated.source, stated.confidence))
}

fn annotations_of(connection: &Connection, photo: i64) -> Result<Vec<AnnotationId>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM annotation WHERE photo_id = ?1 ORDER BY id")?;
    Ok(statement.query_map([photo], |row| row.get(0).map(AnnotationId))?.collect::<Result<_, _>>()?)
}

/// The row of a label in the table `species`, `viewpoint` or `body_part`, made where it is not there yet.
pub(crate) fn label_id(
    connection: &Connection,
    table: &str,
    label: Option<&str>,
) -> Result<Option<i64>, CatalogError> {
    let Some(label) = label else { return Ok(None) };
    let found: Option<i64> = connection
        .prepare_cached(&format!("SELECT id FROM {table} WHERE name = ?1"))?
        .query_row([label], |row| row.get(0))
        .optional()?;
    if found.is_some() {
        return Ok(found);
    }
    connection.execute(&format!("INSERT INTO {table} (name) VALUES (?1)"), [label])?;
    Ok(Some(connection.last_insert_rowid()))
}
