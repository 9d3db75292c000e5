//! Opening the database: the switches that keep it safe, and the checks that it is ours.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::error::CatalogError;
use crate::schema;

/// How long to wait for another process' short transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How many compiled statements are kept.
const STATEMENTS_KEPT: usize = 128;

/// The longest text, blob or row that is read or written, in bytes: a path has some thousand at most.
const LONGEST_VALUE: i32 = 16 << 20;

/// Makes a database file with all tables and what `fill` puts into them, and closes it. The file must not exist.
///
/// It gets its write-ahead log last, so that all of it is in the one file that is there when this returns.
pub(crate) fn create(
    path: &Path,
    fill: impl FnOnce(&Connection) -> Result<(), CatalogError>,
) -> Result<(), CatalogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(real(path)?, flags)?;
    harden(&connection)?;
    // Nobody but us knows the file yet: what is interrupted is made anew.
    connection.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    schema::upgrade(&mut connection)?;
    let transaction = connection.transaction()?;
    fill(&transaction)?;
    transaction.commit()?;
    write_ahead_log(&connection, path)?;
    connection.close().map_err(|(_, error)| error)?;
    match has_log(path) {
        true => Err(CatalogError::DiskFull { doing: format!("making {}", path.display()) }),
        false => Ok(()),
    }
}

/// The path with the links in the folders above resolved, which the user may have; SQLite opens through no link at all.
/// Elsewhere than on Unix there is no such flag, and the look before must do.
fn real(path: &Path) -> Result<PathBuf, CatalogError> {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if cfg!(unix) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let folder = folder.canonicalize().map_err(CatalogError::file("find the folder", folder))?;
            Ok(folder.join(name))
        }
        _ => Ok(path.to_owned()),
    }
}

/// Opens a database to change it, and upgrades it where it is of an older version.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, CatalogError> {
    let mut connection = Connection::open_with_flags(real(path)?, READ_AND_WRITE)?;
    harden(&connection)?;
    let found = schema::version(&connection, path)?;
    schema::refuse_foreign(&connection, found, path)?;
    schema::refuse_wrong_sequences(&connection)?;
    write_ahead_log(&connection, path)?;
    schema::upgrade(&mut connection)?;
    Ok(connection)
}

/// Opens a database to look at it, on read-only media too.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, CatalogError> {
    let connection = match shared(path) {
        Ok(connection) => connection,
        Err(error) if CatalogError::is_of_the_database(&error) => return Err(error.into()),
        // Where nothing can be written there is no writer to reckon with, unless one left its log behind.
        Err(source) if has_log(path) => {
            return Err(CatalogError::LogUnreadable { source, path: path.to_owned() });
        }
        Err(_) => immutable(path)?,
    };
    let found = schema::version(&connection, path)?;
    if found < schema::VERSION {
        return Err(CatalogError::OlderSchema { found, known: schema::VERSION, path: path.to_owned() });
    }
    schema::refuse_foreign(&connection, found, path)?;
    schema::refuse_wrong_sequences(&connection)?;
    Ok(connection)
}

const READ_AND_WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE
    .union(OpenFlags::SQLITE_OPEN_NO_MUTEX)
    .union(OpenFlags::SQLITE_OPEN_NOFOLLOW);

/// A reader beside a possible writer. SQLite keeps the index of its log in a file, hence the write access.
fn shared(path: &Path) -> Result<Connection, rusqlite::Error> {
    let real = real(path).map_err(|_| rusqlite::Error::InvalidPath(path.to_owned()))?;
    let connection = Connection::open_with_flags(real, READ_AND_WRITE)?;
    harden(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

fn immutable(path: &Path) -> Result<Connection, CatalogError> {
    let name: String = real(path)?
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
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)?;
    harden(&connection)?;
    Ok(connection)
}

/// Whether a writer left a log that is not yet in the database.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::symlink_metadata(log).is_ok_and(|data| data.len() > 0)
}

/// Switches that hold for every connection. `synchronous = FULL`: a commit is on the disk when it returns.
fn harden(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 4)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
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
