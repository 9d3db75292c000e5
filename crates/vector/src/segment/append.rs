//! The mechanism of appending: rows that do not reach the disk whole do not count.

use std::io;
use std::path::PathBuf;

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::file::RowFile;
use super::{AppendedRange, SegmentError, header};

/// Numbers that are converted and written at a time.
const CHUNK: usize = 1 << 18;

/// A number that is refused, and its position in its chunk.
type Refused = (usize, f32);

/// Appends rows of `dim` numbers behind the `rows` that count.
#[derive(Debug)]
pub(crate) struct Appender<F> {
    pub(crate) file: F,
    pub(crate) path: PathBuf,
    pub(crate) dim: usize,
    pub(crate) rows: u64,
}

impl<F: RowFile> Appender<F> {
    /// Appends rows, rounded to half precision.
    pub(crate) fn append(&mut self, values: &[f32]) -> Result<AppendedRange, SegmentError> {
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

    /// Appends rows that are in half precision already.
    pub(crate) fn append_half(&mut self, values: &[f16]) -> Result<AppendedRange, SegmentError> {
        self.append_chunks(values.len(), values.chunks(CHUNK), |chunk, write| {
            match chunk.iter().position(|half| !half.is_finite()) {
                Some(position) => Err((position, chunk[position].to_f32())),
                None => Ok(write(chunk)),
            }
        })
    }

    /// Drops the rows behind the first `rows`.
    pub(crate) fn truncate_to(&mut self, rows: u64) -> Result<(), SegmentError> {
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
        mut store: impl FnMut(T, &mut dyn FnMut(&[f16]) -> io::Result<()>) -> Result<io::Result<()>, Refused>,
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
}
