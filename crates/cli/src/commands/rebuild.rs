//! `resight rebuild`: makes good what is derived.

use std::path::PathBuf;

use resight_engine::rebuild::RebuildReport;

use super::ingest::remarks;
use crate::context::Context;
use crate::{exit, output};

/// Make good what is derived: who is who from the journal, thumbnails and embeddings from the photos.
///
/// What is sound stays. `vectors/` and `thumbs/` can be deleted as a whole: this makes them again. The record,
/// `catalog.sqlite`, cannot be made again: keep a copy of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  resight verify whales || resight rebuild whales")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let report = context.session(args.catalog)?.rebuild(&context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report)?;
        remarks("thumbnails that cannot be made", &report.thumbnails_lost, context);
        if let Some(made) = &report.reembedded {
            remarks("photos that cannot be embedded", &made.missing, context);
        }
    }
    Ok(exit_code(&report))
}

fn exit_code(report: &RebuildReport) -> u8 {
    match report {
        report if report.interrupted => exit::INTERRUPTED,
        report if report.problems.is_empty() => exit::DONE,
        _ => exit::FAILED,
    }
}

fn show(report: &RebuildReport) -> anyhow::Result<()> {
    if report.restored_from_journal {
        output::line("who is who was said anew from the journal")?;
    }
    for repair in &report.repaired {
        output::line(format!("{}: {} embeddings kept, {} lost", repair.bundle, repair.kept, repair.lost))?;
    }
    if let Some(made) = &report.reembedded {
        output::line(format!("{} embeddings made by {}", made.embedded, made.bundle))?;
    }
    output::line(format!("{} thumbnails made", report.thumbnails))?;
    match report.problems.len() {
        0 => output::line("the catalog is sound")?,
        count => output::line(format!("{count} problems are left:"))?,
    }
    for problem in &report.problems {
        output::line(format!("  {}: {}", problem.kind, problem.what))?;
    }
    Ok(())
}
