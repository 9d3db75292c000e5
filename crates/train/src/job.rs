//! A training job from a table to a bundle: the use case that the doors call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use resight_core::PhotoId;
use resight_dataset::{EncounterCounts, Table};
use resight_files::{HeldFolder, read_own};
use resight_model::{Bundle, RuntimeChoice};
use serde::Serialize;

use crate::cache::{self, CacheProgress, CacheRequest, CacheWarning, FeatureCache};
use crate::data::division::Division;
use crate::data::{Classes, DataWarning, TrainingData};
use crate::device::DeviceChoice;
use crate::finish::{self, Parity};
use crate::learner::inputs::{InputBatch, Inputs, Item};
use crate::photos::{CachedInputs, CachedViews, ImageInputs, jobs};
use crate::recipe::{Depth, Recipe};
use crate::test_part::{TestReport, test_report};
use crate::trainer::{LearningPart, Setup, TrainError, Watch, learner};
use crate::trunk::{FrozenPart, Trunk};
use crate::view::{FlipPolicy, Loader, LoaderOptions, View, ViewMaker, ViewRequest};
use resight_runs::doctor::Finding;
use resight_runs::run::log::{End, EndReason, Score};
use resight_runs::run::{RUN, RunError};

/// Photos on which the bundle is compared with what was trained.
const PARITY_PHOTOS: usize = 8;

/// Views that the frozen part gets at once.
const FROZEN_BATCH: usize = 16;

/// Bytes on the disk that cached features may take when a run begins; beyond, the oldest that it does not need go.
const MOST_CACHED: u64 = 20 << 30;

/// Longest file of final figures that is read.
const MOST_RESULT_BYTES: u64 = 64 << 20;

/// What to learn from what, and where.
#[derive(Debug, Clone)]
pub struct TrainRequest {
    /// The recipe.
    pub recipe: Recipe,
    /// The photos and their labels.
    pub table: Table,
    /// Which of them are learnt from.
    pub division: Division,
    /// What photos look like, as far as that is known ([`LookAlikes::looks`]); others are opened once more at the end.
    ///
    /// [`LookAlikes::looks`]: crate::data::division::LookAlikes::looks
    pub looks: BTreeMap<PhotoId, u64>,
    /// The bundle to start from.
    pub bundle: Bundle,
    /// The run's folder.
    pub run: PathBuf,
    /// That folder, where the caller holds it already.
    pub held: Option<Arc<HeldFolder>>,
    /// Where features are cached; shared between runs.
    pub cache: PathBuf,
    /// Go on with a run that was begun.
    pub resume: bool,
    /// Where to compute.
    pub device: DeviceChoice,
    /// What executes the frozen part.
    pub runtime: RuntimeChoice,
    /// Threads.
    pub threads: usize,
    /// The best validation to compare with; without it, that of the runs beside this one which asked the same.
    pub best_so_far: Option<Score>,
}

/// What came of a job.
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    /// How the run ended.
    pub end: End,
    /// Validation with the trunk as it came.
    pub untrained: Score,
    /// Hash of who asked whom in the validation: figures of runs with the same one can be compared.
    pub asked: String,
    /// Id of the bundle, and where it lies; none where the run was interrupted, or diverged before its first
    /// validation.
    pub bundle: Option<(String, PathBuf)>,
    /// How far the bundle is from what was trained.
    pub parity: Option<Parity>,
    /// The final figures on the test photos, where there are any.
    pub test: Option<TestReport>,
    /// Where the encounters of the table's photos come from.
    pub encounters: EncounterCounts,
    /// What the doctor noticed.
    pub findings: Vec<Finding>,
    /// Photos that could not be used.
    pub warnings: Vec<DataWarning>,
}

/// Everything that a run stands on, prepared.
pub struct Prepared {
    /// The photos.
    pub data: TrainingData,
    /// What the loss separates.
    pub classes: Classes,
    /// The trunk.
    pub trunk: Trunk,
    /// Its frozen part; none at `full` depth.
    pub frozen: Option<FrozenPart>,
    /// The part that learns.
    pub learning: Option<LearningPart>,
    /// Where inputs come from.
    pub inputs: Box<dyn Inputs>,
    /// Hash of what the inputs are made of.
    pub inputs_id: String,
    /// Numbers of a vector that goes into the neck.
    pub pooled: usize,
    /// Makes views.
    pub maker: Arc<ViewMaker>,
    /// Photos that could not be used.
    pub warnings: Vec<DataWarning>,
}

