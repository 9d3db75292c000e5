//! `resight plan jobs` and `resight plan report`: how far a plan is, and what came of it.

use std::path::PathBuf;

use resight_engine::EngineError;
use resight_plan::{Compared, Job, PlanFolder, Standing, html, report as report_of};
use serde::Serialize;

use super::open;
use crate::context::Context;
use crate::launch::{Launched, LaunchedJob, Launcher, options_of};
use crate::{exit, output};

/// Show the jobs of a plan and how they stand, or write them as a script.
#[derive(Debug, clap::Args)]
pub(super) struct JobsArgs {
    /// The plan's folder
    plan: PathBuf,
    /// Write a script that carries them out: `shell`, `slurm` or `ray`
    #[arg(long, value_enum, value_name = "LAUNCHER")]
    script: Option<Launcher>,
}

/// Say what every network is worth, and write the page and the route.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// The plan's folder
    plan: PathBuf,
}

#[derive(Serialize)]
struct JobLine<'a> {
    #[serde(flatten)]
    job: &'a Job,
    #[serde(flatten)]
    standing: Option<Standing>,
}

/// Shows the jobs.
pub(super) fn jobs(args: &JobsArgs, context: &Context) -> anyhow::Result<u8> {
    let folder = open(&args.plan)?;
    if let Some(launcher) = args.script {
        output::line(launched(&folder, context).script(launcher)?)?;
        return Ok(exit::DONE);
    }
    let mut rows = Vec::new();
    for job in folder.jobs() {
        let standing = folder.standing(&job.name).map_err(EngineError::from)?;
        if context.global.json {
            output::json(&JobLine { job, standing })?;
            continue;
        }
        let state =
            standing.as_ref().map_or_else(|| "open".to_owned(), |standing| standing.state.to_string());
        let seconds = standing.as_ref().and_then(|standing| standing.seconds);
        rows.push(vec![
            job.name.clone(),
            job.wave.to_string(),
            state,
            seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
            standing.and_then(|standing| standing.error).unwrap_or_default(),
        ]);
    }
    if !context.global.json {
        output::line(output::table(&["job", "wave", "state", "seconds", ""], &[1, 3], rows).to_string())?;
    }
    Ok(exit::DONE)
}

/// The jobs as calls of the program.
fn launched(folder: &PlanFolder, context: &Context) -> Launched {
    let plan = folder.path().display().to_string();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let job = |job: &Job| LaunchedJob {
        name: job.name.clone(),
        wave: job.wave,
        after: job.after.clone(),
        arguments: words(&["plan", "run", &plan, "--job", &job.name]),
    };
    Launched {
        jobs: folder.jobs().iter().map(job).collect(),
        last: words(&["plan", "report", &plan]),
        folder: folder.path().to_owned(),
        needs_all: false,
        options: options_of(context),
        not_yet: &[exit::FINISHED_WITH_WARNINGS],
    }
}

/// Says what every network is worth.
pub(super) fn report(args: &ReportArgs, context: &Context) -> anyhow::Result<u8> {
    let folder = open(&args.plan)?;
    put_together(&folder, context)
}

/// Whether every job is done.
pub(super) fn all_done(folder: &PlanFolder) -> anyhow::Result<bool> {
    for job in folder.jobs() {
        if !folder.is_done(&job.name).map_err(EngineError::from)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Shows what came of a plan, and writes it as page, JSON and route.
pub(super) fn put_together(folder: &PlanFolder, context: &Context) -> anyhow::Result<u8> {
    let found = report_of(folder.plan(), &folder.measured().map_err(EngineError::from)?);
    let page = html(folder.plan(), &found)
        .map_err(|error| EngineError::internal(error.to_string()).because(error))?;
    let page = folder.write("report.html", page.as_bytes()).map_err(EngineError::from)?;
    folder.write("report.json", &serde_json::to_vec_pretty(&found)?).map_err(EngineError::from)?;
    let text = format!(
        "# Which network serves which animals: `resight route set CATALOG THIS-FILE`.\n\n{}",
        toml::to_string(&found.route)?
    );
    let route = folder.write("route.toml", text.as_bytes()).map_err(EngineError::from)?;
    if context.global.json {
        output::json(&found)?;
    } else {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let together = found.together.iter().map(|one| ("all together", one));
        let each =
            found.slots.iter().flat_map(|slot| slot.compared.iter().map(|one| (slot.slot.as_str(), one)));
        rows.extend(together.chain(each).map(|(slot, one)| row(slot, one)));
        let head = ["slot", "networks", "effort", "questions", "individuals", "top1", "top1", "gained"];
        output::line(output::table(&head, &[3, 4, 5, 6, 7], rows).to_string())?;
        output::line("")?;
        for slot in &found.slots {
            output::line(format!("{}: {}; {}", slot.slot, slot.recommended, slot.reason))?;
        }
    }
    context.note(format!("page: {}", page.display()));
    context.note(format!("route: {}", route.display()));
    if found.missing.is_empty() {
        return Ok(exit::DONE);
    }
    context.note(format!("not measured yet: {}", found.missing.join(", ")));
    Ok(exit::FINISHED_WITH_WARNINGS)
}

fn row(slot: &str, one: &Compared) -> Vec<String> {
    let figures = &one.figures;
    let gained = &figures.gained_top1;
    vec![
        slot.to_owned(),
        format!("{} -> {}", one.before, one.after),
        one.effort.word().to_owned(),
        figures.questions.to_string(),
        figures.individuals.to_string(),
        format!("{:.3}", figures.top1_before.value),
        format!("{:.3}", figures.top1_after.value),
        format!("{:+.3} ({:+.3} to {:+.3})", gained.value, gained.low, gained.high),
    ]
}
