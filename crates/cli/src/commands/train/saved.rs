//! What a run must remember of the command line to be taken up again.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use resight_dataset::{ReadOptions, Table, read_source};
use resight_engine::EngineError;
use resight_train::data::division::Division;
use resight_train::device::DeviceChoice;
use resight_train::job::TrainRequest;
use resight_train::recipe::Recipe;
use serde::{Deserialize, Serialize};

use super::arguments::LearnArgs;
use super::user;
use crate::context::{Context, is_catalog};

/// Name of the file in the run's folder.
const FILE: &str = "request.json";
/// Name of the division in the run's folder.
const DIVISION: &str = "division.csv";

/// What a run must remember.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Saved {
    /// The table or folder that was read, as an absolute path.
    source: PathBuf,
    read: ReadOptions,
    device: DeviceChoice,
    /// The recipe as TOML, for a run that was stopped before its first step.
    #[serde(default)]
    recipe: String,
}

impl Saved {
    pub(super) fn new(
        table: &Table,
        args: &LearnArgs,
        source: &Path,
        recipe: &Recipe,
    ) -> anyhow::Result<Self> {
        let source = if is_catalog(source) { table.root.join("table.csv") } else { source.to_owned() };
        let source =
            std::path::absolute(&source).map_err(|error| EngineError::file("find", &source, &error))?;
        let recipe = recipe.to_toml().map_err(user)?;
        Ok(Self { source, read: args.reading.options()?, device: args.device, recipe })
    }

    pub(super) fn read(run: &Path) -> anyhow::Result<Self> {
        let path = run.join(FILE);
        let bytes = std::fs::read(&path).map_err(|error| {
            EngineError::file("read", &path, &error)
                .with_hint("is this the folder of a run of `resight train`?")
        })?;
        Ok(serde_json::from_slice(&bytes).map_err(|error| {
            EngineError::user(format!("not as it was written ({error}): {}", path.display()))
        })?)
    }

    /// Writes it down, with the division, before the first step.
    pub(super) fn keep(&self, run: &Path, request: &TrainRequest) -> anyhow::Result<()> {
        std::fs::create_dir_all(run).map_err(|error| EngineError::file("make", run, &error))?;
        request.division.write_csv(&run.join(DIVISION), &request.table.rows).map_err(user)?;
        let path = run.join(FILE);
        let text = serde_json::to_vec_pretty(self)?;
        Ok(std::fs::write(&path, text).map_err(|error| EngineError::file("write", &path, &error))?)
    }

    /// The rows and their division, as they were.
    pub(super) fn table_and_division(&self, run: &Path) -> anyhow::Result<(Table, Division)> {
        let table = read_source(&self.source, &self.read)?;
        let division = Division::read_csv(&run.join(DIVISION), &table.rows).map_err(user)?;
        Ok((table, division))
    }

    /// The job with the recipe that the run's folder holds; a run that was stopped while its photos were looked at
    /// begins anew, with the features that it kept.
    pub(super) fn request(
        &self,
        table: Table,
        division: Division,
        run: &Path,
        resume: bool,
        context: &Context,
    ) -> anyhow::Result<TrainRequest> {
        let path = run.join("recipe.toml");
        let begun = path.is_file();
        let recipe = if begun { Recipe::read(&path) } else { Recipe::parse(&self.recipe, &path) };
        let recipe = recipe.map_err(user)?;
        self.request_of(recipe, table, division, run, resume && begun, context)
    }

    pub(super) fn request_of(
        &self,
        recipe: Recipe,
        table: Table,
        division: Division,
        run: &Path,
        resume: bool,
        context: &Context,
    ) -> anyhow::Result<TrainRequest> {
        Ok(TrainRequest { resume, ..job(recipe, table, division, run, self.device, context)? })
    }
}

/// Keeps other commands out of the folder of a run for as long as the file that comes back is open.
pub(super) fn hold(run: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(run).map_err(|error| EngineError::file("make", run, &error))?;
    let path = run.join("command.lock");
    let file = File::create(&path).map_err(|error| EngineError::file("make", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(EngineError::file("lock", &path, &error).into()),
        Err(TryLockError::WouldBlock) => {
            Err(EngineError::user(format!("another process trains this run: {}", run.display()))
                .with_hint("wait for it, or choose another folder by `--run`")
                .into())
        }
    }
}

/// Refuses a folder that holds a run, before anything is written into it.
pub(super) fn check_free(run: &Path) -> anyhow::Result<()> {
    if run.join("recipe.toml").exists() {
        return Err(EngineError::user(format!("there is a run already: {}", run.display()))
            .with_hint("go on with it by `--resume`, or choose another folder by `--run`")
            .into());
    }
    Ok(())
}

/// A job that begins anew.
pub(crate) fn job(
    recipe: Recipe,
    table: Table,
    division: Division,
    run: &Path,
    device: DeviceChoice,
    context: &Context,
) -> anyhow::Result<TrainRequest> {
    let models = context.models()?;
    let bundle = models.bundle(&recipe.trunk.bundle)?;
    Ok(TrainRequest {
        recipe,
        table,
        division,
        looks: BTreeMap::new(),
        bundle,
        run: run.to_owned(),
        cache: models.store().home().join("cache").join("features"),
        resume: false,
        device,
        runtime: models.runtime(),
        threads: models.threads(),
        best_so_far: None,
    })
}
