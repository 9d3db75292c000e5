//! The embeddings: every block of every segment against its checksum.

use std::ops::Range;
use std::path::Path;

use resight_vector::segment::{HEADER_BYTES, RowKind, Segment};
use rusqlite::Connection;

use super::{ProblemKind, Report};
use crate::embedding::{self, Block, BundleRecord, SegmentRecord};
use crate::error::CatalogError;
use crate::layout::Layout;
use crate::numbers::{natural, stretch};

pub(super) fn check(
    connection: &Connection,
    layout: &Layout,
    report: &mut Report,
) -> Result<(), CatalogError> {
    for bundle in embedding::all(connection)? {
        let checked = check_bundle(connection, layout, &bundle, report);
        report.note(checked)?;
    }
    Ok(())
}

fn check_bundle(
    connection: &Connection,
    layout: &Layout,
    bundle: &BundleRecord,
    report: &mut Report,
) -> Result<(), CatalogError> {
    let mut sound = Vec::new();
    for segment in embedding::segments(connection, bundle)? {
        for block in check_segment(layout, bundle, &segment, report) {
            let first = stretch(segment.first_row, block.first_row)?.end;
            sound.push(stretch(first, block.n_rows)?);
        }
    }
    check_rows(connection, bundle, &sound, report)
}

/// Checks one segment and returns its sound blocks.
fn check_segment(
    layout: &Layout,
    bundle: &BundleRecord,
    segment: &SegmentRecord,
    report: &mut Report,
) -> Vec<Block> {
    let path = layout.segment(&bundle.spec.id, segment.number);
    let blocks = &segment.blocks;
    report.segments += 1;
    let sound = match sound_blocks(&path, bundle.row_kind(), blocks) {
        Ok((_, sound)) => sound,
        Err(error) => {
            report.add(ProblemKind::Vectors, error.to_string());
            return Vec::new();
        }
    };
    if sound.len() < blocks.len() {
        let rows: u64 = blocks.iter().filter(|block| !sound.contains(block)).map(|block| block.n_rows).sum();
        report.add(ProblemKind::Vectors, format!("{rows} rows are not what was stored: {}", path.display()));
    }
    let row_bytes = 2 * bundle.spec.dimension as u64;
    let end = segment.n_rows.saturating_mul(row_bytes).saturating_add(HEADER_BYTES);
    if std::fs::symlink_metadata(&path).is_ok_and(|data| data.len() > end) {
        report.leftovers.push(path);
    }
    sound
}

/// Every embedding's row must be there, and its bytes sound.
fn check_rows(
    connection: &Connection,
    bundle: &BundleRecord,
    sound: &[Range<u64>],
    report: &mut Report,
) -> Result<(), CatalogError> {
    let mut statement = connection.prepare_cached("SELECT row FROM embedding WHERE bundle_id = ?1")?;
    let mut rows = statement.query([bundle.key])?;
    let mut lost = 0_u64;
    while let Some(row) = rows.next()? {
        let row = natural(row, 0)?;
        // The stretches are in the order of their rows.
        let begun = sound.partition_point(|rows| rows.start <= row);
        if begun.checked_sub(1).is_some_and(|last| sound[last].contains(&row)) {
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

/// Opens as much of a segment as there is, and returns the blocks whose bytes are what was stored.
///
/// # Errors
/// The file is missing, a link, or no segment with rows of this kind.
pub(crate) fn sound_blocks(
    path: &Path,
    kind: RowKind,
    blocks: &[Block],
) -> Result<(Segment, Vec<Block>), CatalogError> {
    let recorded = match blocks.last() {
        Some(last) => stretch(last.first_row, last.n_rows)?.end,
        None => 0,
    };
    let length = std::fs::symlink_metadata(path).map_err(CatalogError::file("read the segment", path))?.len();
    let there = length.saturating_sub(HEADER_BYTES) / (2 * kind.dim.max(1) as u64);
    let segment = Segment::open(path, kind, recorded.min(there))?;
    let is_sound =
        |block: &&Block| segment.verify_range(block.first_row, block.n_rows, &block.checksum).is_ok();
    let sound = blocks.iter().filter(is_sound).copied().collect();
    Ok((segment, sound))
}
