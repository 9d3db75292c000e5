//! `resight shares`: a large table is taken in by shares, on many machines.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::parser::ValueSource;
use clap::{Args as _, FromArgMatches as _};
use resight_core::Shard;
use resight_engine::ingest::IngestReport;
use resight_engine::init::Settings;
use resight_engine::join::{JoinReport, JoinRequest};
use resight_engine::{EngineError, Session, Warning};
use resight_files::{FolderKind, FolderMark, HeldFolder};
use serde::{Deserialize, Serialize};

use super::ingest::remarks;
use super::{ingest, init, join};
use crate::context::{Context, is_catalog};
use crate::held::held;
use crate::launch::{Launched, LaunchedJob, Launcher, options_of};
use crate::refusal::InWords as _;
use crate::{exit, output};

/// More shares than this serve nobody, and no scheduler takes more in one array.
const MOST: u16 = 1000;

/// Catalogs that are joined at once: each holds files open.
const AT_ONCE: usize = 50;

/// The mark of a share's folder, and what lies in it.
const SHARE: FolderMark = FolderMark(FolderKind::Share);
const CATALOG: &str = "catalog";
const UNFINISHED: &str = "catalog.copying";
const DONE: &str = "done.json";

/// Take a large table in by shares, on many machines.
///
/// Writes a script whose jobs take a share each into a catalog of its own, in a folder beside the catalog, and whose last call joins
/// them. The machines see that folder, the table and the photos under the same paths. A job that is stopped, or whose machine dies,
/// goes on where it was; running the script again does what is left. Photos that the catalog has already are looked at again by the
/// shares, and stay as they are.
///
/// A catalog cannot be worked in on a network file system: there each job works in a folder of its own machine (`--scratch`), and its
/// finished catalog is copied. The last call must run where the catalog itself lies on a disk of the machine.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight shares whales --of 8 --script ray -- all.csv > on_ray.py     then: python on_ray.py --address auto
  resight shares whales --of 40 --script slurm --scratch /tmp -- all.csv --species orca > shares.sh
  resight shares whales --of 8 --share 3 -- all.csv                    what a job does
  resight shares whales --of 8 --join                                  what the last call does")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// How many shares
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST)))]
    of: u16,
    #[command(flatten)]
    what: What,
    /// Work in a folder of this machine, and copy the catalog of a share when it is finished
    #[arg(long, value_name = "FOLDER")]
    scratch: Option<PathBuf>,
    /// Leave the calibration as it is when the shares are joined
    #[arg(long)]
    no_calibrate: bool,
    /// What `resight ingest` is to take in, with its options
    #[arg(last = true, value_name = "SOURCE", required_unless_present = "join")]
    ingest: Vec<String>,
}

/// What is to be done.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// Write the script for whoever carries it out: `shell`, `slurm` or `ray`
    #[arg(long, value_enum, value_name = "LAUNCHER")]
    script: Option<Launcher>,
    /// Take one share in
    #[arg(long, value_name = "I")]
    share: Option<u16>,
    /// Join the shares, when all are taken in
    #[arg(long)]
    join: bool,
}

/// What is kept of a share that was taken in.
#[derive(Debug, Serialize, Deserialize)]
struct Taken {
    /// What was taken in.
    ingest: Vec<String>,
    /// The hash of the tables that said so, as far as they are files.
    tables: String,
    /// What could not be used.
    failures: Vec<Warning>,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    // Its last name is that of the shares, whatever it is called by.
    let catalog = fs::canonicalize(&args.catalog).unwrap_or_else(|_| args.catalog.clone());
    let args = Args { catalog, ..args };
    // What is wrong with the catalog is told now, not by every share.
    let own = context.session(&args.catalog)?;
    let settings = own.settings()?;
    match (args.what.script, args.what.share) {
        (Some(launcher), _) => {
            let request = parsed(&args)?.request(context)?;
            if let Some(missing) = request.sources.iter().find(|source| !source.exists()) {
                return Err(EngineError::user(format!("there is no such file: {}", missing.display())).into());
            }
            output::line(launched(&args, context)?.script(launcher)?)?;
            Ok(exit::DONE)
        }
        (None, Some(number)) => take_in(&args, number, &own, &settings, context),
        (None, None) => put_together(&args, &own, context),
    }
}

/// The options of `ingest` as a share calls it, checked.
fn parsed(args: &Args) -> anyhow::Result<ingest::Args> {
    let words = std::iter::once("share").chain(args.ingest.iter().map(String::as_str));
    let command = ingest::Args::augment_args(clap::Command::new("ingest").no_binary_name(true));
    let given = command.try_get_matches_from(words).unwrap_or_else(|error| error.exit());
    for option in ["shard", "dry_run", "no_calibrate", "take"] {
        if given.value_source(option) == Some(ValueSource::CommandLine) {
            let option = option.replace('_', "-");
            return Err(EngineError::user(format!("`--{option}` has no place here"))
                .in_words("each share takes its part in, and calibrates nothing; what the catalog has stays as it is")
                .into());
        }
    }
    Ok(ingest::Args::from_arg_matches(&given)?)
}

