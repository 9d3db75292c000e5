//! Old caches, removed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::file::{LOCK, is_named_by_us};
use super::lock::is_building;
use super::reader::CACHE;
use super::{CacheError, FeatureCache};

/// Removes caches from a folder that carries our mark, those that were written longest ago first, until the rest takes at most `most_bytes`
/// on the disk. The ones in `keep` and those that a process is building stay in any case. Returns how many bytes were
/// freed.
///
/// Processes that still read a removed cache go on reading it. What another process removes meanwhile is no error.
///
/// # Errors
/// The folder is not ours or cannot be read, or a file not removed.
pub fn tidy(folder: &Path, most_bytes: u64, keep: &[&FeatureCache]) -> Result<u64, CacheError> {
    if !CACHE.is_on(folder) {
        return Err(CacheError::NotOurs { path: folder.to_owned() });
    }
    let mut caches = caches(folder).map_err(CacheError::io("read the folder of caches", folder))?;
    caches.sort();
    let mut taken: u64 = caches.iter().map(|(_, _, bytes)| bytes).sum();
    let mut freed = 0;
    for (_, path, bytes) in caches {
        if taken <= most_bytes {
            break;
        }
        if keep.iter().any(|cache| cache.path() == path) || is_building(&path.with_extension(LOCK)) {
            continue;
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(CacheError::io("remove the old cache", &path)(error));
            }
            _ => {}
        }
        taken -= bytes;
        freed += bytes;
    }
    Ok(freed)
}

/// Caches of a folder: when they were last written, and how much they take.
fn caches(folder: &Path) -> std::io::Result<Vec<(SystemTime, PathBuf, u64)>> {
    let mut caches = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if is_named_by_us(&path) {
            match path.symlink_metadata() {
                Ok(metadata) if !metadata.is_file() => {}
                Ok(metadata) => caches.push((metadata.modified()?, path, on_disk(&metadata))),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(caches)
}

/// Bytes that a file takes, which are fewer than its length while parts of it were never written.
#[cfg(unix)]
fn on_disk(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn on_disk(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}
