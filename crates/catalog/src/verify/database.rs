//! The database file, and the references in it.

use rusqlite::Connection;

use super::{ProblemKind, Report};
use crate::annotation;
use crate::error::CatalogError;
use crate::layout::Layout;
use crate::photo;
use crate::schema::NUMBERED;
use crate::settings::Settings;

pub(super) fn check(
    connection: &Connection,
    _layout: &Layout,
    report: &mut Report,
) -> Result<(), CatalogError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let findings: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for finding in findings.iter().filter(|finding| *finding != "ok") {
        report.add(ProblemKind::Database, finding);
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        report.add(
            ProblemKind::Record,
            format!("a row of `{table}` refers to a row of `{parent}` that is not there"),
        );
    }
    for bundle in crate::embedding::all(connection)? {
        match crate::learnt::read(connection, &bundle.spec.id) {
            Err(CatalogError::Corrupt(what)) => report.add(ProblemKind::Record, what),
            other => drop(other?),
        }
    }
    report.photos = count(connection, "photo")?;
    report.annotations = count(connection, "annotation")?;
    report.journal_entries = count(connection, "journal_entry")?;
    numbered_in_turn(connection, report)?;
    let read =
        [photo::read_all(connection), annotation::read_all(connection), Settings::read(connection).map(drop)];
    read.into_iter().try_for_each(|read| report.note(read))
}

/// Rows are numbered one after the other and never deleted: a number that leaps was changed from outside.
fn numbered_in_turn(connection: &Connection, report: &mut Report) -> Result<(), CatalogError> {
    for table in NUMBERED {
        let (rows, least, greatest): (i64, i64, i64) = connection.query_row(
            &format!("SELECT count(*), ifnull(min(id), 1), ifnull(max(id), 0) FROM {table}"),
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        if least != 1 || greatest != rows {
            let what = format!("the {rows} rows of `{table}` are numbered {least} to {greatest}");
            report.add(ProblemKind::Record, what);
        }
    }
    Ok(())
}

fn count(connection: &Connection, table: &str) -> Result<u64, CatalogError> {
    let count: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}
