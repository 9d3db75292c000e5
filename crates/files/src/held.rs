//! A folder of ours that one process works in.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::folder::FolderMark;
use crate::own::{append_own, refuse_link};
use crate::replace::{remove_unfinished, replace};

/// Name of the file that is locked. It stays: whoever removed it could let two in.
const LOCK: &str = "lock";

/// A folder that carries our mark and that no other process works in until this is dropped, or the process ends.
/// What killed processes left unfinished in it is gone.
#[derive(Debug)]
pub struct HeldFolder {
    path: PathBuf,
    mark: FolderMark,
    _lock: File,
}

impl HeldFolder {
    /// Claims a folder ([`FolderMark::claim`]) and holds it.
    ///
    /// # Errors
    /// `AlreadyExists` where it holds something and does not carry the mark; `WouldBlock` where another process has
    /// it; what the operating system says.
    pub fn claim(mark: FolderMark, folder: &Path) -> io::Result<Self> {
        mark.claim(folder)?;
        Self::hold(mark, folder)
    }

    /// Holds a folder that carries the mark already.
    ///
    /// # Errors
    /// `InvalidInput` where it does not carry it; else as for [`Self::claim`].
    pub fn take_up(mark: FolderMark, folder: &Path) -> io::Result<Self> {
        if !mark.is_on(folder) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it does not carry the mark of resight"));
        }
        Self::hold(mark, folder)
    }

    fn hold(mark: FolderMark, folder: &Path) -> io::Result<Self> {
        let lock = append_own(&folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message = "another process works in it";
                return Err(io::Error::new(io::ErrorKind::WouldBlock, message));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        remove_unfinished(folder);
        Ok(Self { path: folder.to_owned(), mark, _lock: lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file in it: all of it or nothing.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        replace(&self.file(name), bytes)
    }

    /// Removes a file or a folder in it, where there is one. A link is refused.
    ///
    /// # Errors
    /// `InvalidInput` where the folder lost its mark, or a link has the name; what the operating system says.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        if !self.mark.is_on(&self.path) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not removed: the folder lost its mark"));
        }
        let path = self.file(name);
        refuse_link(&path)?;
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FolderKind;

    const RUN: FolderMark = FolderMark(FolderKind::Run);

    #[test]
    fn a_folder_is_held_by_one_and_rid_of_what_was_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        assert!(HeldFolder::take_up(RUN, &run).is_err());
        assert!(!run.exists());
        let held = HeldFolder::claim(RUN, &run).unwrap();
        for again in [HeldFolder::claim(RUN, &run), HeldFolder::take_up(RUN, &run)] {
            assert_eq!(again.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        }
        std::fs::write(held.file(".resight-1.unfinished"), "half").unwrap();
        std::fs::write(held.file("notes.part"), "the user's").unwrap();
        drop(held);
        let held = HeldFolder::take_up(RUN, &run).unwrap();
        assert!(!held.file(".resight-1.unfinished").exists());
        assert!(held.file("notes.part").exists());
    }

    #[test]
    fn what_is_written_and_removed_is_inside() {
        let folder = tempfile::tempdir().unwrap();
        let held = HeldFolder::claim(RUN, &folder.path().join("run")).unwrap();
        held.write("a", b"b").unwrap();
        std::fs::create_dir(held.file("bundle")).unwrap();
        held.write("bundle/model", b"c").unwrap();
        for name in ["a", "bundle", "nothing"] {
            held.remove(name).unwrap();
            assert!(!held.file(name).exists());
        }
        held.write("a", b"b").unwrap();
        std::fs::remove_file(held.file(".resight")).unwrap();
        assert!(held.remove("a").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (run, victim) = (folder.path().join("run"), folder.path().join("victim"));
        std::fs::write(&victim, "precious").unwrap();
        RUN.claim(&run).unwrap();
        std::os::unix::fs::symlink(&victim, run.join(LOCK)).unwrap();
        assert_eq!(HeldFolder::claim(RUN, &run).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        std::fs::remove_file(run.join(LOCK)).unwrap();
        let held = HeldFolder::claim(RUN, &run).unwrap();
        std::os::unix::fs::symlink(&victim, held.file("a")).unwrap();
        assert!(held.remove("a").is_err());
        held.write("a", b"ours").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    }
}
