//! Files that a person asked for by name: pages, tables, pictures.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::look::open_plain;
use crate::replace::replace_with;

/// Stands near the top of every page that resight writes, and is how it knows its own again.
pub const PAGE_MARK: &str = "<meta name=\"generator\" content=\"resight\">";

/// How far into a file its mark is looked for.
const MARK_WITHIN: u64 = 2048;

/// A place to write to that was looked at beforehand: before hours of work, not after.
///
/// What exists there is written over only where it is a page that carries [`PAGE_MARK`], or the person insists. A
/// photo, a table that was given, notes with the same name are never lost to an option in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    path: PathBuf,
}

impl Output {
    /// Looks at the place. `insist` is the user's `--force`; `inputs` are never written over, whoever insists.
    ///
    /// # Errors
    /// `AlreadyExists` where something else has the place; `InvalidInput` where it is an input, or no plain file.
    pub fn at<'a>(path: &Path, insist: bool, inputs: impl IntoIterator<Item = &'a Path>) -> io::Result<Self> {
        let output = Self { path: path.to_owned() };
        let Ok(there) = std::fs::symlink_metadata(path) else { return Ok(output) };
        let same = |input: &Path| match (input.canonicalize(), path.canonicalize()) {
            (Ok(input), Ok(path)) => input == path,
            _ => false,
        };
        if inputs.into_iter().any(same) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is what was to be read"));
        }
        if there.is_dir() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a folder has this name"));
        }
        // A terminal's own devices (/dev/stdout, /dev/null) and pipes are where the user wants it to go.
        if insist || !(there.is_file() || there.is_symlink()) || is_own_page(path) {
            return Ok(output);
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of this name already"))
    }

    /// The place.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file: all of it or nothing.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match std::fs::metadata(&self.path) {
            Ok(there) if !there.is_file() && !there.is_dir() => std::fs::write(&self.path, bytes),
            _ => self.write_with(|file| file.write_all(bytes)),
        }
    }

    /// Writes the file through `write`: all of it or nothing.
    ///
    /// # Errors
    /// What `write` or the operating system says.
    pub fn write_with<T, E: From<io::Error>>(
        &self,
        write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<T, E>,
    ) -> Result<T, E> {
        replace_with(&self.path, write)
    }
}

fn is_own_page(path: &Path) -> bool {
    let Ok((file, _)) = open_plain(path) else { return false };
    let mut start = Vec::new();
    file.take(MARK_WITHIN).read_to_end(&mut start).is_ok()
        && start.windows(PAGE_MARK.len()).any(|found| found == PAGE_MARK.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_are_written_over_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let page = at("answer.html");
        Output::at(&page, false, []).unwrap().write(PAGE_MARK.as_bytes()).unwrap();
        Output::at(&page, false, []).unwrap().write(PAGE_MARK.as_bytes()).unwrap();
        std::fs::write(at("photo.jpg"), "pixels").unwrap();
        let refusal = Output::at(&at("photo.jpg"), false, []).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::AlreadyExists);
        Output::at(&at("photo.jpg"), true, []).unwrap().write(b"page").unwrap();
        let photo = at("photo.jpg");
        let refusal = Output::at(&photo, true, [photo.as_path()]).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::InvalidInput);
        assert!(Output::at(folder.path(), true, []).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to() {
        Output::at(Path::new("/dev/null"), false, []).unwrap().write(b"x").unwrap();
    }
}
