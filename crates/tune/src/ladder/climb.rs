//! Climbing: rung after rung until one fails.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use resight_dataset::Table;
use resight_model::{Bundle, RuntimeChoice};
use serde::Serialize;

use super::error::LadderError;
use super::fashion_mnist::FashionMnist;
use super::rung::Rung;
use super::small_network::{FEATURES, small_network};
use super::tables::{real, synthetic};
use super::verdict::{RungVerdict, verdict};
use resight_runs::run::{self, RUNS, RunError, read_log, read_recipe};
use resight_train::data::Classes;
use resight_train::data::division::{Division, Question};
use resight_train::device::DeviceChoice;
use resight_train::job::{TrainRequest, train};
use resight_train::recipe::Recipe;
use resight_train::trainer::{Setup, TrainError, Watch};

/// Pictures of each kind of clothes to learn from, and to ask.
const CLOTHES: (usize, usize) = (200, 60);

/// What to climb with.
#[derive(Debug, Clone)]
pub struct LadderRequest {
    /// The recipe to try. At `head` and `tail` depth the lowest rung still learns a small network as a whole.
    pub recipe: Recipe,
    /// The bundle that the rungs with photos start from.
    pub bundle: Bundle,
    /// The real photos; without them the ladder ends at the hardest synthetic animals.
    pub table: Option<Table>,
    /// What the whole table is asked.
    pub question: Question,
    /// The rung to begin at.
    pub from: Rung,
    /// The ladder's folder: a run of each rung, and the synthetic photos.
    pub folder: PathBuf,
    /// Where features are cached.
    pub cache: PathBuf,
    /// Folder of Fashion-MNIST; none for where Debian's package puts it.
    pub fashion_mnist: Option<PathBuf>,
    /// Where to compute.
    pub device: DeviceChoice,
    /// What executes the frozen part.
    pub runtime: RuntimeChoice,
    /// Threads.
    pub threads: usize,
}

/// How far it went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Climb {
    /// The rungs that were tried; the last failed where `passed` is false.
    pub rungs: Vec<RungVerdict>,
    /// Whether all were passed.
    pub passed: bool,
    /// Whether somebody asked to stop; the same request goes on.
    pub interrupted: bool,
}

impl LadderRequest {
    /// The rungs of this ladder.
    pub fn rungs(&self) -> Vec<Rung> {
        let is_in = |rung: &Rung| *rung >= self.from && (self.table.is_some() || !rung.needs_table());
        Rung::ALL.into_iter().filter(is_in).collect()
    }

    /// The folder of a rung's run.
    pub fn run_of(&self, rung: Rung) -> PathBuf {
        self.folder.join(rung.word())
    }
}

/// Climbs until a rung fails. A rung whose run is over is judged by its log and not run again; one that was
/// interrupted goes on.
///
/// # Errors
/// As [`LadderError`] says. A rung that is not passed is no error.
pub fn climb(request: &LadderRequest, watch: &dyn Watch, cancel: &AtomicBool) -> Result<Climb, LadderError> {
    let rungs = request.rungs();
    let _held = run::claim(RUNS, &request.folder)?;
    let mut climb = Climb { rungs: Vec::new(), passed: false, interrupted: false };
    for (place, rung) in rungs.iter().enumerate() {
        watch.note(&format!("rung {} of {}: {}", place + 1, rungs.len(), rung.title()));
        let Some(verdict) = Climber { request, rung: *rung, watch, cancel }.climbed()? else {
            climb.interrupted = true;
            return Ok(climb);
        };
        let passed = verdict.passed;
        climb.rungs.push(verdict);
        if !passed {
            return Ok(climb);
        }
    }
    climb.passed = true;
    Ok(climb)
}

/// One rung.
struct Climber<'a> {
    request: &'a LadderRequest,
    rung: Rung,
    watch: &'a dyn Watch,
    cancel: &'a AtomicBool,
}

impl Climber<'_> {
    /// None when it was interrupted.
    fn climbed(&self) -> Result<Option<RungVerdict>, LadderError> {
        match self.rung {
            Rung::FashionMnist => self.clothes()?,
            _ => self.photos()?,
        }
        self.judged()
    }

    fn run(&self) -> Result<PathBuf, RunError> {
        run::inner(self.request.run_of(self.rung))
    }

    fn judged(&self) -> Result<Option<RungVerdict>, LadderError> {
        Ok(verdict(self.rung, &read_log(&self.run()?)?))
    }

    /// What is to be done for a run with this recipe.
    fn state(&self, recipe: &Recipe) -> Result<State, LadderError> {
        let (run, recipe) = (self.run()?, recipe.to_toml()?);
        let Some(before) = read_recipe(&run)? else { return Ok(State::New) };
        if before != recipe.as_bytes() {
            return Err(LadderError::OtherRecipe { rung: self.rung, folder: run });
        }
        Ok(if self.judged()?.is_some() { State::Over } else { State::Begun })
    }

    fn clothes(&self) -> Result<(), LadderError> {
        let request = self.request;
        let (data, images) = FashionMnist::read(request.fashion_mnist.as_deref())?.data(CLOTHES.0, CLOTHES.1);
        let recipe = self.rung.recipe(&request.recipe, data.train.len());
        let state = self.state(&recipe)?;
        if state == State::Over {
            return Ok(());
        }
        let classes = Classes::of(&data, &recipe.classes, false);
        let device =
            request.device.open(recipe.trunk.precision).map_err(|error| self.failed(error.into()))?;
        let setup = Setup {
            recipe: &recipe,
            data: &data,
            classes: &classes,
            learning: Some(small_network(images.shape, recipe.seed)),
            inputs: &images,
            has_photos: false,
            trunk: "small network".to_owned(),
            inputs_id: "fashion-mnist".to_owned(),
            pooled: FEATURES,
            device,
            best_so_far: None,
            watch: self.watch,
            cancel: self.cancel,
        };
        let run = self.run()?;
        let trainer = if state == State::Begun { setup.resume(&run) } else { setup.begin(&run) };
        trainer.and_then(|trainer| trainer.run()).map_err(|error| self.failed(error))?;
        Ok(())
    }

    fn photos(&self) -> Result<(), LadderError> {
        let request = self.request;
        let (table, division) = self.table()?;
        let recipe = self.rung.recipe(&request.recipe, division.train.len());
        let state = self.state(&recipe)?;
        if state == State::Over {
            return Ok(());
        }
        let job = TrainRequest {
            recipe,
            table,
            division,
            looks: std::collections::BTreeMap::new(),
            bundle: request.bundle.clone(),
            run: self.run()?,
            held: None,
            cache: request.cache.clone(),
            resume: state == State::Begun,
            device: request.device,
            runtime: request.runtime,
            threads: request.threads,
            best_so_far: None,
        };
        train(&job, self.watch, self.cancel).map_err(|error| self.failed(error))?;
        Ok(())
    }

    fn table(&self) -> Result<(Table, Division), LadderError> {
        let seed = self.request.recipe.seed;
        match &self.request.table {
            Some(table) if self.rung.needs_table() => real(self.rung, table, self.request.question, seed),
            _ => synthetic(self.rung, &photos_of(&self.request.folder, self.rung)?, seed, self.watch),
        }
    }

    fn failed(&self, error: TrainError) -> LadderError {
        LadderError::train(self.rung)(error)
    }
}

/// How far the run of a rung is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Over,
}

/// Where the synthetic photos of a rung lie.
fn photos_of(folder: &Path, rung: Rung) -> Result<PathBuf, RunError> {
    run::inner(run::inner(folder.join("photos"))?.join(rung.word()))
}
