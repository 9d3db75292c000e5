//! One process at a time changes the store, and works in a folder that only resight makes.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use resight_files::{append_own, refuse_link};
use tempfile::TempDir;

use super::event::PullEvent;
use super::ours::MARK;
use super::{Store, StoreError};

/// The folder in the home in which resight works and keeps what it noted. The home may be a folder of the user's with
/// a `tmp`, a `lock`, a `cache` of their own in it.
const OWN_FOLDER: &str = ".resight-store";

/// What begins the name of a folder that is worked in. Only such folders are removed, and only in [`OWN_FOLDER`].
const WORKPLACE: &str = "pull-";

/// How often, and how long each time, the mark of [`OWN_FOLDER`] is waited for where another process puts it on.
const MARK_PATIENCE: (u32, Duration) = (50, Duration::from_millis(10));

/// The right to change the store; given back when dropped, also by the system when the process ends.
pub(super) struct StoreLock {
    _file: File,
}

impl Store {
    /// Waits for the right to change the store, and removes what killed processes left.
    pub(super) fn lock(&self, tell: &mut dyn FnMut(PullEvent)) -> Result<StoreLock, StoreError> {
        let own = self.claimed_own_folder()?;
        let path = own.join("lock");
        let failed = || StoreError::io("lock the model store", &path);
        let file = append_own(&path).map_err(failed())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                tell(PullEvent::Waiting);
                file.lock().map_err(failed())?;
            }
            Err(TryLockError::Error(error)) => return Err(failed()(error)),
        }
        self.remove_leftovers();
        Ok(StoreLock { _file: file })
    }

    /// A folder to work in, inside the store, so that a rename out of it is atomic. Removed when dropped.
    pub(super) fn workplace(&self, _lock: &StoreLock) -> Result<TempDir, StoreError> {
        let parent = self.own_folder();
        let mut builder = tempfile::Builder::new();
        // What is made in it may be read by all who may read the store, not by this user alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        builder.prefix(WORKPLACE).tempdir_in(&parent).map_err(StoreError::io("make a folder", &parent))
    }

    /// The folder in which resight works, whether it is there or not.
    pub(super) fn own_folder(&self) -> PathBuf {
        self.home.join(OWN_FOLDER)
    }

    /// As [`Store::own_folder`], made and marked where it was not there.
    pub(super) fn claimed_own_folder(&self) -> Result<PathBuf, StoreError> {
        let own = self.own_folder();
        fs::create_dir_all(&self.home).map_err(StoreError::io("make the model store", &self.home))?;
        let mut outcome = refuse_link(&own).and_then(|()| MARK.claim(&own));
        for _ in 0..MARK_PATIENCE.0 {
            match &outcome {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    std::thread::sleep(MARK_PATIENCE.1);
                    outcome = MARK.claim(&own);
                }
                _ => break,
            }
        }
        outcome.map_err(StoreError::io("work in the model store", &own))?;
        Ok(own)
    }

    /// With the lock held nobody else works there: what is there was left by a killed process.
    fn remove_leftovers(&self) {
        let entries = fs::read_dir(self.own_folder()).into_iter().flatten().filter_map(Result::ok);
        for entry in entries {
            let is_workplace = entry.file_name().to_str().is_some_and(|name| name.starts_with(WORKPLACE));
            if is_workplace && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                // What cannot be removed now takes room, but harms nobody.
                let _kept = fs::remove_dir_all(entry.path());
            }
        }
    }
}
