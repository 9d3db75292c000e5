//! The detector for photos that show one animal and little else: the region is the whole picture.

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{DecodeSize, RgbImage};

use super::{Detection, Detector};
use crate::ModelError;

/// Takes the whole picture as the animal. The default.
#[derive(Debug, Clone, Copy, Default)]
pub struct WholePicture;

impl WholePicture {
    /// The id of this detector, as catalogs keep it.
    pub const ID: &'static str = "whole-picture";
}

impl Detector for WholePicture {
    fn id(&self) -> String {
        Self::ID.to_owned()
    }

    fn decode_size(&self, _full_size: ImageSize) -> DecodeSize {
        DecodeSize::AtLeast(ImageSize { width: 1, height: 1 })
    }

    fn detect(&self, _image: &RgbImage, full_size: ImageSize) -> Result<Vec<Detection>, ModelError> {
        Ok(vec![Detection { region: PixelBox::whole(full_size), confidence: 1.0, label: None }])
    }
}
