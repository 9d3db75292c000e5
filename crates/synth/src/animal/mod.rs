//! Individuals: what makes each one itself, and the painting of its body.

mod dorsal_fin;
mod flank;
mod fluke;
mod shark;
mod spots;
mod stripes;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::canvas::Canvas;
use crate::random::Stream;

/// What is photographed of which animal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnimalKind {
    /// The dorsal fin of a Risso's dolphin: outline, nicks, scars, pale skin.
    DorsalFin,
    /// The underside of a humpback's fluke: outline, black and white pigment, scars, barnacle rings.
    Fluke,
    /// The flank of a white shark: the zigzag line between grey and white, islands of either colour, scars.
    SharkLine,
    /// The flank of a plains zebra: stripes that fork, bend and break off.
    StripedFlank,
    /// The flank of a leopard: rosettes.
    SpottedFlank,
}

impl AnimalKind {
    /// All kinds, in a fixed order.
    pub const ALL: [Self; 5] =
        [Self::DorsalFin, Self::Fluke, Self::SharkLine, Self::StripedFlank, Self::SpottedFlank];

    /// Scientific name of the species that the picture imitates.
    pub fn species(self) -> &'static str {
        match self {
            Self::DorsalFin => "Grampus griseus",
            Self::Fluke => "Megaptera novaeangliae",
            Self::SharkLine => "Carcharodon carcharias",
            Self::StripedFlank => "Equus quagga",
            Self::SpottedFlank => "Panthera pardus",
        }
    }

    /// Short name, as in file names and identities.
    pub fn name(self) -> &'static str {
        match self {
            Self::DorsalFin => "fin",
            Self::Fluke => "fluke",
            Self::SharkLine => "shark",
            Self::StripedFlank => "zebra",
            Self::SpottedFlank => "leopard",
        }
    }

    /// How far right of the picture's middle a portrait places the body's, picture units: it gives the shark's snout room.
    pub(crate) fn portrait_shift(self) -> f32 {
        if self == Self::SharkLine { 0.16 } else { 0.0 }
    }

    /// True where left and right are two views; a fluke is seen from behind only.
    pub fn has_two_sides(self) -> bool {
        self != Self::Fluke
    }
}

impl fmt::Display for AnimalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which side of the animal the camera sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The animal's left side: it looks to the left of the picture.
    Left,
    /// The animal's right side: it looks to the right of the picture.
    Right,
    /// From behind, where the animal has no sides (flukes).
    Behind,
}

impl Side {
    /// The viewpoint label in tables.
    pub fn viewpoint(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Behind => "back",
        }
    }
}

/// Everything that an individual's looks follow from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Genome {
    /// Seed of the world that the animal lives in.
    pub world_seed: u64,
    /// What kind of animal it is.
    pub kind: AnimalKind,
    /// Its number among its kind.
    pub number: u64,
    /// How strongly marked the animals are: 1 boldly, 0 hardly. It scales how far individuals lie apart.
    pub distinctiveness: f32,
}

impl Genome {
    /// Randomness for traits of the whole animal, the same from both sides.
    fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.world_seed, purpose, &[self.kind as u64, self.number])
    }

    /// Randomness for marks of one side only.
    fn side_stream(&self, purpose: &str, side: Side) -> Stream {
        Stream::new(self.world_seed, purpose, &[self.kind as u64, self.number, 1 + side as u64])
    }

    /// Paints the animal as seen from `side`, with `per_unit` texels a body unit, as far as `reach` from its middle.
    pub(crate) fn paint(&self, side: Side, per_unit: f32, reach: [f32; 2]) -> Canvas {
        let mut canvas = Canvas::new(per_unit, reach);
        match self.kind {
            AnimalKind::DorsalFin => dorsal_fin::paint(self, side, &mut canvas),
            AnimalKind::Fluke => fluke::paint(self, side, &mut canvas),
            AnimalKind::SharkLine => shark::paint(self, side, &mut canvas),
            AnimalKind::StripedFlank => stripes::paint(self, side, &mut canvas),
            AnimalKind::SpottedFlank => spots::paint(self, side, &mut canvas),
        }
        if side == Side::Right {
            canvas.mirror();
        }
        canvas
    }
}
