//! Values of labels as texts.

use resight_core::PixelBox;

use crate::encounter::{EncounterRef, stored};

/// A box as the value of [`super::LabelName::Box`], exactly; of one that is turned, with its rotation in radians.
pub fn box_text(found: &PixelBox) -> String {
    let text = format!("{},{},{},{}", found.x, found.y, found.width, found.height);
    if found.rotation == 0.0 { text } else { format!("{text},{}", found.rotation) }
}

/// Latitude and longitude in degrees as the value of [`super::LabelName::Place`], exactly.
pub fn place_text((latitude, longitude): (f64, f64)) -> String {
    format!("{latitude},{longitude}")
}

/// An encounter as the value of [`super::LabelName::Encounter`].
pub fn encounter_text(encounter: &EncounterRef) -> String {
    format!("{}:{}", stored(encounter.source), encounter.key.trim())
}
