//! Writes annotations into a cache, on a thread of its own: numbers first, and when they are on the disk, their
//! entries.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use half::f16;
use half::slice::HalfFloatSliceExt;
use resight_files::append_own;

use super::header::{Header, entry_of};
use super::{CacheError, FeatureShape};

/// Bytes that may be written before they are forced to the disk and entered.
const BYTES_BETWEEN: u64 = 64 << 20;
/// Time that may pass, likewise. Tests that kill a build want it to have entered something.
const TIME_BETWEEN: Duration = Duration::from_millis(if cfg!(test) { 20 } else { 3000 });

/// All answers for an annotation, view by view, as the network gave them.
pub(super) struct Answers {
    pub(super) item: usize,
    pub(super) values: Vec<f32>,
}

/// The writing end.
pub(super) struct Writer {
    file: File,
    path: PathBuf,
    header: Header,
    /// Bytes that were asked for in all, for the message of a full disk.
    needed: u64,
    /// What was written and not yet entered.
    waiting: Vec<(usize, u64)>,
    since: Instant,
    halves: Vec<f16>,
}

impl Writer {
    pub(super) fn open(path: &Path, header: Header, needed: u64) -> Result<Self, CacheError> {
        let failed = || CacheError::io("open the cache", path);
        let file = append_own(path).map_err(failed())?;
        if Some(file.metadata().map_err(failed())?.len()) != header.file_bytes() {
            return Err(failed()(io::Error::new(
                io::ErrorKind::NotFound,
                "it was removed or changed meanwhile",
            )));
        }
        let since = Instant::now();
        Ok(Self {
            file,
            path: path.to_owned(),
            header,
            needed,
            waiting: Vec::new(),
            since,
            halves: Vec::new(),
        })
    }

    /// Writes what arrives until nothing more does. What half precision cannot hold is not written; these
    /// annotations come back with the number that is to blame.
    pub(super) fn write_all(mut self, arriving: &Receiver<Answers>) -> Result<Vec<(usize, f32)>, CacheError> {
        let mut refused = Vec::new();
        for answers in arriving {
            if let Err(value) = self.write(&answers).map_err(|error| self.failed(error))? {
                refused.push((answers.item, value));
            }
        }
        self.enter().map_err(|error| self.failed(error))?;
        Ok(refused)
    }

    fn write(&mut self, answers: &Answers) -> io::Result<Result<(), f32>> {
        self.halves.resize(answers.values.len(), f16::ZERO);
        let n = self.header.shape.numbers();
        for (values, halves) in answers.values.chunks_exact(n).zip(self.halves.chunks_exact_mut(n)) {
            to_halves(values, self.header.shape, halves);
        }
        if let Some(place) = self.halves.iter().position(|half| !half.is_finite()) {
            let (view, within) = (place / n, place % n);
            return Ok(Err(answers.values[view * n + self.header.shape.place_in_answer(within)]));
        }
        let bytes: &[u8] = bytemuck::cast_slice(&self.halves);
        self.file.seek(SeekFrom::Start(self.header.item_at(answers.item)))?;
        self.file.write_all(bytes)?;
        self.waiting.push((answers.item, entry_of(bytes)));
        let written = self.waiting.len() as u64 * self.header.item_bytes();
        if written >= BYTES_BETWEEN || self.since.elapsed() >= TIME_BETWEEN {
            self.enter()?;
        }
        Ok(Ok(()))
    }

    /// Forces the numbers to the disk and enters them.
    fn enter(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        for (item, entry) in std::mem::take(&mut self.waiting) {
            self.file.seek(SeekFrom::Start(self.header.entry_at(item)))?;
            self.file.write_all(&entry.to_le_bytes())?;
        }
        self.file.sync_data()?;
        self.since = Instant::now();
        Ok(())
    }

    fn failed(&self, source: io::Error) -> CacheError {
        let path = self.path.clone();
        if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            return CacheError::NoRoom { needed: self.needed, free: 0, path };
        }
        CacheError::Io { action: "write the features", path, source }
    }
}

/// Rounds to half precision; maps are turned from channels × positions to positions × channels.
fn to_halves(values: &[f32], shape: FeatureShape, halves: &mut [f16]) {
    let FeatureShape::Maps { channels, .. } = shape else { return halves.convert_from_f32_slice(values) };
    let positions = shape.positions();
    let mut row = vec![f16::ZERO; positions];
    for (channel, map) in values.chunks_exact(positions).enumerate() {
        row.convert_from_f32_slice(map);
        for (value, half) in halves[channel..].iter_mut().step_by(channels).zip(&row) {
            *value = *half;
        }
    }
}
