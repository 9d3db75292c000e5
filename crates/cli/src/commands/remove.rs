//! `resight remove`: takes photos out of the catalog, reversibly.

use resight_engine::identity::Verdict;

use super::step::{self, ByArgs};
use crate::context::Context;

/// Take photos out of the catalog: they answer nothing and are asked about nowhere.
///
/// Nothing is deleted, no file is touched, and undoing the step brings them back. A photo with several animals is
/// taken out with all of them; an annotation such as ann-12 is one of them alone.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "resight remove [OPTIONS] [CATALOG] PHOTO…",
    after_help = "\
Examples:
  resight remove whales IMG_1.jpg
  resight remove whales ann-17
  resight undo whales                                      brings them back"
)]
pub(crate) struct Args {
    /// The catalog (may be left out inside its folder), the photos
    #[arg(required = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let usage = "resight remove [CATALOG] PHOTO…";
    step::run(context, &args.by, &args.arguments, 1, usage, |photos| match photos {
        [] => None,
        photos => Some(Verdict::Remove { photos: photos.to_vec() }),
    })
}
