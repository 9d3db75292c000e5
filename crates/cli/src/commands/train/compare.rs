//! `resight train --compare`: runs side by side.

use std::path::{Path, PathBuf};

use resight_engine::EngineError;
use resight_files::read_plain_text;
use resight_runs::report::{Comparison, RunView, compare};
use resight_runs::run::read_log;

use crate::context::Context;
use crate::written::{Inputs, place, write};
use crate::{exit, output};

/// Longest recipe that is read.
const MOST_RECIPE_BYTES: u64 = 1 << 20;

/// Shows runs beside each other, and writes a page with the curves of all.
pub(super) fn run(
    runs: &[PathBuf],
    html: Option<&Path>,
    force: bool,
    context: &Context,
) -> anyhow::Result<u8> {
    let inputs = runs.iter().fold(Inputs::default(), |inputs, run| inputs.and_kept(run));
    let html = html.map(|path| place(path, force, &inputs)).transpose()?;
    let views = runs.iter().map(|run| view(run)).collect::<anyhow::Result<Vec<RunView>>>()?;
    let comparison = compare(&views);
    if let Some(html) = &html {
        write(html, comparison.html.as_bytes())?;
        context.note(format!("page with the curves of all: {}", html.path().display()));
    }
    if context.global.json {
        for row in &comparison.rows {
            output::json(row)?;
        }
    } else {
        show(&comparison)?;
    }
    if !comparison.same_questions {
        context.note("these runs were not asked the same questions: their figures cannot be compared");
    }
    Ok(exit::DONE)
}

fn view(run: &Path) -> anyhow::Result<RunView> {
    let records = read_log(run).map_err(EngineError::from)?;
    let path = run.join("recipe.toml");
    let recipe_text =
        read_plain_text(&path, MOST_RECIPE_BYTES).map_err(|error| EngineError::file("read", &path, error))?;
    Ok(RunView { name: run.display().to_string(), recipe_text, records })
}

fn show(comparison: &Comparison) -> anyhow::Result<()> {
    let head = ["run", "depth", "loss", "miner", "MAP@5", "top-1", "epoch", "untrained", "seconds", "doctor"];
    let rows = comparison.rows.iter().map(|row| {
        vec![
            row.name.clone(),
            row.depth.clone(),
            row.loss.clone(),
            row.miner.clone(),
            format!("{:.3}", row.best.map5),
            format!("{:.3}", row.best.top1),
            row.best_epoch.to_string(),
            format!("{:.3}", row.untrained.map5),
            format!("{:.0}", row.seconds),
            row.worst.as_ref().map(|(severity, name)| format!("{severity}: {name}")).unwrap_or_default(),
        ]
    });
    Ok(output::line(output::table(&head, &[4, 5, 6, 7, 8], rows).to_string())?)
}
