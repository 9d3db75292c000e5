//! `resight classify`: what kind of animal is it, and which side of it is seen?

use std::path::PathBuf;

use comfy_table::Table;
use resight_dataset::ReadOptions;
use resight_engine::classify::{
    CatalogClassified, Classifications, ClassifyCatalog, ClassifyRequest, WhichClassifiers, classify, table,
};
use resight_engine::{EngineError, confusion_picture};
use resight_eval::{ClassificationMetrics, Interval};

use super::ingest::{TableArgs, remarks};
use crate::context::{Context, is_catalog};
use crate::refusal::InWords as _;
use crate::written::{folder_of, place_beside, write_and_say};
use crate::{exit, output};

/// Say of animals what kind they are and which side is seen, and measure how well where a table says it too.
///
/// Of a catalog: the classifiers serve from now on, `ingest` and `identify` ask them too, and what nobody has said of
/// its animals they say now, as one step of the journal. A person's word, a table's and a camera's stands before theirs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight train photos/metadata.csv --task viewpoint                 learns one: runs/viewpoint
  resight classify field/2026-05 --with runs/viewpoint --csv labelled.csv
  resight classify photos/metadata.csv --with runs/viewpoint         measured by the table's own labels
  resight classify photos/metadata.csv --with runs/viewpoint --picture taken-for.png
  resight classify whales --with runs/viewpoint --with runs/species  of a catalog, from now on
  resight classify whales                                            those that serve look at what is open
  resight classify whales --none                                     none serves any more")]
pub(crate) struct Args {
    /// A table, a folder of photos, a photo, or a catalog
    source: PathBuf,
    /// Classifier: the folder of a run, a name of `resight models list`, or a path; one for the species, one for the viewpoint
    #[arg(long = "with", value_name = "NAME|PATH")]
    with: Vec<String>,
    /// Of a catalog: no classifier serves from now on; what they said stays
    #[arg(long, conflicts_with = "with")]
    none: bool,
    /// Write the table with the labels
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// With `--csv`: write what the classifiers say also where the table says something
    #[arg(long, requires = "csv")]
    anew: bool,
    /// Draw what was taken for what, where the table says it too (PNG)
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
    /// Seed of the intervals
    #[arg(long, default_value_t = 7)]
    seed: u64,
    #[command(flatten)]
    table: TableArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    if is_catalog(&args.source) {
        return of_catalog(args, context);
    }
    if args.with.is_empty() || args.none {
        return Err(EngineError::user("no classifier is named")
            .in_words(
                "name one by `--with`, as `--with runs/viewpoint`; `resight train --task viewpoint` makes it",
            )
            .into());
    }
    let read = ReadOptions { check_files: false, ..args.table.options()? };
    let placed = place_beside(args.csv.as_deref(), &args.source, &read, args.force)?;
    let picture = place_beside(args.picture.as_deref(), &args.source, &read, args.force)?;
    let request = ClassifyRequest {
        source: args.source,
        read,
        classifiers: args.with,
        replicates: 1000,
        seed: args.seed,
    };
    let said = classify(&request, &context.models()?, &context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&said)?;
    } else {
        show(&said, placed.is_some())?;
    }
    remarks("not looked at", &said.failures, context);
    remarks("remarks", &said.warnings, context);
    if let Some(csv) = &placed {
        let (bytes, left_out) = table(&said, args.anew, &folder_of(csv)?)?;
        write_and_say(csv, &bytes, context)?;
        remarks("not in the table", &left_out, context);
    }
    if let Some(picture) = &picture {
        match confusion_picture::draw(&said)? {
            Some(png) => write_and_say(picture, &png, context)?,
            None => context.note("no picture: there is nothing to measure by"),
        }
    }
    Ok(code(said.interrupted, said.failures.is_empty()))
}

fn code(interrupted: bool, is_clean: bool) -> u8 {
    match (interrupted, is_clean) {
        (true, _) => exit::INTERRUPTED,
        (false, true) => exit::DONE,
        (false, false) => exit::FINISHED_WITH_WARNINGS,
    }
}

