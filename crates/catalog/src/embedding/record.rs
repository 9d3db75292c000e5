//! Segments as the database knows them, checked before anything is cut, mapped or allocated by them.

use rusqlite::Connection;

use super::BundleRecord;
use crate::error::CatalogError;
use crate::layout::LAST_SEGMENT;
use crate::numbers::{natural, stretch};

/// One segment as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentRecord {
    pub(crate) number: u32,
    /// Number of its first row, counted through the bundle.
    pub(crate) first_row: u64,
    pub(crate) n_rows: u64,
    /// What was appended to it, in order and without gaps.
    pub(crate) blocks: Vec<Block>,
}

/// Rows that were appended at once; `first_row` counts within the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) first_row: u64,
    pub(crate) n_rows: u64,
    pub(crate) checksum: [u8; 32],
}

/// The segments of a bundle in order. Each has the rows of its blocks, and begins where the one before ends.
///
/// # Errors
/// [`CatalogError::Corrupt`] where they do not, or a number is out of range; database errors.
pub(crate) fn segments(
    connection: &Connection,
    bundle: &BundleRecord,
) -> Result<Vec<SegmentRecord>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, first_row, n_rows FROM segment WHERE bundle_id = ?1 ORDER BY number",
    )?;
    let mut rows = statement.query([bundle.key])?;
    let mut segments = Vec::new();
    let mut next_row = 0;
    while let Some(row) = rows.next()? {
        let (number, first_row, n_rows) = (natural(row, 0)?, natural(row, 1)?, natural(row, 2)?);
        let wrong =
            |what: &str| Err(CatalogError::Corrupt(format!("segment {number} of {} {what}", bundle.spec.id)));
        let number = match u32::try_from(number) {
            Ok(number) if (1..=LAST_SEGMENT).contains(&number) => number,
            _ => return wrong("has a number that no segment has"),
        };
        if first_row != next_row {
            return wrong("is misnumbered");
        }
        next_row = stretch(first_row, n_rows)?.end;
        let blocks = blocks(connection, bundle.key, number)?;
        let covered = blocks.iter().try_fold(0, |end, block| {
            (block.first_row == end).then(|| stretch(end, block.n_rows).ok()).flatten().map(|rows| rows.end)
        });
        if covered != Some(n_rows) {
            return wrong("does not have the rows of its blocks");
        }
        segments.push(SegmentRecord { number, first_row, n_rows, blocks });
    }
    Ok(segments)
}

fn blocks(connection: &Connection, bundle: i64, segment: u32) -> Result<Vec<Block>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT first_row, n_rows, checksum FROM segment_block WHERE bundle_id = ?1 AND number = ?2 ORDER BY first_row",
    )?;
    let rows = statement.query_map([bundle, i64::from(segment)], |row| {
        Ok(Block { first_row: natural(row, 0)?, n_rows: natural(row, 1)?, checksum: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
