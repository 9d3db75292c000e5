//! Where are the animals? Photos in, boxes out, as a detector sees them; measured where a person drew boxes too.

mod written;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use resight_core::{
    DEFAULT_ENCOUNTER_GAP_SECS, GivenBox, ImageSize, LearntIndex, LearntOf, PhotoId, PixelBox, panic_text,
};
use resight_dataset::{ReadOptions, Row, SourceTable, read_source};
use resight_eval::{DetectedPhoto, DetectionMetrics, measure_detection};
use resight_imaging::{Limits, PhotoHeader, decode, photo_id, read_photo};
use resight_model::Detector;
use serde::Serialize;

use crate::encounters::find_encounters;
use crate::evaluate::remarks;
use crate::local::threads;
use crate::{CancelToken, EngineError, Models, Progress, Stage, Warning};

pub use self::written::{Tabled, coco_json, megadetector_json, table};

/// What to look at, and by what.
#[derive(Debug, Clone)]
pub struct DetectRequest {
    /// A table, a folder of photos, a photo.
    pub source: PathBuf,
    /// How to read it.
    pub read: ReadOptions,
    /// What finds the animals: as [`crate::init::InitRequest::detector`].
    pub detector: String,
    /// Resamplings for the intervals.
    pub replicates: usize,
    /// Seed of the intervals.
    pub seed: u64,
}

/// An animal that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundAnimal {
    /// Where it is, in pixels of the upright photo.
    pub region: PixelBox,
    /// The detector's own number, 0 to 1; no probability.
    pub confidence: f32,
    /// What the detector takes it for, where it tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A photo that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LookedAt {
    /// Where it is.
    pub path: PathBuf,
    /// Its size, upright.
    pub size: ImageSize,
    /// What was found; empty where nothing was.
    pub found: Vec<FoundAnimal>,
    /// What the table says is there, in pixels of the upright photo.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drawn: Vec<PixelBox>,
    /// Hash of its bytes.
    #[serde(skip)]
    photo: PhotoId,
}

/// What was found in all photos.
#[derive(Debug, Clone, Serialize)]
pub struct Detections {
    /// The detector, with the model behind it.
    pub detector: String,
    /// In the order of the source.
    pub photos: Vec<LookedAt>,
    /// How well it found what a person drew; none where nobody drew anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<DetectionMetrics>,
    /// Photos with boxes of a person that the detector has learnt from: they do not count.
    #[serde(skip_serializing_if = "is_zero")]
    pub learnt: usize,
    /// Photos looked at a second, reading and decoding included.
    pub photos_per_second: f64,
    /// The first row of each photo of the source, for the table that is written.
    #[serde(skip)]
    rows: BTreeMap<PathBuf, Row>,
    /// Those that could not be looked at.
    #[serde(skip)]
    failed: Vec<PathBuf>,
    /// Photos that could not be looked at, and why.
    pub failures: Vec<Warning>,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
    /// Whether it was stopped before the last photo.
    pub interrupted: bool,
}

/// Looks at every photo of a source.
///
/// # Errors
/// The source cannot be read or has no photo, the detector is not there, or none of the photos could be looked at. A photo that
/// cannot be is no error: it is in [`Detections::failures`].
#[expect(clippy::cast_precision_loss, reason = "a number of photos")]
pub fn detect(
    request: &DetectRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Detections, EngineError> {
    let _span = tracing::info_span!("detect").entered();
    let detector = models.detector(&request.detector)?;
    let record = models.learnt_by_detector(&request.detector)?;
    let index = LearntIndex::new(&record, 0);
    let mut table = read_source(&request.source, &request.read)?;
    // They are for the intervals alone, and finding them opens every photo.
    if table.rows.iter().any(|row| !row.boxes.is_empty()) {
        let mut sources = [SourceTable { path: &request.source, table: &mut table }];
        find_encounters(&mut sources, DEFAULT_ENCOUNTER_GAP_SECS, progress, cancel);
    }
    let (mut failures, warnings) = remarks(&request.source, &table);
    let asked = photos_of(&table.rows);
    if asked.is_empty() {
        return Err(EngineError::user(format!("there is no photo: {}", request.source.display())));
    }
    progress.begin(Stage { title: "looking for animals".to_owned(), total: Some(asked.len() as u64) });
    let began = Instant::now();
    let looked = look_at_all(&asked, &*detector, progress, cancel);
    let seconds = began.elapsed().as_secs_f64();
    progress.end();
    let interrupted = looked.iter().any(Option::is_none);
    let (mut photos, mut groups, mut failed) = (Vec::with_capacity(looked.len()), Vec::new(), Vec::new());
    for (asked, outcome) in asked.iter().zip(looked) {
        match outcome {
            Some(Ok(photo)) => {
                photos.push(photo);
                groups.push(asked.group);
            }
            Some(Err(message)) => {
                failed.push(asked.path.to_owned());
                failures.push(Warning { about: asked.path.display().to_string(), message });
            }
            None => {}
        }
    }
    if let (true, Some(first), false) = (photos.is_empty(), failures.first(), interrupted) {
        let all = failures.len();
        return Err(EngineError::user(format!(
            "none of the {all} photos could be looked at, such as {first}"
        )));
    }
    let is_learnt = |photo: &LookedAt| index.of(Some(photo.photo), None) == LearntOf::Photo;
    let learnt = photos.iter().filter(|photo| !photo.drawn.is_empty() && is_learnt(photo)).count();
    let measurable: Vec<DetectedPhoto> = photos
        .iter()
        .zip(&groups)
        .filter(|(photo, _)| !is_learnt(photo))
        .map(|(one, group)| measurable(one, *group))
        .collect();
    Ok(Detections {
        detector: detector.id(),
        learnt,
        measured: measure_detection(&measurable, request.replicates, request.seed),
        photos_per_second: photos.len() as f64 / seconds.max(1e-9),
        interrupted,
        rows: asked.iter().map(|asked| (asked.path.to_owned(), asked.row.clone())).collect(),
        failed,
        photos,
        failures,
        warnings,
    })
}

/// A photo of the source with the boxes of all its rows.
struct AskedPhoto<'a> {
    path: &'a Path,
    /// Its first row.
    row: &'a Row,
    drawn: Vec<GivenBox>,
    /// Its encounter, by number: photos of one are no independent evidence.
    group: u32,
}

