//! What the commands that change identities have in common: how a step is made, and how it is shown.

use std::path::Path;

use resight_engine::identity::{LabelMoved, Moved, NameMoved, StateChanged, Step, Verdict};
use serde::Serialize;

use crate::context::{Context, catalog_and_rest};
use crate::{exit, hint, output};

/// How many photos of a step are listed for people; `--json` has them all.
const LISTED: usize = 20;

/// Who does it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ByArgs {
    /// Who does it, for the journal [default: your login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl ByArgs {
    /// The name given on the command line.
    pub(crate) fn name(&self) -> Option<&str> {
        self.by.as_deref()
    }
}

/// Makes a step of positional arguments, of which the first may be the catalog, and shows it.
///
/// `needed` is the least number of arguments behind the catalog; `read` makes a verdict of them, or returns
/// none where they are too few or too many.
pub(crate) fn run(
    context: &Context,
    by: &ByArgs,
    arguments: &[String],
    needed: usize,
    usage: &str,
    read: impl FnOnce(&[String]) -> Option<Verdict>,
) -> anyhow::Result<u8> {
    let (catalog, rest) = catalog_and_rest(arguments, needed)?;
    let Some(verdict) = read(rest) else {
        crate::complain(&format!("error: wrong number of arguments\nhint: {usage}"));
        return Ok(exit::WRONG_COMMAND_LINE);
    };
    make(&catalog, by, &verdict, context)
}

/// Makes a step and shows it.
pub(crate) fn make(catalog: &Path, by: &ByArgs, verdict: &Verdict, context: &Context) -> anyhow::Result<u8> {
    let step = context.session(catalog)?.record(&context.actor(by.name()), verdict)?;
    show(&step, catalog, context)?;
    Ok(exit::DONE)
}

/// A step, with the command that takes it back; none where it is not in effect.
#[derive(Serialize)]
struct Undoable<'a> {
    #[serde(flatten)]
    step: &'a Step,
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<String>,
}

/// Shows a step of this catalog as it stands in the journal.
pub(crate) fn show(step: &Step, catalog: &Path, context: &Context) -> anyhow::Result<()> {
    let is_in_effect = step.undone_by.is_none();
    let undo = is_in_effect.then(|| format!("resight undo {} {}", hint::shell(catalog.display()), step.step));
    if context.global.json {
        return output::json(&Undoable { step, undo });
    }
    let when = step.at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let taken_back = step.undoes.map_or_else(String::new, |undone| format!(" of {undone}"));
    output::line(format!("{}: {}{taken_back}, by {}, {when}", step.step, step.action, step.by))?;
    for line in step.individuals.iter().map(individual).chain(step.names.iter().filter_map(|n| name(n, step)))
    {
        output::line(format!("  {line}"))?;
    }
    for moved in step.photos.iter().take(LISTED) {
        output::line(format!("  {}", photo(moved)))?;
    }
    if step.photos.len() > LISTED {
        let more = step.photos.len() - LISTED;
        output::line(format!("  … and {more} more photos (all of them with --json)"))?;
    }
    for moved in step.labels.iter().take(LISTED) {
        output::line(format!("  {}", label(moved)))?;
    }
    if step.labels.len() > LISTED {
        let more = step.labels.len() - LISTED;
        output::line(format!("  … and {more} more labels (all of them with --json)"))?;
    }
    if let Some(by) = step.undone_by {
        output::line(format!("  taken back by {by}"))?;
    }
    if let Some(undo) = undo {
        output::line(format!("undo: {undo}"))?;
    }
    Ok(())
}

fn individual(changed: &StateChanged) -> String {
    let who = format!("{} ({})", changed.individual.name, changed.individual.id);
    match (changed.before, changed.after, &changed.merged_into) {
        (_, _, Some(into)) => format!("{who} was merged into {} ({})", into.name, into.id),
        (None, "active", _) => format!("{who} is a new individual"),
        (Some(_), "active", _) => format!("{who} is an individual again"),
        (_, state, _) => format!("{who} is {state}"),
    }
}

/// A name that changed hands; none where the line of its individual says it already.
fn name(moved: &NameMoved, step: &Step) -> Option<String> {
    let owner = moved.after.as_ref().or(moved.before.as_ref())?;
    let said = |changed: &StateChanged| {
        changed.individual.id == owner.individual && changed.individual.name == moved.name
    };
    if step.individuals.iter().any(said) {
        return None;
    }
    Some(match &moved.after {
        Some(after) => {
            format!("`{}` is {} {} of {}", moved.name, article(after.role), after.role, after.individual)
        }
        None => format!("`{}` is no name any more", moved.name),
    })
}

fn label(moved: &LabelMoved) -> String {
    let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "not known".to_owned());
    let by = moved.before_by.as_ref().map_or_else(String::new, |by| format!(" (said by {by})"));
    format!("{} {}: {}{by} → {}", moved.about, moved.label, said(&moved.before), said(&moved.after))
}

fn article(role: &str) -> &'static str {
    if role == "alias" { "an" } else { "the" }
}

fn photo(moved: &Moved) -> String {
    let name = |who: &Option<resight_engine::identity::IndividualRef>| {
        who.as_ref().map_or_else(|| "unidentified".to_owned(), |who| who.name.clone())
    };
    format!("{} {}: {} → {}", moved.annotation, moved.photo, name(&moved.before), name(&moved.after))
}
