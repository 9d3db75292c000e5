//! Who can change a file: code that is loaded must not lie where strangers can write.

use std::io;
use std::path::Path;

/// Refuses a file that somebody else than its user or the system can exchange or change: one that others own or may
/// write to, or whose folder, or a folder above it, is such. `/tmp` and its like, where nobody can rename what is
/// another's, may be above it, but not hold it. The path must be free of links ([`Path::canonicalize`]).
///
/// On Windows, where rights are lists, nothing is looked at.
///
/// # Errors
/// `PermissionDenied` with what is wrong; what the operating system says.
#[cfg(unix)]
pub fn refuse_if_strangers_can_write(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let user = nix::unistd::geteuid().as_raw();
    let own_group = nix::unistd::getegid().as_raw();
    for (distance, path) in file.ancestors().enumerate() {
        if path.as_os_str().is_empty() {
            continue;
        }
        let found = std::fs::symlink_metadata(path)?;
        let refuse = |what: &str| {
            let message = format!("not trusted: {what}: {}", path.display());
            Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
        };
        if found.uid() != user && found.uid() != 0 {
            return refuse("it belongs to another user");
        }
        let (group_writes, others_write) = (found.mode() & 0o020 != 0, found.mode() & 0o002 != 0);
        let is_above = distance > 1;
        let is_sticky = found.mode() & 0o1000 != 0;
        if others_write && !(is_above && is_sticky) {
            return refuse("everybody may write to it");
        }
        // Where every user has a group of their own, folders are often writable by that group.
        if group_writes && !(is_above && (is_sticky || found.gid() == own_group)) {
            return refuse("its group may write to it");
        }
    }
    Ok(())
}

/// Refuses nothing: rights are lists on this system.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn refuse_if_strangers_can_write(_file: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_that_others_can_write_or_exchange_is_refused() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().canonicalize().unwrap().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let file = inner.join("library.so");
        std::fs::write(&file, "code").unwrap();
        let outer = inner.parent().unwrap().to_owned();
        let with = |path: &Path, mode: u32| {
            for path in [&outer, &inner, &file] {
                set_permissions(path, Permissions::from_mode(0o755)).unwrap();
            }
            set_permissions(path, Permissions::from_mode(mode)).unwrap();
            refuse_if_strangers_can_write(&file).map_err(|error| error.to_string())
        };
        assert_eq!(with(&file, 0o644), Ok(()));
        for (path, mode) in [
            (&file, 0o664),
            (&file, 0o646),
            (&inner, 0o775),
            (&inner, 0o757),
            (&inner, 0o1777),
            (&outer, 0o757),
        ] {
            let refusal = with(path, mode).unwrap_err();
            assert!(
                refusal.contains("not trusted") && refusal.ends_with(path.to_str().unwrap()),
                "{refusal}"
            );
        }
        assert_eq!(with(&outer, 0o1777), Ok(()), "nobody can rename what is another's there");
    }
}
