//! Reading a segment where it lies.

use std::path::{Path, PathBuf};

use half::f16;
use memmap2::Mmap;

use super::header::{self, HEADER_LENGTH};
use super::writer::{check_header, check_length};
use super::{RowKind, SegmentError};
use crate::Rows;
use crate::mapped::map;

/// A segment, memory-mapped and read-only.
///
/// Rows that are appended later are not seen: open it again for these. What is mapped must not be cut off by
/// another program meanwhile; a [`super::SegmentWriter`] only ever cuts behind the rows that count.
#[derive(Debug)]
pub struct Segment {
    map: Mmap,
    path: PathBuf,
    dim: usize,
    rows: u64,
}

impl Segment {
    /// Opens the first `committed_rows` rows of a segment; what lies behind them is not looked at.
    ///
    /// # Errors
    /// Where the file is missing, a link, no segment, of a newer format, of other rows, or too short for that many.
    pub fn open(path: &Path, kind: RowKind, committed_rows: u64) -> Result<Self, SegmentError> {
        let file = resight_files::open_own(path).map_err(SegmentError::io("open the segment", path))?;
        check_header(&file, path, kind)?;
        let dim = kind.dim;
        check_length(&file, path, dim, committed_rows)?;
        let map = map(&file, header::file_bytes(committed_rows, dim))
            .map_err(SegmentError::io("map the segment", path))?;
        Ok(Self { map, path: path.to_owned(), dim, rows: committed_rows })
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How many rows were opened.
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// Whether no row was opened.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rows, for [`crate::search()`] and [`crate::scan()`].
    pub fn rows(&self) -> Rows<'_> {
        let values: &[f16] = bytemuck::cast_slice(&self.map[HEADER_LENGTH..]);
        Rows::new(self.dim, values).expect("whole rows of at least one number were mapped")
    }

    /// Checks the bytes of `rows` rows from `first` on against the hash that [`super::AppendedRange`] gave.
    ///
    /// # Errors
    /// Where they are not the bytes that were written, or not all of them were opened.
    pub fn verify_range(&self, first: u64, rows: u64, blake3: &[u8; 32]) -> Result<(), SegmentError> {
        let end = first.saturating_add(rows);
        let path = self.path.clone();
        if end > self.rows {
            return Err(SegmentError::NoSuchRows { first, end, rows: self.rows, path });
        }
        let position =
            |row| usize::try_from(header::file_bytes(row, self.dim)).expect("within what is mapped");
        let found = blake3::hash(&self.map[position(first)..position(end)]);
        if found != *blake3 {
            return Err(SegmentError::Damaged { first, end, path });
        }
        Ok(())
    }
}
