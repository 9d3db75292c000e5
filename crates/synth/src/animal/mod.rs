//! Individuals: what makes each one itself, and the painting of its body.

mod dolphin;
mod dorsal_fin;
mod flank;
mod fluke;
mod shark;
mod spots;
mod stripes;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use flank::FEET;

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

/// How much of an animal is painted, and from where it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The part that portraits show, which goes on beyond their edge: a fin on its back, a fluke, a flank.
    Part,
    /// The whole animal from its side, from snout to tail.
    Whole,
    /// A dolphin that comes towards the camera.
    HeadOn,
    /// A dolphin that swims away from it.
    FromBehind,
}

impl View {
    /// The viewpoint label in tables: for dolphins the six of a cetacean catalog, else the side.
    pub fn label(self, kind: AnimalKind, side: Side) -> &'static str {
        match (kind, self, side) {
            (AnimalKind::DorsalFin, Self::HeadOn, _) => "anterior",
            (AnimalKind::DorsalFin, Self::FromBehind, _) => "posterior",
            (AnimalKind::DorsalFin, Self::Whole, Side::Left) => "port full",
            (AnimalKind::DorsalFin, Self::Whole, _) => "starboard full",
            (AnimalKind::DorsalFin, Self::Part, Side::Left) => "port dorsal fin",
            (AnimalKind::DorsalFin, Self::Part, _) => "starboard dorsal fin",
            _ => side.viewpoint(),
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
    /// Whether the hind edges of fins are whole: without the nicks that tell animals apart.
    pub whole_edges: bool,
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

    /// Paints the animal as seen in `view` from `side`, with `per_unit` texels a body unit, as far as `reach` from its middle.
    pub(crate) fn paint(&self, view: View, side: Side, per_unit: f32, reach: [f32; 2]) -> Canvas {
        let mut canvas = Canvas::new(per_unit, reach);
        match self.kind {
            AnimalKind::DorsalFin => match view {
                View::Part => dorsal_fin::paint(self, side, &mut canvas),
                View::Whole => dolphin::paint_from_side(self, side, &mut canvas),
                View::HeadOn => dolphin::paint_head_on(self, side, &mut canvas),
                View::FromBehind => dolphin::paint_from_behind(self, side, &mut canvas),
            },
            AnimalKind::Fluke => fluke::paint(self, side, &mut canvas),
            AnimalKind::SharkLine => shark::paint(self, view, side, &mut canvas),
            AnimalKind::StripedFlank => stripes::paint(self, view, side, &mut canvas),
            AnimalKind::SpottedFlank => spots::paint(self, view, side, &mut canvas),
        }
        if side == Side::Right {
            canvas.mirror();
        }
        canvas
    }
}
