//! How much room a disk has.

use std::path::Path;

/// The path itself, or the nearest folder above it that is there.
pub fn nearest_existing(path: &Path) -> Option<&Path> {
    path.ancestors().find(|path| path.exists()).or_else(|| path.is_relative().then_some(Path::new(".")))
}

/// Free room on the disk of a folder, which need not be there yet, in bytes, as far as this user may fill it.
/// `None` where the system does not say.
#[cfg(unix)]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(nearest_existing(folder)?).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Other systems have no call for it that is the same on all of them.
#[cfg(not(unix))]
pub fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
