//! The bytes of a photo's file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::Limits;

/// Reads a file, at most the limit and one byte of it: the decoder refuses what is longer.
///
/// # Errors
/// What the operating system says; also where the path is no plain file.
pub fn read_photo(path: &Path, limits: &Limits) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
    }
    let expected = metadata.len().min(limits.max_bytes).saturating_add(1);
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    file.take(limits.max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
