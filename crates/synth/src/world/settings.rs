//! What a world is asked to hold.

use serde::{Deserialize, Serialize};

use crate::animal::AnimalKind;
use crate::difficulty::Difficulty;
use crate::error::SynthError;

/// How many animals of a kind live in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// The kind.
    pub kind: AnimalKind,
    /// Individuals that the catalog's part of the photos shows.
    pub known: usize,
    /// Individuals that are met only afterwards.
    pub newcomers: usize,
}

/// A whole number drawn evenly between two bounds, both possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountRange {
    /// The smallest.
    pub least: usize,
    /// The greatest.
    pub most: usize,
}

impl CountRange {
    /// Always `count`.
    pub const fn exactly(count: usize) -> Self {
        Self { least: count, most: count }
    }

    /// From `least` to `most`.
    pub const fn between(least: usize, most: usize) -> Self {
        Self { least, most }
    }
}

/// What a world is asked to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorldSettings {
    /// Which animals, and how many.
    pub populations: Vec<Population>,
    /// Encounters of each known individual, days apart; the last of two or more is kept for queries.
    pub encounters: CountRange,
    /// Share of the known individuals that are met once only.
    pub singletons: f32,
    /// Photos of each encounter.
    pub shots: CountRange,
    /// Photos of each burst, a tenth of a second apart; bursts lie 8 to 90 seconds apart.
    pub burst: CountRange,
    /// Places in each habitat; many individuals share one.
    pub places: usize,
    /// How hard the photos are.
    pub difficulty: Difficulty,
    /// Whether the hind edges of dorsal fins are whole: for asking what the nicks in them are worth.
    pub whole_edges: bool,
    /// Width of a photo in pixels, 16 to 8192.
    pub width: u32,
    /// Height of a photo in pixels, 16 to 8192.
    pub height: u32,
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self::easy()
    }
}

impl WorldSettings {
    /// The easy world: 25 known animals and 10 newcomers of all five kinds.
    pub fn easy() -> Self {
        Self {
            populations: AnimalKind::ALL.map(|kind| Population { kind, known: 5, newcomers: 2 }).to_vec(),
            encounters: CountRange::between(3, 4),
            singletons: 0.0,
            shots: CountRange::between(2, 3),
            burst: CountRange::between(1, 2),
            places: 4,
            difficulty: Difficulty::Easy,
            whole_edges: false,
            width: 640,
            height: 480,
        }
    }

    /// A world as a good field season gives it: some animals met once, both sides, changing weather.
    pub fn medium() -> Self {
        Self {
            populations: AnimalKind::ALL.map(|kind| Population { kind, known: 12, newcomers: 4 }).to_vec(),
            encounters: CountRange::between(2, 6),
            singletons: 0.15,
            shots: CountRange::between(1, 5),
            burst: CountRange::between(1, 3),
            places: 8,
            difficulty: Difficulty::Medium,
            ..Self::easy()
        }
    }

    /// A hard world: many animals with faint marks, a third met once, poor photos.
    pub fn hard() -> Self {
        Self {
            populations: AnimalKind::ALL.map(|kind| Population { kind, known: 24, newcomers: 8 }).to_vec(),
            encounters: CountRange::between(2, 6),
            singletons: 0.33,
            shots: CountRange::between(1, 6),
            burst: CountRange::between(1, 4),
            places: 12,
            difficulty: Difficulty::Hard,
            ..Self::easy()
        }
    }

    /// The world of a difficulty.
    pub fn of(difficulty: Difficulty) -> Self {
        match difficulty {
            Difficulty::Easy => Self::easy(),
            Difficulty::Medium => Self::medium(),
            Difficulty::Hard => Self::hard(),
        }
    }

    /// Says what is wrong with settings that cannot make a world.
    pub(crate) fn check(&self) -> Result<(), SynthError> {
        check_populations(&self.populations)?;
        for (name, range) in [("encounters", self.encounters), ("shots", self.shots), ("burst", self.burst)] {
            check_range(name, range)?;
        }
        if !(0.0..=1.0).contains(&self.singletons) {
            return refuse("`singletons` is a share between 0 and 1");
        }
        if self.places == 0 {
            return refuse("`places` needs at least one");
        }
        check_size(self.width, self.height)
    }
}

fn refuse(why: &str) -> Result<(), SynthError> {
    Err(SynthError::Settings(why.to_owned()))
}

/// Says what is wrong with populations that are none.
pub(crate) fn check_populations(populations: &[Population]) -> Result<(), SynthError> {
    let animals: usize = populations.iter().map(|p| p.known.saturating_add(p.newcomers)).sum();
    if animals == 0 {
        return refuse("no animals: `populations` needs at least one known animal or newcomer");
    }
    let mut kinds: Vec<_> = populations.iter().map(|p| p.kind).collect();
    kinds.sort();
    if kinds.windows(2).any(|pair| pair[0] == pair[1]) {
        return refuse("each kind may stand in `populations` once");
    }
    Ok(())
}

/// Says what is wrong with a range that is none.
pub(crate) fn check_range(name: &str, range: CountRange) -> Result<(), SynthError> {
    if range.least == 0 || range.most < range.least {
        return refuse(&format!("`{name}` needs 1 <= least <= most"));
    }
    Ok(())
}

/// Says what is wrong with a picture of no or of absurd size.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), SynthError> {
    if [width, height].iter().any(|side| !(16..=8192).contains(side)) {
        return refuse("`width` and `height` need 16 to 8192 pixels");
    }
    Ok(())
}
