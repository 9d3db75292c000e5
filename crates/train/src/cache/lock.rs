//! One process at a time builds a cache.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use resight_files::{append_own, open_own};

use super::{CacheError, CacheProgress};

/// How often it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether a process builds this cache at the moment; no lock is made where there is none.
pub(super) fn is_building(path: &Path) -> bool {
    match open_own(path) {
        Ok(file) => matches!(file.try_lock(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

/// The right to write a cache; given back when dropped, also by the system when the process ends.
#[derive(Debug)]
pub(super) struct CacheLock {
    _file: File,
}

impl CacheLock {
    /// Waits until nobody else builds this cache.
    pub(super) fn take(
        path: &Path,
        progress: &dyn CacheProgress,
        cancel: &AtomicBool,
    ) -> Result<Self, CacheError> {
        let failed = || CacheError::io("lock the cache", path);
        let file = append_own(path).map_err(failed())?;
        let mut is_told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(failed()(error)),
                Err(TryLockError::WouldBlock) if cancel.load(Ordering::Relaxed) => {
                    return Err(CacheError::Cancelled);
                }
                Err(TryLockError::WouldBlock) => {
                    if !is_told {
                        progress.waiting();
                    }
                    is_told = true;
                    thread::sleep(PAUSE);
                }
            }
        }
    }
}
