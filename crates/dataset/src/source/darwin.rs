//! DARWIN's catalog of dorsal fins: an SQLite database with the tables `Individuals` and `Images`.
//!
//! It is opened to be read alone, with nothing of it trusted: no views, no triggers, no functions of its schema.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, Row};

use crate::records::Records;
use crate::{DatasetError, ReadOptions, SourceKind, Table};

use super::Looked;

/// The first bytes of a database.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Longer texts are no text of a catalog, in bytes.
const LONGEST: i32 = 1 << 20;

/// More photos than this no catalog of fins has.
const MOST_ROWS: usize = 2_000_000;

const SELECT: &str = "SELECT Images.ID, Images.ImageFilename, Images.DateOfSighting, Images.LocationCode, \
    Images.ShortDescription, Images.RollAndFrame, Individuals.IDCode, Individuals.Name \
    FROM Images LEFT JOIN Individuals ON Individuals.ID = Images.fkIndividualID ORDER BY Images.ID";

pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    looked.begins_with(MAGIC).then_some("it is an SQLite database")
}

pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let refuse = |error: &dyn std::fmt::Display| DatasetError::NotJson {
        expected: "a catalog of DARWIN",
        reason: error.to_string(),
        path: path.to_owned(),
    };
    // Only a plain file: SQLite would wait for a pipe.
    drop(resight_files::open_plain(path).map_err(DatasetError::unreadable(path))?);
    let connection = open(path).map_err(|error| refuse(&error))?;
    let mut records = Records::new(&[
        "image_id",
        "path",
        "identity",
        "date",
        "station",
        "notes",
        "roll_and_frame",
        "nickname",
    ]);
    let mut statement = connection.prepare(SELECT).map_err(|error| refuse(&error))?;
    let mut rows = statement.query([]).map_err(|error| refuse(&error))?;
    let mut line = 0;
    while let Some(row) = rows.next().map_err(|error| refuse(&error))? {
        line += 1;
        if records.rows.len() >= MOST_ROWS {
            return Err(refuse(&"more photos than any catalog has"));
        }
        let [id, file, date, place, description, frame, code, name] = std::array::from_fn(|at| text(row, at));
        if file.is_empty() {
            records.leave_out(line, "it names no photo");
            continue;
        }
        let who = if code.is_empty() || code.eq_ignore_ascii_case("none") { name.clone() } else { code };
        records.push(line, vec![id, below(&file), who, date, place, description, frame, name]);
    }
    records.into_table(path, SourceKind::Darwin, options)
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// Any value as a text.
fn text(row: &Row<'_>, at: usize) -> String {
    use rusqlite::types::ValueRef;
    match row.get_ref(at) {
        Ok(ValueRef::Text(bytes)) => String::from_utf8_lossy(bytes).trim().to_owned(),
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Real(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Its paths are those of the machine where it ran: what is kept of a whole path is the name.
fn below(file: &str) -> String {
    let is_whole = file.starts_with(['/', '\\']) || file.chars().nth(1) == Some(':');
    match is_whole {
        true => file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
        false => file.to_owned(),
    }
}
