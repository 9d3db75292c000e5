//! How hard a world is: the ranges that everything about a shot is drawn from.

use crate::exact_math::cosine;
use serde::{Deserialize, Serialize};

/// Three settings, from a demonstration to something near the field.
///
/// | | easy | medium | hard |
/// |---|---|---|---|
/// | marks of the animals | bold | usual | faint |
/// | yaw, pitch, roll up to (degrees) | 7, 4, 3 | 25, 11, 8 | 42, 20, 15 |
/// | scale | 0.96–1.06 | 0.82–1.15 | 0.72–1.25 |
/// | weather, light, exposure | alike | differ | differ widely |
/// | sides | left only | both (1 in 4 right) | both, evenly |
/// | something in front of the animal | 1 in 10, little | 1 in 3 | 1 in 2, much |
/// | defocus, motion up to (pixels at 640 wide) | 0.6, 0.5 | 1.6, 3 | 3, 9 |
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difficulty {
    /// Bold marks, mild changes: a network that never saw an animal of the world tells them apart.
    #[default]
    Easy,
    /// Usual marks, changes as a careful photographer meets them.
    Medium,
    /// Faint marks, hard light, turned away, blurred, half hidden.
    Hard,
}

/// The ranges of one difficulty. Angles in radians, lengths in body units unless said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranges {
    /// How strongly marked the animals are, 0 to 1.
    pub distinctiveness: f32,
    /// Greatest turn about the upright axis.
    pub yaw: f32,
    /// Greatest nod.
    pub pitch: f32,
    /// Greatest tilt of the horizon.
    pub roll: f32,
    /// Smallest and greatest scale; 1 fills the picture as the kind's portrait does.
    pub scale: [f32; 2],
    /// Greatest shift of the animal from the middle, picture units.
    pub shift: f32,
    /// How far outings differ in weather, water and light, 0 to 1.
    pub weather: f32,
    /// Greatest error of exposure, stops.
    pub exposure: f32,
    /// Greatest error of white balance, as a share.
    pub white_balance: f32,
    /// Greatest blur by defocus, pixels at a width of 640.
    pub defocus: f32,
    /// Greatest blur by motion, pixels at a width of 640.
    pub motion: f32,
    /// Least and greatest standard deviation of sensor noise, of 255.
    pub noise: [f32; 2],
    /// Lowest and highest JPEG quality.
    pub jpeg_quality: [u8; 2],
    /// Share of encounters that see the right side.
    pub right_side: f32,
    /// Share of photos with something in front of the animal.
    pub occluded: f32,
    /// How much then hides, 0 to 1.
    pub occlusion: f32,
    /// Greatest difference of how deep a swimming animal lies in the water.
    pub submersion: f32,
}

impl Difficulty {
    /// The ranges of this difficulty.
    pub fn ranges(self) -> Ranges {
        match self {
            Self::Easy => EASY,
            Self::Medium => MEDIUM,
            Self::Hard => HARD,
        }
    }
}

impl Ranges {
    /// How far from the middle of a body a photo `aspect` times as wide as high may look, body units.
    pub(crate) fn reach(&self, aspect: f32) -> [f32; 2] {
        let smallest = self.scale[0] * cosine(self.yaw);
        [((aspect + 0.16 + self.shift) / smallest).min(2.4), ((1.0 + self.shift) / smallest).min(1.8)]
    }
}

const DEGREE: f32 = std::f32::consts::PI / 180.0;

const EASY: Ranges = Ranges {
    distinctiveness: 1.0,
    yaw: 7.0 * DEGREE,
    pitch: 4.0 * DEGREE,
    roll: 3.0 * DEGREE,
    scale: [0.96, 1.06],
    shift: 0.05,
    weather: 0.25,
    exposure: 0.12,
    white_balance: 0.02,
    defocus: 0.6,
    motion: 0.5,
    noise: [0.8, 2.0],
    jpeg_quality: [88, 95],
    right_side: 0.0,
    occluded: 0.1,
    occlusion: 0.25,
    submersion: 0.03,
};

const MEDIUM: Ranges = Ranges {
    distinctiveness: 0.8,
    yaw: 25.0 * DEGREE,
    pitch: 11.0 * DEGREE,
    roll: 8.0 * DEGREE,
    scale: [0.82, 1.15],
    shift: 0.14,
    weather: 0.65,
    exposure: 0.35,
    white_balance: 0.06,
    defocus: 1.6,
    motion: 3.0,
    noise: [1.0, 5.0],
    jpeg_quality: [78, 94],
    right_side: 0.25,
    occluded: 0.33,
    occlusion: 0.5,
    submersion: 0.07,
};

const HARD: Ranges = Ranges {
    distinctiveness: 0.5,
    yaw: 42.0 * DEGREE,
    pitch: 20.0 * DEGREE,
    roll: 15.0 * DEGREE,
    scale: [0.72, 1.25],
    shift: 0.28,
    weather: 1.0,
    exposure: 0.8,
    white_balance: 0.12,
    defocus: 3.0,
    motion: 9.0,
    noise: [1.5, 10.0],
    jpeg_quality: [55, 92],
    right_side: 0.5,
    occluded: 0.5,
    occlusion: 0.85,
    submersion: 0.14,
};
