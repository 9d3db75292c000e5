//! Where and when a photo is taken: place, weather and light, shared by every animal met on that outing.

mod savanna;
mod sea;
mod underwater;

use savanna::Savanna;
pub(crate) use sea::Sea;
use underwater::Underwater;

use crate::animal::AnimalKind;
use crate::canvas::Color;
use crate::exact_math::{cosine, sine};
use crate::random::Stream;

/// The kind of surroundings; every animal kind lives in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Habitat {
    /// Open water seen from a boat.
    Sea,
    /// Open water seen from within.
    Underwater,
    /// Grassland with bushes.
    Savanna,
}

impl Habitat {
    /// All habitats, in a fixed order.
    pub const ALL: [Self; 3] = [Self::Sea, Self::Underwater, Self::Savanna];

    /// Where animals of a kind are photographed.
    pub fn of(kind: AnimalKind) -> Self {
        match kind {
            AnimalKind::DorsalFin | AnimalKind::Fluke => Self::Sea,
            AnimalKind::SharkLine => Self::Underwater,
            AnimalKind::StripedFlank | AnimalKind::SpottedFlank => Self::Savanna,
        }
    }
}

/// The sun and the sky of one outing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Light {
    /// Towards the sun: right, down, to the camera; length 1.
    pub(crate) towards: [f32; 3],
    /// Strength and colour of the sun.
    pub(crate) sun: Color,
    /// Strength and colour of the light from all other directions.
    pub(crate) sky: Color,
}

impl Light {
    /// Draws a light whose direction, hardness and warmth depart from a plain day by `variety` (0 to 1).
    fn draw(stream: &mut Stream, variety: f32) -> Self {
        let azimuth = stream.around_zero(1.9 * variety) - 0.5 * variety;
        let height = 0.9 + stream.around_zero(0.55 * variety);
        let hardness = 0.62 + stream.around_zero(0.38 * variety);
        let warmth = stream.between(-0.02, 0.22) * variety;
        let sun = [hardness * (1.0 + warmth), hardness, hardness * (1.0 - 1.1 * warmth)];
        let soft = 1.12 - hardness;
        Self {
            towards: [sine(azimuth) * cosine(height), -sine(height), cosine(azimuth) * cosine(height)],
            sun: sun.map(|c| c * 1.1),
            sky: [soft * 0.92, soft * 0.97, soft * 1.06],
        }
    }
}

/// One outing's surroundings.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) light: Light,
    pub(crate) surroundings: Surroundings,
}

/// What lies behind and in front of the animal.
#[derive(Debug, Clone)]
pub(crate) enum Surroundings {
    Sea(Sea),
    Underwater(Underwater),
    Savanna(Savanna),
}

impl Scene {
    /// Makes the scene of an outing: the place gives its lasting looks, the outing weather and light.
    ///
    /// No individual is among the arguments, so no background can betray one.
    pub(crate) fn new(world_seed: u64, habitat: Habitat, place: u64, outing: u64, variety: f32) -> Self {
        let mut place = Stream::new(world_seed, "place", &[habitat as u64, place]);
        let mut weather = Stream::new(world_seed, "weather", &[habitat as u64, outing]);
        let light = Light::draw(&mut weather, variety);
        let surroundings = match habitat {
            Habitat::Sea => Surroundings::Sea(Sea::draw(&mut place, &mut weather, variety)),
            Habitat::Underwater => {
                Surroundings::Underwater(Underwater::draw(&mut place, &mut weather, variety))
            }
            Habitat::Savanna => Surroundings::Savanna(Savanna::draw(&mut place, &mut weather, variety)),
        };
        Self { light, surroundings }
    }

    /// How far down the picture the land or water begins, picture units from its middle; none under water.
    pub(crate) fn horizon(&self) -> Option<f32> {
        match &self.surroundings {
            Surroundings::Sea(sea) => Some(sea.horizon),
            Surroundings::Underwater(_) => None,
            Surroundings::Savanna(savanna) => Some(savanna.horizon),
        }
    }

    /// The share of the water's own light that lies over what is near; 0 above water.
    pub(crate) fn veil(&self) -> f32 {
        match &self.surroundings {
            Surroundings::Underwater(water) => water.veil,
            Surroundings::Sea(_) | Surroundings::Savanna(_) => 0.0,
        }
    }

    /// The background in one direction. `x` and `y` are picture coordinates, moved by where the camera points; `seconds` moves waves.
    pub(crate) fn background(&self, x: f32, y: f32, seconds: f32) -> Color {
        match &self.surroundings {
            Surroundings::Sea(sea) => sea.color(x, y, seconds),
            Surroundings::Underwater(water) => water.color(x, y, seconds),
            Surroundings::Savanna(savanna) => savanna.color(x, y),
        }
    }
}
