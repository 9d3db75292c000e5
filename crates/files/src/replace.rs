//! All of a file or nothing: written aside, brought to the disk, renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// What begins and ends the name of a file that is not finished. Nobody else makes such names.
const PREFIX: &str = ".resight-";
const SUFFIX: &str = ".unfinished";

/// Writes a file: all of these bytes, or what was there before.
///
/// # Errors
/// What the operating system says; nothing half-written stays.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(bytes))
}

/// Writes a file through `write`: all of it, or what was there before. The new file has the access rights that any
/// new file has; a link at `path` is replaced, not followed.
///
/// # Errors
/// What `write` or the operating system says; nothing half-written stays.
pub fn replace_with<T, E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<T, E>,
) -> Result<T, E> {
    let folder = folder_of(path);
    let mut aside = unfinished(&folder)?;
    let mut writer = BufWriter::new(aside.as_file_mut());
    let outcome = write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    aside.as_file().sync_all()?;
    aside.persist(path).map_err(|error| E::from(error.error))?;
    sync_folder(&folder)?;
    Ok(outcome)
}

/// As [`replace`], for what can be made again: it appears whole or not at all, but a power cut may lose it. Without
/// waiting for the disk thousands of small files are written in seconds.
///
/// # Errors
/// As for [`replace`].
pub fn replace_derived(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut aside = unfinished(&folder_of(path))?;
    aside.write_all(bytes)?;
    aside.persist(path).map(drop).map_err(|error| error.error)
}

/// Removes what killed processes left unfinished in a folder of ours; for callers that hold its lock. What cannot be
/// removed now takes room, but harms nobody.
pub fn remove_unfinished(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if is_unfinished(&entry.path()) {
            let _kept = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether this is a file that we began and did not finish, or was one a moment ago.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(std::ffi::OsStr::to_str);
    name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
        && path.symlink_metadata().map_or(true, |found| found.is_file())
}

/// Whether a file can be made beside `path`.
///
/// # Errors
/// What the operating system says.
pub(crate) fn check_writable(path: &Path) -> io::Result<()> {
    unfinished(&folder_of(path)).map(drop)
}

/// Makes the names in a folder (new files, renames) survive a power cut. On Windows a folder cannot be opened as a
/// file, and need not be.
///
/// # Errors
/// When the system reports that it cannot.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    // A folder that is not there is told in the system's own words.
    std::fs::metadata(folder)?;
    let mut builder = tempfile::Builder::new();
    // As any new file: the user's own mask takes away from it. The library's default is for this user alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder).map_err(without_path)
}

/// The library adds the name of the file aside, which tells nobody anything: the usual errors go without it.
fn without_path(error: io::Error) -> io::Error {
    use io::ErrorKind::{NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        kind @ (NotADirectory | PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull) => {
            kind.into()
        }
        _ => error,
    }
}

/// The folder that a path is in.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        replace(&path, b"old").unwrap();
        let failed: io::Result<()> = replace_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["table.csv"]);
    }

    #[test]
    fn only_names_that_we_make_are_tidied() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".resight-a1.unfinished", "thesis.unfinished", ".resight-notes", "part"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(folder.path().join(".resight-b.unfinished")).unwrap();
        remove_unfinished(folder.path());
        assert_eq!(
            names(folder.path()),
            [".resight-b.unfinished", ".resight-notes", "part", "thesis.unfinished"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_its_target_stays() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("lock.json"));
        std::fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        replace_derived(&link, b"ours").unwrap();
        assert!(!link.is_symlink());
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        replace(&link, b"ours").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
        assert!(!link.is_symlink());
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&link), mode(&plain), "others may read it as any file");
    }
}
