//! Encounters in the database.

use resight_core::{EncounterId, EncounterSource};
use rusqlite::{Connection, OptionalExtension, params};

use crate::catalog::Catalog;
use crate::error::CatalogError;

/// Which encounter a photo belongs to, as the importer names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncounterRef {
    /// Photos with the same key from the same kind of source are of one encounter; a blank key is none.
    pub key: String,
    /// Where the grouping comes from.
    pub source: EncounterSource,
}

/// The word for a source, as stored; the same as in JSON.
pub(crate) fn stored(source: EncounterSource) -> &'static str {
    match source {
        EncounterSource::Table => "table",
        // A day is a time, known less exactly.
        EncounterSource::FolderAndTime | EncounterSource::Day => "folder-and-time",
        EncounterSource::Folder => "folder",
        EncounterSource::Person => "person",
    }
}

pub(crate) fn source_from_stored(word: &str) -> Result<EncounterSource, CatalogError> {
    Ok(match word {
        "table" => EncounterSource::Table,
        "folder-and-time" => EncounterSource::FolderAndTime,
        "folder" => EncounterSource::Folder,
        "person" => EncounterSource::Person,
        _ => return Err(CatalogError::Corrupt(format!("an encounter comes from an unknown source: {word}"))),
    })
}

impl Catalog {
    /// The encounters that have this key, whatever source they come from, as a label says them: `source:key`.
    ///
    /// # Errors
    /// Database errors.
    pub fn encounters_with_key(&self, key: &str) -> Result<Vec<String>, CatalogError> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT source || ':' || key FROM encounter WHERE key = ?1 ORDER BY id")?;
        Ok(statement.query_map([key], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The encounters whose keys begin with this text and go on with a comma, as a label says them: `source:key`.
    ///
    /// # Errors
    /// Database errors.
    pub fn encounters_that_begin(&self, text: &str) -> Result<Vec<String>, CatalogError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT source || ':' || key FROM encounter \
             WHERE substr(key, 1, length(?1) + 1) = ?1 || ',' ORDER BY id",
        )?;
        Ok(statement.query_map([text], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}

/// The encounter of this name, made where it is not there yet. A blank key is no encounter.
pub(crate) fn find_or_make(
    connection: &Connection,
    encounter: &EncounterRef,
) -> Result<Option<EncounterId>, CatalogError> {
    let (source, key) = (stored(encounter.source), encounter.key.trim());
    if key.is_empty() {
        return Ok(None);
    }
    let found: Option<i64> = connection
        .prepare_cached("SELECT id FROM encounter WHERE source = ?1 AND key = ?2")?
        .query_row(params![source, key], |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(Some(EncounterId(id)));
    }
    connection
        .prepare_cached("INSERT INTO encounter (source, key) VALUES (?1, ?2)")?
        .execute(params![source, key])?;
    Ok(Some(EncounterId(connection.last_insert_rowid())))
}
