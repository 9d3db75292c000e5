//! Runs a program of the user's, watches what it writes to disk, and keeps its last words.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::SLACK_BYTES;
use crate::store::StoreError;
use crate::store::event::PullEvent;

/// How often progress is looked at.
const POLL: Duration = Duration::from_millis(100);
/// How many bytes of a program's complaints are kept.
const KEPT_BYTES: usize = 4096;
/// How many lines of them are shown.
const SHOWN_LINES: usize = 6;

/// A program and the arguments that always come first.
pub(super) struct Program {
    name: String,
    first: Vec<String>,
    search_path: Option<OsString>,
}

/// A program that ran.
pub(super) struct Finished {
    /// Whether it says that all is well.
    pub(super) succeeded: bool,
    /// The last lines of its complaints.
    pub(super) said: String,
}

impl Program {
    pub(super) fn new(name: &str, first: &[&str], search_path: Option<&OsStr>) -> Self {
        Self {
            name: name.to_owned(),
            first: first.iter().map(|argument| (*argument).to_owned()).collect(),
            search_path: search_path.map(OsStr::to_owned),
        }
    }

    /// The command line, to show.
    pub(super) fn shown(&self, arguments: &[String]) -> String {
        let words = std::iter::once(&self.name).chain(&self.first).chain(arguments);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.first).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(path) = &self.search_path {
            command.env("PATH", path);
        }
        command
    }

    /// Whether the program is there and takes this argument.
    pub(super) fn answers(&self, argument: &str) -> bool {
        self.command().arg(argument).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Runs it in `folder`, which also holds its temporary files, and tells how many bytes are there. It is
    /// stopped when they are far more than `expected_bytes`.
    pub(super) fn run(
        &self,
        arguments: &[String],
        folder: &Path,
        expected_bytes: u64,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Finished, StoreError> {
        let mut command = self.command();
        command.args(arguments).current_dir(folder).stderr(Stdio::piped());
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
                said: format!("stopped: far more than the expected {expected_bytes} bytes arrived"),
            }),
        }
    }
}

/// Waits for the program to end; `None` when it writes too much.
fn watch(
    child: &mut Child,
    folder: &Path,
    expected_bytes: u64,
    tell: &mut dyn FnMut(PullEvent),
) -> std::io::Result<Option<()>> {
    // A package lies there twice for a moment: where it arrives and where it is wanted.
    let most = expected_bytes.saturating_mul(3).saturating_add(SLACK_BYTES);
    let mut shown = 0;
    while child.try_wait()?.is_none() {
        let bytes = bytes_in(folder);
        if bytes > most {
            return Ok(None);
        }
        if bytes > shown {
            shown = bytes;
            tell(PullEvent::Downloading { bytes: bytes.min(expected_bytes), total: Some(expected_bytes) });
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
