//! The receiving end of the chain: what was embedded goes into the catalog, batch by batch.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use resight_catalog::{Catalog, ImportId, NewAnnotation, NewEmbedding, NewPhoto, PhotoFailure, StoredPhoto};
use resight_core::{AnnotationId, BundleId, ImageSize, LabelSource, PhotoId, Stated, UnusableReason};
use resight_model::chain::{Processed, ProcessedCrop, ProcessedPhoto};

use super::IngestReport;
use super::jobs::Skipped;
use super::plan::{Labels, PlannedPhoto};
use crate::classify::Classifiers;
use crate::grading::graded;
use crate::{EngineError, Hint, Warning};

/// A batch is written when it has this many photos …
const BATCH: usize = 64;
/// … or is this old: a slow network shall not keep finished work in memory for long.
const OLDEST: Duration = Duration::from_secs(3);

/// Gathers finished photos and stores them.
pub(super) struct Storing<'a> {
    catalog: &'a mut Catalog,
    import: ImportId,
    bundle: BundleId,
    /// The bundles of the further networks that look at each crop.
    further_bundles: Vec<BundleId>,
    /// Those behind them in the chain: they say what the plan does not.
    classifiers: &'a Classifiers,
    planned: &'a [PlannedPhoto],
    skipped: &'a Mutex<Vec<Skipped>>,
    report: &'a mut IngestReport,
    detector: String,
    whole_picture: bool,
    photos: Vec<NewPhoto>,
    /// Places of `photos` in the plan.
    places: Vec<usize>,
    /// Of each of `photos` what the further networks make of its crops.
    further: Vec<Vec<Vec<NewEmbedding>>>,
    thumbnails: Vec<Option<Vec<u8>>>,
    failures: Vec<PhotoFailure>,
    since: Instant,
    stored: Vec<PhotoId>,
    /// Photos that were there already, with their places in the plan.
    known: Vec<(PhotoId, usize)>,
}

/// What came of all photos.
pub(super) struct Outcome {
    pub(super) stored: Vec<PhotoId>,
    /// Photos that were there already, with their places in the plan.
    pub(super) known: Vec<(PhotoId, usize)>,
}

