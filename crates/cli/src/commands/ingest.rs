//! `resight ingest`: takes photos into a catalog.

use std::fmt::Display;
use std::path::PathBuf;

use resight_core::{BoxSpace, DEFAULT_ENCOUNTER_GAP_SECS, Shard, Species, Viewpoint};
use resight_dataset::{BoxForm, BoxReading, Column, ColumnMapping, ReadOptions, SourceKind};
use resight_engine::EngineError;
use resight_engine::ingest::{Arbiter, IngestReport, IngestRequest, Offer, SideFrom, Take};

use crate::context::Context;
use crate::refusal::InWords as _;
use crate::{exit, hint, output};

/// How many remarks of one kind are listed for people; `--json` has them all.
const LISTED: usize = 20;

/// Take photos into a catalog.
///
/// A source is a folder of photos, a folder with one folder an individual, a table (CSV) with a column of
/// paths, or a single photo. What the catalog has already is skipped, so the same command goes on after
/// an interruption.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight ingest whales field/2026-05                                photos in folders, nobody named
  resight ingest whales named/ --kind folder-per-individual          one folder an individual
  resight ingest whales photos/metadata.csv                          a table in wildlife-datasets form
  resight ingest whales log.csv --column path=File --column identity='Whale ID'
  resight ingest whales happywhale/train.csv                         Kaggle Happywhale
  resight ingest part-2 photos/metadata.csv --shard 2/6              a sixth of it; `resight join` puts the parts together")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// Folders, tables or photos
    #[arg(required = true)]
    source: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Species of photos whose source states none
    #[arg(long, value_name = "NAME")]
    species: Option<String>,
    /// Read left and right out of names such as IMG_12_LHS or `left side`, where the source states no viewpoint
    #[arg(long, value_enum, value_name = "WHERE")]
    side_from: Option<SideFromArg>,
    /// Viewpoint of photos whose source states none, such as `left` or `dorsal_fin`
    #[arg(long, value_name = "NAME")]
    viewpoint: Option<String>,
    /// Who does it, for the journal [default: your login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// What becomes of what the source says otherwise than the catalog, of photos that it has: the old stays, the new is
    /// taken, or you are asked one by one
    #[arg(long, value_enum, default_value = "old")]
    take: TakeArg,
    /// Take in only this share of the photos, such as 2/6: several machines take one each into a catalog of its own, and `join` puts these together. Encounters stay whole; table and photos lie under the same path on all of them
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    shard: Shard,
    /// Only say what would be taken in
    #[arg(long)]
    dry_run: bool,
    /// Leave the calibration as it is
    #[arg(long)]
    no_calibrate: bool,
}

/// Where sides stand, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SideFromArg {
    /// In the names of folders
    Folder,
    /// In the names of files
    File,
}

impl From<SideFromArg> for SideFrom {
    fn from(argument: SideFromArg) -> Self {
        match argument {
            SideFromArg::Folder => Self::Folder,
            SideFromArg::File => Self::FileName,
        }
    }
}

/// Whose word counts, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TakeArg {
    /// The catalog stands; what the source says is listed
    Old,
    /// The source's word is taken, as a step that can be undone
    New,
    /// You are asked
    Ask,
}

impl From<TakeArg> for Take {
    fn from(argument: TakeArg) -> Self {
        match argument {
            TakeArg::Old => Self::Old,
            TakeArg::New => Self::New,
            TakeArg::Ask => Self::Ask(Arbiter::new(|offer: &Offer| {
                crate::agreed(&format!("{}\nTake the source's word? [y/N] ", output::one_line(offer)))
            })),
        }
    }
}

/// How tables and folders are read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ReadingArgs {
    #[command(flatten)]
    table: TableArgs,
    /// A word that means "not known" in the identity column; can be given several times
    #[arg(long, value_name = "WORD")]
    unidentified: Vec<String>,
}

