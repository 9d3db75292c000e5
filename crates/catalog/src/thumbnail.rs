//! Thumbnails: small pictures of the photos, derived and remade at need.

use std::io::ErrorKind;
use std::path::PathBuf;

use resight_core::PhotoId;

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::layout::{own_folder, refuse_link};

/// A thumbnail has some ten kilobytes; what is longer is none.
const LONGEST: u64 = 16 << 20;

impl Catalog {
    /// Where a photo's thumbnail lies, whether it is there or not.
    pub fn thumbnail_path(&self, photo: &PhotoId) -> PathBuf {
        self.layout().thumbnail(photo)
    }

    /// Writes a photo's thumbnail. It appears whole or not at all; a power cut may lose it, `rebuild` makes it again.
    /// A link in its place is replaced; one in the place of its folder is refused.
    ///
    /// # Errors
    /// Read-only catalog; [`CatalogError::NotOurs`]; disk full; file errors.
    pub fn store_thumbnail(&self, photo: &PhotoId, jpeg: &[u8]) -> Result<(), CatalogError> {
        self.require_writable()?;
        let path = self.layout().thumbnail(photo);
        own_folder(&self.layout().thumbnails())?;
        if let Some(folder) = path.parent() {
            own_folder(folder)?;
        }
        resight_files::replace_derived(&path, jpeg).map_err(CatalogError::file("write", &path))
    }

    /// A photo's thumbnail, as JPEG; `None` where there is none that can be read: an answer does without.
    ///
    /// # Errors
    /// [`CatalogError::NotOurs`] where a link lies in its place.
    pub fn thumbnail(&self, photo: &PhotoId) -> Result<Option<Vec<u8>>, CatalogError> {
        let path = self.layout().thumbnail(photo);
        for place in [path.parent().unwrap_or(&path), &path] {
            match refuse_link(place) {
                Err(CatalogError::File { source, .. }) if source.kind() == ErrorKind::PermissionDenied => {
                    return Ok(None);
                }
                other => other?,
            }
        }
        Ok(resight_files::read_own(&path, LONGEST).ok())
    }
}
