//! The database file, and the references in it.

use rusqlite::Connection;

use super::{ProblemKind, Report};
use crate::error::CatalogError;

pub(super) fn check(connection: &Connection, report: &mut Report) -> Result<(), CatalogError> {
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
    Ok(())
}

fn count(connection: &Connection, table: &str) -> Result<u64, CatalogError> {
    let count: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}
