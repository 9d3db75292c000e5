//! `resight undo`: takes a step back.

use std::path::Path;

use resight_engine::EngineError;
use resight_engine::identity::{Step, Verdict};

use super::label;
use super::step::{self, ByArgs};
use crate::context::{Context, catalog_and_rest};
use crate::exit;
use crate::refusal::{InWords as _, Refusal};

/// How many individuals of a step are named in the question.
const NAMED: usize = 5;

/// Take back a step of the journal: the latest one in effect, or the one named.
///
/// Taking back is a step too, and undoing it brings the other one again. A step that takes back the labels of an
/// import, or those of more than 20 photos, is asked about first.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "resight undo [OPTIONS] [CATALOG] [STEP]",
    after_help = "\
Examples:
  resight undo whales                                      the latest step
  resight undo whales step-12                              that one; `resight journal whales` lists them
  resight undo whales step-1 --yes                         an import too, unasked"
)]
pub(crate) struct Args {
    /// The catalog (may be left out inside its folder), the step to take back such as step-12
    #[arg(value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// Take back a large step, such as an import, without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let (catalog, rest) = catalog_and_rest(&args.arguments, 0)?;
    let asked = match rest {
        [] => None,
        [step] => Some(step.as_str()),
        _ => {
            crate::complain("error: wrong number of arguments\nhint: resight undo [CATALOG] [STEP]");
            return Ok(exit::WRONG_COMMAND_LINE);
        }
    };
    let step = context.session(&catalog)?.undoing(asked)?;
    if step.is_large() && !args.yes && !agreed(&step) {
        return Err(refusal(&step, &catalog).into());
    }
    // The step that was looked at, whatever came after it meanwhile.
    let verdict = Verdict::Undo { step: Some(step.step.to_string()) };
    if step.needs_embedding {
        return label::make(&catalog, &args.by, &verdict, context);
    }
    step::make(&catalog, &args.by, &verdict, context)
}

/// Asks the person at the terminal; nobody there is no yes.
fn agreed(step: &Step) -> bool {
    crate::agreed(&format!("This takes back {}.\nTake it back? [y/N] ", described(step)))
}

fn refusal(step: &Step, catalog: &Path) -> Refusal {
    EngineError::user(format!("this would take back {}; nothing was changed", described(step))).in_words(
        format!(
            "with `--yes` it is taken back; `resight journal {}` lists the steps, and one can be named",
            catalog.display()
        ),
    )
}

/// What goes with the step, in a sentence.
fn described(step: &Step) -> String {
    let when = step.at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let counted = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let mut text = format!("{} ({} by {}, {when})", step.step, step.action, step.by);
    if !step.photos.is_empty() || step.labels.is_empty() {
        text.push_str(&format!(", which said whom {} show", counted(step.photos.len(), "photo")));
    }
    if !step.labels.is_empty() {
        text.push_str(&format!(", which changed {}", counted(step.labels.len(), "label")));
    }
    let made: Vec<&str> = step
        .individuals
        .iter()
        .filter(|changed| changed.before.is_none())
        .map(|changed| changed.individual.name.as_str())
        .collect();
    if !made.is_empty() {
        let named = made.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = made.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.push_str(&format!(", and made the individuals {named}{more}"));
    }
    text
}
