//! Whether a folder can be written to, and how much room its disk has.

use std::path::Path;

/// The folder itself, or the nearest one above it that is there.
fn nearest(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|path| path.exists()).or_else(|| folder.is_relative().then_some(Path::new(".")))
}

/// Whether a file can be made in the folder, or the folder itself be made.
///
/// # Errors
/// Why not, in words.
pub(super) fn writable(folder: &Path) -> Result<(), String> {
    let Some(nearest) = nearest(folder) else { return Err("no folder above it is there".to_owned()) };
    if !nearest.is_dir() {
        return Err("it is a file".to_owned());
    }
    let probe = nearest.join(format!(".resight-probe-{}", std::process::id()));
    std::fs::File::create_new(&probe).map_err(|error| error.to_string())?;
    std::fs::remove_file(&probe).map_err(|error| error.to_string())
}

/// Free room on the disk of a folder, in bytes, as far as this user may fill it.
#[cfg(unix)]
pub(super) fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(nearest(folder)?).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Other systems have no call for it that is the same on all of them.
#[cfg(not(unix))]
pub(super) fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
