//! What a run must remember of the command line to be taken up again.

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
use crate::context::Context;

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
}

impl Saved {
    pub(super) fn new(table: &Table, args: &LearnArgs, source: &Path) -> anyhow::Result<Self> {
        let is_catalog = source.join("catalog.sqlite").is_file();
        let source = if is_catalog { table.root.join("table.csv") } else { source.to_owned() };
        let source =
            std::path::absolute(&source).map_err(|error| EngineError::file("find", &source, &error))?;
        Ok(Self { source, read: args.reading.options()?, device: args.device })
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

    /// The job with the recipe that the run's folder holds.
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
        let recipe = Recipe::read(&path).map_err(user)?;
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
