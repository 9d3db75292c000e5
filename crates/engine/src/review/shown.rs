//! Annotations and photos as a person looks at them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use resight_catalog::{AnnotationRecord, Catalog, PhotoRecord, VerdictRecord};
use resight_core::{
    AnnotationId, CaptureTime, ImageSize, IndividualId, PhotoId, PixelBox, Quality, Species, Viewpoint,
};

use super::{Confidence, PairWord};
use crate::encounters::encounter_shown;
use crate::identity::IndividualRef;
use crate::{EngineError, Session};

/// One animal in one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnotationShown {
    /// Its id.
    pub id: AnnotationId,
    /// The photo it is in.
    pub photo: PhotoId,
    /// What the photo's file is called, without where it lies.
    pub file: String,
    /// Size of the upright photo, in pixels.
    pub size: ImageSize,
    /// Where in it the animal is, in pixels of the upright photo; none for the whole of it.
    pub region: Option<PixelBox>,
    /// When the photo was taken.
    pub time: Option<CaptureTime>,
    /// Where it was taken: latitude and longitude, in degrees.
    pub place: Option<(f64, f64)>,
    /// What kind of animal.
    pub species: Option<Species>,
    /// Which side of it is seen.
    pub viewpoint: Option<Viewpoint>,
    /// How usable the photo is.
    pub quality: Option<Quality>,
    /// Which encounter it is of, as people call it.
    pub encounter: Option<String>,
    /// Whom it shows; none where nobody has said.
    pub individual: Option<IndividualRef>,
}

/// A photo with its animals.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoShown {
    /// Its content hash.
    pub photo: PhotoId,
    /// What its file is called, without where it lies.
    pub file: String,
    /// Size of the upright photo, in pixels.
    pub size: ImageSize,
    /// When it was taken.
    pub time: Option<CaptureTime>,
    /// The animals in it.
    pub annotations: Vec<AnnotationShown>,
}

/// What somebody said of a pair, as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictShown {
    /// The verdict.
    pub verdict: PairWord,
    /// How sure they were.
    pub confidence: Option<Confidence>,
    /// In their words.
    pub note: Option<String>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The step by which it stands.
    pub step: String,
}

impl VerdictShown {
    pub(super) fn of(record: VerdictRecord) -> Self {
        Self {
            verdict: record.said.verdict,
            confidence: record.said.confidence,
            note: record.said.note,
            // Who undid an undoing of it made the latest step, and did not say it.
            by: record.said.by.unwrap_or_else(|| record.by.to_string()),
            at: record.at,
            step: record.entry.to_string(),
        }
    }
}

/// Shows annotations; each photo and each individual is read once.
pub(super) struct Showing<'a> {
    catalog: &'a Catalog,
    photos: BTreeMap<PhotoId, PhotoRecord>,
    names: BTreeMap<IndividualId, String>,
}

impl<'a> Showing<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        Self { catalog, photos: BTreeMap::new(), names: BTreeMap::new() }
    }

    pub(super) fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    pub(super) fn id(&mut self, annotation: AnnotationId) -> Result<AnnotationShown, EngineError> {
        let record = self.catalog.annotation(annotation)?;
        self.annotation(record)
    }

    pub(super) fn annotation(&mut self, record: AnnotationRecord) -> Result<AnnotationShown, EngineError> {
        let individual = record.individual.map(|id| self.individual(id)).transpose()?;
        let photo = self.photo(&record.photo)?;
        Ok(AnnotationShown {
            id: record.id,
            photo: photo.id,
            file: file_of(photo),
            size: photo.size,
            region: record.region,
            time: photo.capture_time,
            place: photo.position,
            species: record.species,
            viewpoint: record.viewpoint,
            quality: record.quality,
            encounter: record.encounter.map(|(_, _, key)| encounter_shown(&key)),
            individual,
        })
    }

    pub(super) fn individual(&mut self, id: IndividualId) -> Result<IndividualRef, EngineError> {
        let name = match self.names.get(&id) {
            Some(name) => name.clone(),
            None => {
                let name = self.catalog.individual_name(id)?.unwrap_or_else(|| id.to_string());
                self.names.insert(id, name.clone());
                name
            }
        };
        Ok(IndividualRef { id, name })
    }

    fn photo(&mut self, id: &PhotoId) -> Result<&PhotoRecord, EngineError> {
        use std::collections::btree_map::Entry;

        Ok(match self.photos.entry(*id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(self.catalog.photo(id)?),
        })
    }
}

