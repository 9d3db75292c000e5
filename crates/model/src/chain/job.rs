//! What goes into the chain.

use std::path::PathBuf;

use resight_core::PixelBox;

/// Where the bytes of a photo come from.
#[derive(Debug, Clone)]
pub enum PhotoSource {
    /// A file, read by the chain.
    Path(PathBuf),
    /// The bytes of the file themselves.
    Bytes(Vec<u8>),
}

/// One photo to embed.
#[derive(Debug, Clone)]
pub struct Job {
    /// The caller's own number of it, given back with the result.
    pub index: usize,
    /// The photo.
    pub source: PhotoSource,
    /// Where its animals are, in pixels of the upright photo at full size; `None` asks the detector.
    pub regions: Option<Vec<PixelBox>>,
}
