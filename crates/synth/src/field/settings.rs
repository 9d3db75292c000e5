//! What a field world is asked to hold.

use serde::{Deserialize, Serialize};

use crate::animal::AnimalKind;
use crate::difficulty::Difficulty;
use crate::error::SynthError;
use crate::world::{CountRange, Population, check_populations, check_range, check_size};

/// Animals of a group, at most: a mask has a byte for each pixel.
const MOST: usize = 200;

/// What a field world is asked to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldSettings {
    /// Which animals, and how many.
    pub populations: Vec<Population>,
    /// Outings to the groups of each kind, days apart. The last third is kept for queries: newcomers are met on those only.
    pub outings: usize,
    /// Photos of each group.
    pub photos: CountRange,
    /// Animals of a group.
    pub group: CountRange,
    /// Dolphins are seen from all sides, not by their fins alone.
    pub all_views: bool,
    /// The share of the groups on land that are met at night, by a camera with an infrared flash.
    pub nights: f32,
    /// Places in each habitat.
    pub places: usize,
    /// How hard the photos are.
    pub difficulty: Difficulty,
    /// Width of a photo in pixels, 16 to 8192.
    pub width: u32,
    /// Height of a photo in pixels, 16 to 8192.
    pub height: u32,
}

impl Default for FieldSettings {
    /// Ten known animals and three newcomers of each kind, in groups of one to four.
    fn default() -> Self {
        Self {
            populations: AnimalKind::ALL.map(|kind| Population { kind, known: 10, newcomers: 3 }).to_vec(),
            outings: 9,
            photos: CountRange::between(2, 3),
            group: CountRange::between(1, 4),
            all_views: false,
            nights: 0.0,
            places: 6,
            difficulty: Difficulty::Medium,
            width: 960,
            height: 720,
        }
    }
}

impl FieldSettings {
    /// Says what is wrong with settings that cannot make a world.
    pub(super) fn check(&self) -> Result<(), SynthError> {
        check_populations(&self.populations)?;
        check_range("photos", self.photos)?;
        check_range("group", self.group)?;
        if self.outings == 0 || self.places == 0 {
            return Err(SynthError::Settings("`outings` and `places` need at least one".to_owned()));
        }
        if self.group.most > MOST {
            return Err(SynthError::Settings(format!("`group` has at most {MOST} animals")));
        }
        if !(0.0..=1.0).contains(&self.nights) {
            return Err(SynthError::Settings("`nights` is a share between 0 and 1".to_owned()));
        }
        check_size(self.width, self.height)
    }
}
