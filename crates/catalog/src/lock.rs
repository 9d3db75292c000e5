//! The writer's lock: one process at a time changes a catalog.
//!
//! The lock is the operating system's, on the file `lock`, so it ends with the process that holds it, however
//! that ends. Who holds it is said in `lock.json` beside it (on some systems a locked file cannot be read).

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::error::CatalogError;
use crate::layout::Layout;

/// Who is writing to a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The program, as it was started.
    pub program: String,
    /// Its process number.
    pub process: u32,
    /// The machine it runs on.
    pub host: String,
    /// Since when.
    pub since: jiff::Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (process {} on {}, since {})",
            self.program,
            self.process,
            self.host,
            self.since.strftime("%Y-%m-%d %H:%M:%S UTC")
        )
    }
}

impl Holder {
    fn this_process() -> Self {
        let program = std::env::current_exe()
            .ok()
            .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
        Self {
            program: program.unwrap_or_else(|| "a program".to_owned()),
            process: std::process::id(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            // The only clock in this room: it tells a person how long they have been waiting.
            since: jiff::Timestamp::now(),
        }
    }
}

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct WriterLock {
    layout: Layout,
    _file: File,
}

impl WriterLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`CatalogError::Locked`] where someone else holds it; file errors.
    pub(crate) fn take(layout: &Layout) -> Result<Self, CatalogError> {
        let path = layout.lock();
        let file = resight_files::append_own(&path).map_err(CatalogError::file("open the lock", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CatalogError::Locked {
                    holder: read_holder(layout),
                    path: layout.root().to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(CatalogError::file("lock", &path)(source)),
        }
        // Saying who holds it is a courtesy: on a full disk the lock serves without.
        let _ = say_who_holds_it(layout);
        Ok(Self { layout: layout.clone(), _file: file })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.layout.lock_holder());
    }
}

/// The file is removed first and made new: a link in its place would lead to somebody else's.
fn say_who_holds_it(layout: &Layout) -> std::io::Result<()> {
    let path = layout.lock_holder();
    let _ = std::fs::remove_file(&path);
    let text = serde_json::to_vec(&Holder::this_process())?;
    resight_files::create_own(&path)?.write_all(&text)
}

/// A holder is some hundred bytes; what is longer is none.
const LONGEST_HOLDER: u64 = 64 * 1024;

/// Who holds the lock, if the holder has come to say so.
fn read_holder(layout: &Layout) -> Option<Box<Holder>> {
    let text = resight_files::read_own(&layout.lock_holder(), LONGEST_HOLDER).ok()?;
    serde_json::from_slice(&text).ok().map(Box::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let lock = WriterLock::take(&layout).unwrap();
        let refusal = WriterLock::take(&layout).unwrap_err();
        let CatalogError::Locked { holder: Some(holder), .. } = &refusal else { panic!("{refusal}") };
        assert_eq!(holder.process, std::process::id());
        assert!(refusal.to_string().contains(&format!("process {} on ", std::process::id())), "{refusal}");
        drop(lock);
        WriterLock::take(&layout).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_either_file_is_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, layout) = (folder.path().join("victim"), Layout::new(folder.path()));
        std::fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, layout.lock_holder()).unwrap();
        drop(WriterLock::take(&layout).unwrap());
        std::fs::remove_file(layout.lock()).unwrap();
        std::os::unix::fs::symlink(&victim, layout.lock()).unwrap();
        let refusal = WriterLock::take(&layout).unwrap_err().to_string();
        assert!(refusal.contains("a link"), "{refusal}");
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    }

    #[test]
    fn a_holder_file_left_by_a_killed_process_locks_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        std::fs::write(layout.lock_holder(), "{\"half a hol").unwrap();
        WriterLock::take(&layout).unwrap();
    }
}
