//! The rows of a table through the chain: one embedding a row.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use resight_core::{Effort, GivenBox, LearntRecord, PixelBox};
use resight_dataset::{PhotoFacts, Row};
use resight_imaging::{Limits, photo_id, read_photo};
use resight_model::chain::{self, ChainOptions, Ended, Job, PhotoSource, Processed, ProcessedCrop};
use resight_model::{Bundle, Detector, Embedder, LocalFeatures, LocalForm, Normaliser, WholePicture};
use resight_vector::f16;

use super::cache::{Cache, Kept, Key};
use crate::local::{CloserLook, LocalRows};
use crate::{CancelToken, EngineError, LocalChoice, Models, Progress, Stage, Warning};

/// What embeds, and where embeddings are kept for the next time.
pub(crate) struct Tools<'a> {
    pub(crate) embedder: &'a dyn Embedder,
    pub(crate) detector: &'a dyn Detector,
    pub(crate) least_pixels: u32,
    pub(crate) cache: Option<PathBuf>,
    /// What the embedder has learnt.
    pub(crate) learnt: &'a LearntRecord,
    /// What reads local features; none where embeddings alone are compared.
    pub(crate) local: &'a [LocalFeatures],
    /// What looks at the likeliest photos more closely; none where nobody asks for it.
    pub(crate) closer: Option<&'a CloserLook>,
    /// What brings animals into their own frame.
    pub(crate) normaliser: Option<&'a dyn Normaliser>,
}

/// A bundle and a detector, loaded for rows of tables.
pub(crate) struct LoadedTools {
    bundle: Bundle,
    embedder: Box<dyn Embedder>,
    detector: Box<dyn Detector>,
    least_pixels: u32,
    cache: Option<PathBuf>,
    local: Vec<LocalFeatures>,
    closer: Option<CloserLook>,
    normaliser: Option<Box<dyn Normaliser>>,
}

impl LoadedTools {
    /// Loads what a request names; embeddings are kept in the model store's folder where `cache` says so.
    pub(crate) fn of(
        models: &Models,
        bundle: &str,
        (detector, frame): (&str, Option<&str>),
        least_pixels: u32,
        cache: bool,
        (effort, local_features): (Effort, &LocalChoice),
    ) -> Result<Self, EngineError> {
        let bundle = models.bundle(bundle)?;
        let embedder = models.embedder(&bundle)?;
        let detector = models.detector(detector)?;
        let cache = cache.then(|| models.store().home().join("cache").join("embeddings"));
        let local: Vec<LocalFeatures> = match effort {
            Effort::Fast => Vec::new(),
            Effort::Normal | Effort::Thorough => local_features
                .bundles(models)?
                .iter()
                .map(|bundle| models.local_features(bundle))
                .collect::<Result<_, EngineError>>()?,
        };
        let closer = match effort {
            Effort::Fast | Effort::Normal => None,
            Effort::Thorough => CloserLook::of(models, local.iter().map(|one| (one.form(), one.manifest())))?,
        };
        let normaliser = models.normaliser(frame)?;
        Ok(Self { bundle, embedder, detector, least_pixels, cache, local, closer, normaliser })
    }

    pub(crate) fn tools(&self) -> Tools<'_> {
        Tools {
            embedder: &*self.embedder,
            detector: &*self.detector,
            least_pixels: self.least_pixels,
            cache: self.cache.clone(),
            learnt: self.bundle.learnt(),
            local: &self.local,
            closer: self.closer.as_ref(),
            normaliser: self.normaliser.as_deref(),
        }
    }
}

/// The rows that could be embedded.
#[derive(Debug, Clone, Default)]
pub(crate) struct EmbeddedRows {
    /// Their positions in the table, rising.
    pub(crate) table_rows: Vec<u32>,
    /// What was found out about their photos.
    pub(crate) facts: Vec<PhotoFacts>,
    /// The regions that were embedded.
    pub(crate) regions: Vec<PixelBox>,
    /// The embeddings: rows × dimension.
    pub(crate) values: Vec<f16>,
    /// Numbers in one embedding.
    pub(crate) dimension: usize,
    /// Rows that could not be embedded, and why.
    pub(crate) failures: Vec<Warning>,
}

/// What became of one row.
type Outcome = Result<Kept, String>;

