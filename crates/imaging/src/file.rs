//! The bytes of a photo's file.

use std::io::{self, Read};
use std::ops::Deref;
use std::path::Path;

use resight_files::open_plain;

use crate::Limits;
use crate::budget::TakenMemory;

/// The bytes of a file. As long as they live they hold their share of [`Limits::budget`].
#[derive(Debug)]
pub struct PhotoBytes {
    bytes: Vec<u8>,
    _memory: TakenMemory,
}

impl Deref for PhotoBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for PhotoBytes {
    /// Bytes that are there already, and are not counted.
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, _memory: TakenMemory::uncounted() }
    }
}

impl PhotoBytes {
    /// A photo that is no file, within the limits: bytes that somebody holds anyway, and are not counted.
    ///
    /// # Errors
    /// `FileTooLarge`.
    pub fn in_memory(bytes: &[u8], limits: &Limits) -> io::Result<Self> {
        check_length(bytes.len() as u64, limits)?;
        Ok(bytes.to_vec().into())
    }
}

/// Reads a plain file within the limits. It is looked at before it is opened: a pipe would keep us waiting, a device
/// can do anything. Waits while the files of other photos have the memory ([`Limits::budget`]).
///
/// # Errors
/// What the operating system says; `InvalidInput` where the path is no plain file, with what it is; `FileTooLarge`.
pub fn read_photo(path: &Path, limits: &Limits) -> io::Result<PhotoBytes> {
    let (file, length) = open_plain(path)?;
    check_length(length, limits)?;
    let memory = limits.budget.take_for_file(length);
    let mut bytes = Vec::new();
    let expected = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(1);
    bytes.try_reserve_exact(expected).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // A file can grow while it is read.
    file.take(limits.max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    check_length(bytes.len() as u64, limits)?;
    Ok(PhotoBytes { bytes, _memory: memory })
}

fn check_length(length: u64, limits: &Limits) -> io::Result<()> {
    if length <= limits.max_bytes {
        return Ok(());
    }
    let message = format!("it has {length} bytes or more; a photo may have {}", limits.max_bytes);
    Err(io::Error::new(io::ErrorKind::FileTooLarge, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_within_the_limit_is_read_and_others_are_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        std::fs::write(&path, "12345").unwrap();
        let within = |max_bytes| read_photo(&path, &Limits { max_bytes, ..Limits::default() });
        assert_eq!(*within(5).unwrap(), *b"12345");
        assert_eq!(within(4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let error = read_photo(folder.path(), &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), "not a plain file but a folder");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.jpg");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (path, what) in [(pipe.as_path(), "a pipe"), (Path::new("/dev/zero"), "a device")] {
            let error = read_photo(path, &Limits::default()).unwrap_err();
            assert_eq!(error.to_string(), format!("not a plain file but {what}"));
        }
    }
}
