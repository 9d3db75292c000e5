//! What comes out of the chain.

use resight_core::{Clarity, ImageSize, PhotoId, PictureId, PixelBox, UnusableReason};
use resight_imaging::{DecodeError, Format, PerceptualHash, PhotoMetadata};

use crate::ModelError;

/// The result of one job.
#[derive(Debug)]
pub struct Processed {
    /// The number that the job came with.
    pub index: usize,
    /// What became of the photo.
    pub photo: Result<ProcessedPhoto, PhotoFailure>,
}

/// A photo that could be decoded.
#[derive(Debug)]
pub struct ProcessedPhoto {
    /// Hash of the file's bytes.
    pub photo_id: PhotoId,
    /// What it shows, whatever its metadata says.
    pub picture_id: Option<PictureId>,
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of the upright photo at full size.
    pub full_size: ImageSize,
    /// What the file is, by its content.
    pub format: Format,
    /// Capture time and place, where asked for.
    pub metadata: Option<PhotoMetadata>,
    /// What the photo looks like, where asked for.
    pub perceptual_hash: Option<PerceptualHash>,
    /// A small JPEG of the photo, where asked for.
    pub thumbnail_jpeg: Option<Vec<u8>>,
    /// One for each region, in the order of the job's regions or of the detector's.
    pub crops: Vec<ProcessedCrop>,
}

/// One region of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessedCrop {
    /// The region, cut to the photo where part of it lies outside.
    pub region: PixelBox,
    /// The detector's own number, 0 to 1; `None` where the region came with the job.
    pub detector_confidence: Option<f32>,
    /// How well the animal can be seen, where asked for; none where there is nothing to be seen.
    pub clarity: Option<Clarity>,
    /// The embedding, normalised as the bundle's distance asks, or why there is none.
    pub embedding: Result<Vec<f32>, UnusableReason>,
    /// The same by each of [`super::ChainOptions::further`].
    pub further: Vec<Result<Vec<f32>, UnusableReason>>,
}

impl ProcessedCrop {
    /// What one of the networks makes of it: first the embedder, then the further ones.
    pub(super) fn of_network(&mut self, network: usize) -> Option<&mut Result<Vec<f32>, UnusableReason>> {
        match network.checked_sub(1) {
            None => Some(&mut self.embedding),
            Some(further) => self.further.get_mut(further),
        }
    }
}

/// Why a photo gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum PhotoFailure {
    /// The file cannot be read.
    #[error("{}", cannot_be_read(.0))]
    Unreadable(#[source] std::io::Error),
    /// The bytes are no photo that can be decoded within the limits.
    #[error("{0}")]
    Undecodable(#[from] DecodeError),
    /// The detector failed on it.
    #[error("the detector failed: {0}")]
    Undetectable(#[source] ModelError),
    /// Code of ours or of a library panicked on it; please report the photo.
    #[error("an internal error on this photo (please report it): {0}")]
    Panicked(String),
}

/// A file that is not there is missing; it says nothing of the photo that was.
fn cannot_be_read(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "missing: there is no such file".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}