/// Trains, writes the bundle, and asks the test photos once.
///
/// # Errors
/// As [`TrainError`] says. Photos that cannot be used are warnings.
pub fn train(
    request: &TrainRequest,
    watch: &dyn Watch,
    cancel: &AtomicBool,
) -> Result<TrainReport, TrainError> {
    let prepared = prepare(request, watch, cancel)?;
    let recipe = &request.recipe;
    let device = request.device.open(recipe.trunk.precision)?;
    let asked = asked(&prepared.data);
    let setup = Setup {
        recipe,
        data: &prepared.data,
        classes: &prepared.classes,
        inputs: &*prepared.inputs,
        has_photos: true,
        trunk: prepared.trunk.name().to_owned(),
        inputs_id: prepared.inputs_id.clone(),
        learning: prepared.learning.clone(),
        pooled: prepared.pooled,
        device: device.clone(),
        best_so_far: request.best_so_far.or_else(|| best_beside(&request.run, &asked)),
        watch,
        cancel,
    };
    let trainer = match (&request.held, request.resume) {
        (Some(held), true) => setup.resume_in(held.clone())?,
        (Some(held), false) => setup.begin_in(held.clone())?,
        (None, true) => setup.resume(&request.run)?,
        (None, false) => setup.begin(&request.run)?,
    };
    let held = trainer.held();
    let outcome = trainer.run()?;
    let mut report = TrainReport {
        untrained: outcome.start.untrained,
        asked,
        end: outcome.end.clone(),
        bundle: None,
        parity: None,
        test: None,
        encounters: EncounterCounts::of(&request.table.rows),
        findings: outcome.findings.clone(),
        warnings: prepared.warnings.clone(),
    };
    if outcome.end.reason == EndReason::Interrupted {
        return Ok(report);
    }
    if outcome.end.best_epoch == 0 {
        // It diverged before anything was learnt: its numbers are of no use to anybody.
        write_result(&held, &report)?;
        return Ok(report);
    }
    let n_species = prepared.data.species.len();
    let made =
        learner(recipe, &prepared.classes, n_species, prepared.learning.as_ref(), prepared.pooled, &device)?;
    let path = held.file(BUNDLE);
    let card = finish::card(recipe, &prepared.data, &outcome.start, &outcome.end);
    let bundle = finish::bundle(recipe, &prepared.trunk, &made.neck, &outcome.best, &card, &path)?;
    let record = finish::learnt(&prepared.data, prepared.trunk.bundle().learnt(), &request.looks);
    let bundle = bundle.with_learnt(record).map_err(finish::FinishError::from)?;
    let (images, n) = images(&prepared)?;
    let frozen = prepared.frozen.as_ref();
    let parity = finish::parity(&bundle, frozen, &made, &outcome.best, &images, n, request.runtime)?;
    held.remove(BUNDLE).map_err(RunError::io("the former bundle of the run cannot be replaced", &path))?;
    bundle.write(&path).map_err(finish::FinishError::from)?;
    report.bundle = Some((bundle.id().to_string(), path));
    report.parity = Some(parity);
    watch.begin("asking the test photos", 0);
    report.test = test_report(recipe, &prepared.data, &*prepared.inputs, &made, &outcome.best)?;
    write_result(&held, &report)?;
    Ok(report)
}

