//! Finding better numbers for a recipe: a bounded search over the few that decide most.
//!
//! Random search (Bergstra and Bengio 2012) with successive halving (Jamieson and Talwalkar 2016): all trials are
//! trained shortly, the better half twice as long, and so on, until two are trained as long as the recipe says. The
//! recipe as it was given is trial 0, and stays to the end as the yardstick.
//!
//! All trials share one preparation, so photos are looked at once. Every training is a run of its own under
//! `trials/`, from whose log a finished one is read; so the same request goes on where it was. Trials are compared by
//! the validation alone: the photos of the test are taken out before the first of them.

mod bounds;
mod error;
mod rounds;
mod search;
mod space;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use resight_dataset::EncounterCounts;
use resight_files::{HeldFolder, read_own};
use serde::{Deserialize, Serialize};

pub use error::TuneError;
pub use rounds::{Round, rounds};
pub use space::{Range, Space};

use bounds::Bounds;
use resight_runs::run::log::{EndReason, Score};
use resight_runs::run::{self, RUNS, RunError};
use resight_train::job::{Prepared, TrainRequest, prepare};
use resight_train::recipe::{Depth, Recipe};
use resight_train::trainer::{TrainError, Watch};
use search::Search;

/// Name of the file with the best recipe.
pub const BEST: &str = "best.toml";
/// Name of the file with all that was found.
pub const RESULT: &str = "tune.json";
/// Name of the file that says what is searched.
const PLAN: &str = "plan.json";
/// Name of the file with the division.
const DIVISION: &str = "division.csv";

/// A plan is a recipe and a hash.
const MOST_PLAN_BYTES: u64 = 1 << 20;

/// What to search, and how far.
#[derive(Debug, Clone)]
pub struct TuneRequest {
    /// The photos, the recipe to begin with, and the folder of the search as its run.
    pub job: TrainRequest,
    /// How many settings are tried; at least 1. The first is the recipe as it is.
    pub trials: u32,
    /// No longer than this; what was begun can be gone on with.
    pub at_most: Option<Duration>,
}

/// What came of a search.
#[derive(Debug, Clone, Serialize)]
pub struct TuneReport {
    /// What was searched.
    pub ranges: Vec<Range>,
    /// Everything that was tried, the best first.
    pub trials: Vec<Trial>,
    /// Number of the best trial; none where no training came to its end.
    pub best: Option<u32>,
    /// Where the encounters of the table's photos come from.
    pub encounters: EncounterCounts,
    /// Where the best recipe was written.
    pub recipe: Option<PathBuf>,
    /// Why it is not over.
    pub stopped: Option<Stopped>,
}

/// Why a search is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// Somebody asked it to stop.
    Interrupted,
    /// The time is up.
    Time,
}

/// A setting, and how it did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Its number; 0 is the recipe as it was given.
    pub number: u32,
    /// What was set, by the key of the recipe.
    pub values: BTreeMap<String, f64>,
    /// Its trainings, the shortest first.
    pub trainings: Vec<Training>,
}

/// One training of a trial.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Training {
    /// Epochs that it had.
    pub epochs: u32,
    /// The best validation.
    pub validation: Score,
    /// Seconds.
    pub seconds: f64,
    /// How it ended.
    pub reason: EndReason,
}

impl Trial {
    /// Its longest training and how that did; none before the first, and none where any diverged.
    pub fn standing(&self) -> Option<(u32, Score)> {
        let sound = self.trainings.iter().all(|training| training.reason != EndReason::Diverged);
        let last = self.trainings.last().filter(|_| sound)?;
        Some((last.epochs, last.validation))
    }
}

/// Searches, and writes the best recipe into the folder of the search.
///
/// # Errors
/// There is nothing to search at this depth or in this recipe, the folder holds another search or is in use, or a
/// training cannot be done ([`resight_train::trainer::TrainError`]). Settings that diverge are results.
pub fn tune(request: &TuneRequest, watch: &dyn Watch, cancel: &AtomicBool) -> Result<TuneReport, TuneError> {
    let base = base(&request.job.recipe)?;
    let space = Space::of(&base)?;
    let held = match &request.job.held {
        Some(held) => held.clone(),
        None => run::claim(RUNS, &request.job.run).map_err(TrainError::from)?,
    };
    let bounds = Bounds::new(watch, cancel, request.at_most);
    let job = TrainRequest { recipe: base, ..request.job.clone() };
    let mut prepared = prepare(&job, watch, cancel)?;
    prepared.data.test.clear();
    keep_plan(&held, &Plan::of(&job.recipe, &prepared)?)?;
    job.division.write_csv(&held.file(DIVISION), &job.table.rows)?;
    let device = job.device.open(job.recipe.trunk.precision).map_err(TrainError::from)?;
    let search = Search::new(&job, &prepared, &space, device, &bounds);
    let (trials, stopped) = search.run(request.trials.max(1))?;
    let encounters = EncounterCounts::of(&job.table.rows);
    let mut report =
        TuneReport { ranges: space.ranges().to_vec(), trials, best: None, encounters, recipe: None, stopped };
    report.trials.sort_by(search::better_first);
    report.best = report.trials.first().filter(|trial| trial.standing().is_some()).map(|trial| trial.number);
    if let Some(best) = report.trials.first().filter(|trial| trial.standing().is_some()) {
        let text = written::recipe(&request.job.recipe, best, &report, &space)?;
        run::write(&held, BEST, text.as_bytes()).map_err(TrainError::from)?;
        report.recipe = Some(held.file(BEST));
    }
    let text = serde_json::to_vec_pretty(&report)
        .map_err(|error| TuneError::Damaged { reason: error.to_string(), path: held.file(RESULT) })?;
    run::write(&held, RESULT, &text).map_err(TrainError::from)?;
    Ok(report)
}

