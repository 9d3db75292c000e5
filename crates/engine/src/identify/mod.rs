//! Who is this animal? Photos in, ranked individuals with probabilities out.

mod answer;
mod gallery;
mod judge;
mod store;

use std::path::PathBuf;

use resight_catalog::{Access, Catalog};
use resight_core::{Candidate, CaptureTime, Decision, LabelFilter, Pooling, UnusableReason, pool_encounter};
use resight_model::chain::{self, ChainOptions, Ended, Job, PhotoSource, Processed, ProcessedPhoto};
use serde::Serialize;

use self::gallery::SearchableGallery;
use self::judge::Judge;
use crate::{CancelToken, EngineError, Models, Progress, Stage};

pub use self::answer::{Answer, CandidateRow, CandidateSet};
pub use resight_catalog::Area;

/// Which photos, and what may answer.
#[derive(Debug, Clone)]
pub struct IdentifyRequest {
    /// The catalog's folder.
    pub catalog: PathBuf,
    /// The photos asked about.
    pub photos: Vec<PathBuf>,
    /// Whether all photos show one animal in one encounter, and get one answer.
    pub encounter: bool,
    /// Species and viewpoint of the animal asked about: only such may answer.
    pub labels: LabelFilter,
    /// Only photos taken since may answer.
    pub since: Option<CaptureTime>,
    /// Only photos taken here may answer.
    pub area: Option<Area>,
    /// How the photos of an individual are pooled; none for the catalog's setting.
    pub pooling: Option<Pooling>,
    /// How many candidates an answer lists.
    pub top: usize,
    /// Who stores the photos asked about as unidentified ones; none stores nothing.
    pub add_by: Option<String>,
}

/// All answers, and what they were made with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Identification {
    /// One for each animal in each photo, in the order of the photos; a single one for an encounter.
    pub answers: Vec<Answer>,
    /// What executed the network.
    pub runtime: String,
    /// Whether it was stopped before the last photo.
    pub interrupted: bool,
}

/// A photo asked about, with what the chain made of it.
struct Asked {
    path: PathBuf,
    photo: Result<ProcessedPhoto, String>,
}

/// Answers for photos. Nothing is stored, unless asked for.
///
/// # Errors
/// The catalog cannot be opened, its bundle or detector is not there, the network fails. A photo that cannot be
/// used is no error: its answer says so.
pub fn identify(
    request: &IdentifyRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Identification, EngineError> {
    let access = if request.add_by.is_some() { Access::Write } else { Access::Read };
    let mut catalog = Catalog::open(&request.catalog, access)?;
    let settings = catalog.settings()?;
    let embedder = models.embedder_for_catalog(&settings.bundle.id)?;
    let detector = models.detector(&settings.detector)?;
    let options = ChainOptions {
        min_side: settings.least_pixels,
        thumbnail_side: Some(settings.thumbnail_pixels),
        want_hashes: request.add_by.is_some(),
        want_metadata: request.add_by.is_some(),
        ..ChainOptions::new(cancel.flag())
    };
    progress.begin(Stage { title: "looking".to_owned(), total: Some(request.photos.len() as u64) });
    let jobs = request.photos.iter().enumerate().map(|(index, path)| Job {
        index,
        source: PhotoSource::Path(path.clone()),
        regions: None,
    });
    let mut asked = Vec::with_capacity(request.photos.len());
    let ended = chain::run(jobs, &*embedder, &*detector, &options, |processed: Processed| {
        progress.advance(1);
        asked.push(Asked {
            path: request.photos[processed.index].clone(),
            photo: processed.photo.map_err(|failure| failure.to_string()),
        });
        Ok::<(), EngineError>(())
    })?;
    let judge = Judge {
        gallery: SearchableGallery::open(&catalog, request)?,
        calibrations: catalog.calibrations(&settings.bundle.id)?,
        of_bundle: embedder.manifest().calibration.clone(),
        pooling: request.pooling.unwrap_or(settings.pooling),
        settings: settings.clone(),
        labels: &request.labels,
        top: request.top,
    };
    let mut answers = match request.encounter {
        true => vec![judge.encounter(&catalog, &asked)?],
        false => judge.each(&catalog, &asked)?,
    };
    if let Some(actor) = &request.add_by {
        store::store(&mut catalog, actor, request, asked, &mut answers)?;
    }
    progress.end();
    Ok(Identification {
        answers,
        runtime: embedder.runtime().to_owned(),
        interrupted: ended == Ended::Cancelled,
    })
}

impl Judge<'_> {
    /// One answer an animal, photo by photo.
    fn each(&self, catalog: &Catalog, asked: &[Asked]) -> Result<Vec<Answer>, EngineError> {
        let mut answers = Vec::with_capacity(asked.len());
        for one in asked {
            let shown = one.path.display().to_string();
            match &one.photo {
                Err(why) => {
                    answers.push(self.unusable(shown, UnusableReason::Undecodable(why.clone()), None));
                }
                Ok(photo) => {
                    for crop in &photo.crops {
                        let mut answer = match &crop.embedding {
                            Ok(query) => {
                                let candidates = self.candidates(query, photo)?;
                                self.answer(catalog, shown.clone(), &candidates)?
                            }
                            Err(why) => self.unusable(shown.clone(), why.clone(), Some(photo.photo_id)),
                        };
                        answer.photo_id = Some(photo.photo_id);
                        answers.push(answer);
                    }
                }
            }
        }
        Ok(answers)
    }

    /// One answer for all photos together; those that cannot be used are left out and named.
    fn encounter(&self, catalog: &Catalog, asked: &[Asked]) -> Result<Answer, EngineError> {
        let mut per_photo: Vec<Vec<Candidate>> = Vec::new();
        let mut left_out = Vec::new();
        let mut first_photo = None;
        for one in asked {
            match &one.photo {
                Ok(photo) => {
                    for crop in &photo.crops {
                        match &crop.embedding {
                            Ok(query) => per_photo.push(self.candidates(query, photo)?),
                            Err(why) => left_out.push(format!("{}: {why}", one.path.display())),
                        }
                    }
                    first_photo = first_photo.or(Some(photo.photo_id));
                }
                Err(why) => left_out.push(format!("{}: {why}", one.path.display())),
            }
        }
        let photos: Vec<String> = asked.iter().map(|one| one.path.display().to_string()).collect();
        let shown = photos.first().cloned().unwrap_or_default();
        let mut answer = if per_photo.is_empty() {
            let why = left_out.first().cloned().unwrap_or_else(|| "no photo was given".to_owned());
            self.unusable(shown, UnusableReason::Undecodable(why), None)
        } else {
            self.answer(catalog, shown, &pool_encounter(&per_photo))?
        };
        if !left_out.is_empty() && !matches!(answer.decision, Decision::NotIdentifiable(_)) {
            answer.reason = Some(format!("left out: {}", left_out.join("; ")));
        }
        Ok(Answer { photos, photo_id: first_photo, ..answer })
    }
}
