//! Whether a folder can be written to.

use std::path::Path;

use resight_vector::disk::nearest_existing;

/// Whether a file can be made in the folder, or the folder itself be made.
///
/// # Errors
/// Why not, in words.
pub(super) fn writable(folder: &Path) -> Result<(), String> {
    let Some(nearest) = nearest_existing(folder) else {
        return Err("no folder above it is there".to_owned());
    };
    if !nearest.is_dir() {
        return Err("it is a file".to_owned());
    }
    let probe = nearest.join(format!(".resight-probe-{}", std::process::id()));
    std::fs::File::create_new(&probe).map_err(|error| error.to_string())?;
    std::fs::remove_file(&probe).map_err(|error| error.to_string())
}