/// Where the shares of a catalog lie.
fn place(args: &Args, number: u16) -> PathBuf {
    let mut name = args.catalog.file_name().unwrap_or_default().to_owned();
    name.push("-shares");
    args.catalog.with_file_name(name).join(format!("{number}-of-{}", args.of))
}

fn launched(args: &Args, context: &Context) -> anyhow::Result<Launched> {
    let words = |more: &[&str]| {
        let catalog = args.catalog.display().to_string();
        let of = args.of.to_string();
        let all = ["shares", &catalog, "--of", &of].into_iter().chain(more.iter().copied());
        all.map(str::to_owned).collect::<Vec<String>>()
    };
    let scratch = args.scratch.as_ref().map(std::path::absolute).transpose();
    let scratch = scratch.map_err(|error| EngineError::file("find", args.catalog.as_path(), error))?;
    let job = |number: u16| {
        let mut arguments = words(&["--share", &number.to_string()]);
        if let Some(scratch) = &scratch {
            arguments.extend(["--scratch".to_owned(), scratch.display().to_string()]);
        }
        arguments.push("--".to_owned());
        arguments.extend(args.ingest.iter().cloned());
        LaunchedJob { name: format!("share-{number}"), wave: 1, after: Vec::new(), arguments }
    };
    let here = std::env::current_dir().map_err(|error| EngineError::file("find", Path::new("."), error))?;
    Ok(Launched {
        jobs: (1..=args.of).map(job).collect(),
        last: words(if args.no_calibrate { &["--join", "--no-calibrate"] } else { &["--join"] }),
        // The sources may be named relative to it.
        folder: here,
        needs_all: true,
        not_yet: &[],
        options: options_of(context),
    })
}

/// Takes one share in.
fn take_in(
    args: &Args,
    number: u16,
    own: &Session,
    settings: &Settings,
    context: &Context,
) -> anyhow::Result<u8> {
    let ingest = parsed(args)?;
    let shard: Shard = format!("{number}/{}", args.of).parse().map_err(EngineError::user)?;
    let place = place(args, number);
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).map_err(|error| EngineError::file("make", folder, error))?;
    }
    let Some(held) = held(SHARE, &place, true, context)? else {
        return Err(
            EngineError::user(format!("another process takes this share in: {}", place.display())).into()
        );
    };
    let request = ingest.request(context)?;
    let tables = hash_of(&request.sources);
    if let Some(before) = taken(&place)?.filter(|_| is_catalog(&place.join(CATALOG))) {
        if before.ingest != args.ingest {
            return Err(EngineError::user(format!(
                "this share was taken in from something else ({}): remove it to do it anew: {}",
                before.ingest.join(" "),
                place.display()
            ))
            .into());
        }
        if tables.is_some() && tables.as_ref() == Some(&before.tables) {
            context
                .note(format!("share {shard} is taken in already; remove {} to do it anew", place.display()));
            return Ok(exit::DONE);
        }
    }
    let worked_in = match &args.scratch {
        Some(scratch) => scratch.join(scratch_name(&place, &args.ingest)),
        None => place.join(CATALOG),
    };
    let share = match is_catalog(&worked_in) {
        true => context.session(&worked_in)?,
        false => init::like(&worked_in, own, init::PolicyArgs::default().change(), context)?,
    };
    check_alike(settings, &share.settings()?, &worked_in)?;
    let request = resight_engine::ingest::IngestRequest { shard, calibrate: false, ..request };
    let report = share.ingest(&request, &context.progress, &context.cancel)?;
    drop(share);
    if report.interrupted {
        context.note("stopped; what was taken in is kept, and the same command goes on");
        return Ok(exit::INTERRUPTED);
    }
    if args.scratch.is_some() {
        copy(&worked_in, &held)?;
    }
    let tables = tables.unwrap_or_default();
    let taken = Taken { ingest: args.ingest.clone(), tables, failures: failures(&report) };
    let json = serde_json::to_vec(&taken).map_err(|error| EngineError::internal(error.to_string()))?;
    held.write(DONE, &json).map_err(|error| EngineError::file("write", place.join(DONE), error))?;
    if args.scratch.is_some() {
        // It is copied, and of no more use here.
        fs::remove_dir_all(&worked_in).map_err(|error| EngineError::file("remove", &worked_in, error))?;
    }
    let told = taken.failures.len();
    if context.global.json {
        output::json(&report)?;
    } else {
        output::line(format!("share {shard}: {} photos stored, {told} could not be used", report.stored))?;
    }
    // `--join` tells them: a scheduler would take another code for a failure.
    Ok(exit::DONE)
}

fn failures(report: &IngestReport) -> Vec<Warning> {
    report.failures.iter().chain(&report.left_out).chain(&report.conflicts).cloned().collect()
}

