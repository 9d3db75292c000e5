//! The folder of a run and its log.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use resight_files::{FolderKind, FolderMark, HeldFolder, append_own, open_own, read_own, refuse_link};

use super::RunError;
use super::log::Record;

/// What the folder of a run is marked with.
pub const RUN: FolderMark = FolderMark(FolderKind::Run);

/// What a folder of runs (a search, a ladder) is marked with.
pub const RUNS: FolderMark = FolderMark(FolderKind::Runs);

/// Name of the file that says that a run has begun.
pub const RECIPE: &str = "recipe.toml";

/// Name of the log.
const LOG: &str = "log.jsonl";

/// Longest recipe that is read.
const MOST_RECIPE_BYTES: u64 = 1 << 20;

/// A log is not read further than this.
const MOST_LOG_BYTES: u64 = 1 << 31;

/// A run's folder, held by this process alone.
#[derive(Debug)]
pub struct RunFolder {
    held: Arc<HeldFolder>,
    log: File,
}

impl RunFolder {
    /// Makes the folder of a new run.
    ///
    /// # Errors
    /// When a run is there already, or something that is not ours; another process holds it, or it cannot be written.
    pub fn create(path: &Path, recipe: &str) -> Result<Self, RunError> {
        Self::begin(claim(RUN, path)?, recipe)
    }

    /// Begins a run in a folder that is held.
    ///
    /// # Errors
    /// When a run is there already, or it cannot be written.
    pub fn begin(held: Arc<HeldFolder>, recipe: &str) -> Result<Self, RunError> {
        if held.file(RECIPE).exists() {
            return Err(RunError::Exists(held.path().to_owned()));
        }
        write(&held, RECIPE, recipe.as_bytes())?;
        Self::with_log(held)
    }

    /// Takes up the folder of a run that was begun.
    ///
    /// # Errors
    /// When no run is there, it does not carry our mark, another process holds it, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        Self::go_on(take_up(RUN, path)?)
    }

    /// Takes up a run that was begun in a folder that is held.
    ///
    /// # Errors
    /// When no run is there, or it cannot be read.
    pub fn go_on(held: Arc<HeldFolder>) -> Result<Self, RunError> {
        if !held.file(RECIPE).is_file() {
            return Err(RunError::NoRun(held.path().to_owned()));
        }
        Self::with_log(held)
    }

    fn with_log(held: Arc<HeldFolder>) -> Result<Self, RunError> {
        let path = held.file(LOG);
        let log = append_own(&path).map_err(RunError::io("the log cannot be opened", &path))?;
        Ok(Self { held, log })
    }

    /// The folder, as it is held.
    pub fn held(&self) -> Arc<HeldFolder> {
        self.held.clone()
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.held.path()
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.held.file(name)
    }

    /// Adds a line to the log.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, record: &Record) -> Result<(), RunError> {
        let failed = RunError::io("the log cannot be written", self.file(LOG));
        let line = serde_json::to_vec(record).map_err(io::Error::other);
        let written = line.and_then(|mut line| {
            line.push(b'\n');
            self.log.seek(SeekFrom::End(0))?;
            self.log.write_all(&line)
        });
        written.map_err(failed)
    }

    /// Length of the log so far, in bytes; what is there is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be told or written through.
    pub fn log_length(&mut self) -> Result<u64, RunError> {
        let failed = RunError::io("the log cannot be written", self.file(LOG));
        self.log.sync_data().and_then(|()| self.log.seek(SeekFrom::End(0))).map_err(failed)
    }

    /// Forgets what the log says beyond this length: what came after the checkpoint that the run goes on from.
    ///
    /// # Errors
    /// When it cannot be cut.
    pub fn cut_log(&mut self, length: u64) -> Result<(), RunError> {
        self.log.set_len(length).map_err(RunError::io("the log cannot be cut", self.file(LOG)))
    }

    /// All records of the log.
    ///
    /// # Errors
    /// As for [`read_log`].
    pub fn records(&self) -> Result<Vec<Record>, RunError> {
        read_log(self.path())
    }

    /// Writes a file of the run: all of it or nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        write(&self.held, name, bytes)
    }
}

/// Claims a folder for a run or for runs, and holds it.
///
/// # Errors
/// When it holds something that is not ours, another process holds it, or it cannot be made.
pub fn claim(mark: FolderMark, path: &Path) -> Result<Arc<HeldFolder>, RunError> {
    HeldFolder::claim(mark, path).map(Arc::new).map_err(RunError::of_folder(path))
}

/// Whether [`claim`] would take a folder; nothing is made.
///
/// # Errors
/// When it holds something that is not ours.
pub fn check_claim(mark: FolderMark, path: &Path) -> Result<(), RunError> {
    mark.check(path).map_err(RunError::of_folder(path))
}

