//! `resight export`: the catalog in the forms of other programs.

mod histories;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use resight_core::Species;
use resight_dataset::exchange::CapturedBy;
use resight_engine::EngineError;
use resight_engine::export::{
    ExportFormat, ExportOptions, ExportReport, ExportRequest, HistoryFormat, OtherLabels, PositionPrecision,
    ScientificNames, Shown, TimesShown, Unconfirmed,
};

use self::histories::HistoryArgs;
use super::ingest::remarks;
use crate::context::Context;
use crate::refusal::InWords as _;
use crate::{exit, output};

/// Write the catalog for other programs: tables, archives, sidecars, crops, capture histories.
///
/// Nothing goes out that was not asked for: no places, no names of people, folders or stations, no identities that a model alone says.
/// `--dry-run` says what would be disclosed. Nothing that is there is written over, and no photo is touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight export whales --as camtrap-dp -o whales-dp --positions 0.01 --dry-run     what would be disclosed?
  resight export whales --as darwin-core -o whales-dwc --positions 0.1 --scientific humpback_whale='Megaptera novaeangliae'
  resight export whales --as wildbook -o upload --positions exact --submitter ada
  resight export whales --as xmp                                 IMG_1.jpg.xmp beside each photo, for Lightroom and digiKam
  resight export whales --as crops -o crops --identified-only
  resight export whales --as mark -o whales-2024 --occasions year --side left
  resight export whales --as secr -o spatial --occasions effort.csv --least-quality good

Formats:
  wildlife-datasets coco megadetector camtrap-dp darwin-core wildbook socprog edges xmp crops
  capture histories: mark rmark rcapture multimark secr oscr camtrapr capture")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// The form: see the list below
    #[arg(long = "as", value_name = "FORMAT")]
    format: Form,
    /// Where to: a folder that is not there yet, or for capture histories what the files' names begin with; sidecars (`xmp`) lie
    /// beside their photos
    #[arg(short = 'o', long = "output", value_name = "PLACE")]
    place: Option<PathBuf>,
    /// Say what would be written and disclosed, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    shown: ShownArgs,
    /// Only annotations whose individual is known
    #[arg(long)]
    identified_only: bool,
    /// Write species and viewpoints too that a model alone says
    #[arg(long)]
    labels_of_models: bool,
    /// Who made the data, where the form says so; several times
    #[arg(long, value_name = "NAME")]
    contributor: Vec<String>,
    /// License of the data, such as CC-BY-4.0
    #[arg(long, value_name = "LICENSE")]
    data_license: Option<String>,
    /// License of the photos
    #[arg(long, value_name = "LICENSE")]
    media_license: Option<String>,
    /// The photos were taken by cameras that were left in the field
    #[arg(long)]
    camera_traps: bool,
    /// What a species is called by science: LABEL=NAME; several times
    #[arg(long, value_name = "LABEL=NAME")]
    scientific: Vec<String>,
    /// The labels of species are scientific names, as `tursiops_truncatus`
    #[arg(long)]
    labels_are_scientific: bool,
    /// Account that Wildbook files the import under
    #[arg(long, value_name = "NAME")]
    submitter: Option<String>,
    #[command(flatten)]
    history: HistoryArgs,
}

/// What goes out, and how exactly.
#[derive(Debug, clap::Args)]
struct ShownArgs {
    /// How exactly places go out: none, 0.1, 0.01, 0.001 (degrees, a fixed grid), exact
    #[arg(long, value_name = "PRECISION", default_value = "none")]
    positions: PositionPrecision,
    /// Identities too that a model alone says, marked as such
    #[arg(long)]
    unconfirmed: bool,
    /// Names of people who identified animals or took photos
    #[arg(long)]
    people: bool,
    /// Names of stations and sites
    #[arg(long)]
    stations: bool,
    /// The folders in paths of photos
    #[arg(long)]
    folders: bool,
    /// The day alone, without the time of day
    #[arg(long)]
    days_only: bool,
}

