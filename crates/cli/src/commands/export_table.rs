//! `resight export-table`: writes the catalog as a table.

use std::path::{Path, PathBuf};

use resight_engine::EngineError;
use resight_engine::export_table::ExportRequest;
use resight_files::Output;

use super::ingest::remarks;
use crate::context::Context;
use crate::written::{Inputs, place};
use crate::{exit, output};

/// Write the catalog as a table for training and evaluation, in wildlife-datasets form.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  resight export-table whales whales.csv\n  resight evaluate whales.csv")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// The table to write
    table: PathBuf,
    /// Only annotations whose individual is known
    #[arg(long)]
    identified_only: bool,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
}

/// Writes what a catalog knows for sure as a table to work with, into a folder of ours; what is left out is told.
pub(crate) fn write_known(catalog: &Path, table: &Path, context: &Context) -> anyhow::Result<()> {
    write_own(catalog, table, (true, true), context)
}

/// As [`write_known`], of all animals, without the labels that are a model's.
pub(crate) fn write_stated(catalog: &Path, table: &Path, context: &Context) -> anyhow::Result<()> {
    write_own(catalog, table, (false, false), context)
}

fn write_own(
    catalog: &Path,
    table: &Path,
    (identified_only, labels_of_models): (bool, bool),
    context: &Context,
) -> anyhow::Result<()> {
    let own = Output::at(table, true, []).map_err(|error| EngineError::file("write", table, error))?;
    let request = ExportRequest { table: own, identified_only, labels_of_models };
    remarks("left out", &context.session(catalog)?.export_table(&request)?.left_out, context);
    Ok(())
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let inputs = Inputs::default().and_kept(&args.catalog);
    let request = ExportRequest {
        table: place(&args.table, args.force, &inputs)?,
        identified_only: args.identified_only,
        labels_of_models: true,
    };
    let report = context.session(args.catalog)?.export_table(&request)?;
    if context.global.json {
        output::json(&report)?;
    } else {
        output::line(format!(
            "{} rows ({} identified): {}",
            report.rows,
            report.identified,
            args.table.display()
        ))?;
        remarks("left out", &report.left_out, context);
    }
    Ok(if report.left_out.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}
