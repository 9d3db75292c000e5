//! What of a catalog is handed on: the database as it is at one moment, and the files beside it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::layout::{Layout, entries, is_plain_file};

/// Pages of the database that are copied at once.
const PAGES: i32 = 4096;

/// Name of the database in a catalog's folder.
pub const DATABASE: &str = "catalog.sqlite";

/// Files beside the database that can be made anew from the photos.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DerivedFiles {
    /// Small pictures of the photos, below the catalog's folder.
    pub thumbnails: Vec<PathBuf>,
    /// Embeddings and local features, below the catalog's folder.
    pub vectors: Vec<PathBuf>,
}

impl Catalog {
    /// Copies the database as it is now, with what its log holds, into a file that is not there yet.
    ///
    /// # Errors
    /// Read-only catalog: somebody else could write meanwhile. Database and file errors.
    pub fn copy_database(&self, to: &Path) -> Result<(), CatalogError> {
        self.require_writable()?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // Made here and now, so that nothing that was there is written over.
        std::fs::File::create_new(to).map_err(CatalogError::file("make the file", to))?;
        let mut copy = Connection::open_with_flags(to, flags)?;
        Backup::new(self.connection(), &mut copy)?.run_to_completion(PAGES, Duration::ZERO, None)?;
        // In one file, without a log beside it.
        copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
        copy.close().map_err(|(_, error)| error)?;
        Ok(())
    }

    /// The files beside the database that belong to the catalog, sorted.
    ///
    /// # Errors
    /// Files that cannot be looked at.
    pub fn derived_files(&self) -> Result<DerivedFiles, CatalogError> {
        Ok(DerivedFiles {
            thumbnails: below(self.layout(), &self.layout().thumbnails())?,
            vectors: below(self.layout(), &self.layout().vectors())?,
        })
    }
}

/// Plain files in the folders of a folder, as paths below the catalog.
fn below(layout: &Layout, folder: &Path) -> Result<Vec<PathBuf>, CatalogError> {
    let mut files = Vec::new();
    for inner in entries(folder)? {
        // A link leads elsewhere: it is none of the catalog's folders.
        if std::fs::symlink_metadata(&inner).is_ok_and(|found| found.is_dir()) {
            files.extend(entries(&inner)?.into_iter().filter(|path| is_plain_file(path)));
        }
    }
    Ok(files
        .into_iter()
        .filter_map(|path| path.strip_prefix(layout.root()).ok().map(Path::to_owned))
        .collect())
}
