//! `resight reembed`: brings a catalog over to another bundle.

use std::path::PathBuf;

use resight_engine::LocalChoice;
use resight_engine::reembed::{OtherBundles, ReembedRequest};

use super::ingest::remarks;
use crate::context::Context;
use crate::{exit, output};

/// Bring a catalog over to another bundle, or make the embeddings that are missing.
///
/// The former embeddings serve until the last new one is there; then the catalog switches at once and is
/// calibrated anew. An interrupted run goes on where it was.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight reembed whales --bundle efficientnet-lite2\n  resight reembed whales --bundle runs/tail       what `resight train` made\n  resight reembed whales              what `resight verify` found missing"
)]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// The bundle: a name of `resight models list`, a path (it is copied into the model folder), or the folder of a
    /// training run [default: the one in use]
    #[arg(long, value_name = "NAME|PATH")]
    bundle: Option<String>,
    /// When all is done, drop the embeddings, local features and calibrations of bundles that do not serve: it frees their disk space, and going
    /// back to one of them takes embedding all photos again
    #[arg(long)]
    drop_others: bool,
    /// Which local features are compared from now on: `yes` for those that serve animals of every kind, `no` for none, or names of bundles
    /// with commas between them: `xfeat,rootsift,outline` for fins. Those that are missing are read
    #[arg(long, value_name = "YES|NO|NAMES")]
    local_features: Option<LocalChoice>,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let others = if args.drop_others { OtherBundles::Drop } else { OtherBundles::Keep };
    let request = ReembedRequest { bundle: args.bundle, others, local_features: args.local_features };
    let report = context.session(args.catalog)?.reembed(&request, &context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&report)?;
    } else {
        output::line(format!("{} annotations embedded with {}", report.embedded, report.bundle))?;
        if report.local_features > 0 {
            output::line(format!("the local features of {} annotations are read", report.local_features))?;
        }
        if report.switched {
            output::line(format!("the catalog uses {}", report.bundle))?;
        }
        for dropped in &report.dropped {
            output::line(format!("the embeddings of {dropped} are dropped"))?;
        }
        if let Some(calibration) = &report.calibration {
            super::calibrate::show(calibration)?;
        }
        remarks("photos that cannot be embedded", &report.missing, context);
        remarks("photos whose local features cannot be read", &report.local_missing, context);
    }
    if report.interrupted {
        context.note("stopped; the former bundle still serves, and the same command goes on");
        return Ok(exit::INTERRUPTED);
    }
    if !report.switched {
        context.note(
            "the catalog did not switch: photos are missing. `resight ingest` the folder where they lie now \
             (they are known by their bytes), then run this again",
        );
        return Ok(exit::FAILED);
    }
    Ok(if report.local_missing.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}
