//! The arguments of a run.

use std::path::{Path, PathBuf};

use resight_engine::EngineError;
use resight_train::device::DeviceChoice;
use resight_train::recipe::Recipe;

use crate::commands::ingest::{EncounterArgs, ReadingArgs};
use crate::refusal::InWords as _;

/// Recipes that come with the program.
pub(crate) const RECIPES: [(&str, &str); 6] = [
    ("head", include_str!("../../../../../recipes/head.toml")),
    ("tail", include_str!("../../../../../recipes/tail.toml")),
    ("tail-strong", include_str!("../../../../../recipes/tail-strong.toml")),
    ("full", include_str!("../../../../../recipes/full.toml")),
    ("siamese", include_str!("../../../../../recipes/siamese.toml")),
    ("triplet", include_str!("../../../../../recipes/triplet.toml")),
];

/// The recipe where none is named.
pub(crate) const DEFAULT_RECIPE: &str = "tail";

/// What is learnt, from what, and how: the same for a run and for a search.
#[derive(Debug, clap::Args)]
pub(crate) struct LearnArgs {
    /// Recipe: one that comes with the program, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_RECIPE)]
    pub(crate) recipe: String,
    /// Change a value of the recipe, such as `schedule.epochs=60`; several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Bundle to start from [default: as the recipe says]
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) bundle: Option<String>,
    /// Which photos are for what: a file with image_id,part (train, validation, test, newcomer)
    #[arg(long, value_name = "FILE", conflicts_with = "question")]
    pub(crate) split: Option<PathBuf>,
    /// Where no split is given: ask the validation about known individuals, or about new ones
    #[arg(long, value_enum)]
    pub(crate) question: Option<QuestionArg>,
    /// Where no split is given: share of the validation
    #[arg(long, value_name = "SHARE", default_value_t = 0.15)]
    pub(crate) validation_share: f64,
    /// Where no split is given: share of the test, asked once at the end
    #[arg(long, value_name = "SHARE", default_value_t = 0.15)]
    pub(crate) test_share: f64,
    /// Where no split is given and the question is about known individuals: share of the individuals that are kept back
    /// as a whole, so that a catalog has newcomers to calibrate "new" by; of 40 and more at least 8
    #[arg(long, value_name = "SHARE", default_value_t = 0.15)]
    pub(crate) newcomer_share: f64,
    /// Where to compute: cpu, gpu, software-gpu, cuda
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: DeviceChoice,
    #[command(flatten)]
    pub(crate) encounters: EncounterArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// What only a run that begins can be told.
const OF_A_NEW_RUN: [&str; 13] = [
    "source",
    "task",
    "run",
    "recipe",
    "set",
    "bundle",
    "split",
    "question",
    "validation_share",
    "test_share",
    "newcomer_share",
    "device",
    "preview",
];

/// A run, begun or taken up again.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// A table (CSV), a folder with a table, one with a folder an individual (`--kind`), or a catalog
    #[arg(value_name = "TABLE|CATALOG")]
    pub(super) source: Option<PathBuf>,
    /// What is learnt to be told: who it is, by an embedding; what kind of animal it is, which side of it is seen, or where it is, by a layer on
    /// the maps of a network that stays as it is
    #[arg(long, value_enum, default_value = "identity")]
    pub(super) task: TaskArg,
    #[command(flatten)]
    pub(super) learn: LearnArgs,
    /// Folder of the run [default: runs/ and the recipe's name]
    #[arg(long, value_name = "FOLDER")]
    pub(super) run: Option<PathBuf>,
    /// Go on with a run that was interrupted
    #[arg(long, value_name = "RUN", conflicts_with_all = OF_A_NEW_RUN)]
    pub(super) resume: Option<PathBuf>,
    /// Draw what the recipe's augmentations do to a few photos, and learn nothing
    #[arg(long, value_name = "PICTURE")]
    pub(super) preview: Option<PathBuf>,
    /// Put runs side by side
    #[arg(long, value_name = "RUN", num_args = 1.., conflicts_with = "resume", conflicts_with_all = OF_A_NEW_RUN)]
    pub(super) compare: Vec<PathBuf>,
    /// With `--compare`: write a page with the curves of all
    #[arg(long, value_name = "FILE", requires = "compare")]
    pub(super) html: Option<PathBuf>,
    /// With `--preview` or `--html`: write over a file that is there already (never over a run)
    #[arg(long, conflicts_with_all = ["run", "resume"])]
    pub(super) force: bool,
}

/// What is learnt to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TaskArg {
    /// Which individual it is
    Identity,
    /// What kind of animal it is
    Species,
    /// Which side of it is seen
    Viewpoint,
    /// Where it is
    Detector,
}

