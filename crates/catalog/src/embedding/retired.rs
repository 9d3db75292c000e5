//! Rows of segments that belong to nobody any more: their annotation has got another box.

use rusqlite::{Connection, params};

use super::BundleRecord;
use crate::error::CatalogError;
use crate::numbers::natural;

/// Takes from an annotation what every bundle made of it: it has none yet, then.
pub(crate) fn retire(connection: &Connection, annotation: i64) -> Result<(), CatalogError> {
    connection
        .prepare_cached(
            "INSERT INTO embedding_retired (bundle_id, row) \
             SELECT bundle_id, row FROM embedding WHERE annotation_id = ?1",
        )?
        .execute([annotation])?;
    for table in ["embedding", "embedding_failure"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE annotation_id = ?1"))?
            .execute([annotation])?;
    }
    Ok(())
}

/// Notes that a row belongs to nobody.
pub(crate) fn retire_row(connection: &Connection, bundle: i64, row: u64) -> Result<(), CatalogError> {
    connection
        .prepare_cached("INSERT INTO embedding_retired (bundle_id, row) VALUES (?1, ?2)")?
        .execute(params![bundle, row.cast_signed()])?;
    Ok(())
}

/// How many rows of a bundle belong to nobody.
pub(crate) fn count_retired(connection: &Connection, bundle: &BundleRecord) -> Result<u64, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT count(*) FROM embedding_retired WHERE bundle_id = ?1")?;
    Ok(statement.query_row([bundle.key], |row| natural(row, 0))?)
}

/// The rows of a bundle that belong to nobody.
pub(crate) fn retired_rows(connection: &Connection, bundle: &BundleRecord) -> Result<Vec<u64>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT row FROM embedding_retired WHERE bundle_id = ?1 ORDER BY row")?;
    let rows = statement.query_map([bundle.key], |row| natural(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
