//! Appending rows to a segment.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::file::{RowFile, force_folder_of};
use super::header::{self, HEADER_LENGTH};
use super::{HEADER_BYTES, SegmentError};

/// Numbers that are converted and written at a time.
const CHUNK: usize = 1 << 18;

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
pub struct SegmentWriter<F = File> {
    file: F,
    path: PathBuf,
    dim: usize,
    rows: u64,
}

impl SegmentWriter {
    /// Makes a new segment for rows of `dim` numbers; it and its name are on the disk when this returns.
    ///
    /// # Errors
    /// Where the file exists already or cannot be written, or `dim` is not 1 to 65,536.
    pub fn create(path: &Path, dim: usize) -> Result<Self, SegmentError> {
        let header = header::encode(dim, path)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(SegmentError::io("create the segment", path))?;
        write_and_force(&mut file, 0, &header).map_err(SegmentError::io("write the header", path))?;
        force_folder_of(path)?;
        Ok(Self { file, path: path.to_owned(), dim, rows: 0 })
    }

    /// Opens a segment to append behind its first `committed_rows` rows, and drops whatever lies behind these:
    /// the rest of an append that was cut off.
    ///
    /// # Errors
    /// Where the file is missing, no segment, of a newer format, of another row length than `dim`, or too short.
    pub fn open_append(path: &Path, dim: usize, committed_rows: u64) -> Result<Self, SegmentError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(SegmentError::io("open the segment", path))?;
        let found = read_header(&file, path)?;
        if found != dim {
            return Err(SegmentError::OtherDimension { expected: dim, found, path: path.to_owned() });
        }
        check_length(&file, path, dim, committed_rows)?;
        let mut writer = Self { file, path: path.to_owned(), dim, rows: committed_rows };
        writer.truncate_to(committed_rows)?;
        Ok(writer)
    }
}

impl<F: RowFile> SegmentWriter<F> {
    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The file that is written.
    pub fn path(&self) -> &Path {
        &self.path
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
        let mut halves = vec![f16::ZERO; values.len().min(CHUNK)];
        self.append_chunks(values.len(), values.chunks(CHUNK), |chunk, write| {
            let halves = &mut halves[..chunk.len()];
            halves.convert_from_f32_slice(chunk);
            match halves.iter().position(|half| !half.is_finite()) {
                Some(position) => Err((position, chunk[position])),
                None => Ok(write(halves)),
            }
        })
    }

    /// Appends rows that are in half precision already; else as [`Self::append`].
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_half(&mut self, values: &[f16]) -> Result<AppendedRange, SegmentError> {
        self.append_chunks(values.len(), values.chunks(CHUNK), |chunk, write| {
            match chunk.iter().position(|half| !half.is_finite()) {
                Some(position) => Err((position, chunk[position].to_f32())),
                None => Ok(write(chunk)),
            }
        })
    }

    /// Drops the rows behind the first `rows`.
    ///
    /// # Errors
    /// Where there are not that many, or the disk fails.
    pub fn truncate_to(&mut self, rows: u64) -> Result<(), SegmentError> {
        if rows > self.rows {
            return Err(self.no_such_rows(rows));
        }
        self.file
            .cut(header::file_bytes(rows, self.dim))
            .and_then(|()| self.file.force())
            .map_err(SegmentError::io("drop rows", &self.path))?;
        self.rows = rows;
        Ok(())
    }

    /// Writes `chunks`, which `store` turns into halves or refuses, naming the number and its position.
    fn append_chunks<T>(
        &mut self,
        n_values: usize,
        chunks: impl Iterator<Item = T>,
        mut store: impl FnMut(T, &mut dyn FnMut(&[f16]) -> io::Result<()>) -> Result<io::Result<()>, (usize, f32)>,
    ) -> Result<AppendedRange, SegmentError> {
        self.check_whole_rows(n_values)?;
        let end = header::file_bytes(self.rows, self.dim);
        self.file.go_to(end).map_err(SegmentError::io("write rows", &self.path))?;
        let mut hasher = blake3::Hasher::new();
        for (index, chunk) in chunks.enumerate() {
            let file = &mut self.file;
            let mut write = |halves: &[f16]| {
                let bytes = bytemuck::cast_slice(halves);
                hasher.update(bytes);
                file.write_all(bytes)
            };
            match store(chunk, &mut write) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(self.give_up(error)),
                Err((position, value)) => return Err(self.refuse(index * CHUNK + position, value)),
            }
        }
        self.file.force().map_err(|error| self.give_up(error))?;
        Ok(self.note_appended(n_values, &hasher))
    }

    fn check_whole_rows(&self, n_values: usize) -> Result<(), SegmentError> {
        if n_values.is_multiple_of(self.dim) {
            return Ok(());
        }
        Err(SegmentError::RaggedRows { values: n_values, dim: self.dim, path: self.path.clone() })
    }

    fn note_appended(&mut self, n_values: usize, hasher: &blake3::Hasher) -> AppendedRange {
        let (first_row, rows) = (self.rows, (n_values / self.dim) as u64);
        self.rows += rows;
        AppendedRange { first_row, rows, blake3: *hasher.finalize().as_bytes() }
    }

    /// Drops what an append wrote before it failed. If that fails too, the next append or opening does it.
    fn drop_tail(&mut self) {
        let _ = self.file.cut(header::file_bytes(self.rows, self.dim));
    }

    fn give_up(&mut self, source: io::Error) -> SegmentError {
        self.drop_tail();
        SegmentError::Io { action: "write rows", path: self.path.clone(), source }
    }

    fn refuse(&mut self, at: usize, value: f32) -> SegmentError {
        self.drop_tail();
        let (row, position) = (at / self.dim, at % self.dim);
        SegmentError::UnusableNumber { row, position, value, path: self.path.clone() }
    }

    fn no_such_rows(&self, end: u64) -> SegmentError {
        SegmentError::NoSuchRows { first: self.rows, end, rows: self.rows, path: self.path.clone() }
    }

    #[cfg(test)]
    pub(crate) fn on(file: F, dim: usize) -> Self {
        Self { file, path: PathBuf::from("test.f16"), dim, rows: 0 }
    }

    #[cfg(test)]
    pub(crate) fn file_mut(&mut self) -> &mut F {
        &mut self.file
    }
}

fn write_and_force(file: &mut impl RowFile, position: u64, bytes: &[u8]) -> io::Result<()> {
    file.go_to(position)?;
    file.write_all(bytes)?;
    file.force()
}

/// The row length that the header of `file` names; the header is checked.
pub(crate) fn read_header(mut file: &File, path: &Path) -> Result<usize, SegmentError> {
    let mut bytes = Vec::with_capacity(HEADER_LENGTH);
    file.by_ref()
        .take(HEADER_BYTES)
        .read_to_end(&mut bytes)
        .map_err(SegmentError::io("read the header", path))?;
    let bytes: [u8; HEADER_LENGTH] =
        bytes.try_into().map_err(|_| SegmentError::NotASegment { path: path.to_owned() })?;
    header::decode(&bytes, path)
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
