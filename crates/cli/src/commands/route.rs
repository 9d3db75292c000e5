//! `resight route`: which network serves which animals of a catalog.

use std::path::{Path, PathBuf};
use std::time::Instant;

use resight_core::{PolicyChange, Route, RoutedSlot, SpeciesTypes, slot_for};
use resight_engine::identify::{Answer, AskedSlot, IdentifyRequest, Subject};
use resight_engine::init::Settings;
use resight_engine::route::{RouteStatus, check_route};
use resight_engine::{EngineError, Progress as _};
use resight_files::read_plain_text;

use super::ingest::remarks;
use crate::context::Context;
use crate::written::{Inputs, place, write_and_say};
use crate::{exit, output};

/// A route names a few bundles.
const MOST_BYTES: u64 = 1 << 20;

/// Which network serves which animals of a catalog.
///
/// A route is a TOML file: `bundle` for all animals, and for those of a `[[slot]]` (a species or a type of species, a viewpoint,
/// or both) a bundle of their own. An animal of a slot is compared with those of the slot by the slot's network; where its labels do
/// not say that it is of one, or the slot cannot say how likely its answers are, the next wider slot answers: species and viewpoint,
/// species, type and viewpoint, type, viewpoint, all. Where a model is not sure of the labels, the likeliest slots are asked, and
/// their answers joined by probability. `[types]` says which species go by one name; a `policy` of a slot changes prices and share
/// of newcomers for its animals. `resight plan` writes a route, and what speaks for it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight route check plan/route.toml              is everything there that it names?
  resight route set whales plan/route.toml         embed the animals of each slot, calibrate, use it
  resight route show whales
  resight route explain whales IMG_1.jpg           the whole way of a photo, in words
  resight route explain whales IMG_1.jpg --html way.html
  resight route set whales none                    one network for all again

A route:
  bundle = \"resight-base\"
  [[slot]]
  species = \"nyala\"
  viewpoint = \"left\"
  bundle = \"plan/jobs/nyala-left-own\"
  [[slot]]
  species = \"blackfish\"
  bundle = \"runs/blackfish\"
  policy = { price_false_match = 2.0 }
  [types]
  blackfish = [\"pilot whale\", \"false killer whale\"]")]
pub(crate) struct Args {
    #[command(subcommand)]
    sub: Sub,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// Show a catalog's route, and how far each slot is
    Show(CatalogArgs),
    /// Look whether everything is there that a route names
    Check(CheckArgs),
    /// Give a catalog a route
    Set(SetArgs),
    /// Tell the way of a photo from its boxes to the decision
    Explain(ExplainArgs),
}

#[derive(Debug, clap::Args)]
struct CatalogArgs {
    /// The catalog's folder
    catalog: PathBuf,
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// The route (TOML)
    route: PathBuf,
}

#[derive(Debug, clap::Args)]
struct SetArgs {
    /// The catalog's folder
    catalog: PathBuf,
    /// The route (TOML), or `none`
    #[arg(value_name = "ROUTE|none")]
    route: PathBuf,
}

#[derive(Debug, clap::Args)]
struct ExplainArgs {
    /// The catalog's folder
    catalog: PathBuf,
    /// Photos
    #[arg(required = true)]
    photos: Vec<PathBuf>,
    /// Write a page with the photos, their boxes and their candidates side by side
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    match args.sub {
        Sub::Show(args) => {
            show(&context.session(args.catalog)?.route()?, context)?;
            Ok(exit::DONE)
        }
        Sub::Check(args) => {
            let route = read(&args.route)?;
            check_route(&route, &context.models()?)?;
            if context.global.json {
                output::json(&route)?;
            } else {
                output::line(format!("{} for all animals", route.bundle))?;
                for slot in &route.slots {
                    output::line(format!("{} for {slot}{}", slot.bundle, prices(slot)))?;
                }
                for name in route.types.names() {
                    let species = route.types.species_of(name).map(ToString::to_string);
                    output::line(format!("{name}: {}", species.collect::<Vec<_>>().join(", ")))?;
                }
            }
            Ok(exit::DONE)
        }
        Sub::Set(args) => set(&args, context),
        Sub::Explain(args) => explain(&args, context),
    }
}

