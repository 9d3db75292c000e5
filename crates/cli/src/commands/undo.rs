//! `resight undo`: takes a step back.

use resight_engine::identity::Verdict;

use super::step::{self, ByArgs};
use crate::context::Context;

/// Take back a step of the journal: the latest one in effect, or the one named.
///
/// Taking back is a step too, and undoing it brings the other one again.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "resight undo [OPTIONS] [CATALOG] [STEP]",
    after_help = "\
Examples:
  resight undo whales                                      the latest step
  resight undo whales step-12                              that one; `resight journal whales` lists them"
)]
pub(crate) struct Args {
    /// The catalog (may be left out inside its folder), the step to take back such as step-12
    #[arg(value_name = "ARGUMENT")]
    arguments: Vec<String>,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    step::run(context, &args.by, &args.arguments, 0, "resight undo [CATALOG] [STEP]", |rest| match rest {
        [] => Some(Verdict::Undo { step: None }),
        [step] => Some(Verdict::Undo { step: Some(step.clone()) }),
        _ => None,
    })
}
