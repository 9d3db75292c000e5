//! Where in a photo is the animal?

mod boxes;
mod components;
mod mask;
mod objects;
mod whole;

use std::sync::Arc;

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{DecodeSize, RgbImage};

use crate::ModelError;

pub use boxes::BoxesForm;
pub use mask::MaskDetector;
pub use objects::{DetectorManifest, InputFrame, ObjectDetector, ReadAnimals};
pub use whole::WholePicture;

/// A region that a detector proposes.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The region, in pixels of the upright photo at full size; inside the photo.
    pub region: PixelBox,
    /// The detector's own number, 0 to 1. Not a probability.
    pub confidence: f32,
    /// What the detector takes it for, where it tells.
    pub label: Option<Arc<str>>,
}

impl Detection {
    /// The whole of a photo in which nothing was found.
    pub fn nothing_found(full_size: ImageSize) -> Self {
        Self { region: PixelBox::whole(full_size), confidence: 0.0, label: None }
    }
}

/// Finds the animals in a photo.
///
/// A catalog keeps the [`Detector::id`] of the one it was made with, so that the same photo gives the same
/// answer on every machine.
pub trait Detector: Send + Sync {
    /// Names the detector and the exact model behind it: the same id means the same regions.
    fn id(&self) -> String;

    /// How large the image must be for [`Detector::detect`], for a photo of this full size.
    fn decode_size(&self, full_size: ImageSize) -> DecodeSize;

    /// Finds regions in `image`, the upright photo, which may be a smaller version of it than `full_size`.
    /// Every detector falls back to the whole photo rather than find nothing.
    ///
    /// # Errors
    /// When the model behind it fails.
    fn detect(&self, image: &RgbImage, full_size: ImageSize) -> Result<Vec<Detection>, ModelError>;
}
