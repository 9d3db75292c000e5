//! Files that a person asked for by name: pages, tables, pictures.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::look::open_plain;
use crate::replace::{check_writable, folder_of, replace_with};

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
    /// Looks at the place. `insist` is the user's `--force`; `inputs` are never written over, whoever insists: files,
    /// and what lies in folders (but for pages of ours).
    ///
    /// # Errors
    /// `AlreadyExists` where something else has the place; `InvalidInput` where it is an input, or a folder; what the
    /// operating system says where nothing can be written there.
    pub fn at<'a>(path: &Path, insist: bool, inputs: impl IntoIterator<Item = &'a Path>) -> io::Result<Self> {
        let output = Self { path: path.to_owned() };
        // A terminal's own devices (/dev/stdout, /dev/null) and pipes are where the user wants it to go.
        if output.is_stream() {
            return Ok(output);
        }
        if path.is_dir() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a folder has this name"));
        }
        output.spare(inputs)?;
        if path.symlink_metadata().is_ok() && !insist && !is_own_page(path) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of this name already"));
        }
        check_writable(path)?;
        Ok(output)
    }

    /// Refuses a place that is one of these inputs, or an existing file in one of them that is a folder (pages of ours
    /// may be written anew).
    ///
    /// # Errors
    /// `InvalidInput` where it is.
    pub fn spare<'a>(&self, inputs: impl IntoIterator<Item = &'a Path>) -> io::Result<()> {
        let Ok(place) = self.path.canonicalize() else { return Ok(()) };
        let is_page = is_own_page(&self.path);
        let is_read = |input: &Path| {
            input.canonicalize().is_ok_and(|input| place == input || (!is_page && place.starts_with(&input)))
        };
        match inputs.into_iter().any(is_read) {
            true => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is what is to be read")),
            false => Ok(()),
        }
    }

    /// The same place, if it is not inside this folder: one that a program keeps in order, such as a catalog.
    ///
    /// # Errors
    /// `InvalidInput` where it is inside; what the operating system says.
    pub fn outside(self, folder: &Path) -> io::Result<Self> {
        let Ok(folder) = folder.canonicalize() else { return Ok(self) };
        if !self.is_stream() && folder_of(&self.path).canonicalize()?.starts_with(folder) {
            let message = "it would lie in a folder that nothing of yours belongs into";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(self)
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
        self.write_with(|file| file.write_all(bytes))
    }

    /// Writes the file through `write`: all of it or nothing.
    ///
    /// # Errors
    /// What `write` or the operating system says.
    pub fn write_with<T, E: From<io::Error>>(
        &self,
        write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<T, E>,
    ) -> Result<T, E> {
        if !self.is_stream() {
            return replace_with(&self.path, write);
        }
        let mut stream = OpenOptions::new().write(true).open(&self.path)?;
        let mut writer = BufWriter::new(&mut stream);
        let outcome = write(&mut writer)?;
        writer.flush()?;
        Ok(outcome)
    }

    /// Whether it is no place for a file: a device, a pipe, or what the system shows of an open file.
    fn is_stream(&self) -> bool {
        let is_special = std::fs::metadata(&self.path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        let of_system = ["/dev", "/proc"].iter().any(|system| self.path.starts_with(system));
        is_special || (of_system && self.path.is_symlink())
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

    #[test]
    fn nothing_in_a_folder_that_is_read_is_lost_and_a_kept_folder_gets_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("photos")).unwrap();
        std::fs::write(at("photos/1.jpg"), "pixels").unwrap();
        let photos = at("photos");
        let read = [photos.as_path()];
        assert_eq!(
            Output::at(&at("photos/1.jpg"), true, read).unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
        for _ in 0..2 {
            Output::at(&at("photos/page.html"), false, read).unwrap().write(PAGE_MARK.as_bytes()).unwrap();
        }
        let inside = Output::at(&at("photos/new.html"), true, []).unwrap();
        assert_eq!(inside.outside(&photos).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        let beside = Output::at(&at("new.html"), false, []).unwrap();
        assert_eq!(beside.outside(&photos).unwrap().path(), at("new.html"));
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_told_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = Output::at(&folder.path().join("no/such/page.html"), false, []).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::NotFound);
        assert!(!refusal.to_string().contains("unfinished"), "{refusal}");
        Output::at(&folder.path().join("page.html"), false, []).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_only_on_demand_and_never_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (photo, link) = (folder.path().join("photo.jpg"), folder.path().join("page.html"));
        std::fs::write(&photo, "pixels").unwrap();
        std::os::unix::fs::symlink(&photo, &link).unwrap();
        assert!(Output::at(&link, false, []).is_err());
        assert!(Output::at(&link, true, [photo.as_path()]).is_err());
        Output::at(&link, true, []).unwrap().write(b"page").unwrap();
        assert_eq!(std::fs::read(&photo).unwrap(), b"pixels");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to() {
        Output::at(Path::new("/dev/null"), false, []).unwrap().write(b"x").unwrap();
    }
}
