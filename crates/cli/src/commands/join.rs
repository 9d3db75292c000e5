//! `resight join`: puts catalogs together.

use std::path::PathBuf;

use resight_engine::join::{JoinReport, JoinRequest};

use super::ingest::remarks;
use crate::context::Context;
use crate::{exit, output};

/// Take over what other catalogs have.
///
/// Photos come with their boxes, labels, names and encounters, and with all that networks made of them: nothing is looked at
/// again. A name that both have is one individual;
/// names that a catalog made up itself (`new-0001`) get its folder's name behind them. What the catalog has already stays as it is, so the same command goes on
/// after an interruption. The journal of the others, second names and what is known of individuals stay with them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight join whales boat-2                      two groups put their season together
  resight init part-1 --like whales               a large table in shares, each on a machine of its own:
  resight ingest part-1 all.csv --shard 1/4 --no-calibrate
  resight join whales part-1 part-2 part-3 part-4")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// The folders of the others; they are read, and stay as they are
    #[arg(required = true)]
    others: Vec<PathBuf>,
    /// Who does it, for the journal [default: your login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Leave the calibration as it is
    #[arg(long)]
    no_calibrate: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let request = JoinRequest {
        sources: args.others,
        actor: context.actor(args.by.as_deref()),
        calibrate: !args.no_calibrate,
    };
    let report = context.session(args.catalog)?.join(&request, &context.progress, &context.cancel)?;
    show(&report, context)
}

/// Shows what came of it; the number is the exit code.
pub(super) fn show(report: &JoinReport, context: &Context) -> anyhow::Result<u8> {
    if context.global.json {
        output::json(report)?;
    } else {
        output::line(format!(
            "{} photos taken over with {} annotations ({} identified), {} there already; {} individuals now",
            report.stored, report.annotations, report.identified, report.already_there, report.individuals
        ))?;
        if report.not_embedded > 0 {
            output::line(format!(
                "{} of them were not embedded there: `resight reembed` makes it good",
                report.not_embedded
            ))?;
        }
        if let Some(calibration) = &report.calibration {
            super::calibrate::show(calibration)?;
        }
        remarks("not as it stands", &report.warnings, context);
    }
    if report.interrupted {
        context.note("stopped; what was taken over is kept, and the same command goes on");
        return Ok(exit::INTERRUPTED);
    }
    Ok(if report.warnings.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}
