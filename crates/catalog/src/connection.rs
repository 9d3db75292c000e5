//! Opening the database: the switches that keep it safe, and the checks that it is ours.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::CatalogError;
use crate::schema;

/// How long to wait for another process' short transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How many compiled statements are kept.
const STATEMENTS_KEPT: usize = 128;

/// Makes a database file with all tables, empty. The file must not exist.
pub(crate) fn create(path: &Path) -> Result<Connection, CatalogError> {
    let mut connection = Connection::open(path)?;
    harden(&connection)?;
    write_ahead_log(&connection, path)?;
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    schema::upgrade(&mut connection)?;
    Ok(connection)
}

/// Opens a database to change it, and upgrades it where it is of an older version.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, CatalogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    harden(&connection)?;
    schema::version(&connection, path)?;
    write_ahead_log(&connection, path)?;
    schema::upgrade(&mut connection)?;
    Ok(connection)
}

/// Opens a database to look at it, on read-only media too.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, CatalogError> {
    let connection = match shared(path) {
        Ok(connection) => connection,
        // Where nothing can be written there is no writer to reckon with, unless one left its log behind.
        Err(error) if has_log(path) => return Err(error),
        Err(_) => immutable(path)?,
    };
    let found = schema::version(&connection, path)?;
    if found < schema::VERSION {
        return Err(CatalogError::OlderSchema { found, known: schema::VERSION, path: path.to_owned() });
    }
    Ok(connection)
}

/// A reader beside a possible writer. SQLite keeps the index of its log in a file, hence the write access.
fn shared(path: &Path) -> Result<Connection, CatalogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    harden(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

fn immutable(path: &Path) -> Result<Connection, CatalogError> {
    let name: String = path
        .to_string_lossy()
        .chars()
        .map(|c| match c {
            '%' => "%25".to_owned(),
            '?' => "%3f".to_owned(),
            '#' => "%23".to_owned(),
            '\\' => "/".to_owned(),
            other => other.to_string(),
        })
        .collect();
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)?;
    harden(&connection)?;
    Ok(connection)
}

/// Whether a writer left a log that is not yet in the database.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|data| data.len() > 0)
}

/// Switches that hold for every connection. `synchronous = FULL`: a commit is on the disk when it returns.
fn harden(connection: &Connection) -> Result<(), CatalogError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update(None, "mmap_size", 268_435_456_i64)?;
    Ok(())
}

fn write_ahead_log(connection: &Connection, path: &Path) -> Result<(), CatalogError> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode == "wal" { Ok(()) } else { Err(CatalogError::NoWriteAheadLog { mode, path: path.to_owned() }) }
}
