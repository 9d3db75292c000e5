//! What is learnt from: photos with cached features, or small pictures.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use resight_dataset::{ReadOptions, read_source};
use resight_model::{Bundle, RuntimeChoice};
use resight_runs::doctor::{Finding, Severity};
use resight_runs::run::log::EndReason;
use resight_runs::run::log::Score;
use resight_train::data::division::Division;
use resight_train::data::{Classes, TrainingData};
use resight_train::device::{DeviceChoice, PrecisionChoice};
use resight_train::job::{TrainRequest, prepare};
use resight_train::learner::inputs::Inputs;
use resight_train::recipe::{ClassesRecipe, Depth, Recipe};
use resight_train::sampler::{PByK, SamplerLabels, SamplerRecipe, Shuffled};
use resight_train::trainer::{LearningPart, Setup, Silent};
use resight_tune::ladder::fashion_mnist::FashionMnist;
use resight_tune::ladder::small_network::{FEATURES, small_network};

use crate::combinations::{Batches, Combination};

/// Pictures of each kind of clothes to learn from, and to ask.
const CLOTHES: (usize, usize) = (200, 60);

/// Views that are learnt from, with every combination, and in a batch.
const FASHION_VIEWS: usize = 90_000;
const FASHION_BATCH: u32 = 60;
const PHOTO_VIEWS: usize = 179_200;
const PHOTO_BATCH: u32 = 64;

/// Validations of a run.
const VALIDATIONS: u32 = 5;

/// Varied views of each photo.
const VARIED: u32 = 8;

/// What came of a combination.
pub(crate) struct Result {
    /// The best of the validations.
    pub(crate) validation: Score,
    /// Seconds of learning and validating.
    pub(crate) seconds: f64,
    /// What the doctor says, the worst first.
    pub(crate) doctor: String,
}

/// A set to learn from.
pub(crate) struct Ground {
    data: TrainingData,
    classes: Classes,
    inputs: Box<dyn Inputs>,
    learning: Option<LearningPart>,
    pooled: usize,
    trunk_factor: f64,
    views: usize,
    batch: u32,
    photos_per_individual: usize,
    reference: OnceLock<[Score; 2]>,
}

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

impl Ground {
    /// Fashion-MNIST with the small network, all of which learns.
    pub(crate) fn fashion_mnist(folder: Option<&Path>) -> Outcome<Self> {
        let (data, images) = FashionMnist::read(folder)?.data(CLOTHES.0, CLOTHES.1);
        let learning = small_network(images.shape, 1);
        Ok(Self {
            classes: Classes::of(&data, &ClassesRecipe::default(), false),
            data,
            inputs: Box::new(images),
            learning: Some(learning),
            pooled: FEATURES,
            trunk_factor: 2.0,
            views: FASHION_VIEWS,
            batch: FASHION_BATCH,
            photos_per_individual: 6,
            reference: OnceLock::new(),
        })
    }

    /// Photos at head depth.
    pub(crate) fn photos(table: &Path, split: &Path, bundle: &Path, cache: &Path) -> Outcome<Self> {
        let table = read_source(table, &ReadOptions::default())?;
        let mut recipe = Recipe { depth: Depth::Head, ..Recipe::default() };
        recipe.views.count = VARIED;
        recipe.validation.background = false;
        let request = TrainRequest {
            recipe,
            division: Division::read_csv(split, &table.rows)?,
            table,
            looks: std::collections::BTreeMap::new(),
            bundle: Bundle::open(bundle)?.vouched(),
            run: cache.to_owned(),
            held: None,
            cache: cache.to_owned(),
            resume: false,
            device: DeviceChoice::Cpu,
            runtime: RuntimeChoice::Auto,
            threads: 1,
            best_so_far: None,
        };
        let prepared = prepare(&request, &Silent, &AtomicBool::new(false))?;
        Ok(Self {
            data: prepared.data,
            classes: prepared.classes,
            inputs: prepared.inputs,
            learning: prepared.parts.learning().cloned(),
            pooled: prepared.parts.pooled(),
            trunk_factor: 0.5,
            views: PHOTO_VIEWS,
            batch: PHOTO_BATCH,
            photos_per_individual: 4,
            reference: OnceLock::new(),
        })
    }

