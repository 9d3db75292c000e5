//! The embeddings: every block of every segment against its checksum.

use std::collections::BTreeSet;
use std::path::Path;

use resight_vector::segment::{HEADER_BYTES, Segment};
use rusqlite::Connection;

use super::{ProblemKind, Report};
use crate::embedding::{self, BundleRecord, SegmentRecord};
use crate::error::CatalogError;
use crate::layout::Layout;

/// Rows that were appended at once, as the database knows them; `first_row` counts within the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) first_row: u64,
    pub(crate) n_rows: u64,
    pub(crate) checksum: [u8; 32],
}

pub(super) fn check(
    connection: &Connection,
    layout: &Layout,
    report: &mut Report,
) -> Result<(), CatalogError> {
    for bundle in embedding::all(connection)? {
        let mut first_row = 0;
        let mut sound = BTreeSet::new();
        for segment in embedding::segments(connection, bundle.key)? {
            if segment.first_row != first_row {
                let number = segment.number;
                report.add(
                    ProblemKind::Record,
                    format!("segment {number} of {} is misnumbered", bundle.spec.id),
                );
            }
            first_row += segment.n_rows;
            let blocks = check_segment(connection, layout, &bundle, segment, report)?;
            sound.extend(blocks.iter().flat_map(|block| {
                let start = segment.first_row + block.first_row;
                start..start + block.n_rows
            }));
        }
        check_rows(connection, &bundle, &sound, report)?;
    }
    Ok(())
}

/// Checks one segment and returns its sound blocks.
fn check_segment(
    connection: &Connection,
    layout: &Layout,
    bundle: &BundleRecord,
    segment: SegmentRecord,
    report: &mut Report,
) -> Result<Vec<Block>, CatalogError> {
    let path = layout.segment(&bundle.spec.id, segment.number);
    let blocks = blocks(connection, bundle.key, segment.number)?;
    let covered =
        blocks.iter().try_fold(0, |end, block| (block.first_row == end).then(|| end + block.n_rows));
    if covered != Some(segment.n_rows) {
        let number = segment.number;
        report.add(
            ProblemKind::Record,
            format!("the blocks of segment {number} of {} leave gaps", bundle.spec.id),
        );
    }
    report.segments += 1;
    let sound = match sound_blocks(&path, bundle.spec.dimension, &blocks) {
        Ok((_, sound)) => sound,
        Err(error) => {
            report.add(ProblemKind::Vectors, error.to_string());
            return Ok(Vec::new());
        }
    };
    if sound.len() < blocks.len() {
        let rows: u64 = blocks.iter().filter(|block| !sound.contains(block)).map(|block| block.n_rows).sum();
        report.add(ProblemKind::Vectors, format!("{rows} rows are not what was stored: {}", path.display()));
    }
    let end = HEADER_BYTES + segment.n_rows * 2 * bundle.spec.dimension as u64;
    if std::fs::metadata(&path).is_ok_and(|data| data.len() > end) {
        report.leftovers.push(path);
    }
    Ok(sound)
}

/// Every embedding's row must be there, and its bytes sound.
fn check_rows(
    connection: &Connection,
    bundle: &BundleRecord,
    sound: &BTreeSet<u64>,
    report: &mut Report,
) -> Result<(), CatalogError> {
    let mut statement = connection.prepare_cached("SELECT row FROM embedding WHERE bundle_id = ?1")?;
    let mut rows = statement.query([bundle.key])?;
    let mut lost = 0_u64;
    while let Some(row) = rows.next()? {
        if sound.contains(&row.get::<_, i64>(0)?.cast_unsigned()) {
            report.embeddings += 1;
        } else {
            lost += 1;
        }
    }
    if lost > 0 {
        report
            .add(ProblemKind::Vectors, format!("{lost} embeddings are lost or damaged: {}", bundle.spec.id));
    }
    Ok(())
}

/// The blocks of a segment, in order.
pub(crate) fn blocks(connection: &Connection, bundle: i64, segment: u32) -> Result<Vec<Block>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT first_row, n_rows, checksum FROM segment_block WHERE bundle_id = ?1 AND number = ?2 ORDER BY first_row",
    )?;
    let rows = statement.query_map([bundle, i64::from(segment)], |row| {
        Ok(Block {
            first_row: row.get::<_, i64>(0)?.cast_unsigned(),
            n_rows: row.get::<_, i64>(1)?.cast_unsigned(),
            checksum: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Opens as much of a segment as there is, and returns the blocks whose bytes are what was stored.
///
/// # Errors
/// The file is missing or is no segment of this dimension.
pub(crate) fn sound_blocks(
    path: &Path,
    dimension: usize,
    blocks: &[Block],
) -> Result<(Segment, Vec<Block>), CatalogError> {
    let recorded = blocks.last().map_or(0, |block| block.first_row + block.n_rows);
    let length = std::fs::metadata(path).map_err(CatalogError::file("read the segment", path))?.len();
    let there = length.saturating_sub(HEADER_BYTES) / (2 * dimension.max(1) as u64);
    let segment = Segment::open(path, recorded.min(there))?;
    if segment.dim() != dimension {
        let what =
            format!("a segment with rows of {} numbers, not {dimension}: {}", segment.dim(), path.display());
        return Err(CatalogError::Corrupt(what));
    }
    let is_sound =
        |block: &&Block| segment.verify_range(block.first_row, block.n_rows, &block.checksum).is_ok();
    let sound = blocks.iter().filter(is_sound).copied().collect();
    Ok((segment, sound))
}
