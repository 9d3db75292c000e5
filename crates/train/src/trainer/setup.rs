//! Putting a run together.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use resight_files::HeldFolder;
use resight_model::{Layer, Shape, Weights};

use super::plan::SampleLabels;
use super::{TrainError, Trainer, Watch};
use crate::data::{Classes, TrainingData};
use crate::device::OpenDevice;
use crate::distance::LossDistance;
use crate::learner::inputs::Inputs;
use crate::learner::{Body, Learner, Neck};
use crate::loss::LossContext;
use crate::loss::species_head::SpeciesHead;
use crate::network::Mode;
use crate::optimize::Optimizer;
use crate::parameters::{Parameters, Part};
use crate::recipe::{PoolingRecipe, Recipe, StatisticsRecipe};
use resight_runs::run::log::{Score, Start};
use resight_runs::run::{CheckpointState, RunFolder};

/// Share of a batch's statistics in the running ones, where the trunk gathers them.
const TRUNK_MOMENTUM: f64 = 0.1;

/// The part of a trunk that learns.
#[derive(Debug, Clone)]
pub struct LearningPart {
    /// Its layers.
    pub layers: Vec<Layer>,
    /// What they begin with.
    pub weights: Weights,
    /// What goes into them.
    pub input: Shape,
}

/// Everything that a run needs.
pub struct Setup<'a> {
    /// The recipe.
    pub recipe: &'a Recipe,
    /// The photos.
    pub data: &'a TrainingData,
    /// What the loss separates.
    pub classes: &'a Classes,
    /// Where inputs come from.
    pub inputs: &'a dyn Inputs,
    /// Whether the inputs can be asked for mirrored photos and for backgrounds.
    pub has_photos: bool,
    /// Name of the trunk.
    pub trunk: String,
    /// Hash of what the inputs are made of.
    pub inputs_id: String,
    /// The part of it that learns; none where vectors come ready.
    pub learning: Option<LearningPart>,
    /// Numbers of a vector that goes into the neck.
    pub pooled: usize,
    /// Where it computes, and in which numbers.
    pub device: OpenDevice,
    /// The best validation of other runs, to compare with.
    pub best_so_far: Option<Score>,
    /// Hears how it goes.
    pub watch: &'a dyn Watch,
    /// Asks the run to stop.
    pub cancel: &'a AtomicBool,
}

/// Makes what learns, with parameters as they begin.
///
/// # Errors
/// When loss, miner or weights do not fit.
pub fn learner(
    recipe: &Recipe,
    classes: &Classes,
    n_species: usize,
    learning: Option<&LearningPart>,
    pooled: usize,
    device: &OpenDevice,
) -> Result<Learner, TrainError> {
    let mut parameters = Parameters::default();
    let body = match learning {
        None => Body::Ready,
        Some(part) => {
            let learns_p = matches!(recipe.trunk.pooling, PoolingRecipe::Gem { learn: true, .. });
            for mut spec in Body::parameters(&part.layers, &part.weights)? {
                if spec.name.ends_with("gem.p") && !learns_p {
                    spec.part = Part::Buffer;
                }
                parameters.add(spec, recipe.seed, &device.device);
            }
            let mode = match recipe.trunk.statistics {
                StatisticsRecipe::Frozen => Mode::FROZEN,
                StatisticsRecipe::Batch => Mode::learning(TRUNK_MOMENTUM),
            };
            let mode = Mode { recompute: recipe.trunk.recompute, ..mode };
            Body::of(&part.layers, part.input, mode, device.precision)
        }
    };
    let neck = Neck::new(&recipe.neck, pooled);
    let context = LossContext {
        classes: classes.len(),
        dimension: neck.dimension(),
        class_sizes: &classes.sizes,
        references: Some(recipe.schedule.batch as usize + recipe.memory.size),
    };
    let loss = recipe.loss.build(&context)?;
    let species = recipe.species.map(|head| SpeciesHead::new(head, n_species.max(1), neck.dimension()));
    let of_species = species.iter().flat_map(SpeciesHead::parameters);
    for spec in neck.parameters().into_iter().chain(loss.parameters()).chain(of_species) {
        parameters.add(spec, recipe.seed, &device.device);
    }
    let distance = recipe.loss.distance().unwrap_or(LossDistance::Cosine);
    if let Some(miner) = &recipe.miner {
        miner.check(distance)?;
    }
    let memory = recipe.memory.build(neck.dimension());
    Ok(Learner {
        parameters,
        body,
        neck,
        loss,
        distance,
        species,
        miner: recipe.miner.clone(),
        memory,
        memory_recipe: recipe.memory.clone(),
        device: device.device.clone().autodiff(),
    })
}