fn photos_of(rows: &[Row]) -> Vec<AskedPhoto<'_>> {
    let mut places: BTreeMap<&Path, usize> = BTreeMap::new();
    let mut encounters: BTreeMap<&str, u32> = BTreeMap::new();
    let mut photos: Vec<AskedPhoto<'_>> = Vec::new();
    for row in rows {
        let place = *places.entry(&row.path).or_insert_with(|| {
            photos.push(AskedPhoto { path: &row.path, row, drawn: Vec::new(), group: 0 });
            photos.len() - 1
        });
        photos[place].drawn.extend(row.boxes.iter().cloned());
        if let Some(encounter) = row.encounter.as_deref() {
            let next = u32::try_from(encounters.len()).unwrap_or(u32::MAX);
            photos[place].group = 1 + *encounters.entry(encounter).or_insert(next);
        }
    }
    // One whose encounter nobody knows stands for itself.
    let mut next = u32::try_from(encounters.len()).unwrap_or(u32::MAX);
    for photo in photos.iter_mut().filter(|photo| photo.group == 0) {
        next = next.saturating_add(1);
        photo.group = next;
    }
    photos
}

/// What became of a photo; none where it was not its turn before the end.
type Outcome = Option<Result<LookedAt, String>>;

fn look_at_all(
    asked: &[AskedPhoto<'_>],
    detector: &dyn Detector,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<LookedAt, String>)>> = Mutex::default();
    let work = || {
        while let Some((place, photo)) = {
            let place = next.fetch_add(1, Ordering::Relaxed);
            asked.get(place).map(|photo| (place, photo)).filter(|_| !cancel.is_cancelled())
        } {
            let outcome = catch_unwind(AssertUnwindSafe(|| look_at(photo, detector)))
                .unwrap_or_else(|panic| Err(format!("internal error: {}", panic_text(&*panic))));
            done.lock().unwrap_or_else(PoisonError::into_inner).push((place, outcome));
            progress.advance(1);
        }
    };
    thread::scope(|scope| {
        (0..threads().max(1)).for_each(|_| {
            scope.spawn(work);
        });
    });
    let mut outcomes: Vec<Outcome> = asked.iter().map(|_| None).collect();
    for (place, outcome) in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
        outcomes[place] = Some(outcome);
    }
    outcomes
}

/// Looks at one photo; the error says why it cannot be looked at.
fn look_at(photo: &AskedPhoto<'_>, detector: &dyn Detector) -> Result<LookedAt, String> {
    let limits = Limits::default();
    let bytes = read_photo(photo.path, &limits).map_err(|error| error.to_string())?;
    let header = PhotoHeader::read(&bytes, &limits).map_err(|error| error.to_string())?;
    let decoded = decode(&bytes, &limits, detector.decode_size(header.full_size));
    let decoded = decoded.map_err(|error| error.to_string())?;
    let found = detector.detect(&decoded.image, decoded.full_size).map_err(|error| error.to_string())?;
    // The whole picture, for want of anything better, is nothing that was found.
    let found = found.into_iter().filter(|one| one.confidence > 0.0).map(|one| FoundAnimal {
        region: one.region,
        confidence: one.confidence,
        label: one.label.as_deref().map(str::to_owned),
    });
    Ok(LookedAt {
        path: photo.path.to_owned(),
        size: header.full_size,
        found: found.collect(),
        drawn: photo.drawn.iter().map(|given| header.upright_box(given)).collect(),
        photo: photo_id(&bytes),
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn measurable(photo: &LookedAt, group: u32) -> DetectedPhoto {
    DetectedPhoto {
        animals: photo.drawn.clone(),
        found: photo.found.iter().map(|one| (one.region, one.confidence)).collect(),
        group,
    }
}
