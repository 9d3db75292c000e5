//! Thumbnails: small pictures of the photos, derived and remade at need.

use std::io::Write;
use std::path::PathBuf;

use resight_core::PhotoId;

use crate::catalog::Catalog;
use crate::error::CatalogError;

impl Catalog {
    /// Where a photo's thumbnail lies, whether it is there or not.
    pub fn thumbnail_path(&self, photo: &PhotoId) -> PathBuf {
        self.layout().thumbnail(photo)
    }

    /// Writes a photo's thumbnail. It appears whole or not at all; a power cut may lose it, `rebuild` makes it again.
    ///
    /// # Errors
    /// Read-only catalog; disk full; file errors.
    pub fn store_thumbnail(&self, photo: &PhotoId, jpeg: &[u8]) -> Result<(), CatalogError> {
        self.require_writable()?;
        let path = self.layout().thumbnail(photo);
        let Some(folder) = path.parent() else { return Ok(()) };
        std::fs::create_dir_all(folder).map_err(CatalogError::file("make the folder", folder))?;
        let mut unfinished = tempfile::Builder::new()
            .prefix(".unfinished-")
            .tempfile_in(folder)
            .map_err(CatalogError::file("write to the folder", folder))?;
        unfinished.write_all(jpeg).map_err(CatalogError::file("write", &path))?;
        unfinished.persist(&path).map_err(|error| CatalogError::file("write", &path)(error.error))?;
        Ok(())
    }

    /// A photo's thumbnail, as JPEG; `None` where there is none.
    ///
    /// # Errors
    /// File errors.
    pub fn thumbnail(&self, photo: &PhotoId) -> Result<Option<Vec<u8>>, CatalogError> {
        let path = self.layout().thumbnail(photo);
        match std::fs::read(&path) {
            Ok(jpeg) => Ok(Some(jpeg)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CatalogError::file("read", &path)(error)),
        }
    }
}
