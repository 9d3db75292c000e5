//! `resight plan`: one network for all animals, or one for each kind and side?

mod list;
mod run;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use resight_core::{Effort, Species};
use resight_dataset::{AuditOptions, Row, Table};
use resight_engine::{DEFAULT_EMBEDDER, EngineError};
use resight_plan::{Networks, Plan, PlanFolder, PlannedSlot, Wanted, propose};
use resight_train::data::division::{Division, Question, Shares, look_alikes};

use super::effort::EffortArg;
use super::export_table::write_known;
use super::ingest::{EncounterArgs, ReadingArgs, remarks};
use super::train::arguments::{RECIPES, recipe};
use super::train::read_with_encounters;
use crate::context::{Context, is_catalog};
use crate::{exit, output};

/// One network for all animals, or one for each kind and side?
///
/// Counts what there is of every species and viewpoint, proposes for each a network of its own, a last layer of its own, or
/// the network that serves all, and writes that as a plan to read and edit. `plan run` trains what the plan says and asks
/// every network the same questions, about animals that none of them has learnt; `plan report` says what each is worth, and
/// writes the route that a catalog takes.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  resight plan photos/metadata.csv                       what is worth training for which animals?
  resight plan whales/ --folder plans/whales --by species
  resight plan run plan                                  do it all, here; Ctrl-C, and the same command goes on
  resight plan run plan --shard 2/6                      the second of six shares, on machines that see the folder
  resight plan jobs plan                                 how far is it?
  resight plan jobs plan --script slurm > jobs.sh        the same for a cluster: shell, slurm, ray
  resight plan report plan                               what is each network worth?

Exit codes: 0 done, 1 failed, 3 done, but some jobs wait for others or failed; 130 interrupted."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    sub: Option<Sub>,
    #[command(flatten)]
    make: MakeArgs,
}

/// What is done with a plan.
#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// Do the jobs of a plan that are not done
    Run(run::Args),
    /// Show the jobs of a plan and how they stand, or write them as a script
    Jobs(list::JobsArgs),
    /// Say what every network is worth, and write the page and the route
    Report(list::ReportArgs),
}

/// A new plan.
#[derive(Debug, clap::Args)]
struct MakeArgs {
    /// A table (CSV), a folder with a table, one with a folder an individual (`--kind`), or a catalog
    #[arg(value_name = "TABLE|CATALOG", required = true)]
    source: Option<PathBuf>,
    /// Folder of the plan
    #[arg(long, value_name = "FOLDER", default_value = "plan")]
    folder: PathBuf,
    /// What has a slot of its own: each species, or each side of each
    #[arg(long, value_enum, default_value = "viewpoint")]
    by: ByArg,
    /// Bundle that every training begins with
    #[arg(long, value_name = "NAME|PATH", default_value = DEFAULT_EMBEDDER)]
    bundle: String,
    /// Recipe of a whole network
    #[arg(long, value_name = "NAME|FILE", default_value = "tail")]
    recipe: String,
    /// Recipe of a last layer
    #[arg(long, value_name = "NAME|FILE", default_value = "head")]
    head_recipe: String,
    /// Train no network for all animals together
    #[arg(long)]
    no_one_for_all: bool,
    /// Up to which effort answers are measured
    #[arg(long, value_enum, default_value = "normal")]
    effort: EffortArg,
    /// Seed of the division, trainings and intervals
    #[arg(long, value_name = "N", default_value_t = 666)]
    seed: u64,
    #[command(flatten)]
    encounters: EncounterArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// What has a slot of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ByArg {
    /// Each species
    Species,
    /// Each viewpoint of each species
    Viewpoint,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    match args.sub {
        Some(Sub::Run(args)) => run::run(&args, context),
        Some(Sub::Jobs(args)) => list::jobs(&args, context),
        Some(Sub::Report(args)) => list::report(&args, context),
        None => make(&args.make, context),
    }
}

fn make(args: &MakeArgs, context: &Context) -> anyhow::Result<u8> {
    let Some(source) = &args.source else { return Ok(exit::WRONG_COMMAND_LINE) };
    PlanFolder::check_free(&args.folder).map_err(EngineError::from)?;
    let effort: Effort = args.effort.into();
    let networks = Networks {
        bundle: absolute_if_path(&args.bundle),
        one_for_all: !args.no_one_for_all,
        recipe: checked_recipe(&args.recipe)?,
        head_recipe: checked_recipe(&args.head_recipe)?,
        effort,
        encounter_gap_secs: args.encounters.encounter_gap,
        frame: frame_of(source, context)?,
        seed: args.seed,
    };
    // A bundle that is not there is found out now, not after hours.
    context.models()?.bundle(&networks.bundle)?;
    let mut table = table_of(source, args, context)?;
    let plan = propose(&table.rows, networks, args.by == ByArg::Viewpoint);
    divide(&mut table.rows, args.seed, context);
    let folder = PlanFolder::create(&args.folder, plan, &table.rows).map_err(EngineError::from)?;
    show(folder.plan(), context)?;
    context.note(format!("read it, change it: {}", args.folder.join("plan.toml").display()));
    context.note(format!("then: resight plan run {}", args.folder.display()));
    Ok(exit::DONE)
}

