//! Where things lie in the catalog's folder.

use std::path::{Path, PathBuf};

use resight_core::{BundleId, PhotoId};

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
        self.root.join("catalog.sqlite")
    }

    /// Where a catalog is made; it gets its name when it is complete.
    pub(crate) fn unfinished_database(&self) -> PathBuf {
        self.root.join("catalog.sqlite.new")
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

    pub(crate) fn thumbnails(&self) -> PathBuf {
        self.root.join("thumbs")
    }

    pub(crate) fn thumbnail(&self, photo: &PhotoId) -> PathBuf {
        let name = photo.to_string();
        self.thumbnails().join(&name[..2]).join(format!("{name}.jpg"))
    }
}
