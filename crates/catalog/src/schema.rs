//! The tables of the catalog, and how an older catalog comes to the newest form.
//!
//! One SQL file a version; a file that has been released never changes. SQLite's `user_version` counts them.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::error::CatalogError;

/// "RSGT": marks an SQLite file as a catalog of resight.
pub(crate) const APPLICATION_ID: i32 = 0x5253_4754;

const STEPS: &[M<'static>] =
    &[M::up(include_str!("schema/001_first.sql")), M::up(include_str!("schema/002_learnt.sql"))];

const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// The version this program works with.
pub(crate) const VERSION: i64 = STEPS.len() as i64;

/// Brings the tables to the newest form; each step is done whole or not at all.
///
/// # Errors
/// [`CatalogError::Upgrade`]; the catalog is then as it was before the step that failed.
pub(crate) fn upgrade(connection: &mut Connection) -> Result<(), CatalogError> {
    MIGRATIONS.to_latest(connection).map_err(CatalogError::Upgrade)
}

/// The version of the catalog's tables, after checking that it is a catalog and not of a later version.
///
/// # Errors
/// [`CatalogError::OtherApplication`], [`CatalogError::NewerSchema`].
pub(crate) fn version(connection: &Connection, path: &Path) -> Result<i64, CatalogError> {
    let found: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if found != APPLICATION_ID {
        return Err(CatalogError::OtherApplication { found, path: path.to_owned() });
    }
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > VERSION {
        return Err(CatalogError::NewerSchema { found: version, known: VERSION, path: path.to_owned() });
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        upgrade(&mut connection).unwrap();
        connection
    }

    fn texts(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_steps_run_from_nothing() {
        MIGRATIONS.validate().unwrap();
        assert_eq!(
            fresh().pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap(),
            VERSION
        );
    }

    #[test]
    fn every_table_is_strict() {
        let loose = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 \
                     AND name NOT LIKE 'sqlite_%'";
        assert_eq!(texts(&fresh(), loose), Vec::<String>::new());
    }

    #[test]
    fn every_foreign_key_has_an_index_that_begins_with_its_columns() {
        let connection = fresh();
        let mut bare = Vec::new();
        for table in texts(&connection, "SELECT name FROM pragma_table_list WHERE schema = 'main'") {
            let keys = format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}') WHERE seq = 0");
            for column in texts(&connection, &keys) {
                let covered = format!(
                    "SELECT name FROM pragma_index_list('{table}') AS list \
                     WHERE (SELECT name FROM pragma_index_info(list.name) WHERE seqno = 0) = '{column}'"
                );
                if texts(&connection, &covered).is_empty() {
                    bare.push(format!("{table}.{column}"));
                }
            }
        }
        assert_eq!(bare, Vec::<String>::new());
    }
}
