//! What a run must remember of the command line to be taken up again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use resight_core::DEFAULT_ENCOUNTER_GAP_SECS;
use resight_dataset::{ReadOptions, Table};
use resight_engine::{EngineError, Models};
use resight_files::{FolderMark, HeldFolder};
use resight_runs::run::{RECIPE, RUN, check_claim, keep_request, read_request};
use resight_train::data::division::Division;
use resight_train::device::DeviceChoice;
use resight_train::finish::BUNDLE;
use resight_train::job::TrainRequest;
use resight_train::recipe::Recipe;
use serde::{Deserialize, Serialize};

use super::arguments::LearnArgs;
use super::read_with_encounters;
use crate::context::{Context, is_catalog};
use crate::refusal::InWords as _;

/// Name of the division in the run's folder.
const DIVISION: &str = "division.csv";

/// What a run must remember.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Saved {
    /// The table or folder that was read, as an absolute path.
    source: PathBuf,
    read: ReadOptions,
    /// Seconds without a photo after which a new encounter begins.
    #[serde(default = "default_gap")]
    encounter_gap_secs: f64,
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
            std::path::absolute(&source).map_err(|error| EngineError::file("find", &source, error))?;
        let recipe = recipe.to_toml().map_err(EngineError::from)?;
        let encounter_gap_secs = args.encounters.encounter_gap;
        Ok(Self { source, read: args.reading.options()?, encounter_gap_secs, device: args.device, recipe })
    }

    pub(super) fn read(run: &Path) -> anyhow::Result<Self> {
        Ok(read_request(run).map_err(EngineError::from)?)
    }

    /// Writes it down, with the division, before the first step.
    pub(super) fn keep(&self, held: &HeldFolder, request: &TrainRequest) -> anyhow::Result<()> {
        request.division.write_csv(&held.file(DIVISION), &request.table.rows).map_err(EngineError::from)?;
        Ok(keep_request(held, self).map_err(EngineError::from)?)
    }

    /// The rows and their division, as they were.
    pub(super) fn table_and_division(
        &self,
        run: &Path,
        context: &Context,
    ) -> anyhow::Result<(Table, Division)> {
        let table = read_with_encounters(&self.source, &self.read, self.encounter_gap_secs, context)?;
        let division = Division::read_csv(&run.join(DIVISION), &table.rows).map_err(EngineError::from)?;
        Ok((table, division))
    }

    /// The job with the recipe that the run's folder holds; a run that was stopped while its photos were looked at
    /// begins anew, with the features that it kept.
    pub(super) fn request(
        &self,
        table: Table,
        division: Division,
        held: Arc<HeldFolder>,
        context: &Context,
    ) -> anyhow::Result<TrainRequest> {
        let path = held.file(RECIPE);
        let resume = path.is_file();
        let recipe = if resume { Recipe::read(&path) } else { Recipe::parse(&self.recipe, &path) };
        let recipe = recipe.map_err(EngineError::from)?;
        Ok(TrainRequest { resume, ..self.request_of(recipe, table, division, held, context)? })
    }

    pub(super) fn request_of(
        &self,
        recipe: Recipe,
        table: Table,
        division: Division,
        held: Arc<HeldFolder>,
        context: &Context,
    ) -> anyhow::Result<TrainRequest> {
        job(recipe, table, division, held, self.device, context)
    }
}

fn default_gap() -> f64 {
    DEFAULT_ENCOUNTER_GAP_SECS
}

/// Refuses a folder that holds a run, or something that is not ours, before anything is written into it.
pub(super) fn check_free(run: &Path) -> anyhow::Result<()> {
    check_own(RUN, run)?;
    // One that learns a layer keeps no recipe, one that was stopped has no bundle yet.
    if run.join(RECIPE).exists() || run.join(BUNDLE).exists() {
        return Err(EngineError::user(format!("there is a run already: {}", run.display()))
            .in_words("go on with it by `--resume`, or choose another folder by `--run`")
            .into());
    }
    Ok(())
}

/// Refuses a folder that holds something that is not ours; nothing is made.
pub(crate) fn check_own(mark: FolderMark, run: &Path) -> anyhow::Result<()> {
    Ok(check_claim(mark, run).map_err(EngineError::from)?)
}

/// Where what networks made of photos is kept, for all runs of this machine.
pub(crate) fn features(models: &Models) -> PathBuf {
    models.store().home().join("cache").join("features")
}

/// A job that begins anew, in a folder that is held.
pub(crate) fn job(
    recipe: Recipe,
    table: Table,
    division: Division,
    held: Arc<HeldFolder>,
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
        run: held.path().to_owned(),
        held: Some(held),
        cache: features(&models),
        resume: false,
        device,
        runtime: models.runtime(),
        threads: models.threads(),
        best_so_far: None,
    })
}
