//! What in the home is ours. The home may be a folder that the user keeps other things in: only folders that carry
//! the mark of the store are changed, and of those only the files that resight puts there.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use resight_files::{FolderKind, FolderMark, own_folder, refuse_link};

use super::{Store, StoreError};
use crate::bundle::{Bundle, LEARNT_FILE, MANIFEST_FILE, MODEL_FILE};

/// The mark of every folder that the store makes.
pub(super) const MARK: FolderMark = FolderMark(FolderKind::Store);

/// The file that carries the mark.
pub(super) const MARK_FILE: &str = FolderMark::FILE;

/// The files of a bundle's folder.
pub(super) const BUNDLE_FILES: [&str; 3] = [MANIFEST_FILE, MODEL_FILE, LEARNT_FILE];

impl Store {
    /// Opens the bundle of this name, through no link.
    pub(super) fn open_installed(&self, name: &str) -> Result<Bundle, StoreError> {
        let folder = self.bundle_folder(name);
        for path in [&self.models_folder(), &folder] {
            refuse_link(path).map_err(StoreError::io("open the bundle", path))?;
        }
        let bundle = Bundle::open(&folder)?;
        Ok(if self.is_pinned(&bundle) { bundle.vouched() } else { bundle })
    }

    /// Whether the network of a bundle is one whose hash the registry knows.
    fn is_pinned(&self, bundle: &Bundle) -> bool {
        let artifacts = self.registry.entries().iter().flat_map(|entry| &entry.artifacts);
        let length = bundle.model_bytes().len() as u64;
        // Most are told apart by their length: hashing a large network takes a second.
        let mut alike = artifacts.filter(|artifact| artifact.bytes == length).peekable();
        if alike.peek().is_none() {
            return false;
        }
        let found = super::extract::hash_bytes(bundle.model_bytes());
        alike.any(|artifact| artifact.sha256 == Some(found))
    }

    /// Whether something lies at the name that is a bundle, or was one: not any folder of the user's.
    pub(super) fn is_installed(&self, name: &str) -> bool {
        let folder = self.bundle_folder(name);
        let is_folder = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
        is_folder && (MARK.is_on(&folder) || fs::symlink_metadata(folder.join(MANIFEST_FILE)).is_ok())
    }

    /// Whether resight made the folder of a bundle: it carries the mark, or an earlier version made it, which put
    /// none: then it is a sound bundle and nothing else.
    pub(super) fn is_own_bundle(&self, name: &str) -> bool {
        let folder = self.bundle_folder(name);
        MARK.is_on(&folder) || (holds_only(&folder, &BUNDLE_FILES) && self.open_installed(name).is_ok())
    }

    /// Makes a folder of the store and those above it, through no link, and takes it as ours. `is_earlier` says
    /// whether an earlier version, which put no mark, made what is there.
    pub(super) fn claim(&self, folder: &Path, is_earlier: impl FnOnce() -> bool) -> Result<(), StoreError> {
        self.make_above(folder)?;
        let outcome = own_folder(folder).and_then(|()| {
            if !MARK.is_on(folder) && is_earlier() { MARK.put(folder) } else { MARK.claim(folder) }
        });
        outcome.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => StoreError::NotOurs { path: folder.to_path_buf() },
            _ => StoreError::io("make a folder", folder)(error),
        })
    }

    /// Makes the folders between the home and a place in it, through no link.
    pub(super) fn make_above(&self, place: &Path) -> Result<(), StoreError> {
        fs::create_dir_all(&self.home).map_err(StoreError::io("make the model store", &self.home))?;
        let between: Vec<&Path> =
            place.ancestors().skip(1).take_while(|folder| *folder != self.home).collect();
        between
            .into_iter()
            .rev()
            .try_for_each(|folder| own_folder(folder).map_err(StoreError::io("make a folder", folder)))
    }
}

/// Whether a folder holds files of these names, the mark, and nothing else.
pub(super) fn holds_only(folder: &Path, names: &[&str]) -> bool {
    let Ok(mut entries) = fs::read_dir(folder) else { return false };
    entries.all(|entry| {
        entry.is_ok_and(|entry| {
            let is_own = entry.file_name() == MARK_FILE
                || names.iter().any(|name| entry.file_name() == OsStr::new(name));
            is_own && entry.file_type().is_ok_and(|kind| kind.is_file())
        })
    })
}

/// Moves the files of these names out of a folder of ours into `workplace`. Where nothing else is in it the folder
/// goes as a whole, so that it is there or gone, never half; what the user put there stays.
pub(super) fn take_away(folder: &Path, names: &[&str], workplace: &Path, number: usize) -> io::Result<()> {
    let place: PathBuf = workplace.join(format!("removed-{number}"));
    if holds_only(folder, names) {
        return fs::rename(folder, place);
    }
    fs::create_dir(&place)?;
    for name in names.iter().chain([&MARK_FILE]) {
        match fs::rename(folder.join(name), place.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
