//! `resight train doctor`: what goes wrong in a run, afterwards.

use std::path::PathBuf;

use resight_runs::doctor::{Severity, all_findings};
use resight_runs::run::read_log;

use crate::context::Context;
use crate::{exit, output};
use resight_engine::EngineError;

/// Say what goes wrong in a run, and what to do
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight train doctor runs/first\n  resight train doctor runs/first --json"
)]
pub(crate) struct Args {
    /// The run's folder
    run: PathBuf,
}

/// Runs the command.
pub(super) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let records = read_log(&args.run).map_err(EngineError::from)?;
    let findings = all_findings(&records);
    if context.global.json {
        for finding in &findings {
            output::json(finding)?;
        }
    } else if findings.is_empty() {
        output::line("nothing is wrong with this run, as far as its log tells")?;
    } else {
        for finding in &findings {
            output::line(format!(
                "{} ({}, epoch {})\n  {}\n  {}",
                finding.ailment.title(),
                finding.severity.name(),
                finding.epoch,
                finding.evidence,
                finding.remedy
            ))?;
            for setting in &finding.settings {
                output::line(format!("  --set '{setting}'"))?;
            }
            if !finding.photos.is_empty() {
                output::line(format!("  photos: {}", finding.photos.join(", ")))?;
            }
        }
    }
    let alarming = findings.iter().any(|finding| finding.severity == Severity::Alarm);
    Ok(if alarming { exit::FINISHED_WITH_WARNINGS } else { exit::DONE })
}
