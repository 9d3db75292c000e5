//! What goes into the chain.

use std::path::PathBuf;

use resight_core::GivenBox;
use resight_imaging::PhotoBytes;

/// Where the bytes of a photo come from.
#[derive(Debug)]
pub enum PhotoSource {
    /// A file, read by the chain.
    Path(PathBuf),
    /// The bytes of the file themselves.
    Bytes(PhotoBytes),
}

/// One photo to embed.
#[derive(Debug)]
pub struct Job {
    /// The caller's own number of it, given back with the result.
    pub index: usize,
    /// The photo.
    pub source: PhotoSource,
    /// Where its animals are; `None` asks the detector. Results are in pixels of the upright photo, whatever these
    /// count in.
    pub regions: Option<Vec<GivenBox>>,
}
