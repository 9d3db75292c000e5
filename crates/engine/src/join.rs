//! Putting catalogs together: what one has made of its photos, another takes over.
//!
//! So a large table is taken in by several machines, each a share into a catalog of its own, and so two groups put their seasons
//! together. Photos come with their boxes, labels, names and encounters, and with all that networks made of them, number by
//! number; nothing is looked at again. Names that are the same are the same individual, as in a table that is taken in.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use resight_catalog::{
    Access, AnnotationRecord, Catalog, Embeddings, EncounterRef, ImportId, LabelName, LabelSubject,
    NewAnnotation, NewEmbedding, NewPhoto, Settings, Signature, StoredEmbedding, StoredPhoto,
    is_generated_name,
};
use resight_core::{AnnotationId, BundleId, LabelSource, PhotoId, Stated, UnusableReason};
use serde::Serialize;

use crate::calibrate::{CalibrationReport, calibrate_catalog, lacks_calibration};
use crate::reembed::is_zero;
use crate::{
    CancelToken, Effort, EngineError, Hint, Models, Progress, Session, Stage, Warning, local, route,
};

/// Photos that are stored at once.
const BATCH: usize = 256;

/// What to take over.
#[derive(Debug, Clone)]
pub struct JoinRequest {
    /// The folders of the other catalogs.
    pub sources: Vec<PathBuf>,
    /// Who does it, for the journal.
    pub actor: String,
    /// Whether to calibrate afterwards.
    pub calibrate: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct JoinReport {
    /// Photos that are in the catalog now and were not before.
    pub stored: usize,
    /// Photos that the catalog had already: it keeps what it knows of them.
    pub already_there: usize,
    /// Animals in the photos stored.
    pub annotations: usize,
    /// Those of them whose individual is known.
    pub identified: usize,
    /// Individuals of the catalog, now.
    pub individuals: u64,
    /// Animals of those that the other catalog had not embedded yet: `reembed` makes it good.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_embedded: usize,
    /// What was not taken over as it stands.
    pub warnings: Vec<Warning>,
    /// Whether it was stopped before the end; the same command goes on.
    pub interrupted: bool,
    /// The calibration made afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationReport>,
}

impl Session {
    /// Takes over what other catalogs have. They are read, and stay as they are.
    ///
    /// # Errors
    /// A catalog cannot be opened; one was made by another bundle, or brings animals into another frame; the disk is full.
    pub fn join(
        &self,
        request: &JoinRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<JoinReport, EngineError> {
        let _span = tracing::info_span!("join").entered();
        let mut catalog = self.writer()?;
        let own = catalog.settings()?;
        let mut report = JoinReport::default();
        let mut sources = Vec::new();
        for path in &request.sources {
            let source = Catalog::open(path, Access::Read)?;
            check_alike(&own, &source.settings()?, path)?;
            sources.push((path, source));
        }
        for (path, source) in &sources {
            let signature = Signature::person(&request.actor, Timestamp::now());
            let import = catalog.begin_import(&path.display().to_string(), &signature)?;
            for root in source.photo_roots()? {
                catalog.remember_root(&root.location)?;
            }
            let reader = Reader::of(source, &catalog)?;
            reader.copy(&mut catalog, import, &mut report, progress, cancel)?;
            if report.interrupted {
                break;
            }
            catalog.finish_import(import, Timestamp::now())?;
        }
        report.individuals = catalog.stats()?.individuals;
        if !report.interrupted {
            complete(&mut catalog, self.models(), request, &mut report, progress, cancel)?;
        }
        progress.end();
        Ok(report)
    }
}

/// Makes what the others did not have, and calibrates.
fn complete(
    catalog: &mut Catalog,
    models: &Models,
    request: &JoinRequest,
    report: &mut JoinReport,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let local = local::make_missing(catalog, models, progress, cancel)?;
    report.interrupted |= local.interrupted;
    report.warnings.extend(local.missing);
    if !report.interrupted {
        let routed = route::make_missing(catalog, models, progress, cancel)?;
        report.interrupted |= routed.interrupted;
        report.warnings.extend(routed.missing);
    }
    // One that was stopped before it calibrated is made good by the next.
    let wanted = report.identified > 0 || lacks_calibration(catalog)?;
    if request.calibrate && !report.interrupted && wanted {
        let calibration = calibrate_catalog(catalog, models, Effort::default(), progress, cancel)?;
        report.interrupted = calibration.interrupted;
        report.calibration = Some(calibration);
    }
    Ok(())
}

/// Embeddings of different bundles, or of animals cut out otherwise, are never compared.
fn check_alike(own: &Settings, other: &Settings, path: &Path) -> Result<(), EngineError> {
    let differs = |what: &str, own: &str, other: &str| {
        EngineError::user(format!(
            "the catalog there has another {what}: {other}, not {own}: {}",
            path.display()
        ))
    };
    if own.bundle != other.bundle {
        let error = differs("bundle", own.bundle.id.as_str(), other.bundle.id.as_str());
        return Err(error.with_hint(Hint::Reembed { bundle: Some(own.bundle.id.to_string()) }));
    }
    if own.frame != other.frame {
        let word = |frame: &Option<String>| frame.clone().unwrap_or_else(|| "none".to_owned());
        return Err(differs("frame", &word(&own.frame), &word(&other.frame)));
    }
    Ok(())
}

/// Reads a catalog that is taken over.
struct Reader<'a> {
    source: &'a Catalog,
    bundle: BundleId,
    embeddings: Embeddings,
    /// What else both catalogs keep: local features, what slots' bundles made.
    further: Vec<(BundleId, Embeddings)>,
}

impl<'a> Reader<'a> {
    fn of(source: &'a Catalog, target: &Catalog) -> Result<Self, EngineError> {
        let bundle = source.settings()?.bundle.id;
        let mut wanted: Vec<BundleId> = target.local_features()?.into_iter().map(|spec| spec.id).collect();
        wanted.extend(route::bundles(target)?);
        let there: Vec<BundleId> = source.bundles()?.into_iter().map(|record| record.spec.id).collect();
        wanted.retain(|id| there.contains(id) && *id != bundle);
        let further = wanted.into_iter().map(|id| Ok((id.clone(), source.embeddings(&id)?)));
        Ok(Self {
            embeddings: source.embeddings(&bundle)?,
            further: further.collect::<Result<_, EngineError>>()?,
            source,
            bundle,
        })
    }

