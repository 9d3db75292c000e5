//! `resight train --task species|viewpoint`: learns to say what kind of animal it is, or which side of it is seen.

use std::path::Path;

use resight_core::ClassifierTask;
use resight_dataset::Row;
use resight_train::classifier::{ClassifierReport, train_classifier};

use super::arguments::{RunArgs, TaskArg};
use super::on_maps::{Wanted, begin, came_of, tell};
use crate::commands::classify::figures;
use crate::context::Context;
use crate::{exit, output};

/// Learns, and shows what came of it.
pub(super) fn run(
    task: ClassifierTask,
    args: &RunArgs,
    source: &Path,
    context: &Context,
) -> anyhow::Result<u8> {
    let (word, is_said): (_, fn(&Row) -> bool) = match task {
        ClassifierTask::Species => (task.as_str(), |row| row.species.is_some()),
        ClassifierTask::Viewpoint => (task.as_str(), |row| row.viewpoint.is_some()),
    };
    let request = begin(&Wanted { word, column: word, is_said }, args, source, context)?;
    let outcome = train_classifier(task, &request, &context.progress, context.cancel.flag());
    let Some(report) = came_of(outcome, context)? else { return Ok(exit::INTERRUPTED) };
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report, request.held.path(), context)?;
    }
    Ok(tell(&report.warnings, context))
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
    let names: Vec<String> = report.labels.iter().map(|one| one.label.clone()).collect();
    figures(&names, measured)?;
    output::line(format!("a label is said from {:.3} on", report.rule.least_confidence))?;
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
