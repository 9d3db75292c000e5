//! Noticing what others wrote: whoever keeps what was read of a catalog asks before each use whether it is of today.

use std::path::Path;

use crate::catalog::Catalog;
use crate::error::CatalogError;

/// How far an open catalog has seen the changes of others. Two marks of the same open catalog differ where something was
/// stored in between by anybody else: another process, or another [`Catalog`] of this one. Marks of different open
/// catalogs say nothing about each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeMark(i64);

impl Catalog {
    /// Whether another catalog, or none, lies where this one was opened: its folder was removed, or another one put in its
    /// place. What is read through this one is of the past then. Elsewhere than on Unix an open file cannot be removed.
    pub fn is_replaced(&self) -> bool {
        self.identity() != file_identity(&self.layout().database())
    }

    /// Runs looks that see one moment together, whatever a writer does meanwhile. It may be called within itself.
    ///
    /// # Errors
    /// Database errors; those of `look`.
    pub fn at_one_moment<T, E: From<CatalogError>>(
        &self,
        look: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.connection();
        // A transaction begins within none.
        let moment = connection.is_autocommit().then(|| connection.unchecked_transaction());
        let moment = moment.transpose().map_err(CatalogError::from)?;
        let seen = look(self);
        drop(moment);
        seen
    }

    /// The mark of now. What is read after it is at least as new.
    ///
    /// # Errors
    /// Database errors.
    pub fn change_mark(&self) -> Result<ChangeMark, CatalogError> {
        let mut statement = self.connection().prepare_cached("PRAGMA data_version")?;
        Ok(ChangeMark(statement.query_row([], |row| row.get(0))?))
    }
}

/// Which file a path leads to; `None` where there is none.
#[cfg(unix)]
pub(crate) fn file_identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::symlink_metadata(path).ok().map(|there| (there.dev(), there.ino()))
}

/// Whether there is a file.
#[cfg(not(unix))]
pub(crate) fn file_identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::symlink_metadata(path).ok().map(|_| (0, 0))
}
