//! What the file system under a catalog must be able to do.

use std::path::{Component, Path, Prefix};

use crate::error::CatalogError;

/// Types of file systems that several machines, or a machine and its guest, share: a write-ahead log, whose index is
/// shared memory, does not protect a database there. As Linux names them in `mountinfo`, without `fuse.` before it.
const SHARED_FILE_SYSTEMS: &[&str] = &[
    // Windows shares, Macintosh shares, NetWare.
    "cifs smb2 smb3 smbfs smbnetfs afpfs afp ncpfs ncp",
    // NFS and its relatives.
    "nfs nfs4 nfs3 nfsd fuse-nfs afs openafs kafs coda",
    // File systems of clusters.
    "ceph ceph-fuse glusterfs gluster lustre lustre_lite beegfs fhgfs gpfs mmfs orangefs pvfs2 panfs \
     wekafs quobyte moosefs mfs mfsmount lizardfs saunafs sfsmount xtreemfs juicefs seaweedfs weed ocfs2 \
     gfs gfs2 cvfs stornext dvs daos dfuse cernbox eos eosxd cvmfs2 hdfs hdfs-fuse mapr maprfs ibrix \
     vxfs-cluster tahoe onedata oneclient",
    // Folders of the host inside a virtual machine, of Windows inside its Linux.
    "9p virtiofs vboxsf vmhgfs vmhgfs-fuse hgfs prl_fs prl_fs_freeze drvfs osxfs grpcfuse \
     fakeowner hostfs utmfs",
    // Servers and clouds that are made to look like disks.
    "davfs davfs2 webdav sshfs curlftpfs ftpfs s3fs s3ql goofys mountpoint-s3 geesefs s3backer rclone \
     rclonefs gcsfuse gcsfs blobfuse blobfuse2 azurefs google-drive-ocamlfuse onedriver onedrive dropbox \
     dbxfs pcloud pcloudfs megafs mega gvfsd-fuse kio-fuse portal acd_cli ipfs keybase kbfs insync \
     expandrive odrive nextcloud seadrive icloud",
];

/// Refuses a folder on a file system of several machines, as far as the system says what it is.
///
/// # Errors
/// [`CatalogError::NetworkFileSystem`].
pub(crate) fn refuse_network(folder: &Path) -> Result<(), CatalogError> {
    let Ok(real) = folder.canonicalize() else { return Ok(()) };
    let found = windows_share(&real).or_else(|| mounted(&real));
    match found {
        Some(file_system) => Err(CatalogError::NetworkFileSystem { file_system, path: folder.to_owned() }),
        None => Ok(()),
    }
}

/// Whether a path that was resolved lies on a Windows share: a drive's letter is resolved to the share behind it.
fn windows_share(real: &Path) -> Option<String> {
    match real.components().next()? {
        Component::Prefix(prefix) => match prefix.kind() {
            Prefix::UNC(..) | Prefix::VerbatimUNC(..) => Some("a Windows share".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// What several machines share, by the list of what is mounted; on other systems than Linux there is none.
#[cfg(not(target_vendor = "apple"))]
fn mounted(real: &Path) -> Option<String> {
    let mounts = std::fs::read("/proc/self/mountinfo").ok()?;
    let mounts = String::from_utf8_lossy(&mounts);
    file_system_of(real, &mounts).filter(|name| is_shared(name)).map(str::to_owned)
}

/// What several machines share, as macOS says of the file system itself.
#[cfg(target_vendor = "apple")]
fn mounted(real: &Path) -> Option<String> {
    /// `MNT_LOCAL` of `sys/mount.h`: the disk is in this machine.
    const LOCAL: u32 = 0x1000;
    let found = rustix::fs::statfs(real).ok()?;
    let name: String = found
        .f_fstypename
        .iter()
        .map(|letter| char::from(letter.cast_unsigned()))
        .take_while(|letter| *letter != '\0')
        .collect();
    // File systems in user space do not say whether they are local: only their names are known.
    let elsewhere = found.f_flags & LOCAL == 0 && !name.contains("fuse");
    (elsewhere || is_shared(&name)).then_some(name)
}

fn is_shared(file_system: &str) -> bool {
    let name = file_system.to_ascii_lowercase();
    let name = name.strip_prefix("fuse.").unwrap_or(&name);
    SHARED_FILE_SYSTEMS.iter().flat_map(|names| names.split(' ')).any(|known| known == name)
}

/// The type of the file system that holds `path`, from the text of Linux' `mountinfo`: that of the deepest
/// mount point above it, and of several there the last.
#[cfg(any(test, not(target_vendor = "apple")))]
fn file_system_of<'a>(path: &Path, mounts: &'a str) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let mount_point = unescaped(before.split(' ').nth(4)?);
            path.starts_with(&mount_point).then_some((mount_point.len(), after.split(' ').next()?))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, name)| name)
}

/// Blanks, tabs, line ends and backslashes stand as three octal digits in `mountinfo`.
#[cfg(any(test, not(target_vendor = "apple")))]
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, letter)| text.replace(escaped, letter))
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
    fn what_several_machines_share_is_known_by_name() {
        let shared = "nfs nfs4 cifs smb2 smb3 afpfs ceph fuse.ceph gluster fuse.glusterfs lustre beegfs gpfs \
             orangefs 9p virtiofs vboxsf drvfs davfs fuse.davfs2 fuse.sshfs fuse.s3fs fuse.rclone \
             fuse.gcsfuse fuse.vmhgfs-fuse fuse.gvfsd-fuse fuse.juicefs";
        for name in shared.split(' ') {
            assert!(is_shared(name), "{name}");
        }
        let local = "ext4 xfs btrfs zfs f2fs apfs hfs tmpfs overlay ntfs3 exfat vfat fuseblk fuse.mergerfs \
             fuse.ntfs-3g fuse.gocryptfs fuse.encfs fuse.bindfs ecryptfs bcachefs";
        for name in local.split(' ') {
            assert!(!is_shared(name), "{name}");
        }
    }

    #[test]
    fn a_local_folder_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        refuse_network(folder.path()).unwrap();
    }

    #[cfg(windows)]
    #[test]
    fn a_windows_share_is_known_by_its_path() {
        assert!(windows_share(Path::new(r"\\server\lab\whales")).is_some());
        assert!(windows_share(Path::new(r"\\?\UNC\server\lab\whales")).is_some());
        assert!(windows_share(Path::new(r"C:\whales")).is_none());
    }
}
