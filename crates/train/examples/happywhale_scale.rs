//! A head over as many individuals as Happywhale 2022 has, on made-up embeddings with its class sizes.
//!
//! ```text
//! RESIGHT_PHOTOS=… cargo run --release -p resight-train --example happywhale_scale -- [--epochs=2] [--batch=256]
//! RESIGHT_PHOTOS=… cargo run --release -p resight-train --example happywhale_scale -- --story
//! ```
//!
//! Reads `happywhale_counts.csv` (species and number of photos, a line for each of 15,587 individuals) from that folder
//! and makes an embedding of 512 numbers for each of the 51,033 photos. ArcFace with the margin law learns from them; then
//! 27,956 further photos ask all 51,033. `--story` does what is known to fail instead, random triplets of shuffled
//! batches of 64 with 30 numbers an embedding, and shows what the doctor says in the first epoch.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use rand::Rng;
use resight_core::Distance;
use resight_eval::{Gallery, LabelledRow, Protocol, RankOptions, rank};
use resight_runs::doctor::Finding;
use resight_runs::run::log::{Epoch, Start, Step};
use resight_train::data::division::Question;
use resight_train::data::{Annotation, Classes, TrainingData};
use resight_train::device::{DeviceChoice, PrecisionChoice};
use resight_train::generator;
use resight_train::learner::inputs::{InputBatch, RowsInMemory};
use resight_train::recipe::Recipe;
use resight_train::trainer::{Progress, Setup, Stage, Watch, learner};
use resight_train::validation::{score, unit_rows};
use resight_vector::Rows;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const DIMENSION: usize = 512;
/// Photos of Happywhale's test set.
const TEST: usize = 27_956;
/// Photos that ask while it learns.
const VALIDATION: usize = 3000;
/// Rows that are embedded at a time.
const CHUNK: usize = 512;

/// Numbers of an embedding by what they are about: the individual, the day, nothing; species moves all of them.
const OF_INDIVIDUAL: usize = 64;
const OF_DAY: usize = 192;
/// How far the day and the grain of a photo move a number, where an individual moves it by 1.
const DAY: f32 = 2.5;
const GRAIN: f32 = 0.5;

const ARCFACE: &str = "
name = \"happywhale-scale\"
depth = \"head\"
loss = { kind = \"arcface\" }
neck = { dimension = 512 }
optimizer = { rate = 0.001 }
validation = { background = false }
";

const STORY: &str = "
name = \"story\"
depth = \"head\"
loss = { kind = \"triplet\" }
miner = { kind = \"chosen\", positive = \"random\", negative = \"random\" }
neck = { dimension = 30 }
optimizer = { rate = 0.001 }
validation = { background = false }
";

/// The individuals: species and number of photos.
struct Individuals {
    species: Vec<u32>,
    photos: Vec<usize>,
    species_names: Vec<String>,
}

/// All photos: those to learn from first, then those that ask while it learns, then those that ask at the end.
struct World {
    individuals: Individuals,
    /// Whom each photo shows.
    shows: Vec<u32>,
    learnt_from: usize,
    inputs: RowsInMemory,
}

fn main() -> Outcome<()> {
    let (mut epochs, mut batch, mut is_story) = (1, 256, false);
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("--epochs", value)) => epochs = value.parse()?,
            Some(("--batch", value)) => batch = value.parse()?,
            _ if argument == "--story" => is_story = true,
            _ => return Err(format!("unknown argument: {argument}").into()),
        }
    }
    let Some(folder) = std::env::var_os("RESIGHT_PHOTOS") else {
        println!("skipped: no real photos");
        return Ok(());
    };
    let world = World::of(individuals(&PathBuf::from(folder).join("happywhale_counts.csv"))?);
    println!("{} photos of {} individuals to learn from", world.learnt_from, world.individuals.photos.len());
    let mut recipe = Recipe::parse(if is_story { STORY } else { ARCFACE }, Path::new("happywhale_scale"))?;
    recipe.schedule.epochs = epochs;
    recipe.schedule.batch = if is_story { 64 } else { batch };
    run(&world, &recipe)
}

