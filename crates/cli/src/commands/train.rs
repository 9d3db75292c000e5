//! `resight train`: learns an embedding from labelled photos, and shows whether it does.

pub(crate) mod arguments;
mod classifier;
mod compare;
mod detector;
mod doctor;
mod ladder;
pub(crate) mod on_maps;
mod preview;
mod result;
pub(crate) mod saved;
pub(crate) mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use resight_core::PhotoId;
use resight_dataset::{
    AuditOptions, EncounterCounts, Looking, ReadOptions, SourceTable, Table, find_encounters,
};
use resight_engine::{EngineError, Progress as _, Stage};
use resight_files::Output;
use resight_runs::run::log::EndReason;
use resight_runs::run::{RUN, claim, take_up};
use resight_train::data::division::{Division, Question, Shares, look_alikes};
use resight_train::job::{TrainRequest, train};

use self::arguments::{LearnArgs, QuestionArg, RunArgs, TaskArg};
use self::saved::{Saved, check_free};
use self::watch::Shown;
use crate::commands::export_table::write_known;
use crate::commands::ingest::remarks;
use crate::context::{Context, is_catalog};
use crate::exit;
use crate::refusal::InWords as _;
use crate::written::{Inputs, place};

/// Learn an embedding from labelled photos
///
/// Reads a table (or a catalog's confirmed identities), divides it, learns as the recipe says, validates every few
/// epochs under the strict protocol, and writes a bundle that `resight reembed --bundle RUN` takes. While it runs, the
/// doctor names what goes wrong; the run's folder holds the log, checkpoints and a page with every curve.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  resight train photos/metadata.csv                                  tail depth: minutes on a CPU
  resight train photos/metadata.csv --recipe head                    seconds to a minute
  resight train whales/ --run runs/first                             from a catalog's confirmed identities
  resight train photos/metadata.csv --recipe my.toml --set schedule.epochs=60 --set seed=2
  resight train photos/metadata.csv --preview views.png              what the augmentations do
  resight train photos/metadata.csv --task viewpoint                 learns to say which side is seen
  resight train drawn.csv --task detector                            learns to find animals, from boxes
  resight train --resume runs/first                                  go on after Ctrl-C or a power cut
  resight train --compare runs/first runs/second --html both.html
  resight train doctor runs/first                                    what went wrong?
  resight reembed whales --bundle runs/first                         use it

Recipes that come with the program: head, tail, tail-strong, full, siamese, triplet. A file is read as it is; unknown keys are
refused. Exit codes: 0 done, 1 failed, 3 done with warnings or an alarm of the doctor, 130 interrupted."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    sub: Option<Sub>,
    #[command(flatten)]
    run: RunArgs,
}

/// What else can be done with runs.
#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// Say what goes wrong in a run, and what to do
    Doctor(doctor::Args),
    /// Try a recipe on sets of rising difficulty, up to the first that it does not learn
    Ladder(ladder::Args),
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    match args.sub {
        Some(Sub::Doctor(args)) => doctor::run(args, context),
        Some(Sub::Ladder(args)) => ladder::run(args, context),
        None => begin(&args.run, context),
    }
}

fn begin(args: &RunArgs, context: &Context) -> anyhow::Result<u8> {
    if args.force && args.preview.is_none() && args.html.is_none() {
        return Err(EngineError::user(
            "`--force` is for the files of `--preview` and `--html`: no run is written over",
        )
        .in_words("choose another folder by `--run`")
        .into());
    }
    if !args.compare.is_empty() {
        return compare::run(&args.compare, args.html.as_deref(), args.force, context);
    }
    if let Some(run) = &args.resume {
        let held = take_up(RUN, run).map_err(EngineError::from)?;
        let saved = Saved::read(run)?;
        let (table, division) = saved.table_and_division(run, context)?;
        return go(saved.request(table, division, held, context)?, context);
    }
    let Some(source) = &args.source else {
        return Err(EngineError::user("what to learn from?")
            .in_words("name a table or a catalog, or go on with a run by `--resume RUN`")
            .into());
    };
    if args.task == TaskArg::Detector {
        return detector::run(args, source, context);
    }
    if let Some(task) = args.task.classifier() {
        return classifier::run(task, args, source, context);
    }
    let recipe = args.learn.recipe()?;
    let run = args.run.clone().unwrap_or_else(|| PathBuf::from("runs").join(&recipe.name));
    if let Some(picture) = &args.preview {
        let picture = preview_place(picture, source, args.force)?;
        let folder = tempfile::tempdir()
            .map_err(|error| EngineError::file("make a folder in", std::env::temp_dir(), error))?;
        let table = table_of(source, folder.path(), &args.learn, context)?;
        return preview::run(&recipe, &table, &picture, context);
    }
    check_free(&run)?;
    // The table of a catalog is written into the run's folder; else nothing is before all has proved right.
    let early = is_catalog(source).then(|| claim(RUN, &run).map_err(EngineError::from)).transpose()?;
    let table = table_of(source, &run, &args.learn, context)?;
    let (division, looks) = divided(&table, &args.learn, recipe.seed, context)?;
    let held = early.map_or_else(|| claim(RUN, &run).map_err(EngineError::from), Ok)?;
    check_free(&run)?;
    let saved = Saved::new(&table, &args.learn, source, &recipe)?;
    let request = saved.request_of(recipe, table, division, held.clone(), context)?;
    let request = TrainRequest { looks, ..request };
    saved.keep(&held, &request)?;
    go(request, context)
}

