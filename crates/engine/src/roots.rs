//! The folders that photos were taken in from, and where they are now.

use std::path::Path;

use resight_catalog::PhotoRoot;
use serde::Serialize;

use crate::{EngineError, Session};

/// A folder that photos were taken in from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RootRow {
    /// What it is called.
    pub name: String,
    /// Where it was.
    pub recorded: String,
    /// Where its photos are looked for now.
    pub location: String,
    /// How many photos lie below it.
    pub photos: u64,
    /// How many of these are there now.
    pub found: u64,
}

impl Session {
    /// The folders that photos were taken in from, by name.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn roots(&self) -> Result<Vec<RootRow>, EngineError> {
        self.read(|catalog| Ok(catalog.photo_roots()?.into_iter().map(row).collect()))
    }

    /// Says where such a folder is now; returns all of them as they stand after.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing; no folder is called so; none of its photos is there.
    pub fn move_root(&self, name: &str, to: &Path) -> Result<Vec<RootRow>, EngineError> {
        let to = std::path::absolute(to).map_err(|error| EngineError::file("find the folder", to, error))?;
        let mut catalog = self.writer()?;
        catalog.move_root(name, &to)?;
        Ok(catalog.photo_roots()?.into_iter().map(row).collect())
    }
}

fn row(root: PhotoRoot) -> RootRow {
    RootRow {
        name: root.name,
        recorded: root.recorded.display().to_string(),
        location: root.location.display().to_string(),
        photos: root.photos,
        found: root.found,
    }
}
