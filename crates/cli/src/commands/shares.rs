//! `resight shares`: a large table is taken in by shares, on many machines.

use std::path::{Path, PathBuf};

use clap::Args as _;
use resight_core::Shard;
use resight_engine::EngineError;

use super::{ingest, init};
use crate::context::{Context, is_catalog};
use crate::launch::{Launched, LaunchedJob, Launcher};
use crate::{exit, output};

/// More shares than photos in a folder of them serve nobody.
const MOST: u16 = 10_000;

/// Take a large table in by shares, on many machines.
///
/// Makes a catalog for each share in a folder beside the catalog, and writes a script that takes the shares in, each into its own,
/// and then joins them into the catalog: nothing is embedded twice. The machines see the folder, the table and the photos under
/// the same paths. A share that was stopped goes on where it was; running the script again does what is left.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight shares whales --of 8 --script ray -- all.csv > on_ray.py     then: python on_ray.py --address auto
  resight shares whales --of 40 --script slurm -- all.csv --species orca > shares.sh
  resight shares whales --of 4 --script shell -- photos/ --kind folder-per-individual > shares.sh")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// How many shares
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST)))]
    of: u16,
    /// Who carries them out: `shell`, `slurm` or `ray`
    #[arg(long, value_enum, value_name = "LAUNCHER")]
    script: Launcher,
    /// What `resight ingest` is to take in, with its options
    #[arg(last = true, required = true, value_name = "SOURCE")]
    ingest: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<u8> {
    // A slip is told now, not by every share.
    let words = std::iter::once("share").chain(args.ingest.iter().map(String::as_str));
    let ingest = ingest::Args::augment_args(clap::Command::new("ingest").no_binary_name(true));
    let given = ingest.try_get_matches_from(words).unwrap_or_else(|error| error.exit());
    if given.get_one::<Shard>("shard") != Some(&Shard::WHOLE) || given.get_flag("dry_run") {
        return Err(
            EngineError::user("`--shard` and `--dry-run` have no place here: every share is one").into()
        );
    }
    let session = context.session(&args.catalog)?;
    let shares: Vec<PathBuf> = (1..=args.of).map(|number| place(&args.catalog, number)).collect();
    for share in shares.iter().filter(|share| !is_catalog(share)) {
        init::like(share, &session, init::PolicyArgs::default().change(), context)?;
    }
    output::line(launched(args, &shares).script(args.script)?)?;
    Ok(exit::DONE)
}

/// Where a share is taken in.
fn place(catalog: &Path, number: u16) -> PathBuf {
    let mut name = catalog.file_name().unwrap_or_default().to_owned();
    name.push("-shares");
    catalog.with_file_name(name).join(number.to_string())
}

fn launched(args: &Args, shares: &[PathBuf]) -> Launched {
    let text = |path: &PathBuf| path.display().to_string();
    let job = |(number, share): (usize, &PathBuf)| {
        let number = number + 1;
        let before = ["ingest".to_owned(), text(share), "--no-calibrate".to_owned()];
        let shard = ["--shard".to_owned(), format!("{number}/{}", args.of)];
        LaunchedJob {
            name: format!("share-{number}"),
            wave: 1,
            after: Vec::new(),
            arguments: before.into_iter().chain(shard).chain(args.ingest.iter().cloned()).collect(),
        }
    };
    let join = ["join".to_owned(), text(&args.catalog)];
    Launched {
        jobs: shares.iter().enumerate().map(job).collect(),
        last: join.into_iter().chain(shares.iter().map(text)).collect(),
        // Photos that cannot be used are told by every share, and keep nobody from joining them.
        done: &[exit::DONE, exit::FINISHED_WITH_WARNINGS],
        not_yet: &[],
    }
}