fn of_catalog(args: Args, context: &Context) -> anyhow::Result<u8> {
    if args.csv.is_some() || args.picture.is_some() {
        return Err(EngineError::user("`--csv` and `--picture` are for tables and folders")
            .in_words("`resight export-table` writes a catalog as a table")
            .into());
    }
    let which = match (args.none, args.with) {
        (true, _) => WhichClassifiers::These(Vec::new()),
        (false, with) if with.is_empty() => WhichClassifiers::Own,
        (false, with) => WhichClassifiers::These(with),
    };
    let request = ClassifyCatalog { which };
    let done = context.session(&args.source)?.classify(&request, &context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&done)?;
    } else {
        show_catalog(&done)?;
    }
    remarks("not looked at", &done.failures, context);
    Ok(code(done.interrupted, done.failures.is_empty()))
}

fn show_catalog(done: &CatalogClassified) -> anyhow::Result<()> {
    if done.classifiers.is_empty() {
        output::line("no classifier serves")?;
        return Ok(());
    }
    output::line(format!("from now on serve: {}", done.classifiers.join(", ")))?;
    output::line(format!("{} animals looked at", done.looked_at))?;
    let tasks = done.labels.keys().chain(done.unknown.keys()).collect::<std::collections::BTreeSet<_>>();
    for task in tasks {
        let of = |counts: &std::collections::BTreeMap<_, usize>| counts.get(task).copied().unwrap_or(0);
        output::line(format!("{task}: {} labels, {} not known", of(&done.labels), of(&done.unknown)))?;
    }
    if let Some(entry) = &done.entry {
        output::line(format!("step {entry} of the journal"))?;
    }
    Ok(())
}

fn show(said: &Classifications, is_written: bool) -> anyhow::Result<()> {
    if !is_written {
        let cells = |animal: &resight_engine::classify::AnimalClassified| {
            let labels = animal.says.iter().map(|one| match &one.label {
                Some(label) => format!("{label} ({:.0} %)", 100.0 * one.confidence),
                None => format!("not known ({}? {:.0} %)", one.likeliest, 100.0 * one.confidence),
            });
            vec![animal.path.display().to_string(), labels.collect::<Vec<_>>().join(", ")]
        };
        if said.measured.is_empty() {
            let rows = said.animals.iter().map(cells);
            output::line(output::table(&["photo", "says"], &[], rows).to_string())?;
        }
    }
    output::line(format!("{} animals; {:.1} a second", said.animals.len(), said.animals_per_second))?;
    for one in &said.measured {
        let learnt = if one.learnt > 0 {
            format!("; {} were learnt by it, or are of individuals that were, and do not count", one.learnt)
        } else {
            String::new()
        };
        let Some(measured) = &one.measured else {
            output::line(format!("\n{} by {}: nothing to measure by{learnt}", one.task, one.classifier))?;
            continue;
        };
        output::line(format!(
            "\n{} by {}, against the table's {} of {} individuals{learnt}:",
            one.task, one.classifier, measured.animals, measured.groups
        ))?;
        figures(&one.labels, measured)?;
    }
    Ok(())
}

/// How well a classifier says what people said.
pub(crate) fn figures(labels: &[String], measured: &ClassificationMetrics) -> anyhow::Result<()> {
    let rows = [
        share("got a label", Some(measured.answered)),
        share("of those, the right one", measured.right_of_answered),
        share("likeliest label right", Some(measured.right)),
    ];
    output::line(output::table(&["", "share", "95 % interval"], &[1], rows).to_string())?;
    output::line(format!("calibration error {:.3}", measured.calibration_error))?;
    output::line(format!("\n{}", confusion(labels, &measured.confusion)))?;
    Ok(())
}

/// A row of a table of shares.
pub(crate) fn share(name: &str, interval: Option<Interval>) -> Vec<String> {
    match interval {
        Some(one) => {
            vec![name.to_owned(), format!("{:.3}", one.value), format!("{:.3} to {:.3}", one.low, one.high)]
        }
        None => vec![name.to_owned(), "none".to_owned(), String::new()],
    }
}

/// Right labels (rows) and what was said (columns).
fn confusion(labels: &[String], counts: &[Vec<usize>]) -> Table {
    let mut head: Vec<&str> = vec!["right \\ said"];
    head.extend(labels.iter().map(String::as_str));
    head.push("not known");
    let names = labels.iter().cloned().chain(["others".to_owned()]);
    let rows = names.zip(counts).filter(|(name, counts)| name != "others" || counts.iter().any(|n| *n > 0));
    let rows = rows.map(|(name, counts)| {
        std::iter::once(name).chain(counts.iter().map(ToString::to_string)).collect::<Vec<_>>()
    });
    let right: Vec<usize> = (1..head.len()).collect();
    output::table(&head, &right, rows)
}
