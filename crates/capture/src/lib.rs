//! Capture histories: who was seen on which occasion, and the files that statistics programs read.
//!
//! A [`Sighting`] is one annotation of a named individual. [`Occasions`] say when was looked, a [`Selection`] which sightings
//! count: the side, the least quality, who says the name. What comes out is a [`CaptureHistories`], written by a
//! [`HistoryFormat`], and where it was seen as [`Detections`]. [`IdentificationErrors`] say what wrong names do to an estimate
//! made of them: nobody can see it in the file.
//!
//! This room knows no pixels, no models and no catalog.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod detections;
mod error;
mod errors_of_names;
pub mod estimate;
mod format;
mod history;
mod occasion;
mod projection;
mod selection;
mod sighting;
mod summary;
mod text;

pub use detections::{Detection, Detections, Detector};
pub use error::CaptureError;
pub use errors_of_names::{EffectOfErrors, IdentificationErrors, Rate, with_errors};
pub use estimate::Estimate;
pub use format::{
    HistoryFile, HistoryFormat, MarkLine, MultimarkRow, SecrCapture, Written, read_mark, read_multimark,
    read_rmark, read_secr_captures,
};
pub use history::{CaptureHistories, History, Seen};
pub use occasion::{Division, Occasion, Occasions};
pub use projection::TransverseMercator;
pub use selection::{LeftOut, Selection, SidePolicy};
pub use sighting::{Side, Sighting};
pub use summary::Summary;
