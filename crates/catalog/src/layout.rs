//! Where things lie in the catalog's folder, and that they are what they should be.

use std::fs::FileType;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use resight_core::{BundleId, PhotoId};

use crate::copy::DATABASE;
use crate::error::CatalogError;

/// What SQLite lays beside a database.
const BESIDE_A_DATABASE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The greatest number of a segment: its name has six digits.
pub(crate) const LAST_SEGMENT: u32 = 999_999;

/// Name of the index over the rows of a bundle.
pub(crate) const INDEX: &str = "rows.index";

/// The paths inside one catalog folder.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join(DATABASE)
    }

    /// Where a catalog is made; it gets its name when it is complete.
    pub(crate) fn unfinished_database(&self) -> PathBuf {
        self.root.join("catalog.sqlite.new")
    }

    /// The files of an unfinished database, whether they are there or not.
    pub(crate) fn unfinished_files(&self) -> Vec<PathBuf> {
        with_those_beside(&self.unfinished_database())
    }

    /// The files of the database, whether they are there or not.
    pub(crate) fn database_files(&self) -> Vec<PathBuf> {
        with_those_beside(&self.database())
    }

    /// Refuses a catalog in which a link, a pipe or a device lies where one of our files or folders should: a
    /// catalog may come by mail, and what it holds must lead nowhere else.
    ///
    /// # Errors
    /// [`CatalogError::NotOurs`] names the first one; file errors.
    pub(crate) fn refuse_what_is_not_ours(&self) -> Result<(), CatalogError> {
        let files = [self.lock(), self.lock_holder()].into_iter().chain(self.database_files());
        for file in files.chain(self.unfinished_files()) {
            expect_kind(&file, FileType::is_file, "a file")?;
        }
        for folder in [self.vectors(), self.thumbnails()] {
            expect_kind(&folder, FileType::is_dir, "a folder")?;
        }
        for folder in entries(&self.vectors())? {
            refuse_link(&folder)?;
        }
        Ok(())
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(crate) fn lock_holder(&self) -> PathBuf {
        self.root.join("lock.json")
    }

    pub(crate) fn vectors(&self) -> PathBuf {
        self.root.join("vectors")
    }

    pub(crate) fn bundle_vectors(&self, bundle: &BundleId) -> PathBuf {
        self.vectors().join(bundle.as_str())
    }

    pub(crate) fn segment(&self, bundle: &BundleId, number: u32) -> PathBuf {
        self.bundle_vectors(bundle).join(format!("seg-{number:06}.f16"))
    }

    /// The index over the rows of a bundle, where there is one.
    pub(crate) fn index(&self, bundle: &BundleId) -> PathBuf {
        self.bundle_vectors(bundle).join(INDEX)
    }

    pub(crate) fn thumbnails(&self) -> PathBuf {
        self.root.join("thumbs")
    }

    pub(crate) fn thumbnail(&self, photo: &PhotoId) -> PathBuf {
        let name = photo.to_string();
        self.thumbnails().join(&name[..2]).join(format!("{name}.jpg"))
    }
}

fn with_those_beside(database: &Path) -> Vec<PathBuf> {
    let beside = BESIDE_A_DATABASE.iter().map(|suffix| {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        PathBuf::from(path)
    });
    std::iter::once(database.to_owned()).chain(beside).collect()
}

/// Makes one of our folders, or takes the one that is there, unless it is a link.
pub(crate) fn own_folder(folder: &Path) -> Result<(), CatalogError> {
    refuse_link(folder)?;
    resight_files::own_folder(folder).map_err(CatalogError::file("make the folder", folder))
}

/// Refuses a link; what is not there is none.
pub(crate) fn refuse_link(path: &Path) -> Result<(), CatalogError> {
    match resight_files::refuse_link(path) {
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            Err(CatalogError::NotOurs { found: "a link", expected: "none", path: path.to_owned() })
        }
        other => other.map_err(CatalogError::file("look at", path)),
    }
}

/// Refuses what is there but of another kind.
fn expect_kind(
    path: &Path,
    is_right: fn(&FileType) -> bool,
    expected: &'static str,
) -> Result<(), CatalogError> {
    let found = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(CatalogError::file("look at", path)(error)),
    };
    if is_right(&found) {
        return Ok(());
    }
    let found = match found {
        link if link.is_symlink() => "a link",
        folder if folder.is_dir() => "a folder",
        file if file.is_file() => "a file",
        _ => "a pipe, a device or a socket",
    };
    Err(CatalogError::NotOurs { found, expected, path: path.to_owned() })
}

/// What lies in a folder, sorted; nothing where it is not there.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, CatalogError> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(CatalogError::file("read the folder", folder)(error)),
    };
    let mut paths = Vec::new();
    for entry in listing {
        paths.push(entry.map_err(CatalogError::file("read the folder", folder))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Whether a plain file has this path, and no link leads to one.
pub(crate) fn is_plain_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}
