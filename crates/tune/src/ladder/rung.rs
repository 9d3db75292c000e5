//! The rungs, what each allows and what it asks.

use std::fmt;
use std::str::FromStr;

use resight_synth::{AnimalKind, Difficulty, Population, WorldSettings};
use serde::{Deserialize, Serialize};

use resight_train::recipe::{Depth, Recipe};

/// A rung, from what anything learns to the photos that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Ten kinds of clothes, with a network that begins with nothing.
    FashionMnist,
    /// Synthetic animals with bold marks.
    Easy,
    /// Synthetic animals with usual marks.
    Medium,
    /// Synthetic animals with faint marks, poorly photographed.
    Hard,
    /// The ten individuals of the table that have the most photos.
    FewIndividuals,
    /// The whole table.
    WholeTable,
}

impl Rung {
    /// From the lowest to the highest.
    pub const ALL: [Self; 6] =
        [Self::FashionMnist, Self::Easy, Self::Medium, Self::Hard, Self::FewIndividuals, Self::WholeTable];

    /// Its word on the command line, and the name of its folder.
    pub fn word(self) -> &'static str {
        match self {
            Self::FashionMnist => "fashion-mnist",
            Self::Easy => "easy",
            Self::Medium => "medium",
            Self::Hard => "hard",
            Self::FewIndividuals => "few-individuals",
            Self::WholeTable => "whole-table",
        }
    }

    /// What it learns from, for a headline.
    pub fn title(self) -> &'static str {
        match self {
            Self::FashionMnist => "Fashion-MNIST, a small network from nothing",
            Self::Easy => "synthetic animals, easy",
            Self::Medium => "synthetic animals, medium",
            Self::Hard => "synthetic animals, hard",
            Self::FewIndividuals => "the ten most photographed individuals",
            Self::WholeTable => "the whole table",
        }
    }

    /// Whether it needs a table of real photos.
    pub fn needs_table(self) -> bool {
        matches!(self, Self::FewIndividuals | Self::WholeTable)
    }

    /// To what share of its reference line's error the validation's error (1 − MAP@5) must fall. Hard rungs ask for
    /// little: with so short a time, a beginning is what tells learning from not learning.
    pub fn error_share(self) -> f64 {
        match self {
            Self::FashionMnist => 0.75,
            Self::Easy => 0.8,
            Self::Medium | Self::FewIndividuals => 0.9,
            Self::Hard | Self::WholeTable => 0.95,
        }
    }

    /// The synthetic world of the rung, small enough to be drawn in a minute.
    pub(super) fn world(self) -> Option<WorldSettings> {
        let (difficulty, known) = match self {
            Self::Easy => (Difficulty::Easy, 5),
            Self::Medium => (Difficulty::Medium, 8),
            Self::Hard => (Difficulty::Hard, 12),
            _ => return None,
        };
        let population = |kind| Population { kind, known, newcomers: 0 };
        let populations = AnimalKind::ALL.map(population).to_vec();
        Some(WorldSettings { populations, width: 320, height: 240, ..WorldSettings::of(difficulty) })
    }

    /// The recipe as this rung runs it: shorter, with fewer varied views, and batches that a small set can fill.
    pub(super) fn recipe(self, recipe: &Recipe, train_photos: usize) -> Recipe {
        let mut recipe = recipe.clone();
        let views = match (self, recipe.depth) {
            (Self::FashionMnist, _) => 15_000,
            (_, Depth::Head) => 12_000,
            (_, Depth::Tail) => 6_000,
            (_, Depth::Full) => 1_500,
        };
        let epochs = (views / train_photos.max(1)).clamp(LEAST_EPOCHS, MOST_EPOCHS) as u32;
        recipe.schedule.epochs = recipe.schedule.epochs.min(epochs);
        recipe.schedule.batch = recipe.schedule.batch.min((train_photos as u32 / 4).max(8));
        recipe.schedule.budget_seconds = 0;
        recipe.validation.every = recipe.schedule.epochs.div_ceil(VALIDATIONS);
        recipe.views.count = recipe.views.count.min(MOST_VIEWS);
        if self == Self::FashionMnist {
            // A network that begins with nothing must move faster than one that knows photos already.
            recipe.optimizer.trunk_factor = recipe.optimizer.trunk_factor.max(2.0);
            recipe.validation.background = false;
        }
        recipe
    }
}

/// Epochs of a rung, and varied views of a photo.
const LEAST_EPOCHS: usize = 6;
const MOST_EPOCHS: usize = 60;
const MOST_VIEWS: u32 = 3;

/// Validations of a rung.
const VALIDATIONS: u32 = 5;

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Rung {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let words = || Self::ALL.map(Self::word).join(", ");
        let found = Self::ALL.into_iter().find(|rung| rung.word() == word);
        found.ok_or_else(|| format!("no rung is called so; there are {}: {word}", words()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_their_rungs() {
        for rung in Rung::ALL {
            assert_eq!(rung.word().parse::<Rung>().unwrap(), rung);
        }
        assert!("esay".parse::<Rung>().unwrap_err().contains("easy, medium"));
    }

    #[test]
    fn a_rung_is_never_longer_than_the_recipe_and_fills_its_batches() {
        let mut recipe = Recipe::default();
        recipe.schedule.epochs = 10;
        assert_eq!(Rung::Easy.recipe(&recipe, 100).schedule.epochs, 10);
        recipe.schedule.epochs = 1000;
        let small = Rung::Easy.recipe(&recipe, 100);
        assert_eq!((small.schedule.epochs, small.schedule.batch, small.validation.every), (60, 25, 12));
        let large = Rung::WholeTable.recipe(&recipe, 50_000);
        assert_eq!((large.schedule.epochs, large.schedule.batch), (6, recipe.schedule.batch));
    }

    #[test]
    fn every_world_can_be_made() {
        for rung in Rung::ALL {
            if let Some(settings) = rung.world() {
                let world = resight_synth::World::new(1, settings).unwrap();
                assert!(world.photos().len() > 100, "{rung}: {}", world.photos().len());
            }
        }
    }
}