/// How tables and folders are read, whoever is named in them.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TableArgs {
    /// What the source is, where it is not to be told: wildlife-datasets, happywhale, kaggle-test,
    /// megadetector, coco, folder-per-individual, folder-tree
    #[arg(long, value_name = "KIND")]
    kind: Option<SourceKind>,
    /// Which column of a table means what, such as `identity=Name`; can be given several times
    #[arg(long, value_name = "MEANING=COLUMN")]
    column: Vec<String>,
    /// Folder that relative paths of a table start from [default: that of the table]
    #[arg(long, value_name = "FOLDER")]
    photo_folder: Option<PathBuf>,
    /// What the four numbers of a box are, in a table or of `--box` [default: as the columns' names say, else xywh]: xywh, corners, center (in
    /// pixels), relative, relative-corners, relative-center (shares of the picture)
    #[arg(long, value_name = "FORM")]
    pub(crate) box_form: Option<BoxForm>,
    /// Which picture boxes count in: stored (as the file has its pixels) or upright (as it is shown) [default: as the
    /// column `bbox_space` says, else stored; of MegaDetector's boxes upright]
    #[arg(long, value_name = "SPACE", value_enum)]
    box_space: Option<BoxSpaceArg>,
}

/// Pictures by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum BoxSpaceArg {
    /// The pixels as the file stores them, before its EXIF orientation is applied
    Stored,
    /// The photo as a person sees it
    Upright,
}

impl From<BoxSpaceArg> for BoxSpace {
    fn from(argument: BoxSpaceArg) -> Self {
        match argument {
            BoxSpaceArg::Stored => Self::Stored,
            BoxSpaceArg::Upright => Self::Upright,
        }
    }
}

/// When a new encounter begins, where the table does not say it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct EncounterArgs {
    /// Photos of one folder further apart than this belong to different encounters, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_ENCOUNTER_GAP_SECS, value_parser = gap)]
    pub(crate) encounter_gap: f64,
}

fn gap(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    seconds.ok_or_else(|| "not a number of seconds".to_owned())
}

impl ReadingArgs {
    /// The options for the reader.
    pub(crate) fn options(&self) -> anyhow::Result<ReadOptions> {
        Ok(ReadOptions { unidentified_words: self.unidentified.clone(), ..self.table.options()? })
    }
}

impl TableArgs {
    /// The options for the reader.
    pub(crate) fn options(&self) -> anyhow::Result<ReadOptions> {
        Ok(ReadOptions {
            kind: self.kind,
            columns: column_mapping(&self.column)?,
            photo_folder: self.photo_folder.clone(),
            boxes: BoxReading { form: self.box_form, space: self.box_space.map(Into::into) },
            ..ReadOptions::default()
        })
    }
}

/// Reads a label that was given; one that says nothing is refused, for it would filter or label nothing.
pub(crate) fn label<T>(
    option: &str,
    given: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> anyhow::Result<Option<T>> {
    given
        .map(|text| {
            parse(text).ok_or_else(|| {
                EngineError::user(format!("`{option}` names nothing: `{text}`"))
                    .in_words("leave the option out where it is not known")
                    .into()
            })
        })
        .transpose()
}

/// Reads `identity=Whale ID` and the like.
fn column_mapping(arguments: &[String]) -> anyhow::Result<ColumnMapping> {
    arguments.iter().try_fold(ColumnMapping::default(), |mapping, argument| {
        let meanings = || Column::ALL.map(Column::name).join(", ");
        let (meaning, column) = argument.split_once('=').ok_or_else(|| {
            EngineError::user(format!("not MEANING=COLUMN: `{argument}`"))
                .in_words("as in `--column identity=Name`")
        })?;
        let meaning = Column::named(meaning.trim()).ok_or_else(|| {
            EngineError::user(format!("no such meaning of a column: `{meaning}`"))
                .in_words(format!("one of {}", meanings()))
        })?;
        Ok(mapping.with(meaning, column))
    })
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let session = context.session(&args.catalog)?;
    let catalog = args.catalog.clone();
    let request = args.request(context)?;
    let report = session.ingest(&request, &context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report)?;
        remarks("could not be used", &report.failures, context);
        remarks("not taken as it stands", &report.left_out, context);
        remarks("not taken over", &report.conflicts, context);
        remarks("said otherwise (`--take new` takes it, `--take ask` asks)", &report.offers, context);
        remarks("remarks", &report.warnings, context);
        for one in &report.hints {
            context.note(format!("hint: {}", hint::words(one)));
        }
        next_step(&catalog, &report, context);
    }
    Ok(exit_code(&report))
}

