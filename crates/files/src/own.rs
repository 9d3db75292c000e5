//! Files inside a folder of ours: never opened through a link.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use crate::look::{check_plain, read_at_most, without_blocking};

/// Opens a file of ours to read it.
///
/// # Errors
/// What the operating system says; `InvalidInput` where it is a link or no plain file.
pub fn open_own(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true))
}

/// The bytes of a file of ours, of at most `most_bytes`.
///
/// # Errors
/// As for [`open_own`]; `FileTooLarge` where it is longer.
pub fn read_own(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    let file = open_own(path)?;
    let length = file.metadata()?.len();
    read_at_most(file, length, most_bytes)
}

/// Opens a file of ours that is there to read and write it where it is. Nothing is cut.
///
/// # Errors
/// As for [`open_own`].
pub fn change_own(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true).write(true))
}

/// Opens a file of ours to read and write it where it is; makes it where it is not there. Nothing is cut.
///
/// # Errors
/// As for [`open_own`].
pub fn append_own(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))
}

/// Makes a file of ours that is not there yet.
///
/// # Errors
/// `AlreadyExists` where something has the name, a link included.
pub fn create_own(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Makes a folder of ours, or takes the one that is there.
///
/// # Errors
/// What the operating system says; `InvalidInput` where a link has the name.
pub fn own_folder(path: &Path) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            refuse_link(path)?;
            if path.is_dir() { Ok(()) } else { Err(error) }
        }
        other => other,
    }
}

/// Refuses a link, also one that leads nowhere; what is not there at all is no link.
///
/// # Errors
/// `InvalidInput` where it is one; what the operating system says.
pub fn refuse_link(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.file_type().is_symlink() => Err(is_a_link()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The operating system refuses links while it opens, where it can; the look before gives the better words, and is
/// what there is elsewhere.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    refuse_link(path)?;
    without_blocking(options);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    let file = options.open(path)?;
    check_plain(&file.metadata()?)?;
    Ok(file)
}

fn is_a_link() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "a link, which is not followed here")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_refused_whatever_they_lead_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("victim"), "precious").unwrap();
        symlink("victim", at("link")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        symlink(".", at("folder")).unwrap();
        for name in ["link", "dangling"] {
            assert_eq!(open_own(&at(name)).unwrap_err().kind(), io::ErrorKind::InvalidInput);
            assert_eq!(append_own(&at(name)).unwrap_err().kind(), io::ErrorKind::InvalidInput);
            assert_eq!(change_own(&at(name)).unwrap_err().kind(), io::ErrorKind::InvalidInput);
            assert_eq!(create_own(&at(name)).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(own_folder(&at("folder")).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert!(!at("nowhere").exists());
        assert_eq!(read_own(&at("victim"), 100).unwrap(), b"precious");
        own_folder(&at("new")).unwrap();
        own_folder(&at("new")).unwrap();
        assert!(own_folder(&at("victim")).is_err());
    }
}
