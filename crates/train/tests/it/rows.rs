//! Made-up embeddings in memory, and runs on them: a head learns from them in a fraction of a second.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use rand::Rng;
use resight_train::data::division::Question;
use resight_train::data::{Annotation, Classes, TrainingData};
use resight_train::device::{DeviceChoice, PrecisionChoice};
use resight_train::generator;
use resight_train::learner::inputs::RowsInMemory;
use resight_train::recipe::Recipe;
use resight_train::trainer::{Outcome, Progress, Setup, Stage, TrainError, Trainer, Watch};
use resight_train::view::FlipPolicy;

/// Numbers that tell individuals, and numbers that tell the day: a head must learn which are which.
const TELLING: usize = 24;
const DISTRACTING: usize = 24;
const DIMENSION: usize = TELLING + DISTRACTING;

/// What a world of rows holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) individuals: u32,
    pub(crate) encounters: u32,
    pub(crate) photos: u32,
    /// How much the day changes, beside what individuals differ by.
    pub(crate) day: f32,
    pub(crate) species: u32,
}

impl Default for Wish {
    fn default() -> Self {
        Self { individuals: 24, encounters: 3, photos: 2, day: 2.0, species: 3 }
    }
}

/// Photos that are rows already.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) data: TrainingData,
    pub(crate) inputs: RowsInMemory,
}

impl Rows {
    /// The last encounter of each individual asks, the others are learnt from.
    pub(crate) fn of(wish: Wish) -> Self {
        let mut rows = Self {
            data: TrainingData {
                annotations: Vec::new(),
                individuals: (0..wish.individuals).map(|one| format!("animal-{one}")).collect(),
                species: (0..wish.species).map(|one| format!("species-{one}")).collect(),
                viewpoints: vec!["left".to_owned(), "right".to_owned()],
                train: Vec::new(),
                validation: Vec::new(),
                test: Vec::new(),
                newcomers: Vec::new(),
                question: Question::Known,
            },
            inputs: RowsInMemory { dimension: DIMENSION, values: Vec::new() },
        };
        for individual in 0..wish.individuals {
            for meeting in 0..wish.encounters {
                for photo in 0..wish.photos {
                    rows.push(wish, [individual, meeting, photo]);
                }
            }
        }
        rows
    }

    fn push(&mut self, wish: Wish, [individual, meeting, photo]: [u32; 3]) {
        let place = self.data.annotations.len() as u32;
        let numbers = [individual, meeting, photo].map(u64::from);
        let own = normal("individual", &numbers[..1], TELLING);
        let day = normal("day", &numbers[..2], DISTRACTING);
        let grain = normal("grain", &numbers, DIMENSION);
        let clean = own.into_iter().chain(day.into_iter().map(|value| value * wish.day));
        self.inputs.values.extend(clean.zip(grain).map(|(value, grain)| value + 0.25 * grain));
        self.data.annotations.push(Annotation {
            image_id: format!("photo-{place}"),
            path: format!("photo-{place}.jpg").into(),
            photo: resight_imaging::photo_id(&place.to_le_bytes()),
            region: None,
            individual,
            species: Some(individual % wish.species),
            viewpoint: Some(photo % 2),
            encounter: Some(individual * wish.encounters + meeting),
            duplicate_group: None,
        });
        let asks = wish.encounters > 1 && meeting + 1 == wish.encounters;
        if asks { self.data.validation.push(place) } else { self.data.train.push(place) }
    }

    /// Learns, or goes on learning, in a run's folder.
    pub(crate) fn learn(
        &self,
        recipe: &Recipe,
        run: &Path,
        resume: bool,
        watch: &Slowly,
    ) -> Result<Outcome, TrainError> {
        let classes = Classes::of(&self.data, &recipe.classes, recipe.views.flip == FlipPolicy::MirroredTwin);
        self.trainer(recipe, &classes, run, resume, watch)?.run()
    }

    /// Everything up to the first step.
    pub(crate) fn trainer<'a>(
        &'a self,
        recipe: &'a Recipe,
        classes: &'a Classes,
        run: &Path,
        resume: bool,
        watch: &'a Slowly,
    ) -> Result<Trainer<'a>, TrainError> {
        let setup = Setup {
            recipe,
            data: &self.data,
            classes,
            inputs: &self.inputs,
            has_photos: false,
            trunk: "rows".to_owned(),
            inputs_id: "rows".to_owned(),
            learning: None,
            pooled: DIMENSION,
            device: DeviceChoice::Cpu.open(PrecisionChoice::Auto)?,
            best_so_far: None,
            watch,
            cancel: &watch.cancel,
        };
        if resume { setup.resume(run) } else { setup.begin(run) }
    }
}

/// Numbers with mean 0 and variance 1: a sum of twelve even ones.
fn normal(purpose: &str, place: &[u64], count: usize) -> Vec<f32> {
    let mut random = generator(5, purpose, place);
    (0..count).map(|_| (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0).collect()
}

/// A small recipe for rows, with changes in TOML.
pub(crate) fn recipe(changes: &str) -> Recipe {
    const BASE: &str = "
        name = \"test\"
        depth = \"head\"
        neck = { dimension = 16 }
        optimizer = { rate = 0.01 }
        schedule = { epochs = 4, batch = 16 }
        validation = { background = false, same-viewpoint = false }
    ";
    let mut table: toml::Table = toml::from_str(BASE).unwrap();
    merge(&mut table, toml::from_str(changes).unwrap());
    Recipe::parse(&toml::to_string(&table).unwrap(), Path::new("test.toml")).unwrap()
}

fn merge(table: &mut toml::Table, changes: toml::Table) {
    for (key, value) in changes {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) if !new.contains_key("kind") => {
                merge(old, new);
            }
            (_, value) => drop(table.insert(key, value)),
        }
    }
}

/// A watch that stops the run after so many steps, and can hold it up.
#[derive(Debug)]
pub(crate) struct Slowly {
    pub(crate) cancel: AtomicBool,
    steps_left: AtomicI64,
    pause: Duration,
    learns: AtomicBool,
    /// Steps that were watched.
    pub(crate) steps: AtomicU64,
}

impl Slowly {
    /// Lets it run.
    pub(crate) fn not() -> Self {
        Self::stopping_after(i64::MAX)
    }

    /// Asks it to stop after so many steps.
    pub(crate) fn stopping_after(steps: i64) -> Self {
        Self {
            cancel: AtomicBool::new(false),
            steps_left: AtomicI64::new(steps),
            pause: Duration::ZERO,
            learns: AtomicBool::new(false),
            steps: AtomicU64::new(0),
        }
    }

    /// Waits after each step.
    pub(crate) fn pausing(pause: Duration) -> Self {
        Self { pause, ..Self::not() }
    }
}

impl Watch for Slowly {}

impl Progress for Slowly {
    fn begin(&self, stage: Stage) {
        self.learns.store(stage.title.starts_with("epoch"), Ordering::SeqCst);
    }

    fn advance(&self, count: u64) {
        if count != 1 || !self.learns.load(Ordering::SeqCst) {
            return;
        }
        self.steps.fetch_add(1, Ordering::SeqCst);
        if self.steps_left.fetch_sub(1, Ordering::SeqCst) <= 1 {
            self.cancel.store(true, Ordering::SeqCst);
        }
        std::thread::sleep(self.pause);
    }

    fn note(&self, _text: &str) {}
    fn end(&self) {}
}
