//! Learning a layer on the maps of a network that stays as it is: what classifiers and detectors have in common on the command line.

use std::path::{Path, PathBuf};

use resight_dataset::{Row, Table};
use resight_engine::{EngineError, Progress as _};
use resight_runs::run::{RUN, claim};
use resight_train::data::DataWarning;
use resight_train::device::DeviceChoice;
use resight_train::on_maps::OnMapsRequest;
use resight_train::trainer::TrainError;

use super::arguments::RunArgs;
use super::read_with_encounters;
use super::saved::{check_free, features};
use crate::commands::export_table::write_stated;
use crate::commands::ingest::remarks;
use crate::context::{Context, is_catalog};
use crate::exit;
use crate::refusal::InWords as _;

/// Says what was not learnt from; the exit code.
pub(super) fn tell(warnings: &[DataWarning], context: &Context) -> u8 {
    let warning = |one: &DataWarning| resight_engine::Warning {
        about: one.about.clone(),
        message: one.message.clone(),
    };
    let warnings: Vec<_> = warnings.iter().map(warning).collect();
    remarks("not learnt from", &warnings, context);
    if warnings.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS }
}

/// What is learnt, and what rows must say for it.
pub(super) struct Wanted {
    /// What runs are called that name no folder.
    pub(super) word: &'static str,
    /// The column that says it.
    pub(super) column: &'static str,
    /// Whether a row says it.
    pub(super) is_said: fn(&Row) -> bool,
}

/// Claims the run's folder, reads the table, finds the network.
pub(super) fn begin(
    wants: &Wanted,
    args: &RunArgs,
    source: &Path,
    context: &Context,
) -> anyhow::Result<OnMapsRequest> {
    refuse_what_is_for_embeddings(args)?;
    let run = args.run.clone().unwrap_or_else(|| PathBuf::from("runs").join(wants.word));
    check_free(&run)?;
    // The table of a catalog is written into the run's folder; else nothing is before all has proved right.
    let early = is_catalog(source).then(|| claim(RUN, &run).map_err(EngineError::from)).transpose()?;
    let table = table_of(source, &run, args, context)?;
    if !table.rows.iter().any(wants.is_said) {
        return Err(EngineError::user(format!("no row states `{}`: {}", wants.column, source.display()))
            .in_words(format!("it takes a table with a column `{}`", wants.column))
            .into());
    }
    let held = early.map_or_else(|| claim(RUN, &run).map_err(EngineError::from), Ok)?;
    check_free(&run)?;
    let models = context.models()?;
    let bundle = models.bundle(args.learn.bundle.as_deref().unwrap_or(resight_engine::DEFAULT_EMBEDDER))?;
    Ok(OnMapsRequest {
        name: name_of(&run, wants.word),
        table,
        bundle,
        held,
        cache: features(&models),
        runtime: models.runtime(),
        threads: models.threads(),
        seed: 1,
    })
}

/// What came of learning; none where it was stopped, which is told.
pub(crate) fn came_of<R>(outcome: Result<R, TrainError>, context: &Context) -> anyhow::Result<Option<R>> {
    context.progress.end();
    match outcome {
        Ok(report) => Ok(Some(report)),
        Err(error) if error.is_cancelled() => {
            context.note("stopped; what was looked at is kept, and the same command goes on");
            Ok(None)
        }
        Err(error) => Err(EngineError::from(error).into()),
    }
}

/// A bundle's name out of that of its run's folder: lower-case letters, digits, `-`, `_`, `.`.
fn name_of(run: &Path, task: &str) -> String {
    let folder = run.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain: String = folder
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c) { c } else { '-' })
        .collect();
    let plain = plain.trim_start_matches(['-', '.']);
    if plain.is_empty() { task.to_owned() } else { plain.to_owned() }
}

/// What says how an embedding is learnt says nothing here.
fn refuse_what_is_for_embeddings(args: &RunArgs) -> anyhow::Result<()> {
    let learn = &args.learn;
    let given = [
        ("--recipe", learn.recipe != super::arguments::DEFAULT_RECIPE),
        ("--set", !learn.set.is_empty()),
        ("--split", learn.split.is_some()),
        ("--question", learn.question.is_some()),
        ("--device", learn.device != DeviceChoice::default()),
        ("--preview", args.preview.is_some()),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((name, _)) => Err(EngineError::user(format!("`{name}` is for learning embeddings"))
            .in_words(
                "this is one layer on the maps of a network that stays as it is; which network, `--bundle` says",
            )
            .into()),
    }
}

/// The rows to learn from: of a table, or what people, tables and cameras say in a catalog.
fn table_of(source: &Path, run: &Path, args: &RunArgs, context: &Context) -> anyhow::Result<Table> {
    let options = args.learn.reading.options()?;
    let table = if is_catalog(source) {
        let table = run.join("table.csv");
        write_stated(source, &table, context)?;
        table
    } else {
        source.to_owned()
    };
    let table = read_with_encounters(&table, &options, args.learn.encounters.encounter_gap, context)?;
    remarks("remarks on the table", &table.warnings, context);
    Ok(table)
}
