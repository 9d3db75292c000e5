//! `resight train --task species|viewpoint`: learns to say what kind of animal it is, or which side of it is seen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use resight_core::ClassifierTask;
use resight_dataset::Table;
use resight_engine::models_of::Bundle;
use resight_engine::{EngineError, Models};
use resight_files::HeldFolder;
use resight_runs::run::{RUN, claim};
use resight_train::classifier::{ClassifierReport, ClassifierRequest, train_classifier};
use resight_train::data::DataWarning;
use resight_train::device::DeviceChoice;

use super::arguments::{RunArgs, TaskArg};
use super::read_with_encounters;
use super::saved::check_free;
use crate::commands::classify::{confusion, share};
use crate::commands::export_table::write_stated;
use crate::commands::ingest::remarks;
use crate::context::{Context, is_catalog};
use crate::refusal::InWords as _;
use crate::{exit, output};

/// Learns, and shows what came of it.
pub(super) fn run(
    task: ClassifierTask,
    args: &RunArgs,
    source: &Path,
    context: &Context,
) -> anyhow::Result<u8> {
    let Begun { run, held, table, models, bundle } = begin(task.as_str(), args, source, context)?;
    let request = ClassifierRequest {
        task,
        name: name_of(&run, task.as_str()),
        table,
        bundle,
        held,
        cache: models.store().home().join("cache").join("features"),
        runtime: models.runtime(),
        threads: models.threads(),
        seed: 1,
    };
    let outcome = train_classifier(&request, &context.progress, context.cancel.flag());
    resight_engine::Progress::end(&context.progress);
    let report = match outcome {
        Ok(report) => report,
        Err(error) if error.is_cancelled() => {
            context.note("stopped; what was looked at is kept, and the same command goes on");
            return Ok(exit::INTERRUPTED);
        }
        Err(error) => return Err(EngineError::from(error).into()),
    };
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report, &run, context)?;
    }
    Ok(tell(&report.warnings, context))
}

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

/// What learning a layer on a network that stays as it is begins with.
pub(super) struct Begun {
    pub(super) run: PathBuf,
    pub(super) held: Arc<HeldFolder>,
    pub(super) table: Table,
    pub(super) models: Models,
    /// The network.
    pub(super) bundle: Bundle,
}

/// Claims the run's folder, reads the table, finds the network.
pub(super) fn begin(task: &str, args: &RunArgs, source: &Path, context: &Context) -> anyhow::Result<Begun> {
    refuse_what_is_for_embeddings(args)?;
    let run = args.run.clone().unwrap_or_else(|| PathBuf::from("runs").join(task));
    check_free(&run)?;
    let held = claim(RUN, &run).map_err(EngineError::from)?;
    let table = table_of(source, held.path(), args, context)?;
    let models = context.models()?;
    let bundle = models.bundle(args.learn.bundle.as_deref().unwrap_or(resight_engine::DEFAULT_EMBEDDER))?;
    Ok(Begun { run, held, table, models, bundle })
}

/// A bundle's name out of that of its run's folder: lower-case letters, digits, `-`, `_`, `.`.
pub(super) fn name_of(run: &Path, task: &str) -> String {
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

fn show(report: &ClassifierReport, run: &Path, context: &Context) -> anyhow::Result<()> {
    let ClassifierReport { task, measured, .. } = report;
    let labels = report
        .labels
        .iter()
        .map(|one| vec![one.label.clone(), one.animals.to_string(), one.groups.to_string()]);
    output::line(output::table(&[task.as_str(), "animals", "individuals"], &[1, 2], labels).to_string())?;
    output::line(format!(
        "\non animals that were not learnt ({} of {} individuals, fivefold):",
        measured.animals, measured.groups
    ))?;
    let rows = [
        share("got a label", Some(measured.answered)),
        share("of those, the right one", measured.right_of_answered),
        share("likeliest label right", Some(measured.right)),
    ];
    output::line(output::table(&["", "share", "95 % interval"], &[1], rows).to_string())?;
    output::line(format!(
        "calibration error {:.3}; a label is said from {:.3} on",
        measured.calibration_error, report.rule.least_confidence
    ))?;
    let names: Vec<String> = report.labels.iter().map(|one| one.label.clone()).collect();
    output::line(format!("\n{}", confusion(&names, &measured.confusion)))?;
    if !report.strangers.is_empty() {
        let rows = report
            .strangers
            .iter()
            .map(|one| vec![one.label.clone(), one.animals.to_string(), format!("{:.3}", one.given_a_label)]);
        let head = [&format!("{task} never seen"), "animals", "given another label"];
        output::line(format!("\n{}", output::table(&head, &[1, 2], rows)))?;
    }
    let (id, path) = &report.bundle;
    output::line(format!("\n{id}: {}", path.display()))?;
    context.note(format!("next: resight classify CATALOG --with {}", run.display()));
    Ok(())
}

impl TaskArg {
    /// The task of a classifier; none for an embedding.
    pub(super) fn classifier(self) -> Option<ClassifierTask> {
        match self {
            Self::Identity | Self::Detector => None,
            Self::Species => Some(ClassifierTask::Species),
            Self::Viewpoint => Some(ClassifierTask::Viewpoint),
        }
    }
}
