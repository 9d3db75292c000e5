//! The mark of a folder that resight made: only such a folder is ever tidied or written to again.

use std::io;
use std::path::Path;

use crate::own::{create_own, read_own};
use crate::replace::{is_unfinished, replace, sync_folder};

/// A mark is a few lines; what is longer is none.
const MOST_BYTES: u64 = 1024;

/// What a folder of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FolderKind {
    /// One training run.
    Run,
    /// A folder of runs: a search or a ladder.
    Runs,
    /// A synthetic world: photos and their table.
    World,
    /// A demonstration.
    Demo,
    /// The store of models, or the part of one that is worked in.
    Store,
    /// A plan of many trainings, with what came of them.
    Plan,
    /// A share of a large table, taken in by itself.
    Share,
    /// Remade on demand: cached features and embeddings.
    Cache,
}

impl FolderKind {
    fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Runs => "runs",
            Self::World => "world",
            Self::Demo => "demo",
            Self::Store => "store",
            Self::Plan => "plan",
            Self::Share => "share",
            Self::Cache => "cache",
        }
    }
}

/// The mark of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderMark(pub FolderKind);

impl FolderMark {
    /// Name of the file that marks a folder.
    pub const FILE: &str = ".resight";

    /// Whether the folder carries this mark, as a plain file.
    pub fn is_on(self, folder: &Path) -> bool {
        read_own(&folder.join(Self::FILE), MOST_BYTES)
            .is_ok_and(|found| found.starts_with(self.line().as_bytes()))
    }

    /// Takes a folder as ours: one that is not there (it is made, with those above it), one that is empty, or one
    /// that carries this mark already.
    ///
    /// # Errors
    /// `AlreadyExists` where it holds something and does not carry the mark; what the operating system says.
    pub fn claim(self, folder: &Path) -> io::Result<()> {
        self.check(folder)?;
        if self.is_on(folder) {
            return Ok(());
        }
        std::fs::create_dir_all(folder)?;
        replace(&folder.join(Self::FILE), self.text().as_bytes())
    }

    /// Whether [`Self::claim`] would take the folder; nothing is made.
    ///
    /// # Errors
    /// As for [`Self::claim`].
    pub fn check(self, folder: &Path) -> io::Result<()> {
        if self.is_on(folder) {
            return Ok(());
        }
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.is_symlink() => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            // A process was killed while it wrote the mark: nothing else can be here yet.
            let is_begun = path.file_name().is_some_and(|name| name == Self::FILE)
                && read_own(&path, MOST_BYTES).is_ok_and(|found| self.text().as_bytes().starts_with(&found));
            // Or another one marked it meanwhile.
            if !is_begun && !is_unfinished(&path) && !self.is_on(folder) {
                let message = format!("holds something, and is no {} folder of resight", self.0.word());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
            }
        }
        Ok(())
    }

    /// Marks a folder that the caller has just made.
    ///
    /// # Errors
    /// What the operating system says; `AlreadyExists` where it carries a mark.
    pub fn put(self, folder: &Path) -> io::Result<()> {
        use std::io::Write as _;
        let mut file = create_own(&folder.join(Self::FILE))?;
        file.write_all(self.text().as_bytes())?;
        file.sync_all()?;
        sync_folder(folder)
    }

    /// Removes a folder that carries the mark, with all that is in it. Links in it are removed, not followed.
    ///
    /// # Errors
    /// `InvalidInput` where it does not carry the mark; what the operating system says.
    pub fn remove(self, folder: &Path) -> io::Result<()> {
        if folder.is_symlink() || !self.is_on(folder) {
            let message = format!("not removed: it is no {} folder of resight", self.0.word());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        std::fs::remove_dir_all(folder)
    }

    fn text(self) -> String {
        format!("{}Delete the folder as you like.\n", self.line())
    }

    fn line(self) -> String {
        format!("resight made this folder: {}\n", self.0.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: FolderMark = FolderMark(FolderKind::Run);

    #[test]
    fn only_a_new_an_empty_or_an_own_folder_is_claimed() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("runs").join("tail");
        RUN.claim(&own).unwrap();
        std::fs::write(own.join("log"), "x").unwrap();
        RUN.claim(&own).unwrap();
        assert!(FolderMark(FolderKind::World).claim(&own).is_err());
        let mine = folder.path().join("mine");
        std::fs::create_dir(&mine).unwrap();
        RUN.claim(&mine).unwrap();
        let thesis = folder.path().join("thesis");
        std::fs::create_dir(&thesis).unwrap();
        std::fs::write(thesis.join("chapter"), "years").unwrap();
        assert_eq!(RUN.claim(&thesis).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_dir(&thesis).unwrap().count(), 1);
    }

    #[test]
    fn looking_makes_nothing_and_a_claim_that_was_killed_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let (own, killed) = (folder.path().join("own"), folder.path().join("killed"));
        RUN.check(&own).unwrap();
        assert!(!own.exists());
        std::fs::create_dir(&killed).unwrap();
        std::fs::write(killed.join(FolderMark::FILE), "").unwrap();
        std::fs::write(killed.join(".resight-x1.unfinished"), "resight").unwrap();
        assert!(!RUN.is_on(&killed));
        RUN.claim(&killed).unwrap();
        assert!(RUN.is_on(&killed));
        std::fs::write(killed.join(FolderMark::FILE), "my notes on resight").unwrap();
        assert!(RUN.claim(&killed).is_err(), "a file of the user's has the name of the mark");
    }

    #[test]
    fn only_a_marked_folder_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        RUN.claim(&own).unwrap();
        assert!(RUN.remove(folder.path()).is_err());
        assert!(FolderMark(FolderKind::Store).remove(&own).is_err());
        RUN.remove(&own).unwrap();
        assert!(!own.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_mark_that_is_a_link_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = (folder.path().join("own"), folder.path().join("other"));
        RUN.claim(&own).unwrap();
        std::fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(own.join(FolderMark::FILE), other.join(FolderMark::FILE)).unwrap();
        assert!(!RUN.is_on(&other));
        std::os::unix::fs::symlink(&own, folder.path().join("link")).unwrap();
        assert!(RUN.remove(&folder.path().join("link")).is_err());
    }
}