fn run(world: &World, recipe: &Recipe) -> Outcome<()> {
    let data = world.data();
    let classes = Classes::of(&data, &recipe.classes, false);
    let device = DeviceChoice::Cpu.open(PrecisionChoice::Auto)?;
    let cancel = AtomicBool::new(false);
    let folder = tempfile::tempdir()?;
    let begun = Instant::now();
    let setup = Setup {
        recipe,
        data: &data,
        classes: &classes,
        inputs: &world.inputs,
        has_photos: false,
        trunk: "made-up".to_owned(),
        inputs_id: "made-up".to_owned(),
        learning: None,
        pooled: DIMENSION,
        device: device.clone(),
        best_so_far: None,
        watch: &Printed { begun },
        cancel: &cancel,
    };
    let outcome = setup.begin(&folder.path().join("run"))?.run()?;
    println!(
        "learnt in {:.1} s, validation included; most memory {}",
        begun.elapsed().as_secs_f64(),
        peak_memory()
    );
    let made = learner(recipe, &classes, data.species.len(), None, DIMENSION, &device)?;
    let embedding = Instant::now();
    let mut embeddings = Vec::new();
    for rows in world.inputs.values.chunks(CHUNK * DIMENSION) {
        let rows = InputBatch::Rows { values: rows.to_vec(), dimension: DIMENSION };
        embeddings.extend(made.embed(&outcome.best, rows));
    }
    println!("{} photos through the neck in {:.1} s", world.shows.len(), embedding.elapsed().as_secs_f64());
    world.ask("with what was learnt", &embeddings)?;
    world.ask("with the rows as they came", &world.inputs.values)?;
    println!("most memory {}", peak_memory());
    Ok(())
}

impl World {
    fn of(individuals: Individuals) -> Self {
        let counts = individuals.photos.iter().enumerate();
        let mut shows: Vec<u32> =
            counts.flat_map(|(one, count)| std::iter::repeat_n(one as u32, *count)).collect();
        let learnt_from = shows.len();
        // Whoever has more photos asks more often.
        let mut random = generator(1, "asks", &[]);
        let asking: Vec<u32> =
            (0..VALIDATION + TEST).map(|_| shows[random.random_range(0..learnt_from)]).collect();
        shows.extend(asking);
        let species: Vec<Vec<f32>> =
            (0..individuals.species_names.len()).map(|one| normal("species", one, DIMENSION)).collect();
        let mut values = Vec::with_capacity(shows.len() * DIMENSION);
        for (place, one) in shows.iter().enumerate() {
            let mut row = species[individuals.species[*one as usize] as usize].clone();
            add(&mut row[..OF_INDIVIDUAL], &normal("individual", *one as usize, OF_INDIVIDUAL), 1.0);
            add(&mut row[OF_INDIVIDUAL..][..OF_DAY], &normal("day", place, OF_DAY), DAY);
            add(&mut row, &normal("grain", place, DIMENSION), GRAIN);
            values.extend(row);
        }
        Self { individuals, shows, learnt_from, inputs: RowsInMemory { dimension: DIMENSION, values } }
    }

    fn data(&self) -> TrainingData {
        let annotation = |(place, one): (usize, &u32)| Annotation {
            image_id: place.to_string(),
            path: PathBuf::new(),
            photo: resight_imaging::photo_id(&place.to_le_bytes()),
            region: None,
            individual: *one,
            species: Some(self.individuals.species[*one as usize]),
            viewpoint: None,
            encounter: None,
            duplicate_group: None,
        };
        let asking = self.learnt_from as u32;
        TrainingData {
            annotations: self.shows.iter().enumerate().map(annotation).collect(),
            individuals: (0..self.individuals.photos.len()).map(|one| one.to_string()).collect(),
            species: self.individuals.species_names.clone(),
            viewpoints: Vec::new(),
            train: (0..asking).collect(),
            validation: (asking..asking + VALIDATION as u32).collect(),
            test: Vec::new(),
            newcomers: Vec::new(),
            question: Question::Known,
        }
    }