    /// The untrained network and blind guessing, once something was learnt.
    pub(crate) fn reference(&self) -> Option<[Score; 2]> {
        self.reference.get().copied()
    }

    /// Learns with a combination; why it cannot, where it cannot.
    pub(crate) fn learn(&self, combination: &Combination) -> std::result::Result<Result, String> {
        self.learnt(combination).map_err(|error| error.to_string())
    }

    fn learnt(&self, combination: &Combination) -> Outcome<Result> {
        let recipe = self.recipe(combination)?;
        let run = tempfile::tempdir()?;
        let setup = Setup {
            recipe: &recipe,
            data: &self.data,
            classes: &self.classes,
            inputs: &*self.inputs,
            has_photos: false,
            trunk: "as given".to_owned(),
            inputs_id: String::new(),
            learning: self.learning.clone(),
            pooled: self.pooled,
            device: DeviceChoice::Cpu.open(PrecisionChoice::Auto)?,
            best_so_far: None,
            watch: &Silent,
            cancel: &AtomicBool::new(false),
        };
        let outcome = setup.begin(&run.path().join("run"))?.run()?;
        let _ = self.reference.set([outcome.start.untrained, outcome.start.chance]);
        let ended = if outcome.end.reason == EndReason::Done {
            String::new()
        } else {
            format!("{}; ", outcome.end.reason)
        };
        let doctor = format!("{ended}{}", says(&outcome.findings));
        Ok(Result { validation: outcome.end.validation, seconds: outcome.end.seconds, doctor })
    }

    fn recipe(&self, combination: &Combination) -> Outcome<Recipe> {
        let mut recipe = Recipe::parse(combination.recipe, Path::new(combination.name))?;
        recipe.depth = Depth::Head;
        recipe.schedule.batch = self.batch;
        recipe.schedule.checkpoint_seconds = 3600;
        recipe.optimizer.trunk_factor = self.trunk_factor;
        recipe.validation.background = false;
        match combination.batches {
            Batches::Shuffled => recipe.sampler = SamplerRecipe::Shuffled(Shuffled::default()),
            Batches::Pairs => {
                let pairs = PByK { photos_per_individual: self.photos_per_individual, ..PByK::default() };
                recipe.sampler = SamplerRecipe::PByK(pairs);
            }
            Batches::Own => {}
        }
        recipe.schedule.epochs = self.epochs(&recipe);
        recipe.validation.every = recipe.schedule.epochs.div_ceil(VALIDATIONS);
        Ok(recipe)
    }

    /// How many epochs make as many views as every combination gets: a sampler that leaves photos out has shorter
    /// epochs.
    fn epochs(&self, recipe: &Recipe) -> u32 {
        let of = |sample: &resight_train::data::Sample| &self.data.annotations[sample.annotation as usize];
        let samples = &self.classes.samples;
        let classes: Vec<u32> = samples.iter().map(|sample| sample.class).collect();
        let species: Vec<Option<u32>> = samples.iter().map(|sample| of(sample).species).collect();
        let encounters: Vec<Option<u32>> = samples.iter().map(|sample| of(sample).encounter).collect();
        let labels = SamplerLabels { classes: &classes, species: &species, encounters: &encounters };
        let batches = recipe.sampler.epoch(&labels, None, self.batch as usize, 0, 1);
        let views: usize = batches.iter().map(|batch| batch.rows.len()).sum();
        (self.views as f64 / views.max(1) as f64).round().clamp(1.0, 1000.0) as u32
    }
}

/// What the doctor says, the worst first; small validations are not worth a word in every line.
fn says(findings: &[Finding]) -> String {
    let mut worst: Vec<&Finding> =
        findings.iter().filter(|finding| finding.severity > Severity::Notice).collect();
    worst.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.ailment));
    worst.dedup_by_key(|finding| finding.ailment);
    let words: Vec<String> = worst
        .iter()
        .map(|finding| format!("{}: {}", finding.severity.name(), finding.ailment.title()))
        .collect();
    if words.is_empty() { "—".to_owned() } else { words.join("; ") }
}
