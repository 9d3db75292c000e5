//! Appending rows to a segment.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use half::f16;

use super::append::Appender;
use super::file::{RowFile, force_folder_of};
use super::header::{self, HEADER_LENGTH};
use super::{HEADER_BYTES, RowKind, SegmentError};

/// Rows that are now on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendedRange {
    /// The number of the first of them in the segment.
    pub first_row: u64,
    /// How many there are.
    pub rows: u64,
    /// The BLAKE3 hash of their bytes, for [`super::Segment::verify_range`].
    pub blake3: [u8; 32],
}

/// Appends rows to one segment. One writer at a time: that is for the caller to see to.
#[derive(Debug)]
pub struct SegmentWriter(Appender<File>);

impl SegmentWriter {
    /// Makes a new segment for rows of this kind; it and its name are on the disk when this returns.
    ///
    /// # Errors
    /// Where the file exists already or cannot be written, or the rows do not have 1 to 65,536 numbers.
    pub fn create(path: &Path, kind: RowKind) -> Result<Self, SegmentError> {
        let header = header::encode(kind, path)?;
        let mut file =
            resight_files::create_own(path).map_err(SegmentError::io("create the segment", path))?;
        write_and_force(&mut file, 0, &header).map_err(SegmentError::io("write the header", path))?;
        force_folder_of(path)?;
        Ok(Self(Appender { file, path: path.to_owned(), dim: kind.dim, rows: 0 }))
    }

    /// Opens a segment to append behind its first `committed_rows` rows, and drops whatever lies behind these:
    /// the rest of an append that was cut off.
    ///
    /// # Errors
    /// Where the file is missing, a link, no segment, of a newer format, of other rows, or too short.
    pub fn open_append(path: &Path, kind: RowKind, committed_rows: u64) -> Result<Self, SegmentError> {
        let file = resight_files::change_own(path).map_err(SegmentError::io("open the segment", path))?;
        check_header(&file, path, kind)?;
        let dim = kind.dim;
        check_length(&file, path, dim, committed_rows)?;
        let mut appender = Appender { file, path: path.to_owned(), dim, rows: committed_rows };
        appender.truncate_to(committed_rows)?;
        Ok(Self(appender))
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.0.rows
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.0.dim
    }

    /// The file that is written.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Appends rows, rounded to half precision; they are on the disk when this returns.
    ///
    /// # Shapes
    /// `values` is n × dim, row after row.
    ///
    /// # Errors
    /// Where the numbers are not whole rows, one is not finite or does not fit half precision, or the disk is full
    /// or fails. The rows that were there before are then still there, and no others.
    pub fn append(&mut self, values: &[f32]) -> Result<AppendedRange, SegmentError> {
        self.0.append(values)
    }

    /// Appends rows that are in half precision already; else as [`Self::append`].
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_half(&mut self, values: &[f16]) -> Result<AppendedRange, SegmentError> {
        self.0.append_half(values)
    }

    /// Drops the rows behind the first `rows`.
    ///
    /// # Errors
    /// Where there are not that many, or the disk fails.
    pub fn truncate_to(&mut self, rows: u64) -> Result<(), SegmentError> {
        self.0.truncate_to(rows)
    }
}

fn write_and_force(file: &mut impl RowFile, position: u64, bytes: &[u8]) -> io::Result<()> {
    file.go_to(position)?;
    file.write_all(bytes)?;
    file.force()
}

/// Reads the header of `file` and refuses rows of another kind.
pub(crate) fn check_header(mut file: &File, path: &Path, expected: RowKind) -> Result<(), SegmentError> {
    let mut bytes = Vec::with_capacity(HEADER_LENGTH);
    file.by_ref()
        .take(HEADER_BYTES)
        .read_to_end(&mut bytes)
        .map_err(SegmentError::io("read the header", path))?;
    let bytes: [u8; HEADER_LENGTH] =
        bytes.try_into().map_err(|_| SegmentError::NotASegment { path: path.to_owned() })?;
    let found = header::decode(&bytes, path)?;
    if found.dim != expected.dim {
        let path = path.to_owned();
        return Err(SegmentError::OtherDimension { expected: expected.dim, found: found.dim, path });
    }
    if found.owner != expected.owner {
        return Err(SegmentError::OtherOwner { path: path.to_owned() });
    }
    Ok(())
}

/// Refuses a file that is shorter than `rows` rows need.
pub(crate) fn check_length(file: &File, path: &Path, dim: usize, rows: u64) -> Result<(), SegmentError> {
    let found = file.metadata().map_err(SegmentError::io("read the length", path))?.len();
    let expected = header::file_bytes(rows, dim);
    if found < expected || expected == u64::MAX {
        return Err(SegmentError::TooShort { rows, expected, found, path: path.to_owned() });
    }
    Ok(())
}
