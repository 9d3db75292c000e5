//! `resight new`: photos of an individual that the catalog does not have yet.

use resight_engine::identity::Verdict;

use super::step::{self, ByArgs};
use crate::context::Context;

/// Make a new individual of photos.
///
/// Without a name it gets the next one like new-0001; `resight individual rename` gives it another later.
/// Photos are given as for `resight assign`. The step goes into the journal and can be undone.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "resight new [OPTIONS] [CATALOG] PHOTO…",
    after_help = "\
Examples:
  resight new whales IMG_1.jpg IMG_2.jpg
  resight new whales IMG_1.jpg --name Luna"
)]
pub(crate) struct Args {
    /// The catalog (may be left out inside its folder), the photos that show it
    #[arg(required = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// What it is called
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    step::run(context, &args.by, &args.arguments, 1, "resight new [CATALOG] PHOTO… [--name NAME]", |rest| {
        (!rest.is_empty()).then(|| Verdict::New { photos: rest.to_vec(), name: args.name })
    })
}
