//! One process at a time changes the store.

use std::fs::{self, File, TryLockError};

use tempfile::TempDir;

use super::event::PullEvent;
use super::{Store, StoreError};

/// The right to change the store; given back when dropped, also by the system when the process ends.
pub(super) struct StoreLock {
    _file: File,
}

impl Store {
    /// Waits for the right to change the store, and removes what killed processes left.
    pub(super) fn lock(&self, tell: &mut dyn FnMut(PullEvent)) -> Result<StoreLock, StoreError> {
        fs::create_dir_all(&self.home).map_err(StoreError::io("make the model store", &self.home))?;
        let path = self.home.join("lock");
        let failed = || StoreError::io("lock the model store", &path);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed())?;
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
        let parent = self.temporary_folder();
        fs::create_dir_all(&parent).map_err(StoreError::io("make a folder", &parent))?;
        let mut builder = tempfile::Builder::new();
        // What is made in it may be read by all who may read the store, not by this user alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        builder.prefix("pull-").tempdir_in(&parent).map_err(StoreError::io("make a folder", &parent))
    }

    /// With the lock held nobody else works in `tmp`: what is there was left by a killed process.
    fn remove_leftovers(&self) {
        // What cannot be removed now takes room, but harms nobody.
        let _kept = fs::remove_dir_all(self.temporary_folder());
    }
}