impl Args {
    /// What is to be done.
    pub(super) fn request(self, context: &Context) -> anyhow::Result<IngestRequest> {
        Ok(IngestRequest {
            read: self.reading.options()?,
            species: label("--species", self.species.as_deref(), Species::parse)?,
            side_from: self.side_from.map(Into::into),
            viewpoint: label("--viewpoint", self.viewpoint.as_deref(), Viewpoint::parse)?,
            actor: context.actor(self.by.as_deref()),
            dry_run: self.dry_run,
            take: self.take.into(),
            shard: self.shard,
            calibrate: !self.no_calibrate,
            sources: self.source,
        })
    }
}

fn exit_code(report: &IngestReport) -> u8 {
    match report {
        report if report.interrupted => exit::INTERRUPTED,
        report if is_complete(report) => exit::DONE,
        _ => exit::FINISHED_WITH_WARNINGS,
    }
}

/// Whether all that the sources say is in the catalog now.
fn is_complete(report: &IngestReport) -> bool {
    report.failures.is_empty()
        && report.left_out.is_empty()
        && report.conflicts.is_empty()
        && report.offers.is_empty()
        && report.not_identifiable == 0
}

fn show(report: &IngestReport) -> anyhow::Result<()> {
    if report.dry_run {
        output::line(format!(
            "{} photos found, {} there already, {} cannot be used (dry run: nothing stored; photos were not decoded, \
             a damaged one may look whole)",
            report.photos_found,
            report.already_there,
            report.failures.len()
        ))?;
    } else {
        output::line(format!(
            "{} photos stored with {} annotations ({} identified), {} there already, {} could not be used",
            report.stored,
            report.annotations,
            report.identified,
            report.already_there,
            report.failures.len()
        ))?;
        if report.labels_by_models > 0 {
            output::line(format!(
                "{} labels by the catalog's classifiers, where nobody else says it",
                report.labels_by_models
            ))?;
        }
        if report.metadata_edited > 0 {
            output::line(format!(
                "{} of those there already have other metadata by now: the same pictures, known by their pixels",
                report.metadata_edited
            ))?;
        }
        if report.identified_later > 0 {
            output::line(format!("{} that were there already are named now", report.identified_later))?;
        }
        if report.labels_taken > 0 {
            output::line(format!("{} labels of those there already were taken over", report.labels_taken))?;
        }
        if report.further_animals > 0 {
            output::line(format!(
                "{} further animals in photos that were there already",
                report.further_animals
            ))?;
        }
        output::line(format!(
            "{:.1} s, {:.1} photos a second with {}",
            report.seconds,
            report.photos_per_second(),
            report.runtime
        ))?;
    }
    output::line(format!("encounters from: {}", report.encounters))?;
    if !report.near_duplicates.is_empty() {
        output::line(format!("{} look like another photo:", report.near_duplicates.len()))?;
        for pair in report.near_duplicates.iter().take(LISTED) {
            let (photo, other) = (output::one_line(&pair.photo), output::one_line(&pair.looks_like));
            output::line(format!("  {photo} looks like {other}"))?;
        }
    }
    if let Some(calibration) = &report.calibration {
        super::calibrate::show(calibration)?;
    }
    Ok(())
}

/// Lists remarks on standard error, the first few of many.
pub(crate) fn remarks(title: &str, warnings: &[impl Display], context: &Context) {
    if warnings.is_empty() {
        return;
    }
    context.note(format!("{title}:"));
    for warning in warnings.iter().take(LISTED) {
        context.note(format!("  {}", output::one_line(warning)));
    }
    if warnings.len() > LISTED {
        context.note(format!("  … and {} more (all of them with --json)", warnings.len() - LISTED));
    }
}

fn next_step(catalog: &std::path::Path, report: &IngestReport, context: &Context) {
    let catalog = catalog.display();
    if report.interrupted {
        context.note("stopped; what was stored is stored, and the same command goes on");
    } else if report.individuals == 0 && report.stored > 0 {
        context.note(format!(
            "nobody is named yet: `resight new {catalog} PHOTO` names the first individual. If the folders are \
             the individuals, ingest into a new catalog with --kind folder-per-individual"
        ));
    }
}