/// Reads a route; bundles that are paths are relative to it.
fn read(path: &Path) -> anyhow::Result<Route> {
    let text = read_plain_text(path, MOST_BYTES).map_err(|error| EngineError::file("read", path, error))?;
    let wrong = |fault: String| EngineError::user(format!("no route: {fault}: {}", path.display()));
    let route: Route = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let mut route = route.checked().map_err(wrong)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let place = |name: &mut String| {
        let beside = folder.join(&*name);
        if beside.is_dir() {
            *name = beside.display().to_string();
        }
    };
    place(&mut route.bundle);
    route.slots.iter_mut().for_each(|slot| place(&mut slot.bundle));
    Ok(route)
}

fn set(args: &SetArgs, context: &Context) -> anyhow::Result<u8> {
    let session = context.session(&args.catalog)?;
    let (slots, types) = match args.route == Path::new("none") {
        true => (Vec::new(), SpeciesTypes::default()),
        false => {
            let route = read(&args.route)?;
            let models = context.models()?;
            check_route(&route, &models)?;
            let (own, named) = (session.settings()?.bundle.id, models.bundle(&route.bundle)?.id().clone());
            if own != named {
                context.note(format!(
                    "the catalog goes on with {own} for all animals; `resight reembed {} --bundle {}` brings it over",
                    args.catalog.display(),
                    route.bundle
                ));
            }
            (route.slots, route.types)
        }
    };
    let report = session.set_route(&slots, &types, &context.progress, &context.cancel)?;
    context.progress.end();
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report.slots, context)?;
        remarks("could not be embedded", &report.missing, context);
    }
    if report.interrupted {
        context.note("stopped; what was embedded is kept, and the same command goes on");
        return Ok(exit::INTERRUPTED);
    }
    Ok(if report.missing.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn show(slots: &[RouteStatus], context: &Context) -> anyhow::Result<()> {
    if context.global.json {
        for slot in slots {
            output::json(slot)?;
        }
        return Ok(());
    }
    if slots.is_empty() {
        output::line("no route: one network serves all animals")?;
        return Ok(());
    }
    let rows = slots.iter().map(|one| {
        let state = match (&one.problem, one.calibrated) {
            (Some(problem), _) => format!("cannot serve: {problem}"),
            (None, true) => "serves".to_owned(),
            (None, false) => "gives way, for its answers are not calibrated".to_owned(),
        };
        vec![
            format!("{}{}", one.slot, prices(&one.slot)),
            one.slot.bundle.clone(),
            one.embeddings.to_string(),
            one.missing.to_string(),
            state,
        ]
    });
    let head = ["slot", "bundle", "animals", "missing", ""];
    output::line(output::table(&head, &[2, 3], rows).to_string())?;
    Ok(())
}

/// What of the catalog's prices is otherwise for a slot, in words.
fn prices(slot: &RoutedSlot) -> String {
    let PolicyChange { new_rate, price_false_match, price_false_new, price_ask } = slot.policy;
    let all = [
        ("new rate", new_rate),
        ("false match", price_false_match),
        ("false new", price_false_new),
        ("ask", price_ask),
    ];
    let said: Vec<String> =
        all.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?))).collect();
    if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) }
}

fn explain(args: &ExplainArgs, context: &Context) -> anyhow::Result<u8> {
    let session = context.session(&args.catalog)?;
    let (settings, route) = (session.settings()?, session.route()?);
    let inputs = Inputs::read(args.photos.clone()).and_kept(&args.catalog);
    let html = args.html.as_ref().map(|path| place(path, args.force, &inputs)).transpose()?;
    let page = html.is_some();
    let request = IdentifyRequest { top: 3, page, ..IdentifyRequest::new(Subject::sources(&args.photos)) };
    let begun = Instant::now();
    let found = session.identify(&request, &context.progress, &context.cancel)?;
    let seconds = begun.elapsed().as_secs_f64();
    context.progress.end();
    if context.global.json {
        for answer in &found.answers {
            output::json(answer)?;
        }
    } else {
        output::line(format!(
            "{} animals in {} photos, {seconds:.1} s with loading, networks run by {}",
            found.answers.len(),
            args.photos.len(),
            found.runtime
        ))?;
        for answer in &found.answers {
            for line in way(answer, &settings, &route) {
                output::line(line)?;
            }
        }
        remarks("remarks", &found.remarks, context);
    }
    if let (Some(html), Some(page)) = (&html, &found.page) {
        write_and_say(html, page.as_bytes(), context)?;
    }
    Ok(match (found.interrupted, found.not_asked.is_empty()) {
        (true, _) => exit::INTERRUPTED,
        (false, true) => exit::DONE,
        (false, false) => {
            remarks("not asked", &found.not_asked, context);
            exit::FINISHED_WITH_WARNINGS
        }
    })
}