/// Embeds the rows at these positions (rising). A row that cannot be embedded is left out and named.
///
/// # Errors
/// The network fails, or the work was cancelled.
pub(crate) fn embed_rows(
    rows: &[Row],
    wanted: &[u32],
    tools: &Tools<'_>,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<EmbeddedRows, EngineError> {
    make_rows(rows, wanted, tools, "embedding photos", progress, cancel)
}

/// Reads the local features of rows that were embedded, of the very regions that were, by every network that reads some.
///
/// # Errors
/// As [`embed_rows`].
pub(crate) fn local_of_rows(
    rows: &[Row],
    embedded: &EmbeddedRows,
    tools: &Tools<'_>,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Vec<LocalOfRows>, EngineError> {
    let found_by_detector = tools.detector.id() != WholePicture.id();
    let mut looked_at: Vec<Row> = Vec::with_capacity(embedded.table_rows.len());
    for (row, region) in embedded.table_rows.iter().zip(&embedded.regions) {
        let row = &rows[*row as usize];
        let boxes = match row.boxes.is_empty() && found_by_detector {
            true => vec![GivenBox::upright(*region)],
            false => row.boxes.clone(),
        };
        looked_at.push(Row { boxes, ..row.clone() });
    }
    let wanted: Vec<u32> = (0..).take(looked_at.len()).collect();
    let read_by = |network: &LocalFeatures| {
        let tools =
            Tools { embedder: network, detector: &WholePicture, cache: tools.cache.clone(), ..*tools };
        let title = format!("reading local features ({})", network.form().bundle().name());
        let read = make_rows(&looked_at, &wanted, &tools, &title, progress, cancel)?;
        Ok(LocalOfRows { form: network.form().clone(), places: read.table_rows, values: read.values })
    };
    tools.local.iter().map(read_by).collect()
}

/// The local features of embedded rows.
pub(crate) struct LocalOfRows {
    form: LocalForm,
    /// Which of the rows have them, rising.
    places: Vec<u32>,
    values: Vec<f16>,
}

impl LocalOfRows {
    /// Rows of local features in their order; none where a row has none.
    pub(crate) fn of(form: LocalForm, rows: impl Iterator<Item = Option<Vec<f16>>>) -> Self {
        let (mut places, mut values) = (Vec::new(), Vec::new());
        for (place, row) in (0..).zip(rows) {
            if let Some(row) = row {
                places.push(place);
                values.extend(row);
            }
        }
        Self { form, places, values }
    }

    /// These rows, `count` of them, and then the others.
    pub(crate) fn followed_by(&self, others: &Self, count: usize) -> Self {
        let after = |place: &u32| place + u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            form: self.form.clone(),
            places: self.places.iter().copied().chain(others.places.iter().map(after)).collect(),
            values: self.values.iter().chain(&others.values).copied().collect(),
        }
    }

    /// How they are laid out and compared.
    pub(crate) fn form(&self) -> &LocalForm {
        &self.form
    }

    /// The features of each of `n_rows` rows.
    pub(crate) fn rows(&self, n_rows: usize) -> LocalRows<'_> {
        let mut rows = vec![None; n_rows];
        let length = self.form.room().bytes() / 2;
        for (place, row) in self.places.iter().zip(self.values.chunks_exact(length)) {
            rows[*place as usize] = Some(row);
        }
        LocalRows { form: &self.form, rows }
    }
}

