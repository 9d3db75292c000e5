//! `resight separate`: part of an individual's photos show another one.

use resight_engine::identity::Verdict;

use super::step::{self, ByArgs};
use crate::context::Context;

/// Make a new individual of part of another one's photos.
///
/// Photos are given as for `resight assign`; they must show one and the same individual, and not be all that
/// it has. The step goes into the journal and can be undone.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "resight separate [OPTIONS] [CATALOG] PHOTO…",
    after_help = "\
Examples:
  resight separate whales IMG_3.jpg IMG_4.jpg --name Stella    these two were never Luna"
)]
pub(crate) struct Args {
    /// The catalog (may be left out inside its folder), the photos that show the other one
    #[arg(required = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// What the other one is called
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let usage = "resight separate [CATALOG] PHOTO… [--name NAME]";
    step::run(context, &args.by, &args.arguments, 1, usage, |rest| {
        (!rest.is_empty()).then(|| Verdict::Separate { photos: rest.to_vec(), name: args.name })
    })
}
