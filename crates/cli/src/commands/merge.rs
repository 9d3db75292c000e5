//! `resight merge`: two individuals turn out to be one.

use resight_engine::identity::Verdict;

use super::step::{self, ByArgs};
use crate::context::Context;

/// Say that two individuals are one.
///
/// The first one goes: its photos show the second one from now on, and its names become aliases of the
/// second. The step goes into the journal and can be undone.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "resight merge [OPTIONS] [CATALOG] GOES STAYS",
    after_help = "\
Examples:
  resight merge whales new-0007 Luna                       new-0007 is Luna"
)]
pub(crate) struct Args {
    /// The catalog (may be left out inside its folder), the individual that goes, the one that stays
    #[arg(required = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    step::run(
        context,
        &args.by,
        &args.arguments,
        2,
        "resight merge [CATALOG] GOES STAYS",
        |rest| match rest {
            [from, into] => Some(Verdict::Merge { from: from.clone(), into: into.clone() }),
            _ => None,
        },
    )
}
