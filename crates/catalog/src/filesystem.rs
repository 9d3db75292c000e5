//! What the file system under a catalog must be able to do, and making things last on it.

use std::fs::File;
use std::path::Path;

use crate::error::CatalogError;

/// Types of file systems, as Linux names them, that several machines share: a write-ahead log, whose index is
/// shared memory, does not protect a database there.
const NETWORK_FILE_SYSTEMS: &[&str] =
    &["nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs"];

/// Refuses a folder on a network file system, as far as the system says what it is.
///
/// # Errors
/// [`CatalogError::NetworkFileSystem`].
pub(crate) fn refuse_network(folder: &Path) -> Result<(), CatalogError> {
    let (Ok(mounts), Ok(real)) = (std::fs::read_to_string("/proc/self/mountinfo"), folder.canonicalize())
    else {
        return Ok(());
    };
    match file_system_of(&real, &mounts) {
        Some(name) if NETWORK_FILE_SYSTEMS.contains(&name) => {
            Err(CatalogError::NetworkFileSystem { file_system: name.to_owned(), path: folder.to_owned() })
        }
        _ => Ok(()),
    }
}

/// The type of the file system that holds `path`, from the text of Linux' `mountinfo`: that of the deepest
/// mount point above it, and of several there the last.
fn file_system_of<'a>(path: &Path, mounts: &'a str) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let mount_point = before.split(' ').nth(4)?.replace("\\040", " ");
            path.starts_with(&mount_point).then_some((mount_point.len(), after.split(' ').next()?))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, name)| name)
}

/// Makes the names in a folder (new files, renames) survive a power cut. Where folders cannot be opened as
/// files the system does so by itself.
///
/// # Errors
/// When the system reports that it cannot.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), CatalogError> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|file| file.sync_all())
            .map_err(CatalogError::file("sync the folder", folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/lab rw,relatime shared:2 - nfs4 server:/lab rw
31 22 0:41 / /mnt/my\\040share rw,relatime - cifs //server/share rw";

    #[test]
    fn the_deepest_mount_point_counts() {
        assert_eq!(file_system_of(Path::new("/data/catalog"), MOUNTS), Some("ext4"));
        assert_eq!(file_system_of(Path::new("/mnt/lab/catalog"), MOUNTS), Some("nfs4"));
        assert_eq!(file_system_of(Path::new("/mnt/laboratory"), MOUNTS), Some("ext4"));
        assert_eq!(file_system_of(Path::new("/mnt/my share/x"), MOUNTS), Some("cifs"));
    }

    #[test]
    fn a_local_folder_is_accepted_and_synced() {
        let folder = tempfile::tempdir().unwrap();
        refuse_network(folder.path()).unwrap();
        sync_folder(folder.path()).unwrap();
    }
}
