//! Everything that a run stands on: photos, parted trunk, inputs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::TrainRequest;
use super::filling::Filling;
use super::parts::Parts;
use crate::data::{Classes, DataWarning, TrainingData};
use crate::learner::inputs::{InputBatch, Inputs, Item};
use crate::look::FROZEN_BATCH;
use crate::photos::{CachedInputs, CachedViews, ImageInputs, jobs};
use crate::trainer::{Stage, TrainError, Watch};
use crate::trunk::{FrozenPart, Trunk};
use crate::view::{FlipPolicy, Loader, LoaderOptions, View, ViewMaker, ViewRequest};

/// Photos on which the bundle is compared with what was trained.
const PARITY_PHOTOS: usize = 8;

/// Everything that a run stands on, prepared.
pub struct Prepared {
    /// The photos.
    pub data: TrainingData,
    /// What the loss separates.
    pub classes: Classes,
    /// The trunk.
    pub trunk: Trunk,
    /// What of it rests, and what learns.
    pub parts: Parts,
    /// Where inputs come from.
    pub inputs: Box<dyn Inputs>,
    /// Hash of what the inputs are made of.
    pub inputs_id: String,
    /// Makes views.
    pub maker: Arc<ViewMaker>,
    /// Photos that could not be used.
    pub warnings: Vec<DataWarning>,
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
    watch.begin(Stage::uncounted("reading photos"));
    let (mut data, mut warnings) = TrainingData::of(&request.table, &request.division);
    let trunk = Trunk::of(request.bundle.clone(), recipe)?;
    let views = &recipe.views;
    let maker = ViewMaker::new(trunk.preprocess().clone(), views.augment.clone(), views.flip, recipe.seed)
        .map_err(TrainError::View)?;
    let maker = Arc::new(maker);
    let parts = Parts::of(&trunk, recipe.depth, request.runtime, request.threads)?;
    let ready = match parts.frozen() {
        None => from_images(request, &mut data, &trunk, &maker, watch),
        Some(frozen) => from_cache(request, &mut data, &maker, frozen, watch, cancel)?,
    };
    warnings.extend(ready.warnings);
    let classes = Classes::of(&data, &recipe.classes, views.flip == FlipPolicy::MirroredTwin);
    let (inputs, inputs_id) = (ready.inputs, ready.id);
    Ok(Prepared { data, classes, trunk, parts, inputs, inputs_id, maker, warnings })
}

/// Where inputs come from, when every photo has been looked at.
struct Ready {
    inputs: Box<dyn Inputs>,
    id: String,
    warnings: Vec<DataWarning>,
}

/// Photos that are decoded as the run goes.
fn from_images(
    request: &TrainRequest,
    data: &mut TrainingData,
    trunk: &Trunk,
    maker: &Arc<ViewMaker>,
    watch: &dyn Watch,
) -> Ready {
    let side = trunk.preprocess().width as usize;
    let options = LoaderOptions { threads: request.threads.max(1), ..LoaderOptions::default() };
    let missing = undecodable(data, maker, options, watch);
    let warnings = without(data, &missing);
    let inputs = ImageInputs { maker: maker.clone(), jobs: jobs(data).into(), side, options };
    let id = format!("images {side} {:?}", trunk.preprocess());
    Ready { inputs: Box::new(inputs), id, warnings }
}

/// What the frozen part answers, computed once.
fn from_cache(
    request: &TrainRequest,
    data: &mut TrainingData,
    maker: &ViewMaker,
    frozen: &FrozenPart,
    watch: &dyn Watch,
    cancel: &AtomicBool,
) -> Result<Ready, TrainError> {
    let filling = Filling { request, data, maker, frozen, watch, cancel };
    let caches = filling.caches()?;
    filling.tidy(&caches);
    let id = caches.iter().map(CachedViews::name).collect::<Vec<_>>().join(" ");
    let warnings = without(data, &caches.iter().flat_map(CachedViews::missing).collect());
    let inputs = CachedInputs { caches, output: frozen.output, views: request.recipe.views.count };
    Ok(Ready { inputs: Box::new(inputs), id, warnings })
}

impl Prepared {
    /// A few photos as the network takes them, and how many.
    pub(super) fn parity_images(&self) -> Result<(Vec<f32>, usize), TrainError> {
        let side = self.trunk.preprocess().width as usize;
        let options = LoaderOptions { threads: 1, ..LoaderOptions::default() };
        let inputs = ImageInputs { maker: self.maker.clone(), jobs: jobs(&self.data).into(), side, options };
        let items: Vec<Item> =
            self.data.validation.iter().take(PARITY_PHOTOS).map(|one| Item::plain(*one)).collect();
        let n = items.len();
        let mut values = Vec::new();
        for batch in inputs.batches(vec![items]) {
            if let InputBatch::Images { values: images, .. } = batch? {
                values.extend(images);
            }
        }
        Ok((values, n))
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
    watch.begin(Stage::of("looking at photos as they are", jobs.len() as u64));
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

/// Takes annotations that nothing can be made of out of every part.
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
