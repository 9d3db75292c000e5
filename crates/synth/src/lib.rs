//! Seeded synthetic animals that a photographer meets again.
//!
//! A [`World`] follows from a seed and [`WorldSettings`]: individuals of five kinds ([`AnimalKind`]), each
//! with marks of its own in body coordinates (outline and nicks, scars, pigment, stripes, rosettes, the line
//! between a shark's back and belly), met on outings days apart and photographed in bursts a tenth of a
//! second apart. Pose, light, water, blur and the rest belong to the [`Shot`]; place and weather to the
//! outing, which many individuals share, so that identity is carried by the animal and by nothing else.
//!
//! The same seed gives the same bytes on every machine and with any number of threads: all mathematics is
//! made of operations that IEEE 754 fixes, and all randomness is addressed rather than drawn in turn.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod animal;
mod camera;
mod canvas;
mod difficulty;
mod error;
mod exact_math;
mod exif;
pub mod exif_block;
mod field;
mod marks;
mod noise;
mod outline;
mod random;
mod scene;
mod shot;
mod world;
mod write;

pub use animal::{AnimalKind, Genome, Side, View};
pub use difficulty::{Difficulty, Ranges};
pub use error::SynthError;
pub use field::{FieldAnimal, FieldPhoto, FieldPicture, FieldSettings, FieldWorld, SeenAnimal};
pub use scene::Habitat;
pub use shot::Shot;
pub use world::{CountRange, Encounter, Photo, Population, Split, World, WorldSettings};
pub use write::{TABLE_NAME, WORLD, relative_path};
