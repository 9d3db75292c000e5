//! `resight tune`: searches better numbers for a recipe.

use std::path::PathBuf;
use std::time::Duration;

use resight_engine::{EngineError, Progress as _};
use resight_runs::run::{RUNS, claim};
use resight_train::job::TrainRequest;
use resight_tune::tune::{Stopped, Trial, TuneReport, TuneRequest, tune};

use super::train::arguments::LearnArgs;
use super::train::saved::{check_own, job};
use super::train::watch::Shown;
use super::train::{divided, table_of};
use crate::context::{Context, is_catalog};
use crate::{exit, output};

/// Search better numbers for a recipe.
///
/// Draws settings of the few numbers that decide most (scale, margin, learning rates) around those of the recipe,
/// trains all of them shortly, the better half twice as long, and so on, until two are trained as long as the recipe
/// says. The recipe as it is takes part to the end. Photos are looked at once. Only the validation decides: the test
/// photos are never asked. Interrupted, the same command goes on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight tune photos/metadata.csv --recipe head                     16 settings
  resight tune photos/metadata.csv --recipe head --trials 64 --minutes 20
  resight tune whales/ --recipe my.toml --run runs/whales-tune       from a catalog's confirmed identities
  resight train photos/metadata.csv --recipe runs/head-tune/best.toml

The best recipe is written as best.toml, with comments that say what was searched. Works at head and tail depth. Exit
codes: 0 done, or the time was up; 1 failed; 3 no setting could be trained; 130 interrupted.")]
pub(crate) struct Args {
    /// A table (CSV), a folder with a table, one with a folder an individual (`--kind`), or a catalog
    #[arg(value_name = "TABLE|CATALOG")]
    source: PathBuf,
    #[command(flatten)]
    learn: LearnArgs,
    /// Folder of the search [default: runs/, the recipe's name and -tune]
    #[arg(long, value_name = "FOLDER")]
    run: Option<PathBuf>,
    /// Settings to try, the recipe's own among them
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    trials: u32,
    /// Stop after so many minutes; the same command goes on
    #[arg(long, value_name = "MINUTES")]
    minutes: Option<f64>,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let at_most = args.minutes.map(duration).transpose()?;
    let recipe = args.learn.recipe()?;
    let run = args.run.unwrap_or_else(|| PathBuf::from("runs").join(format!("{}-tune", recipe.name)));
    check_own(RUNS, &run)?;
    // The table of a catalog is written into the folder; else nothing is before all has proved right.
    let early = is_catalog(&args.source).then(|| claim(RUNS, &run).map_err(EngineError::from)).transpose()?;
    let table = table_of(&args.source, &run, &args.learn, context)?;
    let (division, looks) = divided(&table, &args.learn, recipe.seed, context)?;
    let held = early.map_or_else(|| claim(RUNS, &run).map_err(EngineError::from), Ok)?;
    let job = TrainRequest { looks, ..job(recipe, table, division, held, args.learn.device, context)? };
    let shown = Shown::new(context);
    let outcome = tune(&TuneRequest { job, trials: args.trials, at_most }, &shown, context.cancel.flag());
    shown.end();
    let report = match outcome {
        Ok(report) => report,
        Err(error) if error.is_cancelled() => return Ok(interrupted(context)),
        Err(error) => return Err(EngineError::from(error).into()),
    };
    show(&report, context)?;
    Ok(match report.stopped {
        Some(Stopped::Interrupted) => interrupted(context),
        Some(Stopped::Time) => {
            context.note("the time is up; the same command with more minutes goes on");
            code(&report)
        }
        None => code(&report),
    })
}

fn duration(minutes: f64) -> anyhow::Result<Duration> {
    let sensible = minutes.is_finite() && minutes > 0.0;
    let duration = sensible.then(|| Duration::try_from_secs_f64(minutes * 60.0).ok()).flatten();
    duration
        .ok_or_else(|| EngineError::user(format!("--minutes takes a number above 0, not {minutes}")).into())
}

fn code(report: &TuneReport) -> u8 {
    if report.best.is_some() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS }
}

fn interrupted(context: &Context) -> u8 {
    context.note("stopped; trainings that are over are kept, and the same command goes on");
    exit::INTERRUPTED
}

fn show(report: &TuneReport, context: &Context) -> anyhow::Result<()> {
    if context.global.json {
        output::json(report)?;
    } else {
        let keys: Vec<&str> = report.ranges.iter().map(|range| range.key.as_str()).collect();
        let head = [&["trial", "epochs", "MAP@5", "top-1", "seconds"], &keys[..]].concat();
        let right: Vec<usize> = (1..head.len()).collect();
        let rows = report.trials.iter().filter(|trial| !trial.trainings.is_empty());
        output::line(output::table(&head, &right, rows.map(|trial| row(trial, &keys))).to_string())?;
    }
    match &report.recipe {
        Some(path) => {
            context.note(format!("the best recipe, by the validation alone: {}", path.display()));
            context.note(format!("train with it: resight train TABLE --recipe {}", path.display()));
        }
        None => context.note("no training came to a sound end, so no recipe was written"),
    }
    Ok(())
}

fn row(trial: &Trial, keys: &[&str]) -> Vec<String> {
    let name = if trial.number == 0 { "0, as given".to_owned() } else { trial.number.to_string() };
    let seconds: f64 = trial.trainings.iter().map(|training| training.seconds).sum();
    let standing = match trial.standing() {
        Some((epochs, score)) => {
            [epochs.to_string(), format!("{:.3}", score.map5), format!("{:.3}", score.top1)]
        }
        None => ["diverged".to_owned(), String::new(), String::new()],
    };
    let values = keys.iter().map(|key| trial.values.get(*key).map(f64::to_string).unwrap_or_default());
    [name].into_iter().chain(standing).chain([format!("{seconds:.1}")]).chain(values).collect()
}
