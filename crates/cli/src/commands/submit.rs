//! `resight submit`: answers for a test set, in the form of a competition.

use std::path::PathBuf;

use resight_core::Policy;
use resight_dataset::submission::SubmissionForm;
use resight_dataset::{Column, ColumnMapping, ReadOptions, SourceKind};
use resight_engine::DEFAULT_EMBEDDER;
use resight_engine::submit::{SubmitReport, SubmitRequest, submit};

use super::evaluate::RankingArgs;
use super::ingest::{EncounterArgs, ReadingArgs, remarks};
use crate::context::Context;
use crate::written::{Inputs, place};
use crate::{exit, output};

/// Write answers for a test set as a submission file of a Kaggle competition.
///
/// The labelled photos answer for those of the test set. "New individual" stands among the guesses where its
/// calibrated probability puts it; `--new-rate` says how many newcomers to expect.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight submit train.csv test_images/ --output submission.csv
  resight submit train.csv sample_submission.csv --output submission.csv --new-rate 0.28
  resight submit train.csv test.csv --form animal-clef --output submission.csv")]
pub(crate) struct Args {
    /// The labelled photos: a table, or a folder with a table or with one folder an individual
    train: PathBuf,
    /// The photos to answer for: a folder, a table, or a sample submission with its photos beside it
    test: PathBuf,
    /// File to write
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
    /// Form of the file
    #[arg(long, value_enum, default_value = "happywhale")]
    form: FormArg,
    /// Bundle that makes the embeddings: a name of `resight models list`, or a path
    #[arg(long, value_name = "NAME|PATH", default_value = DEFAULT_EMBEDDER)]
    bundle: String,
    /// What the test set is, where it is not to be told: kaggle-test, wildlife-datasets, folder-tree
    #[arg(long, value_name = "KIND")]
    test_kind: Option<SourceKind>,
    /// Folder that relative paths of the test table start from [default: that of the table]
    #[arg(long, value_name = "FOLDER")]
    test_photo_folder: Option<PathBuf>,
    #[command(flatten)]
    ranking: RankingArgs,
    #[command(flatten)]
    encounters: EncounterArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// The forms by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FormArg {
    /// Happywhale 2022: `image,predictions`, five guesses, `new_individual` among them
    Happywhale,
    /// Humpback 2018: `Image,Id`, five guesses, `new_whale` among them
    Humpback,
    /// AnimalCLEF: `image_id,identity`, one guess or `new_individual`
    AnimalClef,
}

impl From<FormArg> for SubmissionForm {
    fn from(argument: FormArg) -> Self {
        match argument {
            FormArg::Happywhale => Self::Happywhale,
            FormArg::Humpback => Self::Humpback,
            FormArg::AnimalClef => Self::AnimalClef,
        }
    }
}

/// A test table has no answers: the columns that only say who and when are not looked for in it.
fn columns_of_test(columns: &ColumnMapping) -> ColumnMapping {
    let asked =
        [Column::Path, Column::ImageId, Column::Bbox, Column::BboxSpace, Column::Species, Column::Viewpoint];
    let kept = columns.0.iter().filter(|(meaning, _)| asked.contains(meaning));
    ColumnMapping(kept.map(|(meaning, name)| (*meaning, name.clone())).collect())
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let read = ReadOptions { check_files: false, ..args.reading.options()? };
    let read_test = ReadOptions {
        kind: args.test_kind,
        photo_folder: args.test_photo_folder,
        columns: columns_of_test(&read.columns),
        ..read.clone()
    };
    let inputs = Inputs::read([args.train.clone(), args.test.clone()])
        .and_photos_of(&args.train, &read, &args.output, args.force)?
        .and_photos_of(&args.test, &read_test, &args.output, args.force)?;
    let request = SubmitRequest {
        output: place(&args.output, args.force, &inputs)?,
        train: args.train,
        test: args.test,
        read_test,
        read,
        form: args.form.into(),
        bundle: args.bundle,
        detector: args.ranking.detector.clone(),
        frame: args.ranking.frame.clone(),
        least_pixels: args.ranking.least_pixels,
        same: args.ranking.same(),
        pooling: args.ranking.pooling.into(),
        effort: args.ranking.effort(),
        local_features: args.ranking.local_features.clone(),
        new_rate: args.ranking.new_rate.unwrap_or(Policy::default().new_rate),
        encounter_gap_secs: args.encounters.encounter_gap,
        cache: !args.ranking.no_cache,
    };
    let written = submit(&request, &context.models()?, &context.progress, &context.cancel);
    if context.cancel.is_cancelled() {
        context.note("stopped; what was embedded is kept, and the same command goes on");
        return Ok(exit::INTERRUPTED);
    }
    let report = written?;
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report)?;
        remarks("remarks", &report.warnings, context);
        remarks("could not be used", &report.failures, context);
    }
    Ok(if report.failures.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn show(report: &SubmitReport) -> anyhow::Result<()> {
    output::line(format!(
        "{} images answered out of {} individuals, {} of them with \"new\" first: {}",
        report.images,
        report.individuals,
        report.new_first,
        report.output.display()
    ))?;
    output::line(format!("encounters from: {}", report.encounters))?;
    if let Some(reason) = &report.uncalibrated_reason {
        output::line(format!(
            "{} images have no calibrated probability ({reason}): for them \"new\" is not guessed",
            report.uncalibrated
        ))?;
    }
    Ok(())
}
