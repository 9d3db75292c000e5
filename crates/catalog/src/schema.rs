//! The tables of the catalog, and how an older catalog comes to the newest form.
//!
//! One SQL file a version; a file that has been released never changes. SQLite's `user_version` counts them.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::error::CatalogError;

/// "RSGT": marks an SQLite file as a catalog of resight.
pub(crate) const APPLICATION_ID: i32 = 0x5253_4754;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("schema/001_first.sql")),
    M::up(include_str!("schema/002_learnt.sql")),
    M::up(include_str!("schema/003_picture.sql")),
    M::up(include_str!("schema/004_labels.sql")).foreign_key_check(),
    M::up(include_str!("schema/005_roles.sql")),
    M::up(include_str!("schema/006_evidence.sql")),
    M::up(include_str!("schema/007_thorough.sql")),
    M::up(include_str!("schema/008_verdicts.sql")),
    M::up(include_str!("schema/009_rotation.sql")),
];

const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// The version this program works with.
pub(crate) const VERSION: i64 = STEPS.len() as i64;

/// Brings the tables to the newest form; each step is done whole or not at all.
///
/// # Errors
/// [`CatalogError::Upgrade`]; the catalog is then as it was before the step that failed.
pub(crate) fn upgrade(connection: &mut Connection) -> Result<(), CatalogError> {
    bring_to(connection, VERSION)
}

/// Brings the tables to a version. A table that other tables refer to can only be made anew while nobody looks after the
/// references; the step that does so looks itself, before it is done.
fn bring_to(connection: &mut Connection, version: i64) -> Result<(), CatalogError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found == version {
        return Ok(());
    }
    connection.pragma_update(None, "foreign_keys", false)?;
    let brought = MIGRATIONS.to_version(connection, usize::try_from(version).unwrap_or(0));
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(brought?)
}

/// Tables whose rows are numbered from 1, one after the other, and never deleted.
pub(crate) const NUMBERED: [&str; 6] =
    ["import", "photo", "encounter", "individual", "annotation", "journal_entry"];

/// A table, index, trigger or view: what it is and its name.
type ItemName = (String, String);

/// The table it belongs to, and the text that made it.
type ItemText = (String, Option<String>);

/// What a database of a version consists of.
type Items = BTreeMap<ItemName, ItemText>;

/// Refuses a database that does not consist of exactly what resight makes. Its triggers would run with every step
/// and its views would lie; nothing of it is used before it was compared with what a fresh catalog has.
///
/// # Errors
/// [`CatalogError::ForeignSchema`] names the first thing that is not ours, missing or changed.
pub(crate) fn refuse_foreign(connection: &Connection, version: i64, path: &Path) -> Result<(), CatalogError> {
    let found = items(connection)?;
    let expected = expected(version)?;
    let differs = |(name, text): (&ItemName, &ItemText)| match expected.get(name) {
        None => Some(format!("the {} `{}` was added", name.0, name.1)),
        Some(ours) if ours != text => Some(format!("the {} `{}` is not as resight makes it", name.0, name.1)),
        Some(_) => None,
    };
    let missing = || expected.keys().find(|name| !found.contains_key(name));
    let what = found
        .iter()
        .find_map(differs)
        .or_else(|| missing().map(|name| format!("the {} `{}` is missing", name.0, name.1)));
    match what {
        Some(what) => Err(CatalogError::ForeignSchema { what, path: path.to_owned() }),
        None => Ok(()),
    }
}

/// Refuses a database whose next numbers do not follow from the last ones: one flipped bit there makes numbers of
/// many digits, and one more runs out of them.
///
/// # Errors
/// [`CatalogError::Corrupt`]; database errors.
pub(crate) fn refuse_wrong_sequences(connection: &Connection) -> Result<(), CatalogError> {
    for table in NUMBERED {
        let (next, last): (i64, i64) = connection.query_row(
            &format!(
                "SELECT ifnull((SELECT max(seq) FROM sqlite_sequence WHERE name = '{table}'), 0), \
                 ifnull((SELECT max(id) FROM {table}), 0)"
            ),
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if next != last {
            return Err(CatalogError::Corrupt(format!(
                "the numbers of `{table}` go on after {next} where the last one is {last}"
            )));
        }
    }
    Ok(())
}

/// What the database of a fresh catalog of this version consists of.
fn expected(version: i64) -> Result<Items, CatalogError> {
    let mut fresh = Connection::open_in_memory()?;
    bring_to(&mut fresh, version)?;
    items(&fresh)
}

fn items(connection: &Connection) -> Result<Items, CatalogError> {
    let mut statement = connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    let mut items = Items::new();
    while let Some(row) = rows.next()? {
        items.insert((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?));
    }
    Ok(items)
}

/// The version of the catalog's tables, after checking that it is a catalog and not of a later version.
///
/// # Errors
/// [`CatalogError::OtherApplication`], [`CatalogError::NewerSchema`]; [`CatalogError::ForeignSchema`] where it has none.
pub(crate) fn version(connection: &Connection, path: &Path) -> Result<i64, CatalogError> {
    let found: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if found != APPLICATION_ID {
        return Err(CatalogError::OtherApplication { found, path: path.to_owned() });
    }
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < 1 {
        let what = format!("its version is {version}, which no catalog has");
        return Err(CatalogError::ForeignSchema { what, path: path.to_owned() });
    }
    if version > VERSION {
        return Err(CatalogError::NewerSchema { found: version, known: VERSION, path: path.to_owned() });
    }
    Ok(version)
}

/// A database of the newest form, for tests.
#[cfg(test)]
pub(crate) fn in_memory() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    upgrade(&mut connection).unwrap();
    connection
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Connection {
        in_memory()
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
    fn a_catalog_of_every_earlier_version_keeps_its_photos() {
        for version in 1..VERSION {
            let mut connection = Connection::open_in_memory().unwrap();
            bring_to(&mut connection, version).unwrap();
            let filled = "INSERT INTO import (source, actor_kind, actor, started_at) VALUES ('a', 'person', 'Ada', 'now'); \
                          INSERT INTO photo (content, width, height, byte_len, format, import_id) \
                          VALUES (zeroblob(32), 8, 6, 1, 'jpeg', 1);";
            connection.execute_batch(filled).unwrap();
            upgrade(&mut connection).unwrap();
            let photos = texts(&connection, "SELECT format FROM photo WHERE picture IS NULL AND width = 8");
            assert_eq!(photos, ["jpeg"], "version {version}");
            refuse_foreign(&connection, VERSION, Path::new("upgraded")).unwrap();
        }
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
