//! `resight train --task detector`: learns to find animals from boxes that people drew.

use std::path::Path;

use resight_engine::EngineError;
use resight_train::detector::{DetectorReport, train_detector};

use super::arguments::RunArgs;
use super::on_maps::{Wanted, begin, came_of, tell};
use crate::commands::classify::share;
use crate::context::{Context, is_catalog};
use crate::refusal::InWords as _;
use crate::{exit, output};

/// Learns, and shows what came of it.
pub(super) fn run(args: &RunArgs, source: &Path, context: &Context) -> anyhow::Result<u8> {
    if is_catalog(source) {
        return Err(EngineError::user("a catalog does not say which of its boxes somebody looked at")
            .in_words(
                "write it as a table by `resight export-table`, keep the photos whose boxes are all right, and learn from that",
            )
            .into());
    }
    let wants = Wanted { word: "detector", column: "bbox", is_said: |row| !row.boxes.is_empty() };
    let request = begin(&wants, args, source, context)?;
    let outcome = train_detector(&request, &context.progress, context.cancel.flag());
    let Some(report) = came_of(outcome, context)? else { return Ok(exit::INTERRUPTED) };
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report, request.held.path(), context)?;
    }
    Ok(tell(&report.warnings, context))
}

fn show(report: &DetectorReport, run: &Path, context: &Context) -> anyhow::Result<()> {
    let measured = &report.measured;
    output::line(format!("{} {} in {} photos", report.animals, report.label, report.photos))?;
    output::line(format!("\non photos that were not learnt (fivefold, {} encounters):", measured.groups))?;
    let rows = [
        share("average precision (overlap of half)", Some(measured.average_precision)),
        share("animals found (overlap of half)", Some(measured.recall)),
        share("overlap of the best box", Some(measured.best_overlap)),
    ];
    output::line(output::table(&["", "value", "95 % interval"], &[1], rows).to_string())?;
    output::line(format!("{:.1} boxes a photo", measured.boxes_a_photo))?;
    let (id, path) = &report.bundle;
    output::line(format!("\n{id}: {}", path.display()))?;
    context.note(format!("next: resight detect PHOTOS --detector objects:{}", run.display()));
    Ok(())
}
