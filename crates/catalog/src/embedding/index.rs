//! An index over the rows of a bundle: what is in it others know, here it is a file beside the segments.
//!
//! It is derived from the rows and may be missing, old or damaged: whoever reads it finds that out and does without.

use std::fs::File;
use std::io::{self, BufWriter};

use resight_core::BundleId;

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::layout::{own_folder, refuse_link};

impl Catalog {
    /// The index over the rows of a bundle, and its length in bytes; `None` where there is none that can be read.
    ///
    /// # Errors
    /// [`CatalogError::NotOurs`] where a link lies in its place.
    pub fn index(&self, bundle: &BundleId) -> Result<Option<(File, u64)>, CatalogError> {
        let path = self.layout().index(bundle);
        refuse_link(&path)?;
        let opened = resight_files::open_own(&path).ok();
        Ok(opened.and_then(|file| file.metadata().ok().map(|found| (file, found.len()))))
    }

    /// Writes the index over the rows of a bundle, in place of the one that was there. It appears whole or not at all.
    ///
    /// # Errors
    /// Read-only catalog; [`CatalogError::NotOurs`]; disk full; file errors.
    pub fn store_index(
        &self,
        bundle: &BundleId,
        write: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
    ) -> Result<(), CatalogError> {
        self.require_writable()?;
        let folder = self.layout().bundle_vectors(bundle);
        own_folder(&self.layout().vectors())?;
        own_folder(&folder)?;
        // What a killed writer left of an index.
        resight_files::remove_unfinished(&folder);
        let path = self.layout().index(bundle);
        resight_files::replace_with(&path, write).map_err(CatalogError::file("write", &path))
    }
}