/// The photos of known individuals, with their encounters.
fn table_of(source: &Path, args: &MakeArgs, context: &Context) -> anyhow::Result<Table> {
    let scratch = tempfile::tempdir()
        .map_err(|error| EngineError::file("make a folder in", std::env::temp_dir(), error))?;
    let mut options = args.reading.options()?;
    let written = scratch.path().join("table.csv");
    let place = if is_catalog(source) {
        write_known(source, &written, context)?;
        options.photo_folder = Some(PathBuf::from("/"));
        &written
    } else {
        source
    };
    let mut table = read_with_encounters(place, &options, args.encounters.encounter_gap, context)?;
    remarks("remarks on the table", &table.warnings, context);
    table.rows.retain(|row| row.identity.is_some());
    if table.rows.is_empty() {
        return Err(EngineError::user(format!(
            "no photo here says which individual it shows: {}",
            source.display()
        ))
        .into());
    }
    Ok(table)
}

/// Says of every photo what it is for. Individuals are divided, species by species, so that each has its share of those who
/// ask; all networks of the plan learn from the same individuals and are asked about the same others.
fn divide(rows: &mut [Row], seed: u64, context: &Context) {
    // A row that does not say the species is of that of its individual's others, where these agree: nobody is learnt and asked.
    let mut species_of: BTreeMap<&str, BTreeSet<&Species>> = BTreeMap::new();
    for row in rows.iter() {
        if let (Some(identity), Some(species)) = (&row.identity, &row.species) {
            species_of.entry(identity).or_default().insert(species);
        }
    }
    let mut places: BTreeMap<Option<Species>, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let others = row.identity.as_deref().and_then(|identity| species_of.get(identity));
        let of_others = others.filter(|all| all.len() == 1).and_then(|all| all.first().copied());
        places.entry(row.species.as_ref().or(of_others).cloned()).or_default().push(place);
    }
    context.note("looking for photos that are the same, or nearly so");
    for of_species in places.into_values() {
        let chosen: Vec<Row> = of_species.iter().map(|place| rows[*place].clone()).collect();
        let found = look_alikes(&chosen, AuditOptions::default().near_duplicate_distance);
        let shares = Shares::usual(Question::New);
        // A species of a few animals cannot be divided: it is learnt from.
        let division = Division::make(&chosen, &found.groups, Question::New, shares, seed).ok();
        let parts = division.map(|division| division.parts(chosen.len())).unwrap_or_default();
        for (at, place) in of_species.into_iter().enumerate() {
            let part = parts.get(at).copied().flatten();
            rows[place].split = Some(part.map_or("train", |part| part.name()).to_owned());
        }
    }
}

/// What brings the animals of a catalog into their own frame.
fn frame_of(source: &Path, context: &Context) -> anyhow::Result<Option<String>> {
    match is_catalog(source) {
        true => Ok(context.session(source)?.settings()?.frame),
        false => Ok(None),
    }
}

fn show(plan: &Plan, context: &Context) -> anyhow::Result<()> {
    if context.global.json {
        return output::json(plan);
    }
    let (tried, too_little): (Vec<&PlannedSlot>, Vec<&PlannedSlot>) =
        plan.slots.iter().partition(|slot| slot.network != Wanted::None);
    let rows = tried.iter().map(|slot| {
        vec![
            slot.name.clone(),
            slot.photos.to_string(),
            slot.individuals.to_string(),
            slot.met_again.to_string(),
            slot.network.to_string(),
            slot.reason.clone(),
        ]
    });
    let head = ["slot", "photos", "individuals", "met again", "network", "because"];
    if !tried.is_empty() {
        output::line(output::table(&head, &[1, 2, 3], rows).to_string())?;
    }
    if !too_little.is_empty() {
        let named = too_little.iter().map(|slot| format!("{} ({} photos)", slot.name, slot.photos));
        output::line(format!(
            "\n{} with too little to measure anything: {}",
            too_little.len(),
            named.collect::<Vec<_>>().join(", ")
        ))?;
    }
    Ok(())
}

/// The recipe as the plan names it: a file by its absolute path, for the jobs run anywhere.
fn checked_recipe(name: &str) -> anyhow::Result<String> {
    recipe(name, &[]).map_err(|error| error.context("a recipe of the plan"))?;
    let is_built_in = RECIPES.iter().any(|(known, _)| *known == name);
    Ok(if is_built_in { name.to_owned() } else { absolute_if_path(name) })
}

fn absolute_if_path(name: &str) -> String {
    match Path::new(name).exists() {
        true => std::path::absolute(name).map_or_else(|_| name.to_owned(), |path| path.display().to_string()),
        false => name.to_owned(),
    }
}

/// Opens a plan.
fn open(folder: &Path) -> anyhow::Result<PlanFolder> {
    PlanFolder::open(folder).map_err(|error| EngineError::from(error).into())
}
