//! Opening what a person or a table names: only a plain file, without waiting, and up to a limit.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Opens a plain file for reading and tells its length in bytes. A link is followed: it was the user who named it.
///
/// The path is looked at before it is opened (opening a device can have effects), opened without blocking, and
/// looked at again, for it may have been exchanged meanwhile.
///
/// # Errors
/// What the operating system says; `InvalidInput` with what it is where it is no plain file.
pub fn open_plain(path: &Path) -> io::Result<(File, u64)> {
    check_plain(&std::fs::metadata(path)?)?;
    let file = without_blocking(OpenOptions::new().read(true)).open(path)?;
    let metadata = file.metadata()?;
    check_plain(&metadata)?;
    Ok((file, metadata.len()))
}

/// The bytes of a plain file of at most `most_bytes`.
///
/// # Errors
/// As for [`open_plain`]; `FileTooLarge` where it is longer.
pub fn read_plain(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    let (file, length) = open_plain(path)?;
    read_at_most(file, length, most_bytes)
}

/// The text of a plain file of at most `most_bytes`.
///
/// # Errors
/// As for [`read_plain`]; `InvalidData` where it is not UTF-8.
pub fn read_plain_text(path: &Path, most_bytes: u64) -> io::Result<String> {
    String::from_utf8(read_plain(path, most_bytes)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not a text in UTF-8"))
}

/// Reads what was opened; the length is a hint, for a file can grow meanwhile, or lie about itself (`/proc`).
pub(crate) fn read_at_most(file: File, length: u64, most_bytes: u64) -> io::Result<Vec<u8>> {
    let expected = length.min(most_bytes).saturating_add(1);
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(usize::try_from(expected).unwrap_or(usize::MAX))
        .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    file.take(most_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        let message = format!("longer than the limit of {most_bytes} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// Refuses what is no plain file, and says what it is.
pub(crate) fn check_plain(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let message = format!("not a plain file but {}", kind(metadata.file_type()));
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

fn kind(found: FileType) -> &'static str {
    if found.is_dir() {
        return "a folder";
    }
    if found.is_symlink() {
        return "a link";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if found.is_fifo() {
            return "a pipe";
        }
        if found.is_socket() {
            return "a socket";
        }
        if found.is_char_device() || found.is_block_device() {
            return "a device";
        }
    }
    "something else"
}

/// A pipe that was put in the place of a file must not make us wait for a writer.
pub(crate) fn without_blocking(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_plain(&path, 5).unwrap(), b"12345");
        assert_eq!(read_plain(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read_plain_text(&path, 9).unwrap(), "12345");
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(read_plain_text(&path, 9).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_folder_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_plain(folder.path(), 5).unwrap_err();
        assert_eq!(error.to_string(), "not a plain file but a folder");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_never_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.jpg");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_bits_truncate(0o600),
            0,
        )
        .unwrap();
        assert_eq!(open_plain(&pipe).unwrap_err().to_string(), "not a plain file but a pipe");
        let device = Path::new("/dev/zero");
        assert_eq!(read_plain(device, 5).unwrap_err().to_string(), "not a plain file but a device");
    }
}