fn make_rows(
    rows: &[Row],
    wanted: &[u32],
    tools: &Tools<'_>,
    title: &str,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<EmbeddedRows, EngineError> {
    let dimension = tools.embedder.dimension();
    let keys = Key::maker(tools);
    let mut cache = Cache::open(tools.cache.as_deref(), tools.embedder);
    if let Some(remark) = cache.remark() {
        progress.note(&remark);
    }
    let done: Mutex<Vec<(usize, Outcome)>> = Mutex::default();
    progress.begin(Stage { title: title.to_owned(), total: Some(wanted.len() as u64) });
    let jobs =
        Jobs { rows, wanted: wanted.iter().enumerate(), keys: &keys, cache: &cache, done: &done, progress };
    let options = ChainOptions {
        min_side: tools.least_pixels,
        normaliser: tools.normaliser,
        want_hashes: true,
        ..ChainOptions::new(cancel.flag())
    };
    let mut made = Vec::new();
    let ended = chain::run(jobs, tools.embedder, tools.detector, &options, |processed| {
        progress.advance(1);
        made.push((processed.index, outcome(processed)));
        Ok::<(), EngineError>(())
    })?;
    for (index, outcome) in &made {
        if let Ok(kept) = outcome {
            cache.add(keys.of(kept.facts.photo_id, &rows[wanted[*index] as usize]), kept);
        }
    }
    if let Some(remark) = cache.save() {
        progress.note(&remark);
    }
    if ended == Ended::Cancelled {
        return Err(EngineError::user(
            "stopped before the last photo; what was embedded is kept for the next run",
        ));
    }
    let found = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(gather(rows, wanted, dimension, made.into_iter().chain(found)))
}

/// Puts the outcomes into the order of the rows.
fn gather(
    rows: &[Row],
    wanted: &[u32],
    dimension: usize,
    outcomes: impl Iterator<Item = (usize, Outcome)>,
) -> EmbeddedRows {
    let mut embedded = EmbeddedRows { dimension, ..EmbeddedRows::default() };
    let mut ordered: Vec<(usize, Outcome)> = outcomes.collect();
    ordered.sort_by_key(|(index, _)| *index);
    for (index, outcome) in ordered {
        let row = wanted[index];
        match outcome {
            Ok(kept) => {
                embedded.table_rows.push(row);
                embedded.facts.push(kept.facts);
                embedded.regions.push(kept.region);
                embedded.values.extend(kept.values);
            }
            Err(message) => {
                let about = rows[row as usize].path.display().to_string();
                embedded.failures.push(Warning { about, message });
            }
        }
    }
    embedded
}

fn outcome(processed: Processed) -> Outcome {
    let photo = processed.photo.map_err(|failure| failure.to_string())?;
    let facts = PhotoFacts {
        photo_id: Some(photo.photo_id),
        perceptual_hash: photo.perceptual_hash,
        size: Some(photo.full_size),
    };
    let crop = surest(photo.crops).ok_or_else(|| "nothing was found in it".to_owned())?;
    let values = crop.embedding.map_err(|reason| reason.to_string())?;
    Ok(Kept { facts, region: crop.region, values: values.into_iter().map(f16::from_f32).collect() })
}

/// Where a detector finds several animals in a photo with one label, the one it is surest of.
fn surest(crops: Vec<ProcessedCrop>) -> Option<ProcessedCrop> {
    crops.into_iter().reduce(
        |best, crop| {
            if crop.detector_confidence > best.detector_confidence { crop } else { best }
        },
    )
}

/// Reads the photos one after the other and hands on those whose embedding is not known yet.
struct Jobs<'a> {
    rows: &'a [Row],
    wanted: std::iter::Enumerate<std::slice::Iter<'a, u32>>,
    keys: &'a Key,
    cache: &'a Cache,
    done: &'a Mutex<Vec<(usize, Outcome)>>,
    progress: &'a dyn Progress,
}

impl Jobs<'_> {
    fn note(&self, index: usize, outcome: Outcome) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push((index, outcome));
        self.progress.advance(1);
    }

    /// The job for a row, unless its outcome is known without one.
    fn job(&self, index: usize, row: &Row) -> Option<Job> {
        if row.boxes.len() > 1 {
            let boxes = row.boxes.len();
            self.note(index, Err(format!("one identity for {boxes} boxes: it is not said which box it is")));
            return None;
        }
        let regions = (!row.boxes.is_empty()).then(|| row.boxes.clone());
        let by_path = |regions| Job { index, source: PhotoSource::Path(row.path.clone()), regions };
        if self.cache.is_empty() {
            return Some(by_path(regions));
        }
        // What cannot be read, or is larger than any photo, is left to the chain, which says what is wrong.
        let Ok(bytes) = read_photo(&row.path, &Limits::default()) else {
            return Some(by_path(regions));
        };
        match self.cache.get(&self.keys.of(Some(photo_id(&bytes)), row)) {
            Some(kept) => {
                self.note(index, Ok(kept));
                None
            }
            None => Some(Job { index, source: PhotoSource::Bytes(bytes), regions }),
        }
    }
}

impl Iterator for Jobs<'_> {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        loop {
            let (index, row) = self.wanted.next()?;
            if let Some(job) = self.job(index, &self.rows[*row as usize]) {
                return Some(job);
            }
        }
    }
}