/// Reads the photos, parts the trunk, fills the cache.
///
/// # Errors
/// As [`TrainError`] says.
pub fn prepare(
    request: &TrainRequest,
    watch: &dyn Watch,
    cancel: &AtomicBool,
) -> Result<Prepared, TrainError> {
    let recipe = &request.recipe;
    watch.begin("reading photos", 0);
    let (data, mut warnings) = TrainingData::of(&request.table, &request.division);
    let trunk = Trunk::of(request.bundle.clone(), recipe)?;
    let maker = Arc::new(
        ViewMaker::new(
            trunk.preprocess().clone(),
            recipe.views.augment.clone(),
            recipe.views.flip,
            recipe.seed,
        )
        .map_err(|error| TrainError::TooLittle(error.to_string()))?,
    );
    let twins = recipe.views.flip == FlipPolicy::MirroredTwin;
    let learning = trunk.learning()?.map(|(layers, weights, input)| LearningPart {
        layers,
        weights: weights.clone(),
        input,
    });
    let pooled = match &learning {
        Some(part) => part.layers.iter().fold(part.input, |shape, layer| layer.shape_after(shape)).numbers(),
        None => trunk.frozen(request.runtime, request.threads)?.output.numbers(),
    };
    if recipe.depth == Depth::Full {
        let side = trunk.preprocess().width as usize;
        let options = LoaderOptions { threads: request.threads.max(1), ..LoaderOptions::default() };
        let mut data = data;
        let missing = undecodable(&data, &maker, options, watch);
        warnings.extend(without(&mut data, &missing));
        let inputs = ImageInputs { maker: maker.clone(), jobs: jobs(&data).into(), side, options };
        let classes = Classes::of(&data, &recipe.classes, twins);
        let inputs_id = format!("images {side} {:?}", trunk.preprocess());
        let inputs = Box::new(inputs);
        return Ok(Prepared {
            data,
            classes,
            trunk,
            frozen: None,
            learning,
            inputs,
            inputs_id,
            pooled,
            maker,
            warnings,
        });
    }
    let frozen = trunk.frozen(request.runtime, request.threads)?;
    let filling = Filling { request, data: &data, maker: &maker, frozen: &frozen, watch, cancel };
    let caches = filling.caches()?;
    let needed: Vec<&FeatureCache> = caches.iter().map(CachedViews::cache).collect();
    match cache::tidy(&request.cache, MOST_CACHED, &needed) {
        Ok(0) => {}
        Ok(freed) => {
            watch.note(&format!("removed {:.1} GB of features that earlier runs left", freed as f64 / 1e9));
        }
        // Nobody is worse off than before.
        Err(error) => watch.note(&format!("features that earlier runs left take much room: {error}")),
    }
    let inputs_id = caches.iter().map(CachedViews::name).collect::<Vec<_>>().join(" ");
    let mut data = data;
    warnings.extend(leave_out(&mut data, &caches));
    let classes = Classes::of(&data, &recipe.classes, twins);
    let inputs = Box::new(CachedInputs { caches, output: frozen.output, views: recipe.views.count });
    Ok(Prepared {
        data,
        classes,
        trunk,
        frozen: Some(frozen),
        learning,
        inputs,
        inputs_id,
        pooled,
        maker,
        warnings,
    })
}

/// Filling the caches of features.
struct Filling<'a> {
    request: &'a TrainRequest,
    data: &'a TrainingData,
    maker: &'a ViewMaker,
    frozen: &'a FrozenPart,
    watch: &'a dyn Watch,
    cancel: &'a AtomicBool,
}

impl Filling<'_> {
    /// One for all photos as in use, one for what the panel looks at, one for the varied views.
    fn caches(&self) -> Result<Vec<CachedViews>, TrainError> {
        let recipe = &self.request.recipe;
        let everything: Vec<u32> = (0..self.data.annotations.len() as u32).collect();
        let mut caches = vec![self.cache("photos as they are", &everything, &[View::PLAIN])?];
        let looks = self.looks();
        if !looks.is_empty() {
            let mut asked = [self.data.validation.clone(), self.data.validation_gallery()].concat();
            asked.sort_unstable();
            asked.dedup();
            caches.push(self.cache("photos without their animal", &asked, &looks)?);
        }
        let flip = recipe.views.flip;
        let first = if flip.is_paired() { 2 } else { 1 };
        let mut views: Vec<View> =
            (first..flip.views_of(recipe.views.count + 1)).map(View::Numbered).collect();
        if flip == FlipPolicy::MirroredTwin && recipe.sampler.wants_embeddings() {
            views.push(View::Mirrored);
        }
        caches.push(self.cache("varied photos", &self.data.train, &views)?);
        Ok(caches)
    }

    /// Views for a look at what the network goes by.
    fn looks(&self) -> Vec<View> {
        let recipe = &self.request.recipe;
        if !recipe.validation.background {
            return Vec::new();
        }
        let mirrored = recipe.views.flip == FlipPolicy::Forbidden && self.data.viewpoints.len() > 1;
        let mut looks = vec![View::Background];
        looks.extend(mirrored.then_some(View::Mirrored));
        looks
    }

    fn cache(&self, what: &str, annotations: &[u32], views: &[View]) -> Result<CachedViews, TrainError> {
        let all = jobs(self.data);
        let jobs: Vec<_> = annotations.iter().map(|place| all[*place as usize].clone()).collect();
        let request = CacheRequest {
            network: &self.frozen.id,
            cut: "",
            maker: self.maker,
            jobs: &jobs,
            views,
            batch: FROZEN_BATCH,
            threads: self.request.threads.max(1),
        };
        self.watch.begin(&format!("looking at {what}"), jobs.len() as u64);
        let bar = Bar { watch: self.watch, done: AtomicUsize::new(0) };
        let (cache, warnings) = FeatureCache::open_or_build(
            &self.request.cache,
            &request,
            &*self.frozen.network,
            &bar,
            self.cancel,
        )?;
        for warning in warnings.iter().filter(|warning| !matches!(warning, CacheWarning::LeftOut { .. })) {
            self.watch.note(&warning.to_string());
        }
        Ok(CachedViews::new(cache, annotations, views))
    }
}