/// The hash of the tables among the sources; none where something else is among them, which may have changed unseen.
fn hash_of(sources: &[PathBuf]) -> Option<String> {
    let mut hash = blake3::Hasher::new();
    for source in sources {
        hash.update(&fs::read(source).ok().filter(|_| source.is_file())?);
    }
    Some(hash.finalize().to_hex().to_string())
}

/// The name of a share's catalog among those of others, in a folder that may be everybody's.
fn scratch_name(place: &Path, ingest: &[String]) -> String {
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let mut whole = blake3::Hasher::new();
    whole.update(place.as_os_str().as_encoded_bytes());
    ingest.iter().for_each(|word| {
        whole.update(&[0]).update(word.as_bytes());
    });
    let whole = whole.finalize().to_hex();
    format!("resight-{}-{}-{}", name(place.parent()), name(Some(place)), &whole[..8])
}

/// Copies a catalog that nobody works in into the folder of its share; it is there wholly, or not at all.
fn copy(catalog: &Path, held: &Arc<HeldFolder>) -> anyhow::Result<()> {
    let (unfinished, finished) = (held.file(UNFINISHED), held.file(CATALOG));
    let failed = |error: std::io::Error| EngineError::file("copy the catalog to", &finished, error);
    held.remove(UNFINISHED).map_err(failed)?;
    held.remove(CATALOG).map_err(failed)?;
    copy_folder(catalog, &unfinished).map_err(failed)?;
    fs::rename(&unfinished, &finished).map_err(failed)?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, place) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &place)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &place)?;
            fs::File::open(&place)?.sync_all()?;
        }
    }
    Ok(())
}

/// A share is set as the catalog is: what it makes must be what the catalog would make.
fn check_alike(own: &Settings, share: &Settings, place: &Path) -> Result<(), EngineError> {
    let is_alike = own.bundle.id == share.bundle.id
        && own.detector == share.detector
        && own.frame == share.frame
        && own.classifiers == share.classifiers
        && own.routes == share.routes
        && own.species_types == share.species_types
        && own.least_pixels == share.least_pixels;
    match is_alike {
        true => Ok(()),
        false => Err(EngineError::user(format!(
            "the catalog was set otherwise when this share was begun; remove it to do it anew: {}",
            place.display()
        ))),
    }
}

/// What is kept of a share; none where it is not taken in.
fn taken(place: &Path) -> Result<Option<Taken>, EngineError> {
    let path = place.join(DONE);
    match fs::read(&path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EngineError::file("read", &path, error)),
    }
}

/// Joins the shares.
fn put_together(args: &Args, own: &Session, context: &Context) -> anyhow::Result<u8> {
    let (mut open, mut failures, mut catalogs) = (Vec::new(), Vec::new(), Vec::new());
    let mut all_ingest: BTreeSet<(Vec<String>, String)> = BTreeSet::new();
    for number in 1..=args.of {
        let place = place(args, number);
        match taken(&place)?.filter(|_| is_catalog(&place.join(CATALOG))) {
            Some(taken) => {
                all_ingest.insert((taken.ingest, taken.tables));
                failures.extend(taken.failures);
            }
            None => open.push(number.to_string()),
        }
        catalogs.push(place.join(CATALOG));
    }
    if !open.is_empty() {
        let missing = format!("not taken in yet: {} of {} shares: {}", open.len(), args.of, open.join(", "));
        return Err(EngineError::user(missing)
            .in_words(
                "the script takes them in, or `resight shares CATALOG --of N --share I -- SOURCE` one by one",
            )
            .into());
    }
    if all_ingest.len() > 1 {
        return Err(EngineError::user(
            "the shares were not taken in from the same, or it has changed meanwhile",
        )
        .in_words("run the script again: shares whose table has changed are taken in anew")
        .into());
    }
    let mut whole = JoinReport::default();
    let parts: Vec<&[PathBuf]> = catalogs.chunks(AT_ONCE).collect();
    for (at, part) in parts.iter().enumerate() {
        let request = JoinRequest {
            sources: part.to_vec(),
            actor: context.actor(None),
            calibrate: at + 1 == parts.len() && !args.no_calibrate,
        };
        let report = own.join(&request, &context.progress, &context.cancel)?;
        whole = JoinReport {
            stored: whole.stored + report.stored,
            already_there: whole.already_there + report.already_there,
            annotations: whole.annotations + report.annotations,
            identified: whole.identified + report.identified,
            not_embedded: whole.not_embedded + report.not_embedded,
            warnings: [whole.warnings, report.warnings].concat(),
            ..report
        };
        if whole.interrupted {
            break;
        }
    }
    let code = join::show(&whole, context)?;
    remarks("could not be used", &failures, context);
    Ok(if code == exit::DONE && !failures.is_empty() { exit::FINISHED_WITH_WARNINGS } else { code })
}