/// A form that a catalog can be written in.
#[derive(Debug, Clone, Copy)]
enum Form {
    Exchange(ExportFormat),
    Histories(HistoryFormat),
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let exchange = text.parse().map(Self::Exchange);
        exchange.or_else(|_| text.parse().map(Self::Histories)).map_err(|_: String| {
            let all = ExportFormat::ALL.iter().map(|format| format.name());
            let names: Vec<&str> = all.chain(HistoryFormat::all().map(HistoryFormat::name)).collect();
            format!("one of {}", names.join(", "))
        })
    }
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let beside_photos = matches!(args.format, Form::Exchange(ExportFormat::Xmp));
    let place = match (args.place.clone(), beside_photos) {
        (Some(place), false) => place,
        (None, true) => args.catalog.clone(),
        (None, false) => {
            return Err(EngineError::user("nothing says where to".to_owned())
                .in_words("`--output PLACE` does")
                .into());
        }
        (Some(_), true) => {
            let error = EngineError::user("sidecars have no place but beside their photos".to_owned());
            return Err(error
                .in_words("leave `--output` out; `--dry-run` says how many there will be")
                .into());
        }
    };
    match args.format {
        Form::Exchange(format) => exchange(&args, format, &place, context),
        Form::Histories(format) => {
            let unconfirmed = args.shown.unconfirmed;
            histories::run(&args.history, format, (args.catalog, place), (unconfirmed, args.dry_run), context)
        }
    }
}

fn exchange(args: &Args, format: ExportFormat, place: &Path, context: &Context) -> anyhow::Result<u8> {
    args.history.refuse_for(format.name())?;
    let request = ExportRequest {
        options: args.options()?,
        identified_only: args.identified_only,
        labels_of_models: args.labels_of_models,
        contributors: args.contributor.clone(),
        data_license: args.data_license.clone(),
        media_license: args.media_license.clone(),
        captured_by: if args.camera_traps { CapturedBy::CameraTraps } else { CapturedBy::People },
        ..ExportRequest::of(format, place)
    };
    let session = context.session(&args.catalog)?;
    let report = match args.dry_run {
        true => session.plan_export(&request)?,
        false => session.export(&request, &context.progress, &context.cancel)?,
    };
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report, args, place, context)?;
    }
    Ok(match () {
        () if report.interrupted => exit::INTERRUPTED,
        () if report.left_out.is_empty() => exit::DONE,
        () => exit::FINISHED_WITH_WARNINGS,
    })
}

impl Args {
    fn options(&self) -> anyhow::Result<ExportOptions> {
        let shown = |asked: bool| if asked { Shown::Kept } else { Shown::LeftOut };
        let mut names = ScientificNames {
            others: if self.labels_are_scientific { OtherLabels::Scientific } else { OtherLabels::Common },
            ..ScientificNames::default()
        };
        for stated in &self.scientific {
            let said = stated
                .split_once('=')
                .and_then(|(label, name)| Some((Species::parse(label)?, name.to_owned())));
            let (label, name) = said.ok_or_else(|| {
                EngineError::user(format!("not a label and its name: `{stated}`"))
                    .in_words("as in `--scientific humpback_whale='Megaptera novaeangliae'`")
            })?;
            names.stated.insert(label, name);
        }
        Ok(ExportOptions {
            positions: self.shown.positions,
            unconfirmed: if self.shown.unconfirmed { Unconfirmed::Marked } else { Unconfirmed::Withheld },
            folders: shown(self.shown.folders),
            place_names: shown(self.shown.stations),
            people: shown(self.shown.people),
            times: if self.shown.days_only { TimesShown::DayAlone } else { TimesShown::Exact },
            scientific_names: names,
            wildbook_submitter: self.submitter.clone(),
            ..ExportOptions::default()
        })
    }
}

fn show(report: &ExportReport, args: &Args, place: &Path, context: &Context) -> anyhow::Result<()> {
    let would = if args.dry_run { "would write " } else { "" };
    let kinds = [
        (report.files.len(), "file"),
        (report.sidecars, "sidecar"),
        (report.photos, "photo"),
        (report.crops, "crop"),
    ];
    let written: Vec<String> = kinds
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        .collect();
    let written = if written.is_empty() { "nothing".to_owned() } else { written.join(", ") };
    let to = match report.sidecars {
        0 => place.display().to_string(),
        _ => "beside the photos".to_owned(),
    };
    output::line(format!("{would}{written} of {} annotations: {to}", report.annotations))?;
    let told: Vec<String> =
        report.discloses.iter().filter(|one| one.count > 0).map(ToString::to_string).collect();
    match told.is_empty() {
        true => output::line("discloses nothing of places, people, folders and stations")?,
        false => output::line(format!("discloses: {}", told.join("; ")))?,
    }
    for note in &report.notes {
        context.note(note.to_string());
    }
    remarks("left out", &report.left_out, context);
    if report.interrupted {
        context.note("stopped; what was written is whole, and the rest is missing");
    }
    Ok(())
}
