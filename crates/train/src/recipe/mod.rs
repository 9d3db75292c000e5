//! Recipes: everything that decides what a training run does, as one TOML file.
//!
//! Every key has a default, unknown keys are refused, and the recipe is kept with the run and the bundle. A recipe
//! and a table give the same bundle again on the same machine.

mod error;
mod parts;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use error::RecipeError;
pub use parts::{
    ClassesRecipe, Depth, NeckNorm, NeckRecipe, OptimizerKind, OptimizerRecipe, PoolingRecipe,
    ScheduleRecipe, StatisticsRecipe, TrunkRecipe, ValidationRecipe, ViewsRecipe,
};

use crate::loss::LossRecipe;
use crate::loss::species_head::SpeciesHeadRecipe;
use crate::miner::{MemoryRecipe, MinerRecipe};
use crate::sampler::SamplerRecipe;

/// What a training run does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Recipe {
    /// Name of the recipe, and of the bundle that it makes: lower-case letters, digits, `-`, `_`, `.`.
    /// Default: `recipe`.
    pub name: String,
    /// How much of the network learns. Default: `tail`.
    pub depth: Depth,
    /// Seed of everything that is drawn. Default: 1.
    pub seed: u64,
    /// The image network to start from.
    pub trunk: TrunkRecipe,
    /// What the loss separates.
    pub classes: ClassesRecipe,
    /// How photos are varied.
    pub views: ViewsRecipe,
    /// From pooled maps to the embedding.
    pub neck: NeckRecipe,
    /// What is made small. Default: ArcFace.
    pub loss: LossRecipe,
    /// A second head that names the species; none where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub species: Option<SpeciesHeadRecipe>,
    /// What pairs or triplets a loss that compares photos works on; without one it takes all of a batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub miner: Option<MinerRecipe>,
    /// Embeddings of earlier batches to compare with.
    pub memory: MemoryRecipe,
    /// Which photos come into a batch together. Default: shuffled.
    pub sampler: SamplerRecipe,
    /// How the numbers are changed.
    pub optimizer: OptimizerRecipe,
    /// How long, and at what pace.
    pub schedule: ScheduleRecipe,
    /// How it is watched.
    pub validation: ValidationRecipe,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: "recipe".to_owned(),
            depth: Depth::default(),
            seed: 1,
            trunk: TrunkRecipe::default(),
            classes: ClassesRecipe::default(),
            views: ViewsRecipe::default(),
            neck: NeckRecipe::default(),
            loss: LossRecipe::default(),
            species: None,
            miner: None,
            memory: MemoryRecipe::default(),
            sampler: SamplerRecipe::default(),
            optimizer: OptimizerRecipe::default(),
            schedule: ScheduleRecipe::default(),
            validation: ValidationRecipe::default(),
        }
    }
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, has a key that does not exist (with the nearest one that does), or a
    /// value that makes no sense.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| RecipeError::Unreadable { source, path: path.to_owned() })?;
        Self::parse(&text, path)
    }

    /// As [`Recipe::read`], for a text; `path` is for messages.
    ///
    /// # Errors
    /// As for [`Recipe::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, RecipeError> {
        let recipe: Self = toml::from_str(text).map_err(|error| RecipeError::of_toml(&error, path))?;
        recipe.check().map_err(|problem| RecipeError::Senseless { problem, path: path.to_owned() })?;
        Ok(recipe)
    }

    /// The recipe as TOML, every key written out.
    ///
    /// # Errors
    /// None is known: a recipe is made of what TOML can say.
    pub fn to_toml(&self) -> Result<String, RecipeError> {
        toml::to_string(self)
            .map_err(|error| RecipeError::Senseless { problem: error.to_string(), path: "recipe".into() })
    }

    /// Whether the values make sense together; the problem in words where they do not.
    ///
    /// # Errors
    /// The first problem that is found.
    pub fn check(&self) -> Result<(), String> {
        let name_is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if self.name.is_empty() || !self.name.bytes().all(name_is_plain) {
            return Err(format!("name `{}`: only lower-case letters, digits, `-`, `_` and `.`", self.name));
        }
        self.trunk.check()?;
        self.views.check()?;
        self.neck.check()?;
        self.optimizer.check()?;
        self.schedule.check()?;
        self.validation.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Recipe, RecipeError> {
        Recipe::parse(text, Path::new("test.toml"))
    }

    #[test]
    fn an_empty_recipe_is_the_default_one() {
        assert_eq!(parsed("").unwrap(), Recipe::default());
    }

    #[test]
    fn a_recipe_survives_being_written_and_read() {
        let recipe = Recipe { seed: 7, depth: Depth::Head, ..Recipe::default() };
        assert_eq!(parsed(&recipe.to_toml().unwrap()).unwrap(), recipe);
    }

    #[test]
    fn a_neck_takes_the_dimension_of_the_network_where_it_is_told_to() {
        let recipe = parsed("[neck]\ndimension = \"own\"\n").unwrap();
        assert_eq!(recipe.neck.dimension, None);
        assert_eq!(parsed(&recipe.to_toml().unwrap()).unwrap(), recipe);
        let message = parsed("[neck]\ndimension = \"owned\"\n").unwrap_err().to_string();
        assert!(message.contains("\"own\""), "{message}");
    }

    #[test]
    fn a_mistyped_key_is_refused_with_the_one_that_was_meant() {
        let message = parsed("[schedule]\nepoch = 3\n").unwrap_err().to_string();
        assert!(message.contains("`epochs`") && message.contains("test.toml"), "{message}");
    }

    #[test]
    fn a_senseless_value_is_refused_in_words() {
        for (text, word) in [
            ("name = \"A b\"", "name"),
            ("[schedule]\nepochs = 0", "epochs"),
            ("[schedule]\nbatch = 0", "batch"),
            ("[optimizer]\nrate = -1.0", "rate"),
            ("[neck]\ndimension = 0", "dimension"),
            ("[views]\ncount = 0", "count"),
            ("[trunk]\nside = 20000", "side"),
        ] {
            let message = parsed(text).unwrap_err().to_string();
            assert!(message.contains(word), "{text}: {message}");
        }
    }
}