/// The way of an animal, line by line.
fn way(answer: &Answer, settings: &Settings, route: &[RouteStatus]) -> Vec<String> {
    let detector = &settings.detector;
    let mut lines = vec![String::new(), answer.photo.clone()];
    let mut step = |what: &str, said: String| lines.push(format!("  {what:<9} {said}"));
    step(
        "box",
        match answer.region {
            Some(region) => format!(
                "{:.0},{:.0} of {:.0} × {:.0} pixels ({detector})",
                region.x, region.y, region.width, region.height
            ),
            None => format!("the whole photo ({detector})"),
        },
    );
    let label = |name: &str, value: Option<String>| {
        let said = answer.said_by_models.iter().find(|said| said.label.to_string() == name);
        match (value, said.map(|said| said.confidence)) {
            (None, _) => format!("{name} not known"),
            (Some(value), Some(confidence)) => {
                format!("{name} {value} ({} by a model)", output::percent(f64::from(confidence)))
            }
            (Some(value), None) => format!("{name} {value} (stated)"),
        }
    };
    let species = label("species", answer.species.as_ref().map(ToString::to_string));
    let viewpoint = label("viewpoint", answer.viewpoint.as_ref().map(ToString::to_string));
    step("labels", format!("{species}, {viewpoint}"));
    if let Some(quality) = answer.quality {
        step("photo", format!("{quality}"));
    }
    step(
        "network",
        match &answer.slot {
            Some(slot) => format!("that of the slot {slot}: {}", answer.bundle),
            None => {
                let slots = route.iter().map(|one| &one.slot);
                let (species, viewpoint) = (answer.species.as_ref(), answer.viewpoint.as_ref());
                let why = match slot_for(slots, species, viewpoint, &settings.species_types) {
                    _ if route.is_empty() => "the catalog has no route".to_owned(),
                    _ if !answer.asked_slots.is_empty() => "the likeliest of several".to_owned(),
                    _ if answer.decision.word() == "not-identifiable" => "nobody was asked".to_owned(),
                    Some(gives_way) => format!("that of {gives_way} gives way"),
                    None => "no slot is of these labels".to_owned(),
                };
                format!("that of all animals: {} ({why})", answer.bundle)
            }
        },
    );
    if !answer.asked_slots.is_empty() {
        let of = |one: &AskedSlot| {
            let slot = one.slot.as_ref().map_or_else(|| "of all".to_owned(), |slot| format!("of {slot}"));
            format!("{slot} ({})", output::percent(one.probability))
        };
        let asked: Vec<String> = answer.asked_slots.iter().map(of).collect();
        step("not sure", format!("these were asked, and their answers joined: {}", asked.join(", ")));
    }
    let set = &answer.candidate_set;
    let filters = if set.filters.is_empty() { "nothing".to_owned() } else { set.filters.join(", ") };
    step(
        "compared",
        format!(
            "with {} photos of {} individuals, narrowed by {filters}; effort {}",
            set.photos,
            set.individuals,
            answer.effort.word()
        ),
    );
    for (place, candidate) in answer.candidates.iter().enumerate() {
        let probability =
            candidate.probability.map(|p| format!(", {}", output::percent(p))).unwrap_or_default();
        let evidence = candidate.evidence.as_ref().map(|evidence| {
            let marks = evidence.matches.iter().map(|(of, count)| format!(", {count} marks by {of}"));
            format!(" (embedding {:.3}{})", evidence.embedding, marks.collect::<String>())
        });
        let what = if place == 0 { "first" } else { "" };
        step(what, format!("{}{probability}{}", candidate.individual, evidence.unwrap_or_default()));
    }
    if let Some(new) = answer.new_probability {
        let slot = answer.calibration.as_deref().unwrap_or("none");
        step("new", format!("{}, calibrated by the slot {slot}", output::percent(new)));
    }
    let who = answer.individual.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let why = answer.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    step("decision", format!("{}{who}{why}", answer.decision.word()));
    lines
}
