//! The folder of a run and its log.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::RunError;
use super::log::Record;

/// A run's folder, held by this process alone.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    log: File,
    _lock: File,
}

impl RunFolder {
    /// Makes the folder of a new run.
    ///
    /// # Errors
    /// When a run is there already, another process holds it, or it cannot be written.
    pub fn create(path: &Path, recipe: &str) -> Result<Self, RunError> {
        fs::create_dir_all(path).map_err(RunError::io("the folder of the run cannot be made", path))?;
        let lock = lock(path)?;
        let recipe_path = path.join("recipe.toml");
        if recipe_path.exists() {
            return Err(RunError::Exists(path.to_owned()));
        }
        write_whole(&recipe_path, recipe.as_bytes())?;
        Self::with_log(path, lock)
    }

    /// Takes up the folder of a run that was begun.
    ///
    /// # Errors
    /// When no run is there, another process holds it, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        if !path.join("recipe.toml").is_file() {
            return Err(RunError::NoRun(path.to_owned()));
        }
        let lock = lock(path)?;
        Self::with_log(path, lock)
    }

    fn with_log(path: &Path, lock: File) -> Result<Self, RunError> {
        let log_path = path.join("log.jsonl");
        let log = OpenOptions::new().create(true).read(true).append(true).open(&log_path);
        let log = log.map_err(RunError::io("the log cannot be opened", &log_path))?;
        Ok(Self { path: path.to_owned(), log, _lock: lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Adds a line to the log.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, record: &Record) -> Result<(), RunError> {
        let doing = "the log cannot be written";
        let mut line = serde_json::to_vec(record).map_err(|error| RunError::Io {
            doing,
            source: std::io::Error::other(error),
            path: self.file("log.jsonl"),
        })?;
        line.push(b'\n');
        self.log.write_all(&line).map_err(RunError::io(doing, self.path.join("log.jsonl")))
    }

    /// Length of the log so far, in bytes; what is there is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be told or written through.
    pub fn log_length(&mut self) -> Result<u64, RunError> {
        let doing = "the log cannot be written";
        let path = self.path.join("log.jsonl");
        self.log.sync_data().map_err(RunError::io(doing, &path))?;
        self.log.seek(SeekFrom::End(0)).map_err(RunError::io(doing, &path))
    }

    /// Forgets what the log says beyond this length: what came after the checkpoint that the run goes on from.
    ///
    /// # Errors
    /// When it cannot be cut.
    pub fn cut_log(&mut self, length: u64) -> Result<(), RunError> {
        let path = self.file("log.jsonl");
        // A handle of its own: Windows does not let one that only appends cut a file.
        let cut = || OpenOptions::new().write(true).open(&path)?.set_len(length);
        cut().map_err(RunError::io("the log cannot be cut", &path))
    }

    /// All records of the log.
    ///
    /// # Errors
    /// As for [`read_log`].
    pub fn records(&self) -> Result<Vec<Record>, RunError> {
        read_log(&self.path)
    }

    /// Writes a file of the run: all of it or nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        write_whole(&self.file(name), bytes)
    }
}

/// Reads the log of a run; a last line that a power cut left half-written is passed over.
///
/// # Errors
/// When it cannot be read, or a line before the last is no record.
pub fn read_log(run: &Path) -> Result<Vec<Record>, RunError> {
    let path = run.join("log.jsonl");
    if !path.is_file() && !run.join("recipe.toml").is_file() {
        return Err(RunError::NoRun(run.to_owned()));
    }
    let doing = "the log cannot be read";
    let file = File::open(&path).map_err(RunError::io(doing, &path))?;
    let lines: Vec<String> = BufReader::new(file.take(1 << 31))
        .lines()
        .collect::<Result<_, _>>()
        .map_err(RunError::io(doing, &path))?;
    let mut records = Vec::with_capacity(lines.len());
    for (number, line) in lines.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(record) => records.push(record),
            Err(_) if number + 1 == lines.len() => {}
            Err(error) => {
                return Err(RunError::Damaged {
                    what: format!("line {} of the log: {error}", number + 1),
                    path,
                });
            }
        }
    }
    Ok(records)
}

/// Writes a file beside its place and moves it there, so that nobody ever sees half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let doing = "cannot be written";
    let beside = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // On Windows a folder cannot be opened as a file, and need not be.
        match path.parent() {
            Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    };
    write().map_err(RunError::io(doing, path))
}

fn lock(path: &Path) -> Result<File, RunError> {
    let lock_path = path.join("lock");
    let file = File::create(&lock_path).map_err(RunError::io("the run cannot be locked", &lock_path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(RunError::Busy(path.to_owned())),
        Err(fs::TryLockError::Error(source)) => {
            Err(RunError::Io { doing: "the run cannot be locked", source, path: lock_path })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::log::{End, Step};

    fn step(step: u64) -> Record {
        Record::Step(Step { step, loss: Some(0.1 + step as f64), ..Step::default() })
    }

    #[test]
    fn what_is_recorded_is_read_again_and_a_half_written_end_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let mut open = RunFolder::create(&run, "name = \"a\"").unwrap();
        open.record(&step(1)).unwrap();
        let length = open.log_length().unwrap();
        open.record(&step(2)).unwrap();
        open.record(&Record::End(End::default())).unwrap();
        assert_eq!(open.records().unwrap().len(), 3);
        open.cut_log(length).unwrap();
        open.record(&step(5)).unwrap();
        assert_eq!(open.records().unwrap(), [step(1), step(5)]);
        let mut file = OpenOptions::new().append(true).open(run.join("log.jsonl")).unwrap();
        file.write_all(b"{\"kind\":\"st").unwrap();
        assert_eq!(open.records().unwrap(), [step(1), step(5)]);
        file.write_all(b"\n{}\n").unwrap();
        assert!(matches!(open.records(), Err(RunError::Damaged { .. })));
    }

    #[test]
    fn a_run_is_made_once_and_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        assert!(matches!(RunFolder::open(&run), Err(RunError::NoRun(_))));
        let held = RunFolder::create(&run, "").unwrap();
        assert!(matches!(RunFolder::open(&run), Err(RunError::Busy(_))));
        drop(held);
        assert!(matches!(RunFolder::create(&run, ""), Err(RunError::Exists(_))));
        RunFolder::open(&run).unwrap();
    }
}