    /// Test photos ask those that were learnt from.
    fn ask(&self, what: &str, embeddings: &[f32]) -> Outcome<()> {
        let begun = Instant::now();
        let dimension = embeddings.len() / self.shows.len();
        let label = |one: &u32| LabelledRow { individual: Some(*one), ..LabelledRow::default() };
        let labels: Vec<LabelledRow> = self.shows.iter().map(label).collect();
        let unit = unit_rows(embeddings, dimension);
        let values = Rows::new(dimension, &unit)?;
        let gallery = Gallery { rows: &labels, embeddings: &[values], distance: Distance::Cosine };
        let from = (self.learnt_from + VALIDATION) as u32;
        let protocol = Protocol::Split {
            queries: (from..self.shows.len() as u32).collect(),
            gallery: (0..self.learnt_from as u32).collect(),
        };
        let ranked = rank(&gallery, &protocol, &RankOptions { kept: 5, ..RankOptions::default() })?;
        let found = score(&ranked);
        println!(
            "{what}: {} photos ask {} in {:.1} s: MAP@5 {:.4}, top-1 {:.4}",
            ranked.len(),
            self.learnt_from,
            begun.elapsed().as_secs_f64(),
            found.map5,
            found.top1
        );
        Ok(())
    }
}

fn individuals(path: &Path) -> Outcome<Individuals> {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut found = Individuals { species: Vec::new(), photos: Vec::new(), species_names: Vec::new() };
    for line in csv::Reader::from_path(path)?.records() {
        let line = line?;
        let name = line.get(0).unwrap_or_default().to_owned();
        let next = numbers.len() as u32;
        let number = *numbers.entry(name.clone()).or_insert(next);
        if number == next {
            found.species_names.push(name);
        }
        found.species.push(number);
        found.photos.push(line.get(1).unwrap_or_default().parse()?);
    }
    Ok(found)
}

/// Numbers with mean 0 and variance 1: sums of twelve even ones.
fn normal(purpose: &str, place: usize, count: usize) -> Vec<f32> {
    let mut random = generator(1, purpose, &[place as u64]);
    (0..count).map(|_| (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0).collect()
}

fn add(row: &mut [f32], other: &[f32], factor: f32) {
    row.iter_mut().zip(other).for_each(|(value, other)| *value += factor * other);
}

/// The most memory that the process has held at a time, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |value| value.trim().to_owned())
}

/// Prints what is worth a line.
struct Printed {
    begun: Instant,
}

impl Progress for Printed {
    fn begin(&self, _stage: Stage) {}
    fn advance(&self, _count: u64) {}

    fn note(&self, text: &str) {
        println!("{text}");
    }

    fn end(&self) {}
}

impl Watch for Printed {
    fn start(&self, start: &Start) {
        println!(
            "{} steps an epoch; untrained MAP@5 {:.4}, chance {:.4}; {:.1} positive pairs to expect in a batch",
            start.steps_per_epoch, start.untrained.map5, start.chance.map5, start.expected_positives
        );
    }

    fn step(&self, step: &Step) {
        println!(
            "{:7.1} s  step {:4}: loss {:.3}, {:.0} photos/s",
            self.begun.elapsed().as_secs_f64(),
            step.step,
            step.loss.unwrap_or(f64::NAN),
            step.photos_per_second
        );
    }

    fn epoch(&self, epoch: &Epoch, _start: &Start) {
        println!(
            "{:7.1} s  epoch {}: validation MAP@5 {:.4}, training {:.4}, head {:?}",
            self.begun.elapsed().as_secs_f64(),
            epoch.epoch,
            epoch.validation.map5,
            epoch.training.map5,
            epoch.head_accuracy
        );
    }

    fn finding(&self, finding: &Finding) {
        println!("   {} {}: {}", finding.severity.name(), finding.ailment.title(), finding.evidence);
        println!("      {}", finding.remedy);
    }
}
