//! `resight journal`: what was done, by whom and when.

use std::path::PathBuf;

use resight_engine::identity::JournalRow;

use super::step;
use crate::context::Context;
use crate::{exit, output};

/// List the steps of a catalog's journal, the latest first, or show one of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight journal whales
  resight journal whales step-12                           all that this step changed
  resight journal whales --last 5 --json")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// Show this step with all that it changed
    step: Option<String>,
    /// How many steps to list
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let session = context.session(&args.catalog)?;
    if let Some(asked) = &args.step {
        step::show(&session.journal_step(asked)?, &args.catalog, context)?;
        return Ok(exit::DONE);
    }
    let rows = session.journal(args.last)?;
    if context.global.json {
        rows.iter().try_for_each(output::json)?;
        return Ok(exit::DONE);
    }
    let head = ["step", "what", "photos", "by", "when (UTC)", ""];
    output::line(output::table(&head, &[2], rows.iter().map(cells)).to_string())?;
    Ok(exit::DONE)
}

fn cells(row: &JournalRow) -> Vec<String> {
    let undoes = row.undoes.as_ref().map(|step| format!("takes back {step}"));
    let undone = row.undone_by.as_ref().map(|step| format!("taken back by {step}"));
    let remarks: Vec<String> = undoes.into_iter().chain(undone).collect();
    vec![
        row.step.to_string(),
        row.action.to_owned(),
        row.annotations.to_string(),
        row.by.clone(),
        row.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        remarks.join(", "),
    ]
}