/// Where the picture goes.
fn preview_place(picture: &Path, source: &Path, force: bool) -> anyhow::Result<Output> {
    let inputs = match is_catalog(source) {
        true => Inputs::default().and_kept(source),
        false => Inputs::read([source.to_owned()]),
    };
    place(picture, force, &inputs)
}

/// The rows to learn from: of a table, or of a catalog's confirmed identities, for which a table is written into the
/// folder of the run, which is ours. What is odd about them is told.
pub(crate) fn table_of(
    source: &Path,
    run: &Path,
    args: &LearnArgs,
    context: &Context,
) -> anyhow::Result<Table> {
    let options = args.reading.options()?;
    let table = if is_catalog(source) {
        let table = run.join("table.csv");
        write_known(source, &table, context)?;
        table
    } else {
        source.to_owned()
    };
    let table = read_with_encounters(&table, &options, args.encounters.encounter_gap, context)?;
    remarks("remarks on the table", &table.warnings, context);
    if table.rows.iter().all(|row| row.identity.is_none()) {
        return Err(EngineError::user(format!(
            "no photo here says which individual it shows: {}",
            source.display()
        ))
        .in_words(
            "it takes a table with a column `identity`, or one folder an individual and `--kind \
                 folder-per-individual`",
        )
        .into());
    }
    Ok(table)
}

/// Reads a table and gives its rows their encounters, as every command does; says where they come from.
pub(crate) fn read_with_encounters(
    source: &Path,
    options: &ReadOptions,
    gap_secs: f64,
    context: &Context,
) -> anyhow::Result<Table> {
    let mut table = resight_dataset::read_source(source, options).map_err(EngineError::from)?;
    let watch = |looking| match looking {
        Looking::Begun { photos } => {
            context.progress.begin(Stage { title: "reading capture times".to_owned(), total: Some(photos) });
        }
        Looking::OneDone => context.progress.advance(1),
    };
    let mut sources = [SourceTable { path: source, table: &mut table }];
    find_encounters(&mut sources, gap_secs, &watch, context.cancel.flag());
    context.progress.end();
    context.note(format!("encounters from: {}", EncounterCounts::of(&table.rows)));
    Ok(table)
}

/// Which photos are for what: as a file says, or by the question and the shares. Beside it what photos look like, as far
/// as that had to be found out.
pub(crate) fn divided(
    table: &Table,
    args: &LearnArgs,
    seed: u64,
    context: &Context,
) -> anyhow::Result<(Division, BTreeMap<PhotoId, u64>)> {
    if let Some(split) = &args.split {
        return Ok((Division::read_csv(split, &table.rows).map_err(EngineError::from)?, BTreeMap::new()));
    }
    let shares =
        Shares { validation: args.validation_share, test: args.test_share, newcomers: args.newcomer_share };
    let question = match args.question {
        Some(QuestionArg::Known) => Question::Known,
        Some(QuestionArg::New) => Question::New,
        None => Question::likely(&table.rows, shares),
    };
    context.note(match question {
        Question::Known => {
            "validation: new photos of known individuals (`--question new` asks about new individuals)"
        }
        Question::New => {
            "validation: individuals that are not learnt (`--question known` asks about known ones)"
        }
    });
    let found = look_alikes(&table.rows, AuditOptions::default().near_duplicate_distance);
    let division =
        Division::make(&table.rows, &found.groups, question, shares, seed).map_err(EngineError::from)?;
    let newcomers: BTreeSet<&str> = division
        .newcomers
        .iter()
        .filter_map(|row| table.rows.get(*row as usize)?.identity.as_deref())
        .collect();
    if !newcomers.is_empty() {
        context.note(format!(
            "{} individuals with {} photos are kept back as newcomers and not learnt (`--newcomer-share 0` learns all)",
            newcomers.len(),
            division.newcomers.len()
        ));
    }
    Ok((division, found.looks))
}

fn go(request: TrainRequest, context: &Context) -> anyhow::Result<u8> {
    let shown = Shown::new(context);
    let outcome = train(&request, &shown, context.cancel.flag());
    shown.end();
    let report = match outcome {
        Ok(report) => report,
        Err(error) if error.is_cancelled() => {
            context.note("stopped; what was computed is kept, and the same command goes on");
            return Ok(exit::INTERRUPTED);
        }
        Err(error) => return Err(EngineError::from(error).into()),
    };
    result::show(&report, &request.run, context)?;
    if report.end.reason == EndReason::Interrupted {
        context.note(format!("stopped; go on with `resight train --resume {}`", request.run.display()));
        return Ok(exit::INTERRUPTED);
    }
    Ok(result::exit_code(&report))
}

/// An error that the user can do something about.
pub(crate) fn user(error: impl std::error::Error + Send + Sync + 'static) -> EngineError {
    EngineError::user(error.to_string()).because(error)
}