/// Holds a folder that was claimed before.
///
/// # Errors
/// When there is none, it does not carry the mark, or another process holds it.
pub fn take_up(mark: FolderMark, path: &Path) -> Result<Arc<HeldFolder>, RunError> {
    if !mark.is_on(path) && !path.join(RECIPE).exists() {
        return Err(RunError::NoRun(path.to_owned()));
    }
    HeldFolder::take_up(mark, path).map(Arc::new).map_err(RunError::of_folder(path))
}

/// A folder inside one of ours, which a link must not lead out of.
///
/// # Errors
/// When a link has the name.
pub fn inner(path: PathBuf) -> Result<PathBuf, RunError> {
    match refuse_link(&path) {
        Ok(()) => Ok(path),
        Err(error) => Err(RunError::io("the folder cannot be used", path)(error)),
    }
}

/// Writes a file in a folder that is held: all of it or nothing.
///
/// # Errors
/// When it cannot be written.
pub fn write(held: &HeldFolder, name: &str, bytes: &[u8]) -> Result<(), RunError> {
    held.write(name, bytes).map_err(RunError::io("cannot be written", held.file(name)))
}

/// The recipe that a run began with, as it is written; none where no run has begun.
///
/// # Errors
/// When it cannot be read.
pub fn read_recipe(run: &Path) -> Result<Option<Vec<u8>>, RunError> {
    let path = run.join(RECIPE);
    match read_own(&path, MOST_RECIPE_BYTES) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(RunError::io("the recipe of the run cannot be read", path)),
    }
}

/// Reads the log of a run; a last line that a power cut left half-written is passed over.
///
/// # Errors
/// When it cannot be read, or a line before the last is no record.
pub fn read_log(run: &Path) -> Result<Vec<Record>, RunError> {
    let path = run.join(LOG);
    if !path.is_file() && !run.join(RECIPE).is_file() {
        return Err(RunError::NoRun(run.to_owned()));
    }
    let doing = "the log cannot be read";
    let file = open_own(&path).map_err(RunError::io(doing, &path))?;
    // As bytes: a line that was cut may end within a letter.
    let lines: Vec<Vec<u8>> = BufReader::new(file.take(MOST_LOG_BYTES))
        .split(b'\n')
        .collect::<Result<_, _>>()
        .map_err(RunError::io(doing, &path))?;
    let mut records = Vec::with_capacity(lines.len());
    for (number, line) in lines.iter().enumerate() {
        match serde_json::from_slice(line) {
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
        let mut file = std::fs::OpenOptions::new().append(true).open(run.join("log.jsonl")).unwrap();
        file.write_all(b"{\"kind\":\"st").unwrap();
        assert_eq!(open.records().unwrap(), [step(1), step(5)]);
        file.write_all(&"ä".as_bytes()[..1]).unwrap();
        assert_eq!(open.records().unwrap(), [step(1), step(5)], "cut within a letter");
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

    #[test]
    fn a_folder_that_is_not_ours_is_neither_begun_nor_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = folder.path().join("thesis");
        std::fs::create_dir_all(foreign.join("bundle")).unwrap();
        for name in ["lock", "log.jsonl", "recipe.toml"] {
            std::fs::write(foreign.join(name), "mine").unwrap();
        }
        assert!(matches!(RunFolder::create(&foreign, ""), Err(RunError::NotOurs(_))));
        assert!(matches!(RunFolder::open(&foreign), Err(RunError::NotOurs(_))));
        assert!(matches!(check_claim(RUN, &foreign), Err(RunError::NotOurs(_))));
        let names = std::fs::read_dir(&foreign).unwrap().count();
        assert_eq!((names, std::fs::read(foreign.join("lock")).unwrap()), (4, b"mine".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_run_are_not_followed() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (run, victim) = (folder.path().join("run"), folder.path().join("victim"));
        for name in ["lock", "log.jsonl"] {
            std::fs::write(&victim, "precious").unwrap();
            drop(RunFolder::create(&run, "name = \"a\"").unwrap());
            std::fs::remove_file(run.join(name)).unwrap();
            symlink(&victim, run.join(name)).unwrap();
            let error = RunFolder::open(&run).unwrap_err().to_string();
            assert!(error.contains("a link") && error.contains(name) || name == "lock", "{error}");
            assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
            std::fs::remove_dir_all(&run).unwrap();
        }
        let open = RunFolder::create(&run, "").unwrap();
        symlink(&victim, run.join("report.html")).unwrap();
        symlink(&victim, run.join("report.part")).unwrap();
        open.write("report.html", b"page").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    }
}
