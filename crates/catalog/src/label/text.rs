//! Values of labels as texts.

use resight_core::PixelBox;

use crate::encounter::{EncounterRef, stored};

/// A box as the value of [`super::LabelName::Box`], exactly.
pub fn box_text(found: &PixelBox) -> String {
    format!("{},{},{},{}", found.x, found.y, found.width, found.height)
}

/// Latitude and longitude in degrees as the value of [`super::LabelName::Place`], exactly.
pub fn place_text((latitude, longitude): (f64, f64)) -> String {
    format!("{latitude},{longitude}")
}

/// An encounter as the value of [`super::LabelName::Encounter`].
pub fn encounter_text(encounter: &EncounterRef) -> String {
    format!("{}:{}", stored(encounter.source), encounter.key.trim())
}