impl<'a> Storing<'a> {
    #[expect(clippy::too_many_arguments, reason = "the one place where an ingest's parts meet")]
    pub(super) fn new(
        catalog: &'a mut Catalog,
        import: ImportId,
        bundle: BundleId,
        further_bundles: Vec<BundleId>,
        classifiers: &'a Classifiers,
        planned: &'a [PlannedPhoto],
        skipped: &'a Mutex<Vec<Skipped>>,
        report: &'a mut IngestReport,
        detector: String,
        whole_picture: bool,
    ) -> Self {
        Self {
            catalog,
            import,
            bundle,
            further_bundles,
            classifiers,
            planned,
            skipped,
            report,
            detector,
            whole_picture,
            photos: Vec::new(),
            places: Vec::new(),
            further: Vec::new(),
            thumbnails: Vec::new(),
            failures: Vec::new(),
            since: Instant::now(),
            stored: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Takes one result of the chain; writes when a batch is full or old.
    pub(super) fn take(&mut self, processed: Processed) -> Result<(), EngineError> {
        let plan = &self.planned[processed.index];
        match processed.photo {
            Ok(mut photo) => {
                self.thumbnails.push(photo.thumbnail_jpeg.take());
                let n_rows = self.further_bundles.len();
                let further = photo.crops.iter_mut().map(|crop| {
                    let scores = crop.further.split_off(n_rows.min(crop.further.len()));
                    std::mem::replace(&mut crop.further, scores)
                });
                let made = further.map(|answers| answers.into_iter().map(made).collect());
                self.further.push(made.collect());
                let new = self.new_photo(plan, photo);
                self.photos.push(new);
                self.places.push(processed.index);
            }
            Err(failure) => {
                let reason = failure.to_string();
                self.report
                    .failures
                    .push(Warning { about: plan.path.display().to_string(), message: reason.clone() });
                self.failures.push(PhotoFailure { path: plan.path.clone(), reason });
            }
        }
        if self.photos.len() + self.failures.len() >= BATCH || self.since.elapsed() >= OLDEST {
            self.write()?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> Result<Outcome, EngineError> {
        self.write()?;
        Ok(Outcome { stored: self.stored, known: self.known })
    }

    fn write(&mut self) -> Result<(), EngineError> {
        let skipped = std::mem::take(&mut *self.skipped.lock().unwrap_or_else(PoisonError::into_inner));
        let n_new = self.photos.len();
        self.tell_edited(&skipped)?;
        self.places.extend(skipped.iter().map(|one| one.index));
        self.photos.extend(skipped.into_iter().map(seen_again));
        let now = Timestamp::now();
        if !self.photos.is_empty() {
            self.write_thumbnails(n_new);
            let outcomes = self.catalog.store_batch(self.import, &self.bundle, &self.photos, now)?;
            self.count(&outcomes);
            self.store_further(&outcomes)?;
        }
        if !self.failures.is_empty() {
            self.catalog.record_failures(self.import, &self.failures, now)?;
        }
        self.photos.clear();
        self.places.clear();
        self.further.clear();
        self.thumbnails.clear();
        self.failures.clear();
        self.since = Instant::now();
        Ok(())
    }

    /// Counts the photos whose metadata was edited; a capture time that was put right is not taken over, and told.
    fn tell_edited(&mut self, skipped: &[Skipped]) -> Result<(), EngineError> {
        for one in skipped.iter().filter(|one| one.is_edited) {
            self.report.metadata_edited += 1;
            let there = self.catalog.photo(&one.photo)?.capture_time;
            let Some(time) = one.edited_time.filter(|time| Some(*time) != there) else { continue };
            let there = there.map_or_else(|| "none".to_owned(), |time| time.to_string());
            let message =
                format!("the file says now that it was taken {time}, the catalog has {there}, which stands");
            self.report.conflicts.push(Warning { about: one.path.display().to_string(), message });
        }
        Ok(())
    }

    /// Writes the small pictures of the first `n_new` photos. Before the photos themselves: killed in between, the
    /// catalog has a small picture too many, not too few.
    fn write_thumbnails(&mut self, n_new: usize) {
        for (photo, thumbnail) in self.photos[..n_new].iter().zip(&self.thumbnails) {
            let Some(jpeg) = thumbnail else { continue };
            // A small picture of a photo that is stored can be made again at any time.
            if let Err(error) = self.catalog.store_thumbnail(&photo.id, jpeg) {
                let message = format!("no thumbnail: {error}");
                self.report.advise(Hint::Rebuild);
                self.report.warnings.push(Warning { about: photo.path.display().to_string(), message });
            }
        }
    }

    fn count(&mut self, outcomes: &[StoredPhoto]) {
        for ((photo, outcome), place) in self.photos.iter().zip(outcomes).zip(&self.places) {
            match outcome {
                StoredPhoto::New { annotations } => {
                    self.report.stored += 1;
                    self.report.annotations += annotations.len();
                    self.report.identified +=
                        photo.annotations.iter().filter(|a| a.individual.is_some()).count();
                    self.stored.push(photo.id);
                }
                StoredPhoto::Known { photo: known, .. } => {
                    self.report.already_there += 1;
                    // Two files of one picture in the same batch; those of earlier ones are counted where they are read.
                    self.report.metadata_edited += usize::from(*known != photo.id);
                    self.known.push((*known, *place));
                }
            }
        }
    }

    /// Stores what the further networks made of the photos that are new. Killed before this, the next ingest makes it again.
    fn store_further(&mut self, outcomes: &[StoredPhoto]) -> Result<(), EngineError> {
        let mut by_bundle: Vec<Vec<(AnnotationId, NewEmbedding)>> =
            self.further_bundles.iter().map(|_| Vec::new()).collect();
        for (crops, outcome) in std::mem::take(&mut self.further).into_iter().zip(outcomes) {
            let StoredPhoto::New { annotations } = outcome else { continue };
            for (annotation, answers) in annotations.iter().zip(crops) {
                for (of_bundle, answer) in by_bundle.iter_mut().zip(answers) {
                    of_bundle.push((*annotation, answer));
                }
            }
        }
        for (bundle, made) in self.further_bundles.iter().zip(by_bundle) {
            if !made.is_empty() {
                self.catalog.store_embeddings(bundle, &made)?;
            }
        }
        Ok(())
    }

    fn new_photo(&mut self, plan: &PlannedPhoto, photo: ProcessedPhoto) -> NewPhoto {
        let metadata = photo.metadata.unwrap_or_default();
        let about = plan.path.display().to_string();
        self.report.warnings.extend(
            metadata
                .warnings
                .iter()
                .map(|warning| Warning { about: about.clone(), message: warning.to_string() }),
        );
        let n_crops = photo.crops.len();
        let annotations = photo
            .crops
            .into_iter()
            .enumerate()
            .map(|(index, crop)| {
                if let Err(reason) = &crop.embedding {
                    self.report.not_identifiable += 1;
                    let message = format!("not identifiable: {reason}");
                    self.report.warnings.push(Warning { about: about.clone(), message });
                }
                self.annotation(plan, index, n_crops, crop)
            })
            .collect();
        NewPhoto {
            id: photo.photo_id,
            path: absolute(&plan.path),
            size: photo.full_size,
            byte_len: photo.file_bytes,
            format: photo.format.to_string().to_lowercase(),
            capture_time: plan.date.clone().or(metadata.capture_time.map(of_the_photo)),
            position: plan.position.clone().or(metadata.latitude.zip(metadata.longitude).map(of_the_photo)),
            camera: camera(&[metadata.camera_make, metadata.camera_model, metadata.camera_serial]),
            perceptual_hash: photo.perceptual_hash.map(|hash| hash.0),
            picture: photo.picture_id,
            encounter: plan.encounter.clone(),
            annotations,
        }
    }

    fn annotation(
        &mut self,
        plan: &PlannedPhoto,
        index: usize,
        n_crops: usize,
        crop: ProcessedCrop,
    ) -> NewAnnotation {
        let labels = labels_of(plan, index, n_crops);
        let (species, viewpoint) =
            self.report.with_models(labels.species, labels.viewpoint, self.classifiers.say(&crop.further));
        let drawn = !plan.regions.is_empty();
        NewAnnotation {
            region: (drawn || !self.whole_picture).then_some(crop.region),
            species,
            viewpoint,
            body_part: labels.body_part,
            quality: graded(labels.quality, crop.clarity),
            attributes: labels.attributes,
            individual: labels.identity,
            detector: if drawn { "table".to_owned() } else { self.detector.clone() },
            confidence: crop.detector_confidence,
            embedding: made(crop.embedding),
        }
    }
}

/// What a network made of a crop, as the catalog keeps it.
pub(super) fn made(answer: Result<Vec<f32>, UnusableReason>) -> NewEmbedding {
    match answer {
        Ok(values) => NewEmbedding::Values(values),
        Err(reason) => NewEmbedding::Unusable(reason),
    }
}

/// Labels of a crop: those of its region, or the photo's where there is one animal. Where a detector finds
/// several, nobody knows which of them the name means.
fn labels_of(plan: &PlannedPhoto, index: usize, n_crops: usize) -> Labels {
    let of_photo = &plan.labels[0];
    if plan.regions.is_empty() && n_crops > 1 {
        return Labels { identity: None, ..of_photo.clone() };
    }
    plan.labels.get(index).unwrap_or(of_photo).clone()
}

/// What the photo says of itself.
pub(crate) fn of_the_photo<T>(value: T) -> Stated<T> {
    Stated::by(LabelSource::Photo, value)
}

/// A photo that is known already, as the catalog takes note of where it was seen.
fn seen_again(skipped: Skipped) -> NewPhoto {
    NewPhoto {
        id: skipped.photo,
        path: absolute(&skipped.path),
        size: ImageSize { width: 0, height: 0 },
        byte_len: skipped.byte_len,
        format: String::new(),
        capture_time: None,
        position: None,
        camera: None,
        perceptual_hash: None,
        picture: skipped.picture,
        encounter: None,
        annotations: Vec::new(),
    }
}

/// The catalog keeps absolute paths: it may be opened from anywhere.
pub(super) fn absolute(path: &std::path::Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Make, model and serial number in one line, as far as the photo says.
pub(crate) fn camera(parts: &[Option<String>]) -> Option<String> {
    let known: Vec<&str> =
        parts.iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    (!known.is_empty()).then(|| known.join(" "))
}
