//! `resight detect`: where are the animals?

use std::path::PathBuf;

use resight_dataset::ReadOptions;
use resight_engine::contact_sheet::Mark;
use resight_engine::detect::{
    DetectRequest, Detections, LookedAt, coco_json, detect, megadetector_json, table,
};
use resight_engine::found_sheet::{self, FoundBox, FoundPhoto, FoundSheet};

use super::ingest::{TableArgs, remarks};
use crate::context::Context;
use crate::written::{folder_of, place_beside, write_and_say};
use crate::{exit, output};

/// Find the animals in photos, and measure how well where a table has boxes of a person.
///
/// Nothing is stored. A table of the boxes (`--csv`) can be looked over and taken in by `resight ingest`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight detect field/2026-05 --detector objects:yolox-nano --csv boxes.csv
  resight detect photos/metadata.csv --detector mask             measured by the table's own boxes
  resight detect field --detector objects:md5a --megadetector found.json")]
pub(crate) struct Args {
    /// A table, a folder of photos, or a photo
    source: PathBuf,
    /// What finds them: `objects:` and the name of a detector, `mask`, `masks` (each part of it that stands apart), or `whole-picture`
    #[arg(long, value_name = "NAME")]
    detector: String,
    /// Write the boxes as a table (CSV), a row an animal
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the boxes in the format of MegaDetector (JSON)
    #[arg(long, value_name = "FILE")]
    megadetector: Option<PathBuf>,
    /// Write the boxes as a COCO file (JSON)
    #[arg(long, value_name = "FILE")]
    coco: Option<PathBuf>,
    /// Draw the boxes into a picture of the photos (JPEG), of the first hundred of them
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
    let read = ReadOptions { check_files: false, ..args.table.options()? };
    let placed = |file: &Option<PathBuf>| place_beside(file.as_deref(), &args.source, &read, args.force);
    let (csv, picture) = (placed(&args.csv)?, placed(&args.picture)?);
    let (megadetector, coco) = (placed(&args.megadetector)?, placed(&args.coco)?);
    let request = DetectRequest {
        source: args.source,
        read,
        detector: args.detector,
        replicates: 1000,
        seed: args.seed,
    };
    let found = detect(&request, &context.models()?, &context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&found)?;
    } else {
        show(&found)?;
    }
    remarks("not looked at", &found.failures, context);
    remarks("remarks", &found.warnings, context);
    if let Some(megadetector) = &megadetector {
        write_and_say(
            megadetector,
            format!("{:#}\n", megadetector_json(&found, &folder_of(megadetector)?)).as_bytes(),
            context,
        )?;
    }
    if let Some(coco) = &coco {
        write_and_say(coco, format!("{:#}\n", coco_json(&found, &folder_of(coco)?)).as_bytes(), context)?;
    }
    if let Some(picture) = &picture {
        write_and_say(picture, &found_sheet::draw(&sheet(&found))?, context)?;
    }
    if let Some(csv) = &csv {
        let tabled = table(&found, &folder_of(csv)?)?;
        write_and_say(csv, &tabled.bytes, context)?;
        remarks("not in the table", &tabled.left_out, context);
    }
    Ok(match () {
        () if found.interrupted => exit::INTERRUPTED,
        () if found.failures.is_empty() => exit::DONE,
        () => exit::FINISHED_WITH_WARNINGS,
    })
}

/// Photos on a picture.
const ON_PICTURE: usize = 100;

fn sheet(found: &Detections) -> FoundSheet {
    let photo = |photo: &LookedAt| FoundPhoto {
        path: photo.path.clone(),
        below: photo.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        animals: photo
            .found
            .iter()
            .map(|animal| FoundBox {
                region: animal.region,
                said: format!("{} {:.2}", animal.label.as_deref().unwrap_or("animal"), animal.confidence),
                mark: Mark::Asks,
            })
            .collect(),
    };
    let animals: usize = found.photos.iter().map(|photo| photo.found.len()).sum();
    FoundSheet {
        title: format!("{animals} animals in {} photos", found.photos.len()),
        subtitle: format!("found by {}", found.detector),
        photos: found.photos.iter().take(ON_PICTURE).map(photo).collect(),
    }
}

fn show(found: &Detections) -> anyhow::Result<()> {
    let animals: usize = found.photos.iter().map(|photo| photo.found.len()).sum();
    let empty = found.photos.iter().filter(|photo| photo.found.is_empty()).count();
    output::line(format!(
        "{animals} animals in {} photos by {}; nothing found in {empty}; {:.1} photos a second",
        found.photos.len(),
        found.detector,
        found.photos_per_second
    ))?;
    if found.learnt > 0 {
        output::line(format!("{} photos with boxes were learnt by it and do not count", found.learnt))?;
    }
    let Some(measured) = &found.measured else { return Ok(()) };
    output::line(format!(
        "against the table's {} boxes in {} photos of {} encounters:",
        measured.animals, measured.photos, measured.groups
    ))?;
    let rows = [
        ("average precision (overlap of half)", measured.average_precision),
        ("animals found (overlap of half)", measured.recall),
        ("overlap of the best box", measured.best_overlap),
    ]
    .map(|(name, interval)| {
        vec![
            name.to_owned(),
            format!("{:.3}", interval.value),
            format!("{:.3} to {:.3}", interval.low, interval.high),
        ]
    });
    output::line(output::table(&["", "value", "95 % interval"], &[1], rows).to_string())?;
    Ok(())
}
