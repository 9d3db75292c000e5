//! `resight status`: how a catalog stands.

use std::path::PathBuf;

use resight_engine::status::Status;

use super::calibrate::{remark, worth};
use super::ingest::remarks;
use crate::context::Context;
use crate::{exit, hint, output};

/// Show what a catalog holds, how it is set, and whether there is something to do.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight status whales\n  resight status whales --json       with every file that could not be used"
)]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let found = context.session(&args.catalog)?.status()?;
    if context.global.json {
        output::json(&found)?;
        return Ok(exit::DONE);
    }
    output::line(output::table(&["catalog", &found.catalog], &[], facts(&found)).to_string())?;
    let head = ["bundle", "", "rows", "unusable", "missing"];
    output::line(format!("\n{}", output::table(&head, &[2, 3, 4], bundles(&found))))?;
    let head = ["calibration", "effort", "fitted on", "individuals", "when (UTC)", "evidence", "remark"];
    output::line(format!("\n{}", output::table(&head, &[2, 3], calibrations(&found))))?;
    remarks("could not be used", &found.failures, context);
    for advice in &found.advice {
        context.note(format!("note: {}", hint::advice(advice)));
    }
    Ok(exit::DONE)
}

fn facts(found: &Status) -> Vec<Vec<String>> {
    let settings = &found.settings;
    let policy = &settings.policy;
    let prices = format!(
        "false match {}, false new {}, ask {}",
        policy.price_false_match, policy.price_false_new, policy.price_ask
    );
    let removed = if found.removed > 0 { format!(", {} removed", found.removed) } else { String::new() };
    let unidentified = format!("{} ({} unidentified{removed})", found.annotations, found.unidentified);
    [
        ("photos", found.photos.to_string()),
        ("annotations", unidentified),
        ("individuals", found.individuals.to_string()),
        ("encounters", found.encounters.to_string()),
        ("species", found.species.to_string()),
        ("steps of the journal", found.journal_entries.to_string()),
        ("could not be used", found.failures.len().to_string()),
        ("detector", settings.detector.clone()),
        ("frame", settings.frame.clone().unwrap_or_else(|| "none".to_owned())),
        (
            "classifiers",
            if settings.classifiers.is_empty() { "none".to_owned() } else { settings.classifiers.join(", ") },
        ),
        ("encounter gap", format!("{} s", settings.encounter_gap_secs)),
        ("least pixels", settings.least_pixels.to_string()),
        ("prices", prices),
        ("new rate", policy.new_rate.to_string()),
    ]
    .map(|(name, value)| vec![name.to_owned(), value])
    .into()
}

fn bundles(found: &Status) -> Vec<Vec<String>> {
    let cells = |bundle: &resight_engine::status::BundleStatus| {
        let role = bundle.role.replace('-', " ");
        let in_use = match (bundle.in_use, bundle.serves_slots) {
            (true, _) => format!("{role}, in use"),
            (false, true) => format!("{role}, of slots"),
            (false, false) => role,
        };
        vec![
            bundle.bundle.clone(),
            in_use,
            bundle.embeddings.to_string(),
            bundle.unusable.to_string(),
            bundle.missing.to_string(),
        ]
    };
    found.bundles.iter().map(cells).collect()
}

fn calibrations(found: &Status) -> Vec<Vec<String>> {
    let cells = |one: &resight_engine::status::CalibrationStatus| {
        vec![
            one.slot.clone(),
            one.effort.word().to_owned(),
            one.fitted_on_annotations.to_string(),
            one.fitted_on_individuals.to_string(),
            one.fitted_at.strftime("%Y-%m-%d %H:%M").to_string(),
            worth(one.effort, &one.fusion),
            remark(one.leans_on_bundle, one.missing.as_deref()),
        ]
    };
    found.calibrations.iter().map(cells).collect()
}
