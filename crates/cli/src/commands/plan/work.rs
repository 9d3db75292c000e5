//! What a job is: a training, or a measurement.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use resight_core::Effort;
use resight_dataset::{Row, Table};
use resight_engine::evaluate::{AskedPhoto, EvaluateRequest, evaluate};
use resight_engine::{EngineError, Progress as _};
use resight_files::HeldFolder;
use resight_plan::{Answered, Job, Measured, Network, PlanFolder, PlannedSlot, Task};
use resight_runs::run::RECIPE;
use resight_runs::run::log::EndReason;
use resight_train::data::division::{Division, Part, Question};
use resight_train::device::DeviceChoice;
use resight_train::finish::BUNDLE;
use resight_train::job::{TrainRequest, train};

use crate::commands::ingest::remarks;
use crate::commands::train::arguments::recipe;
use crate::commands::train::saved;
use crate::commands::train::watch::Shown;
use crate::context::Context;

/// How a job ended.
pub(super) enum Ended {
    Done,
    Stopped,
}

/// Does a job.
pub(super) fn work(
    folder: &PlanFolder,
    job: &Job,
    held: Arc<HeldFolder>,
    context: &Context,
) -> anyhow::Result<Ended> {
    let networks = &folder.plan().networks;
    match &job.task {
        Task::TrainForAll => {
            let what = Training { recipe: &networks.recipe, bundle: networks.bundle.clone(), slot: None };
            learn(folder, job, &what, held, context)
        }
        Task::Train { slot, network } => {
            let slot = Some(folder.slot(slot).map_err(EngineError::from)?);
            let what = match network {
                // The one for all is what it waits for.
                Network::Head => Training {
                    recipe: &networks.head_recipe,
                    bundle: job.after.first().map_or_else(String::new, |name| bundle_of(folder, name)),
                    slot,
                },
                Network::Base | Network::ForAll | Network::Own => {
                    Training { recipe: &networks.recipe, bundle: networks.bundle.clone(), slot }
                }
            };
            learn(folder, job, &what, held, context)
        }
        Task::Measure { slot, networks } => {
            measure(folder, job, folder.slot(slot).map_err(EngineError::from)?, networks, context)
        }
    }
}

/// What is learnt, beginning with what.
struct Training<'a> {
    recipe: &'a str,
    bundle: String,
    /// The animals; none for all.
    slot: Option<&'a PlannedSlot>,
}

fn bundle_of(folder: &PlanFolder, job: &str) -> String {
    folder.folder_of(job).join(BUNDLE).display().to_string()
}

fn learn(
    folder: &PlanFolder,
    job: &Job,
    what: &Training<'_>,
    held: Arc<HeldFolder>,
    context: &Context,
) -> anyhow::Result<Ended> {
    let mut table = folder.table().map_err(EngineError::from)?;
    table.rows.retain(|row| what.slot.is_none_or(|slot| slot.has(row)));
    let division = Division::of_parts(Question::New, &parts(&table));
    let seed = folder.plan().networks.seed;
    let changes =
        [format!("seed={seed}"), format!("trunk.bundle={}", toml::Value::String(what.bundle.clone()))];
    let mut recipe = recipe(what.recipe, &changes)?;
    recipe.name.clone_from(&job.name);
    let resume = held.file(RECIPE).is_file();
    let request = saved::job(recipe, table, division, held, DeviceChoice::Cpu, context)?;
    let shown = Shown::new(context);
    let report = train(&TrainRequest { resume, ..request }, &shown, context.cancel.flag());
    shown.end();
    let report = report.map_err(EngineError::from)?;
    for warning in &report.warnings {
        context.note(format!("{}: {}", warning.about, warning.message));
    }
    if report.end.reason == EndReason::Interrupted {
        return Ok(Ended::Stopped);
    }
    match report.bundle {
        Some(_) => Ok(Ended::Done),
        None => Err(EngineError::user("nothing was learnt: the training diverged").into()),
    }
}

fn parts(table: &Table) -> Vec<Option<Part>> {
    let part = |row: &Row| Part::ALL.into_iter().find(|part| row.split.as_deref() == Some(part.name()));
    table.rows.iter().map(part).collect()
}

/// Asks every network of a slot the same questions.
fn measure(
    folder: &PlanFolder,
    job: &Job,
    slot: &PlannedSlot,
    networks: &[(Network, Option<String>)],
    context: &Context,
) -> anyhow::Result<Ended> {
    let plan = &folder.plan().networks;
    let table = folder.write_asking(&job.name, slot).map_err(EngineError::from)?;
    let models = context.models()?;
    let mut answers = Vec::new();
    let mut protocol = String::new();
    for (network, made_by) in networks {
        let place = made_by.as_ref().map_or_else(|| plan.bundle.clone(), |name| bundle_of(folder, name));
        for effort in Effort::ALL.into_iter().filter(|effort| *effort <= plan.effort) {
            let request = EvaluateRequest {
                called: PathBuf::from(&slot.name),
                bundle: place.clone(),
                effort,
                frame: plan.frame.clone(),
                encounter_gap_secs: plan.encounter_gap_secs,
                seed: plan.seed,
                ..EvaluateRequest::of(&table)
            };
            let found = evaluate(&request, &models, &context.progress, &context.cancel)?;
            if context.cancel.is_cancelled() {
                return Ok(Ended::Stopped);
            }
            // The same photos every time: told once.
            if answers.is_empty() {
                remarks("could not be used, or not as it stands", &found.failures, context);
            }
            let summary = found.summary();
            protocol = format!(
                "{} photos of {} individuals that no network has learnt, {}, hidden from each: {}; {} can be answered",
                summary.n_photos, summary.n_individuals, summary.protocol, summary.hide, summary.n_answerable
            );
            let ranks: BTreeMap<String, (String, u32)> = found
                .asked()
                .filter_map(|AskedPhoto { row, rank, .. }| {
                    Some((row.image_id.clone(), (row.stands_for(), rank?)))
                })
                .collect();
            answers.push(Answered {
                network: *network,
                bundle: summary.bundle,
                place: place.clone(),
                effort,
                ranks,
            });
        }
    }
    let measured = Measured { slot: slot.name.clone(), protocol, answers };
    folder.keep_measured(&job.name, &measured).map_err(EngineError::from)?;
    Ok(Ended::Done)
}