/// Shows how a cache fills.
struct Bar<'a> {
    watch: &'a dyn Watch,
    done: AtomicUsize,
}

impl CacheProgress for Bar<'_> {
    fn photos(&self, done: usize, _total: usize) {
        let before = self.done.swap(done, Ordering::Relaxed);
        self.watch.advance(done.saturating_sub(before) as u64);
    }

    fn waiting(&self) {
        self.watch.note("another process is looking at the same photos; waiting for it");
    }
}

/// Annotations that no view can be made of. Without a cache, nobody else looks at all of them before the first step.
fn undecodable(
    data: &TrainingData,
    maker: &Arc<ViewMaker>,
    options: LoaderOptions,
    watch: &dyn Watch,
) -> BTreeSet<u32> {
    let jobs = jobs(data);
    watch.begin("looking at photos as they are", jobs.len() as u64);
    let request = |job| ViewRequest { job, view: View::PLAIN };
    let all: Vec<ViewRequest> = (0..jobs.len() as u32).map(request).collect();
    let batches = all.chunks(FROZEN_BATCH).map(<[ViewRequest]>::to_vec).collect();
    let mut missing = BTreeSet::new();
    for batch in Loader::start(maker.clone(), jobs.into(), batches, options) {
        watch.advance((batch.requests.len() + batch.failures.len()) as u64);
        missing.extend(batch.failures.iter().map(|failure| failure.row));
    }
    missing
}

/// Takes annotations that no network could look at out of every part.
fn leave_out(data: &mut TrainingData, caches: &[CachedViews]) -> Vec<DataWarning> {
    without(data, &caches.iter().flat_map(CachedViews::missing).collect())
}

fn without(data: &mut TrainingData, missing: &BTreeSet<u32>) -> Vec<DataWarning> {
    for part in [&mut data.train, &mut data.validation, &mut data.test] {
        part.retain(|place| !missing.contains(place));
    }
    let warning = |place: &u32| DataWarning {
        about: data.annotations[*place as usize].path.display().to_string(),
        message: "left out: the photo or its region is of no use".to_owned(),
    };
    missing.iter().map(warning).collect()
}

/// A few photos as the network takes them.
fn images(prepared: &Prepared) -> Result<(Vec<f32>, usize), TrainError> {
    let side = prepared.trunk.preprocess().width as usize;
    let options = LoaderOptions { threads: 1, ..LoaderOptions::default() };
    let inputs =
        ImageInputs { maker: prepared.maker.clone(), jobs: jobs(&prepared.data).into(), side, options };
    let items: Vec<Item> =
        prepared.data.validation.iter().take(PARITY_PHOTOS).map(|one| Item::plain(*one)).collect();
    let n = items.len();
    let mut values = Vec::new();
    for batch in inputs.batches(vec![items]) {
        if let InputBatch::Images { values: images, .. } = batch? {
            values.extend(images);
        }
    }
    Ok((values, n))
}

/// Hash of who asks whom in the validation.
fn asked(data: &TrainingData) -> String {
    let mut hasher = blake3::Hasher::new();
    for places in [&data.validation, &data.validation_gallery()] {
        for place in places {
            hasher.update(data.annotations[*place as usize].image_id.as_bytes());
            hasher.update(b"\n");
        }
        hasher.update(b"|");
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// The best validation of the other runs beside a run that asked the same, `asked` as [`TrainReport`] has it.
pub fn best_beside(run: &Path, asked: &str) -> Option<Score> {
    let folder = run.parent()?;
    let others = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let results = others.filter(|path| path != run && RUN.is_on(path)).filter_map(|path| {
        let text = read_own(&path.join(RESULT), MOST_RESULT_BYTES).ok()?;
        serde_json::from_slice::<BestOf>(&text)
            .ok()
            .filter(|found| found.asked == asked)
            .map(|found| found.end.validation)
    });
    results.max_by(|a, b| a.map5.total_cmp(&b.map5))
}

/// Name of a run's final figures.
pub const RESULT: &str = "result.json";

/// Name of the folder of a run's bundle.
const BUNDLE: &str = "bundle";

#[derive(serde::Deserialize)]
struct BestOf {
    asked: String,
    end: End,
}

fn write_result(held: &HeldFolder, report: &TrainReport) -> Result<(), TrainError> {
    let text = serde_json::to_vec_pretty(report).map_err(std::io::Error::other);
    let written = text.and_then(|text| held.write(RESULT, &text));
    Ok(written.map_err(RunError::io("the result cannot be written", held.file(RESULT)))?)
}