    fn copy(
        &self,
        catalog: &mut Catalog,
        import: ImportId,
        report: &mut JoinReport,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<(), EngineError> {
        let photos: Vec<PhotoId> = self.source.photo_summaries()?.into_iter().map(|photo| photo.id).collect();
        progress.begin(Stage { title: "taking photos over".to_owned(), total: Some(photos.len() as u64) });
        for batch in photos.chunks(BATCH) {
            if cancel.is_cancelled() {
                report.interrupted = true;
                return Ok(());
            }
            let mut new = Vec::with_capacity(batch.len());
            let mut from = Vec::with_capacity(batch.len());
            for id in batch {
                let animals = self.source.annotations_of_photo(id)?;
                new.push(self.photo(id, &animals, report)?);
                from.push(animals);
            }
            // Before the photos themselves, as when they are taken in.
            for id in batch {
                if let Some(jpeg) = self.source.thumbnail(id)? {
                    catalog.store_thumbnail(id, &jpeg)?;
                }
            }
            let stored = catalog.store_batch(import, &self.bundle, &new, Timestamp::now())?;
            let mut pairs = Vec::new();
            for ((photo, animals), outcome) in new.iter().zip(&from).zip(stored) {
                match outcome {
                    StoredPhoto::New { annotations } => {
                        report.stored += 1;
                        report.annotations += annotations.len();
                        report.identified +=
                            photo.annotations.iter().filter(|one| one.individual.is_some()).count();
                        let later =
                            photo.annotations.iter().filter(|one| one.embedding == NewEmbedding::Later);
                        report.not_embedded += later.count();
                        pairs.extend(animals.iter().map(|animal| animal.id).zip(annotations));
                    }
                    StoredPhoto::Known { annotations, .. } => {
                        report.already_there += 1;
                        // What was not copied before an interruption is now, where it is the same animal.
                        for (theirs, ours) in animals.iter().zip(annotations) {
                            if catalog.annotation(ours)?.region == theirs.region {
                                pairs.push((theirs.id, ours));
                            }
                        }
                    }
                }
            }
            for (bundle, embeddings) in &self.further {
                let mut rows = Vec::with_capacity(pairs.len());
                for (theirs, ours) in &pairs {
                    rows.push((*ours, self.made(bundle, embeddings, *theirs)?));
                }
                rows.retain(|(_, made)| *made != NewEmbedding::Later);
                catalog.store_embeddings(bundle, &rows)?;
            }
            progress.advance(batch.len() as u64);
        }
        Ok(())
    }

    fn photo(
        &self,
        id: &PhotoId,
        animals: &[AnnotationRecord],
        report: &mut JoinReport,
    ) -> Result<NewPhoto, EngineError> {
        let record = self.source.photo(id)?;
        let path = record.paths.first().cloned().unwrap_or_default();
        let of_photo = |label: LabelName| self.stated_by(LabelSubject::Photo(*id), &label);
        let encounter = animals.iter().find_map(|animal| animal.encounter.as_ref());
        let is_other = |animal: &&AnnotationRecord| {
            animal.encounter.as_ref().map(|one| &one.2) != encounter.map(|one| &one.2)
        };
        if animals.iter().any(|animal| is_other(&animal)) {
            let message =
                "its animals are of several encounters: the first one's is taken for all".to_owned();
            report.warnings.push(Warning { about: path.display().to_string(), message });
        }
        Ok(NewPhoto {
            id: *id,
            size: record.size,
            byte_len: record.byte_len,
            format: record.format,
            capture_time: stated(record.capture_time, of_photo(LabelName::Time)?),
            position: stated(record.position, of_photo(LabelName::Place)?),
            camera: record.camera,
            perceptual_hash: record.perceptual_hash,
            picture: record.picture,
            encounter: encounter.map(|(_, source, key)| EncounterRef { key: key.clone(), source: *source }),
            annotations: animals.iter().map(|animal| self.animal(animal)).collect::<Result<_, _>>()?,
            path,
        })
    }

    fn animal(&self, animal: &AnnotationRecord) -> Result<NewAnnotation, EngineError> {
        let by = |label: LabelName| self.stated_by(LabelSubject::Annotation(animal.id), &label);
        let individual = match animal.individual {
            Some(individual) => self.source.individual_name(individual)?.map(|name| self.own_name(name)),
            None => None,
        };
        Ok(NewAnnotation {
            region: animal.region,
            species: stated(animal.species.clone(), by(LabelName::Species)?),
            viewpoint: stated(animal.viewpoint.clone(), by(LabelName::Viewpoint)?),
            body_part: stated(animal.body_part.clone(), by(LabelName::BodyPart)?),
            quality: stated(animal.quality, by(LabelName::Quality)?),
            individual,
            detector: animal.detector.clone(),
            confidence: animal.confidence,
            attributes: animal.attributes.clone(),
            embedding: self.made(&self.bundle, &self.embeddings, animal.id)?,
        })
    }

    /// A name that the other catalog made up is that of somebody else here: it gets the catalog's own behind it.
    fn own_name(&self, name: String) -> String {
        match is_generated_name(&name) {
            true => format!("{name} ({})", self.called()),
            false => name,
        }
    }

    /// What the catalog's folder is called.
    fn called(&self) -> String {
        let path = std::path::absolute(self.source.path()).unwrap_or_else(|_| self.source.path().to_owned());
        path.file_name()
            .map_or_else(|| "another catalog".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Who says a label, and how sure.
    fn stated_by(
        &self,
        subject: LabelSubject,
        label: &LabelName,
    ) -> Result<(LabelSource, Option<f32>), EngineError> {
        let said = self.source.label_of(subject, label)?;
        let confidence = said.as_ref().and_then(|said| said.confidence);
        // An earlier version did not say who.
        let unsaid = || LabelSource::Table(self.source.path().display().to_string());
        Ok((said.and_then(|said| said.source).unwrap_or_else(unsaid), confidence))
    }

    /// What a bundle made of an animal.
    fn made(
        &self,
        bundle: &BundleId,
        embeddings: &Embeddings,
        animal: AnnotationId,
    ) -> Result<NewEmbedding, EngineError> {
        Ok(match self.source.stored_embedding(bundle, animal)? {
            StoredEmbedding::Row(row) => match embeddings.row(row) {
                Some(values) => NewEmbedding::Values(values.iter().map(|value| value.to_f32()).collect()),
                None => NewEmbedding::Later,
            },
            StoredEmbedding::Unusable(why) => NewEmbedding::Unusable(UnusableReason::Noted(why)),
            StoredEmbedding::Missing => NewEmbedding::Later,
        })
    }
}

fn stated<T>(value: Option<T>, (source, confidence): (LabelSource, Option<f32>)) -> Option<Stated<T>> {
    value.map(|value| Stated { value, source, confidence })
}