impl<'a> Setup<'a> {
    /// Begins a run in a new folder.
    ///
    /// # Errors
    /// When something does not fit, or the folder cannot be made.
    pub fn begin(self, run: &Path) -> Result<Trainer<'a>, TrainError> {
        self.trainer(|recipe| Ok(RunFolder::create(run, &recipe.to_toml()?)?))
    }

    /// Begins a run in a folder that is held already.
    ///
    /// # Errors
    /// When something does not fit, or a run is there already.
    pub fn begin_in(self, run: Arc<HeldFolder>) -> Result<Trainer<'a>, TrainError> {
        self.trainer(|recipe| Ok(RunFolder::begin(run, &recipe.to_toml()?)?))
    }

    /// Goes on with a run that was begun.
    ///
    /// # Errors
    /// When there is none, or it began with another recipe or other photos.
    pub fn resume(self, run: &Path) -> Result<Trainer<'a>, TrainError> {
        let mut trainer = self.trainer(|_| Ok(RunFolder::open(run)?))?;
        trainer.resume()?;
        Ok(trainer)
    }

    /// Goes on with a run that was begun, in a folder that is held already.
    ///
    /// # Errors
    /// As for [`Self::resume`].
    pub fn resume_in(self, run: Arc<HeldFolder>) -> Result<Trainer<'a>, TrainError> {
        let mut trainer = self.trainer(|_| Ok(RunFolder::go_on(run)?))?;
        trainer.resume()?;
        Ok(trainer)
    }

    /// The folder is opened when all else has proved right: what cannot begin leaves nothing behind.
    fn trainer(
        self,
        open: impl FnOnce(&Recipe) -> Result<RunFolder, TrainError>,
    ) -> Result<Trainer<'a>, TrainError> {
        self.check()?;
        let n_species = self.data.species.len();
        let learner =
            learner(self.recipe, self.classes, n_species, self.learning.as_ref(), self.pooled, &self.device)?;
        let state = CheckpointState {
            recipe: self.recipe_hash()?,
            data: self.data_hash(),
            ..CheckpointState::default()
        };
        let folder = open(self.recipe)?;
        let mut trainer = Trainer {
            recipe: self.recipe,
            data: self.data,
            classes: self.classes,
            inputs: self.inputs,
            has_photos: self.has_photos,
            trunk: self.trunk,
            best_so_far: self.best_so_far,
            folder,
            watch: self.watch,
            cancel: self.cancel,
            optimizer: Optimizer::new(&self.recipe.optimizer),
            learner,
            state,
            start: Start::default(),
            records: Vec::new(),
            findings: Vec::new(),
            sampler_embeddings: Vec::new(),
            begun: Instant::now(),
            seconds_before: 0.0,
            last_checkpoint: Instant::now(),
        };
        trainer.start = trainer.facts()?;
        Ok(trainer)
    }

    fn check(&self) -> Result<(), TrainError> {
        if self.classes.len() < 2 {
            return Err(TrainError::TooLittle(format!(
                "{} photos of {} individuals to learn from: it takes two individuals at least; check the split and \
                 classes.least-photos",
                self.classes.samples.len(),
                self.classes.len()
            )));
        }
        if self.data.validation.is_empty() {
            return Err(TrainError::TooLittle(
                "no photo is left for the validation; check the split".to_owned(),
            ));
        }
        let labels = SampleLabels::of(self.data, self.classes);
        let batch = self.recipe.schedule.batch as usize;
        self.recipe.sampler.check(&labels.as_sampler_labels(), batch)?;
        Ok(())
    }

    fn recipe_hash(&self) -> Result<String, TrainError> {
        Ok(blake3::hash(self.recipe.to_toml()?.as_bytes()).to_hex().to_string())
    }

    /// Hash of photos, labels, division and inputs: what a resumed run must find again.
    fn data_hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.inputs_id.as_bytes());
        for one in &self.data.annotations {
            let labels = (one.individual, one.species, one.viewpoint, one.encounter, one.region);
            hasher.update(format!("{}|{}|{labels:?}\n", one.image_id, one.photo).as_bytes());
        }
        for part in [&self.data.train, &self.data.validation, &self.data.test] {
            hasher.update(bytemuck::cast_slice(part));
            hasher.update(b"|");
        }
        hasher.finalize().to_hex().to_string()
    }
}