/// The recipe without what would make trials differ in more than what is searched.
fn base(recipe: &Recipe) -> Result<Recipe, TuneError> {
    if recipe.depth == Depth::Full {
        return Err(TuneError::Depth);
    }
    let mut base = recipe.clone();
    base.validation.background = false;
    base.validation.patience = 0;
    base.schedule.budget_seconds = 0;
    Ok(base)
}

/// What a search stands on: what it must find again to go on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Plan {
    /// The recipe that trials vary.
    recipe: String,
    /// Hash of photos, labels and division.
    data: String,
}

impl Plan {
    fn of(recipe: &Recipe, prepared: &Prepared) -> Result<Self, TuneError> {
        let data = &prepared.data;
        let mut hasher = blake3::Hasher::new();
        hasher.update(prepared.inputs_id.as_bytes());
        for part in [&data.train, &data.validation] {
            for place in part {
                let one = &data.annotations[*place as usize];
                let who = &data.individuals[one.individual as usize];
                let labels = (one.species, one.viewpoint, one.encounter, one.region);
                hasher.update(format!("{}|{who}|{labels:?}\n", one.image_id).as_bytes());
            }
            hasher.update(b"|");
        }
        let recipe = recipe.to_toml().map_err(TrainError::from)?;
        Ok(Self { recipe, data: hasher.finalize().to_hex().to_string() })
    }
}

/// Writes the plan of a new search, and compares that of one to go on with.
fn keep_plan(held: &HeldFolder, plan: &Plan) -> Result<(), TuneError> {
    let path = held.file(PLAN);
    let damaged =
        |reason: serde_json::Error| TuneError::Damaged { reason: reason.to_string(), path: path.clone() };
    if !path.is_file() {
        let text = serde_json::to_vec_pretty(plan).map_err(damaged)?;
        return Ok(run::write(held, PLAN, &text).map_err(TrainError::from)?);
    }
    let bytes = read_own(&path, MOST_PLAN_BYTES)
        .map_err(RunError::io("the plan of the search cannot be read", &path));
    let former: Plan = serde_json::from_slice(&bytes.map_err(TrainError::from)?).map_err(damaged)?;
    let folder = held.path().to_owned();
    match &former == plan {
        true => Ok(()),
        false if former.recipe != plan.recipe => Err(TuneError::Changed { what: "recipe", path: folder }),
        false => Err(TuneError::Changed { what: "division, or other photos or labels", path: folder }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(recipe: &str, data: &str) -> Plan {
        Plan { recipe: recipe.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn a_folder_takes_up_its_own_search_and_refuses_another() {
        let folder = tempfile::tempdir().unwrap();
        let held = run::claim(RUNS, &folder.path().join("search")).unwrap();
        keep_plan(&held, &plan("a", "b")).unwrap();
        keep_plan(&held, &plan("a", "b")).unwrap();
        let refused = |other| keep_plan(&held, &other).unwrap_err().to_string();
        assert!(refused(plan("c", "b")).contains("another recipe"));
        assert!(refused(plan("a", "d")).contains("another division"));
    }

    #[test]
    fn full_depth_is_not_searched_and_nothing_but_the_values_differs_between_trials() {
        let full = Recipe { depth: Depth::Full, ..Recipe::default() };
        assert!(matches!(base(&full), Err(TuneError::Depth)));
        let mut hasty = Recipe::default();
        (hasty.validation.patience, hasty.schedule.budget_seconds) = (3, 60);
        let base = base(&hasty).unwrap();
        assert_eq!((base.validation.patience, base.schedule.budget_seconds), (0, 0));
        assert!(!base.validation.background);
    }

    #[test]
    fn a_trial_that_diverged_has_no_standing() {
        let training = |reason: EndReason| Training {
            epochs: 4,
            validation: Score { map5: 0.5, top1: 0.4 },
            seconds: 1.0,
            reason,
        };
        let trial = |trainings| Trial { number: 1, values: BTreeMap::new(), trainings };
        assert!(trial(vec![]).standing().is_none());
        assert!(trial(vec![training(EndReason::Done), training(EndReason::Diverged)]).standing().is_none());
        assert_eq!(trial(vec![training(EndReason::Done)]).standing().map(|(epochs, _)| epochs), Some(4));
    }
}
