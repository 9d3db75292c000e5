//! `resight verify`: proves that a catalog is sound.

use std::path::PathBuf;

use resight_engine::verify::{VerifyReport, VerifyRequest};

use super::ingest::remarks;
use crate::context::Context;
use crate::{exit, output};

/// Prove that a catalog is sound, or say what is wrong with it and what helps.
///
/// Checked are the database, the references in it, that the journal leads to the present state, the bytes of
/// every embedding, and that thumbnails are there. Exit code 1 where anything is wrong, 3 where only original
/// photos are gone or changed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight verify whales\n  resight verify whales --originals       also read every photo and compare its bytes"
)]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// Also read the original photos and compare them with what was taken in
    #[arg(long)]
    originals: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let request = VerifyRequest { originals: args.originals };
    let report = context.session(&args.catalog)?.verify(&request, &context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report)?;
        remarks("original photos that are gone or changed", &report.originals_lost, context);
        if report.problems.iter().any(|problem| problem.can_be_rebuilt) {
            context.note(format!("`resight rebuild {}` makes good what it can", args.catalog.display()));
        }
    }
    Ok(match &report {
        report if report.interrupted => exit::INTERRUPTED,
        report if !report.sound => exit::FAILED,
        report if !report.originals_lost.is_empty() => exit::FINISHED_WITH_WARNINGS,
        _ => exit::DONE,
    })
}

fn show(report: &VerifyReport) -> anyhow::Result<()> {
    output::line(format!(
        "{}: {} photos, {} annotations, {} journal steps replayed, {} embeddings in {} segments",
        if report.sound { "sound" } else { "NOT SOUND" },
        report.photos,
        report.annotations,
        report.journal_entries,
        report.embeddings,
        report.segments
    ))?;
    if let Some(read) = report.originals_read {
        output::line(format!(
            "{read} original photos read, {} gone or changed",
            report.originals_lost.len()
        ))?;
    }
    for problem in &report.problems {
        output::line(format!("  {}: {}", problem.kind, problem.what))?;
    }
    for leftover in &report.leftovers {
        output::line(format!("  left behind, harmless: {}", leftover.display()))?;
    }
    Ok(())
}