/// What the file of a photo is called.
fn file_of(photo: &PhotoRecord) -> String {
    let name = photo.paths.first().and_then(|path| path.file_name());
    name.map_or_else(|| photo.id.short(), |name| name.to_string_lossy().into_owned())
}

impl Session {
    /// Annotations of the catalog, as they are shown, in the order they are asked for.
    ///
    /// # Errors
    /// There is none of some id; the catalog cannot be read.
    pub fn annotations_shown(&self, ids: &[AnnotationId]) -> Result<Vec<AnnotationShown>, EngineError> {
        self.read(|catalog| {
            let mut showing = Showing::of(catalog);
            ids.iter().map(|id| showing.id(*id)).collect()
        })
    }

    /// All photos of an individual, by time; those without one last.
    ///
    /// # Errors
    /// There is nobody of this id; the catalog cannot be read.
    pub fn annotations_of(&self, individual: IndividualId) -> Result<Vec<AnnotationShown>, EngineError> {
        self.read(|catalog| {
            let mut showing = Showing::of(catalog);
            let there = catalog.annotations_of_individual(individual)?;
            let mut shown =
                there.into_iter().map(|one| showing.annotation(one)).collect::<Result<Vec<_>, _>>()?;
            shown.sort_by(by_time);
            Ok(shown)
        })
    }

    /// The annotation to show of each of these individuals: the best graded one, and of several the latest; none where it has none.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn best_annotations(
        &self,
        individuals: &[IndividualId],
    ) -> Result<Vec<Option<AnnotationId>>, EngineError> {
        self.read(|catalog| {
            let best = |individual: &IndividualId| {
                let there = catalog.annotations_of_individual(*individual)?;
                Ok(there.iter().max_by_key(|one| (one.quality, one.id)).map(|one| one.id))
            };
            individuals.iter().map(best).collect()
        })
    }

    /// Photos with animals that nobody has named, the latest that came first.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn unidentified_photos(&self) -> Result<Vec<PhotoId>, EngineError> {
        self.read(|catalog| {
            let mut photos: Vec<PhotoId> = Vec::new();
            let mut seen = BTreeSet::new();
            for annotation in catalog.unidentified_annotations()?.into_iter().rev() {
                if seen.insert(annotation.photo) {
                    photos.push(annotation.photo);
                }
            }
            Ok(photos)
        })
    }

    /// Photos with all their animals, in the order they are asked for.
    ///
    /// # Errors
    /// The catalog has no such photo, or cannot be read.
    pub fn photos_shown(&self, photos: &[PhotoId]) -> Result<Vec<PhotoShown>, EngineError> {
        self.read(|catalog| {
            let mut showing = Showing::of(catalog);
            let mut shown = Vec::with_capacity(photos.len());
            for id in photos {
                let there = catalog.annotations_of_photo(id)?;
                let annotations =
                    there.into_iter().map(|one| showing.annotation(one)).collect::<Result<Vec<_>, _>>()?;
                let photo = showing.photo(id)?;
                shown.push(PhotoShown {
                    photo: photo.id,
                    file: file_of(photo),
                    size: photo.size,
                    time: photo.capture_time,
                    annotations,
                });
            }
            Ok(shown)
        })
    }
}

/// Earlier photos first, those without a time last.
pub(super) fn by_time(a: &AnnotationShown, b: &AnnotationShown) -> std::cmp::Ordering {
    let seconds = |one: &AnnotationShown| one.time.map_or(f64::INFINITY, |time| time.seconds());
    seconds(a).total_cmp(&seconds(b)).then(a.id.cmp(&b.id))
}
