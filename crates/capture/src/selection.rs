//! Which sightings count.

use resight_core::Quality;
use serde::{Deserialize, Serialize};

/// What becomes of the two sides of an animal. A name that rests on one side alone may be a second name of somebody who is known
/// from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SidePolicy {
    /// Captures of the left side alone.
    Left,
    /// Captures of the right side alone.
    Right,
    /// All captures of the individuals of which both sides are known.
    Linked,
    /// Both, told apart: 0 to 4 as multimark has them.
    Both,
    /// Whatever is seen.
    #[default]
    Any,
}

/// Which sightings count.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Selection {
    /// What becomes of sides.
    pub sides: SidePolicy,
    /// Photos of a lower grade, and without one, do not count.
    pub least_quality: Option<Quality>,
    /// Animals that are less strongly marked, and of which nobody says, do not count.
    pub least_distinctiveness: Option<u8>,
    /// Two captures of one individual that are nearer than this, in days, are one.
    pub least_days_between: f64,
    /// Whether names count that a model alone says.
    pub unconfirmed: bool,
    /// The covariate that divides individuals into groups, such as `sex`.
    pub group_by: Option<String>,
    /// Covariates that are written.
    pub covariates: Vec<String>,
}

/// Sightings that do not count, by the first reason that held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct LeftOut {
    /// A model alone says who it is.
    pub unconfirmed: usize,
    /// The day is not known.
    pub undated: usize,
    /// No occasion has the day.
    pub between_occasions: usize,
    /// The photo is not good enough.
    pub quality: usize,
    /// Nobody graded the photo, and a grade is asked for.
    pub ungraded: usize,
    /// The animal is not marked strongly enough, or nobody says.
    pub distinctiveness: usize,
    /// The other side is seen, or none.
    pub side: usize,
    /// The individual is known from one side only.
    pub not_linked: usize,
    /// Too soon after another capture of the same individual.
    pub too_soon: usize,
}

impl LeftOut {
    /// Each reason with its number, in words.
    pub fn in_words(&self) -> Vec<(usize, &'static str)> {
        let all = [
            (self.unconfirmed, "a model alone says who it is"),
            (self.undated, "the day is not known"),
            (self.between_occasions, "no occasion has the day"),
            (self.quality, "the photo is not good enough"),
            (self.ungraded, "the photo has no grade"),
            (self.distinctiveness, "the animal is not marked strongly enough, or nobody says"),
            (self.side, "another side is seen"),
            (self.not_linked, "the individual is known from one side only"),
            (self.too_soon, "too soon after another capture of the same individual"),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).collect()
    }
}
