//! Noticing what others wrote: whoever keeps what was read of a catalog asks before each use whether it is of today.

use crate::catalog::Catalog;
use crate::error::CatalogError;

/// How far an open catalog has seen the changes of others. Two marks of the same open catalog differ where something was
/// stored in between by anybody else: another process, or another [`Catalog`] of this one. Marks of different open
/// catalogs say nothing about each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeMark(i64);

impl Catalog {
    /// The mark of now. What is read after it is at least as new.
    ///
    /// # Errors
    /// Database errors.
    pub fn change_mark(&self) -> Result<ChangeMark, CatalogError> {
        let mut statement = self.connection().prepare_cached("PRAGMA data_version")?;
        Ok(ChangeMark(statement.query_row([], |row| row.get(0))?))
    }
}
