//! What can go wrong with a synthetic world.

use std::path::PathBuf;

/// A world could not be planned or written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The settings describe no possible world.
    #[error("these settings make no world: {0}")]
    Settings(String),
    /// A picture could not be packed as JPEG.
    #[error("the JPEG encoder refused the picture of photo {image_id}: {source}")]
    Encode {
        /// Which photo.
        image_id: String,
        /// What the encoder said.
        source: image::ImageError,
    },
    /// The folder holds something already.
    #[error("the folder is not empty; name a new one, or empty it first: {}", .0.display())]
    NotEmpty(PathBuf),
    /// A file or folder could not be written.
    #[error("could not write ({source}): {}", path.display())]
    Write {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
