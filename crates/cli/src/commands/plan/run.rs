//! `resight plan run`: does the jobs of a plan.

use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use resight_core::Shard;
use resight_engine::EngineError;
use resight_plan::{Job, JobState, PlanFolder, Standing};
use resight_runs::run::RUN;
use serde::Serialize;

use super::work::{Ended, work};
use super::{list, open};
use crate::context::Context;
use crate::held::held;
use crate::{exit, output};

/// Do the jobs of a plan that are not done.
///
/// Jobs are independent: several processes, on this machine or on others that see the folder, each do a share of them. A job
/// that was stopped, or whose machine died, goes on from what it kept. What is done is not done again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight plan run plan
  resight plan run plan --job nyala-left-own       one job
  resight plan run plan --wave 1 --shard 2/6       the second of six shares of what needs nothing before it

Exit codes: 0 done, 1 failed, 3 some jobs wait for others or failed, 130 interrupted.")]
pub(super) struct Args {
    /// The plan's folder
    plan: PathBuf,
    /// Only this job
    #[arg(long, value_name = "NAME", conflicts_with_all = ["shard", "wave"])]
    job: Option<String>,
    /// Only this share of the jobs, such as 2/6
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    shard: Shard,
    /// Only the jobs of this wave: they need nothing but those of earlier ones
    #[arg(long, value_name = "N")]
    wave: Option<usize>,
}

/// What became of a job, as `--json` writes it.
#[derive(Serialize)]
struct Line<'a> {
    job: &'a str,
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<u8> {
    let folder = open(&args.plan)?;
    let chosen: Vec<&Job> = match &args.job {
        Some(name) => vec![folder.job(name).map_err(EngineError::from)?],
        None => {
            let of_wave = folder.jobs().iter().filter(|job| args.wave.is_none_or(|wave| job.wave == wave));
            // Within a wave jobs are dealt out evenly: later waves must not all fall to one share.
            let mut place = (0, 0);
            let mut chosen = Vec::new();
            for job in of_wave {
                place = if place.0 == job.wave { (job.wave, place.1 + 1) } else { (job.wave, 0) };
                if args.shard.has(place.1) {
                    chosen.push(job);
                }
            }
            chosen
        }
    };
    let (mut waiting, mut failed) = (0, 0);
    for job in chosen {
        match one(&folder, job, args.job.is_some(), context)? {
            Became::Done => {}
            Became::Waits => waiting += 1,
            Became::Failed => failed += 1,
            Became::Stopped => {
                context.note("stopped; the same command goes on");
                return Ok(exit::INTERRUPTED);
            }
        }
    }
    if waiting > 0 {
        context
            .note(format!("{waiting} jobs wait for others: the same command does them once these are done"));
    }
    if args.job.is_none() && list::all_done(&folder)? {
        list::put_together(&folder, context)?;
    }
    // A single job that failed is an error to whoever launched it.
    Ok(match (waiting + failed, failed > 0 && args.job.is_some()) {
        (0, _) => exit::DONE,
        (_, true) => exit::FAILED,
        _ => exit::FINISHED_WITH_WARNINGS,
    })
}

enum Became {
    Done,
    Waits,
    Failed,
    Stopped,
}

/// Does one job, where it is not done and can be.
/// Whoever names one job waits for another process to leave it: its machine may have been given up.
fn one(folder: &PlanFolder, job: &Job, is_named: bool, context: &Context) -> anyhow::Result<Became> {
    if folder.is_done(&job.name).map_err(EngineError::from)? {
        return Ok(Became::Done);
    }
    for before in &job.after {
        if !folder.is_done(before).map_err(EngineError::from)? {
            tell(&Line { job: &job.name, state: "waits", seconds: None, error: Some(before) }, context)?;
            return Ok(Became::Waits);
        }
    }
    let Some(held) = held(RUN, &folder.folder_of(&job.name), is_named, context)? else {
        let why = Some("another process works at it");
        tell(&Line { job: &job.name, state: "waits", seconds: None, error: why }, context)?;
        return Ok(Became::Waits);
    };
    // Whoever worked at it may have come to its end meanwhile.
    if folder.is_done(&job.name).map_err(EngineError::from)? {
        return Ok(Became::Done);
    }
    context.note(format!("job {}", job.name));
    let begun = Instant::now();
    let before = folder.standing(&job.name).map_err(EngineError::from)?;
    let spent = before.and_then(|standing| standing.seconds).unwrap_or_default();
    let stand = |state: JobState, error: Option<String>| {
        let seconds = Some(spent + begun.elapsed().as_secs());
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let standing = Standing { state, since: Timestamp::now(), host, seconds, error, of: String::new() };
        folder.set_standing(&job.name, &standing).map_err(EngineError::from).map(|()| standing)
    };
    stand(JobState::Running, None)?;
    let (standing, became) = match work(folder, job, held, context) {
        Ok(Ended::Done) => (stand(JobState::Done, None)?, Became::Done),
        Ok(Ended::Stopped) => (stand(JobState::Stopped, None)?, Became::Stopped),
        Err(_) if context.cancel.is_cancelled() => (stand(JobState::Stopped, None)?, Became::Stopped),
        Err(error) => (stand(JobState::Failed, Some(format!("{error:#}")))?, Became::Failed),
    };
    let state = standing.state.to_string();
    let line =
        Line { job: &job.name, state: &state, seconds: standing.seconds, error: standing.error.as_deref() };
    tell(&line, context)?;
    Ok(became)
}

fn tell(line: &Line<'_>, context: &Context) -> anyhow::Result<()> {
    if context.global.json {
        return output::json(line);
    }
    let seconds = line.seconds.map(|seconds| format!(", {seconds} s")).unwrap_or_default();
    let error = line.error.map(|error| format!(": {error}")).unwrap_or_default();
    output::line(format!("{}: {}{seconds}{error}", line.job, line.state))?;
    Ok(())
}
