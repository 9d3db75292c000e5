//! Runs a program of the user's, watches what it writes to disk, and keeps its last words.
//!
//! Programs run in a new folder of their own, and are looked for in folders that mean the same wherever resight is
//! called: whoever calls it in a folder of photos from a stranger does not run a `pip.py` or an `npm` that lies there.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::SLACK_BYTES;
use crate::store::StoreError;
use crate::store::event::PullEvent;

/// How often progress is looked at.
const POLL: Duration = Duration::from_millis(100);
/// How many bytes of a program's complaints are kept.
const KEPT_BYTES: usize = 4096;
/// The most bytes that may arrive where nobody knows how many will.
const MOST_BYTES: u64 = 8 << 30;
/// How many lines of them are shown.
const SHOWN_LINES: usize = 6;

/// What is appended to a program's name to find its file.
const ENDINGS: &[&str] = if cfg!(windows) { &["", ".exe", ".cmd", ".bat"] } else { &[""] };

/// A program and the arguments that always come first.
pub(super) struct Program {
    name: String,
    file: PathBuf,
    first: Vec<String>,
    search_path: OsString,
}

/// A program that ran.
pub(super) struct Finished {
    /// Whether it says that all is well.
    pub(super) succeeded: bool,
    /// The last lines of its complaints.
    pub(super) said: String,
}

impl Program {
    /// The program of this name in the first folder of `search_path` that has it; `None` where none has.
    pub(super) fn find(name: &str, first: &[&str], search_path: &OsStr) -> Option<Self> {
        let folders = folders_of(search_path);
        let files = folders
            .iter()
            .flat_map(|folder| ENDINGS.iter().map(move |ending| folder.join(format!("{name}{ending}"))));
        let file = files.into_iter().find(|file| can_run(file))?;
        Some(Self {
            name: name.to_owned(),
            file,
            first: first.iter().map(|argument| (*argument).to_owned()).collect(),
            search_path: std::env::join_paths(folders).ok()?,
        })
    }

    /// The command line, to show.
    pub(super) fn shown(&self, arguments: &[String]) -> String {
        let words = std::iter::once(&self.name).chain(&self.first).chain(arguments);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// A call of the program in `folder`, which must be new. Python does not look for modules there, nor does a
    /// program that the program calls come from the current folder.
    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.file);
        command.args(&self.first).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        command.env("PATH", &self.search_path).env("PWD", folder).env("PYTHONSAFEPATH", "1");
        command
    }

    /// Whether the program takes this argument, in `folder`.
    pub(super) fn answers(&self, argument: &str, folder: &Path) -> bool {
        self.command(folder).arg(argument).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Runs it in a new folder in `folder`, which also holds its temporary files, and tells how many bytes are there.
    /// It is stopped when they are far more than `expected_bytes`; where nobody knows, than any model has.
    pub(super) fn run(
        &self,
        arguments: &[String],
        folder: &Path,
        expected_bytes: Option<u64>,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Finished, StoreError> {
        let room = new_room(folder)?;
        let mut command = self.command(room.path());
        command.args(arguments).stderr(Stdio::piped());
        for variable in ["TMPDIR", "TMP", "TEMP"] {
            command.env(variable, folder);
        }
        let failed = || StoreError::io("run the package manager", Path::new(&self.name));
        let mut child = command.spawn().map_err(failed())?;
        let listener = child.stderr.take().map(|words| std::thread::spawn(move || last_words(words)));
        let watched = watch(&mut child, folder, expected_bytes, tell);
        if watched.is_err() || matches!(watched, Ok(None)) {
            // Where it cannot be stopped it has ended by itself.
            let _stopped = child.kill();
        }
        let status = child.wait().map_err(failed())?;
        let said = listener.and_then(|listener| listener.join().ok()).unwrap_or_default();
        match watched.map_err(failed())? {
            Some(()) => Ok(Finished { succeeded: status.success(), said }),
            None => Ok(Finished {
                succeeded: false,
                said: format!(
                    "stopped: far more than the expected {} bytes arrived",
                    expected_bytes.unwrap_or(MOST_BYTES)
                ),
            }),
        }
    }
}

/// A new folder in `folder` for a program to run in. npm takes settings from the nearest folder above that has a
/// `package.json`: the new one has, so that it looks no further.
pub(super) fn new_room(folder: &Path) -> Result<TempDir, StoreError> {
    let failed = || StoreError::io("make a folder", folder);
    let room = tempfile::Builder::new().prefix("room-").tempdir_in(folder).map_err(failed())?;
    fs::write(room.path().join("package.json"), "{}").map_err(failed())?;
    Ok(room)
}

/// The folders of a search path that name the same place wherever the program is called: no `.`, nothing empty,
/// nothing relative.
fn folders_of(search_path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(search_path).filter(|folder| folder.is_absolute()).collect()
}

fn can_run(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        file.is_file()
    }
}

/// Waits for the program to end; `None` when it writes too much.
fn watch(
    child: &mut Child,
    folder: &Path,
    expected_bytes: Option<u64>,
    tell: &mut dyn FnMut(PullEvent),
) -> std::io::Result<Option<()>> {
    // A package lies there twice for a moment: where it arrives and where it is wanted.
    let most = expected_bytes.map_or(MOST_BYTES, |bytes| bytes.saturating_mul(3).saturating_add(SLACK_BYTES));
    let mut shown = 0;
    while child.try_wait()?.is_none() {
        let bytes = bytes_in(folder);
        if bytes > most {
            return Ok(None);
        }
        if bytes > shown {
            shown = bytes;
            let shown = expected_bytes.map_or(bytes, |expected| bytes.min(expected));
            tell(PullEvent::Downloading { bytes: shown, total: expected_bytes });
        }
        std::thread::sleep(POLL);
    }
    Ok(Some(()))
}

/// Bytes of all files in a folder and below. What vanishes meanwhile does not count; links are not followed.
fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let bytes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    bytes.sum()
}

/// Reads to the end and keeps the last lines.
fn last_words(mut words: impl Read) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(n @ 1..) = words.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..n]);
        if kept.len() > 2 * KEPT_BYTES {
            kept.drain(..kept.len() - KEPT_BYTES);
        }
    }
    let text = String::from_utf8_lossy(&kept);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn programs_are_found_in_absolute_folders_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pip");
        fs::write(&file, "").unwrap();
        let absolute = folder.path().to_str().unwrap();
        let found = |path: &str| Program::find("pip", &[], OsStr::new(path)).map(|found| found.file);
        assert_eq!(found(absolute), None, "it cannot be run");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(found(&format!(":.:programs:{absolute}")), Some(file));
        let here = std::env::current_dir().unwrap();
        let ups = "../".repeat(here.components().count());
        assert_eq!(found(&format!("{ups}{}", absolute.trim_start_matches('/'))), None);
        let kept = Program::find("pip", &[], OsStr::new(&format!(":.:{absolute}"))).unwrap().search_path;
        assert_eq!(kept, absolute, "what the program calls is looked for there, too");
    }

    #[test]
    fn of_many_complaints_the_last_are_kept() {
        let words: String = (0..5000).map(|line| format!("line {line}\n\n")).collect();
        assert_eq!(
            last_words(words.as_bytes()),
            "line 4994\nline 4995\nline 4996\nline 4997\nline 4998\nline 4999"
        );
        assert_eq!(last_words(&b""[..]), "");
    }
}