/// What the validation asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum QuestionArg {
    /// New photos of individuals that are learnt
    Known,
    /// Individuals that are not learnt
    New,
}

impl LearnArgs {
    /// The recipe with the changes of the command line.
    pub(crate) fn recipe(&self) -> anyhow::Result<Recipe> {
        let mut changes = self.set.clone();
        if let Some(bundle) = &self.bundle {
            changes.push(format!("trunk.bundle={}", toml::Value::String(bundle.clone())));
        }
        recipe(&self.recipe, &changes)
    }
}

/// A recipe by name or path, with changes.
pub(crate) fn recipe(name: &str, changes: &[String]) -> anyhow::Result<Recipe> {
    let own = RECIPES.iter().find(|(known, _)| *known == name);
    let (text, path) = match own {
        Some((_, text)) => ((*text).to_owned(), PathBuf::from(format!("recipe {name}"))),
        None => {
            let path = PathBuf::from(name);
            let text = std::fs::read_to_string(&path).map_err(|error| {
                let names: Vec<&str> = RECIPES.iter().map(|(name, _)| *name).collect();
                EngineError::file("read", &path, error)
                    .in_words(format!("recipes that come with the program: {}", names.join(", ")))
            })?;
            (text, path)
        }
    };
    let text = changed(&text, changes, &path)?;
    Ok(Recipe::parse(&text, &path).map_err(EngineError::from)?)
}

fn changed(text: &str, changes: &[String], path: &Path) -> anyhow::Result<String> {
    if changes.is_empty() {
        return Ok(text.to_owned());
    }
    let mut table: toml::Table =
        text.parse().map_err(|error| EngineError::user(format!("{error}: {}", path.display())))?;
    for change in changes {
        set(&mut table, change)?;
    }
    Ok(toml::to_string(&table)?)
}

/// Puts `a.b=value` in its place; a value that is no TOML is taken as text.
fn set(table: &mut toml::Table, change: &str) -> anyhow::Result<()> {
    let senseless = || EngineError::user(format!("not a change of the form KEY=VALUE: `{change}`"));
    let (key, value) = change.split_once('=').ok_or_else(senseless)?;
    let parsed =
        format!("value = {value}").parse::<toml::Table>().ok().and_then(|mut one| one.remove("value"));
    let value = parsed.unwrap_or_else(|| toml::Value::String(value.to_owned()));
    let mut parts: Vec<&str> = key.trim().split('.').collect();
    let last = parts.pop().filter(|part| !part.is_empty()).ok_or_else(senseless)?;
    let mut place = table;
    for part in parts {
        let inner = place.entry(part).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        place = inner.as_table_mut().ok_or_else(senseless)?;
    }
    place.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use resight_runs::doctor::Ailment;
    use resight_runs::run::log::{Rates, Start};

    use super::*;

    #[test]
    fn every_recipe_that_comes_with_the_program_is_sound() {
        for (name, _) in RECIPES {
            let recipe = recipe(name, &[]).expect("a recipe of the program");
            assert_eq!(recipe.name, name);
        }
    }

    #[test]
    fn every_setting_of_the_doctor_parses_against_every_recipe() {
        for (name, _) in RECIPES {
            let before = recipe(name, &[]).expect("a recipe of the program");
            let rates = Rates { trunk: before.optimizer.rate, neck: before.optimizer.rate, head: 0.0 };
            let loss_has_centers = !matches!(before.loss.kind(), "triplet" | "contrastive");
            let scale = before.loss.scale();
            let start = Start { rates, scale, loss_has_centers, ..Start::default() };
            for setting in Ailment::ALL.iter().flat_map(|ailment| ailment.settings(&start)) {
                let changed = recipe(name, std::slice::from_ref(&setting));
                let changed = changed.unwrap_or_else(|error| panic!("{name} --set '{setting}': {error}"));
                assert!(changed.check().is_ok(), "{name}: {setting}");
            }
        }
    }

    #[test]
    fn changes_reach_their_places_and_wrong_ones_are_refused() {
        let changes = ["schedule.epochs=3", "seed=9", "trunk.bundle=other", "loss={kind=\"softmax\"}"];
        let changed = recipe("tail", &changes.map(str::to_owned)).expect("changes that make sense");
        assert_eq!((changed.schedule.epochs, changed.seed), (3, 9));
        assert_eq!((changed.trunk.bundle.as_str(), changed.loss.kind()), ("other", "softmax"));
        for wrong in ["schedule.epoch=3", "epochs", "=3", "seed.of=1"] {
            assert!(recipe("tail", &[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
