//! `resight pack` and `resight unpack`: a catalog as one file.

use std::path::PathBuf;

use resight_engine::pack::{Discloses, PackReport, PackRequest, UnpackRequest, unpack};

use super::ingest::remarks;
use crate::context::Context;
use crate::written::{Inputs, place};
use crate::{exit, output};

/// Write a catalog as one file, to mail or to keep.
///
/// The database, the thumbnails and the embeddings are in it, with the photos if asked for, and the hash of every file. Whoever gets
/// it reads all that the catalog knows: exact places, names of people, paths of this machine. `--dry-run` says how much of that there
/// is; `resight export-table` and its kin give less away.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight pack whales whales.zip --dry-run           what would it tell, and how large is it?
  resight pack whales whales.zip --photos            with the photos, to work on elsewhere
  resight unpack whales.zip whales")]
pub(crate) struct PackArgs {
    /// The catalog's folder
    catalog: PathBuf,
    /// The archive to write
    file: PathBuf,
    /// With the original photos, as they are
    #[arg(long)]
    photos: bool,
    /// Without embeddings and local features: smaller, and made anew from the photos by `resight rebuild`
    #[arg(long)]
    no_embeddings: bool,
    /// Say what would be in it, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
}

/// Make a catalog of such a file again.
///
/// Every file is compared with its hash; the catalog is there when all of it is. Photos that came with it lie in its folder, and are
/// found there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  resight unpack whales.zip whales\n  resight status whales")]
pub(crate) struct UnpackArgs {
    /// The archive
    file: PathBuf,
    /// The folder of the catalog: not there yet, or empty
    catalog: PathBuf,
}

/// Runs `pack`.
pub(crate) fn pack(args: PackArgs, context: &Context) -> anyhow::Result<u8> {
    let inputs = Inputs::default().and_kept(&args.catalog);
    let request = PackRequest {
        archive: place(&args.file, args.force, &inputs)?,
        photos: args.photos,
        embeddings: !args.no_embeddings,
    };
    let session = context.session(args.catalog)?;
    let report = match args.dry_run {
        true => session.plan_pack(&request)?,
        false => session.pack(&request, &context.progress, &context.cancel)?,
    };
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report, &args.file.display().to_string(), args.dry_run)?;
        remarks("left out", &report.left_out, context);
    }
    Ok(if report.left_out.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn show(report: &PackReport, file: &str, dry_run: bool) -> anyhow::Result<()> {
    let PackReport { files, bytes, photos, discloses, .. } = report;
    let size = output::bytes(*bytes);
    output::line(match dry_run {
        true => format!("would write {files} files ({size}), {photos} photos among them: {file}"),
        false => format!("{files} files ({size}), {photos} photos among them: {file}"),
    })?;
    let Discloses { photos, positions, times, folders, people } = discloses;
    output::line(format!(
        "whoever gets it can read: of {photos} photos {positions} exact places and {times} times, {} names of people ({}), {} paths of \
         this machine ({})",
        people.len(),
        people.join(", "),
        folders.len(),
        folders.join(", ")
    ))?;
    Ok(())
}

/// Runs `unpack`.
pub(crate) fn run_unpack(args: UnpackArgs, context: &Context) -> anyhow::Result<u8> {
    let request = UnpackRequest { archive: args.file, folder: args.catalog };
    let report = unpack(&request, &context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&report)?;
    } else {
        output::line(format!(
            "{} files ({}), each as listed; {} individuals in {} photos, {} of which came with it: {}",
            report.files,
            output::bytes(report.bytes),
            report.individuals,
            report.known_photos,
            report.photos,
            request.folder.display()
        ))?;
    }
    Ok(exit::DONE)
}
