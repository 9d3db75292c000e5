//! `resight train ladder`: at which rung does a recipe stop learning?

use std::path::PathBuf;

use resight_engine::{EngineError, Progress as _};
use resight_runs::doctor::Severity;
use resight_runs::run::RUNS;
use resight_train::data::division::Question;
use resight_train::device::DeviceChoice;
use resight_tune::ladder::{Climb, LadderError, LadderRequest, Rung, RungVerdict, SHARES, climb};

use super::arguments::{QuestionArg, recipe};
use super::read_with_encounters;
use super::saved::check_own;
use super::watch::Shown;
use crate::commands::ingest::{EncounterArgs, ReadingArgs};
use crate::context::Context;
use crate::{exit, output};

/// Try a recipe on sets of rising difficulty, up to the first that it does not learn
///
/// Fashion-MNIST with a small network, synthetic animals (easy, medium, hard), the ten individuals of TABLE with the
/// most photos, the whole of TABLE. Each rung runs the recipe for a short time; it is passed when the validation's
/// error falls to a stated share of its reference line's and the doctor raises no alarm.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight train ladder                                     without photos: clothes and synthetic animals
  resight train ladder --recipe my.toml photos/metadata.csv
  resight train ladder --recipe head --from few-individuals photos/metadata.csv

The same command goes on where it was interrupted; rungs that are over are not run again.
Exit codes: 0 all rungs passed, 1 cannot be climbed, 3 a rung failed, 130 interrupted.")]
pub(crate) struct Args {
    /// A table (CSV) or a folder with one; without it the ladder ends at synthetic animals
    #[arg(value_name = "TABLE")]
    table: Option<PathBuf>,
    /// Recipe: one that comes with the program, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "tail")]
    recipe: String,
    /// Change a value of the recipe, such as `optimizer.rate=0.01`; several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Folder of the ladder [default: runs/ladder- and the recipe's name]
    #[arg(long, value_name = "FOLDER")]
    run: Option<PathBuf>,
    /// Rung to begin at: fashion-mnist, easy, medium, hard, few-individuals, whole-table
    #[arg(long, value_name = "RUNG", default_value = "fashion-mnist")]
    from: Rung,
    /// Ask the whole table about known individuals, or about new ones [default: as the table allows]
    #[arg(long, value_enum)]
    question: Option<QuestionArg>,
    /// Folder of Fashion-MNIST [default: where the package dataset-fashion-mnist puts it]
    #[arg(long, value_name = "FOLDER", env = "RESIGHT_FASHION_MNIST")]
    fashion_mnist: Option<PathBuf>,
    /// Where to compute: cpu, gpu, software-gpu, cuda
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: DeviceChoice,
    #[command(flatten)]
    encounters: EncounterArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// Runs the command.
pub(super) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let request = request(args, context)?;
    let shown = Shown::new(context);
    let outcome = climb(&request, &shown, context.cancel.flag());
    shown.end();
    let climb = match outcome {
        Ok(climb) => climb,
        Err(error) if error.is_cancelled() => return Ok(interrupted(context)),
        Err(error) => return Err(failure(error)),
    };
    show(&climb, &request, context)?;
    if climb.interrupted {
        return Ok(interrupted(context));
    }
    Ok(if climb.passed { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn request(args: Args, context: &Context) -> anyhow::Result<LadderRequest> {
    let recipe = recipe(&args.recipe, &args.set)?;
    let folder = args.run.unwrap_or_else(|| PathBuf::from("runs").join(format!("ladder-{}", recipe.name)));
    check_own(RUNS, &folder)?;
    let models = context.models()?;
    let table = match &args.table {
        Some(source) => Some(read_with_encounters(
            source,
            &args.reading.options()?,
            args.encounters.encounter_gap,
            context,
        )?),
        None => None,
    };
    let question = match (args.question, &table) {
        (Some(QuestionArg::New), _) => Question::New,
        (None, Some(table)) => Question::likely(&table.rows, SHARES),
        _ => Question::Known,
    };
    Ok(LadderRequest {
        bundle: models.bundle(&recipe.trunk.bundle)?,
        folder,
        recipe,
        table,
        question,
        from: args.from,
        cache: models.store().home().join("cache").join("features"),
        fashion_mnist: args.fashion_mnist,
        device: args.device,
        runtime: models.runtime(),
        threads: models.threads(),
    })
}

fn failure(error: LadderError) -> anyhow::Error {
    EngineError::from(error).into()
}

fn interrupted(context: &Context) -> u8 {
    context.note("stopped; what was learnt is kept, and the same command goes on");
    exit::INTERRUPTED
}

fn show(climb: &Climb, request: &LadderRequest, context: &Context) -> anyhow::Result<()> {
    if context.global.json {
        return output::json(climb);
    }
    let head = ["rung", "photos", "untrained", "wanted", "MAP@5", "top-1", "seconds", "doctor", ""];
    let rows = climb.rungs.iter().map(row);
    output::line(output::table(&head, &[1, 2, 3, 4, 5, 6], rows).to_string())?;
    match climb.rungs.last() {
        Some(last) if !last.passed => {
            output::line(format!("\nstopped at `{}`: {}", last.rung, last.why_not))?;
            context.note(format!("its run: {}", request.run_of(last.rung).join("report.html").display()));
        }
        _ if climb.passed => output::line("\nevery rung passed")?,
        _ => {}
    }
    Ok(())
}

fn row(verdict: &RungVerdict) -> Vec<String> {
    let worst = verdict.findings.iter().find(|finding| finding.severity > Severity::Notice);
    vec![
        verdict.rung.to_string(),
        verdict.photos.0.to_string(),
        format!("{:.3}", verdict.untrained.map5),
        format!("{:.3}", verdict.wanted),
        format!("{:.3}", verdict.validation.map5),
        format!("{:.3}", verdict.validation.top1),
        format!("{:.0}", verdict.seconds),
        worst.map(|one| format!("{}: {}", one.severity.name(), one.ailment.title())).unwrap_or_default(),
        if verdict.passed { "passed" } else { "failed" }.to_owned(),
    ]
}
