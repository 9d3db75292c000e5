//! Who is this animal? Photos in, ranked individuals with probabilities out.

mod answer;
mod ask;
mod gallery;
mod judge;
mod page;
mod store;

use std::path::PathBuf;

use resight_catalog::{Access, Catalog, Settings};
use resight_core::{CaptureTime, LabelFilter, Pooling};
use resight_model::chain::{self, ChainOptions, Ended, Job, PhotoSource, Processed, ProcessedPhoto};
use resight_model::{Embedder, WholePicture};
use serde::Serialize;

use self::gallery::SearchableGallery;
use self::judge::Judge;
use crate::{CancelToken, EngineError, Models, Progress, Stage};

pub use self::answer::{Answer, CandidateRow, CandidateSet, InCatalog, LeftOut};
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
    /// Whether to make a page that shows the photos beside their candidates.
    pub page: bool,
}

/// All answers, and what they were made with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Identification {
    /// One for each animal in each photo, in the order of the photos; a single one for an encounter.
    pub answers: Vec<Answer>,
    /// What executed the network.
    pub runtime: String,
    /// Whether it was stopped before the last photo. Nothing was stored then, and an encounter has no answer.
    pub interrupted: bool,
    /// The page that was asked for: HTML in one piece, with the pictures inside.
    #[serde(skip)]
    pub page: Option<String>,
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
    // The catalog's embeddings are read while the model is loaded and the photos are looked at.
    let (gallery, looked) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| SearchableGallery::read(request, &settings.bundle.id));
        let looked = look(request, &settings, models, progress, cancel);
        let gallery = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok::<_, EngineError>((gallery?, looked?))
    })?;
    let Looked { asked, embedder, ended } = looked;
    let judge = Judge {
        gallery,
        calibrations: catalog.calibrations(&settings.bundle.id)?,
        of_bundle: embedder.manifest().calibration.clone(),
        pooling: request.pooling.unwrap_or(settings.pooling),
        whole_picture: settings.detector == WholePicture::ID,
        settings,
        labels: &request.labels,
        top: request.top,
    };
    let interrupted = ended == Ended::Cancelled;
    let mut answers = match request.encounter {
        true if interrupted => Vec::new(),
        true => vec![judge.encounter(&catalog, &asked)?],
        false => judge.each(&catalog, &asked)?,
    };
    let page = match request.page {
        true => Some(page::page(&catalog, &judge.settings, &asked, &answers)?),
        false => None,
    };
    if let Some(actor) = request.add_by.as_ref().filter(|_| !interrupted) {
        store::store(&mut catalog, actor, request, asked, &mut answers)?;
    }
    progress.end();
    Ok(Identification { answers, runtime: embedder.runtime().to_owned(), interrupted, page })
}

/// The photos asked about, and what embedded them.
struct Looked {
    asked: Vec<Asked>,
    embedder: Box<dyn Embedder>,
    ended: Ended,
}

/// Decodes and embeds the photos asked about.
fn look(
    request: &IdentifyRequest,
    settings: &Settings,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Looked, EngineError> {
    let embedder = models.embedder_for_catalog(&settings.bundle.id)?;
    let detector = models.detector(&settings.detector)?;
    let adds = request.add_by.is_some();
    let options = ChainOptions {
        min_side: settings.least_pixels,
        thumbnail_side: (adds || request.page).then_some(settings.thumbnail_pixels),
        want_hashes: adds,
        want_metadata: adds || request.page,
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
    Ok(Looked { asked, embedder, ended })
}
