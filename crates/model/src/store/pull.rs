//! `resight models pull`: from a name to something installed.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::event::PullEvent;
use super::inventory::Installed;
use super::lock::StoreLock;
use super::{Store, StoreError, extract, fetch};
use crate::registry::{Artifact, Entry, EntryKind, Target};

/// Where a pull gets its file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PullSource {
    /// From the user's own pip, npm or hf, as the registry says.
    #[default]
    Registry,
    /// From a file: the package, or the file inside it.
    File(PathBuf),
    /// From an address: of the package, or of the file inside it.
    Url(String),
}

impl PullSource {
    /// A text that the user gave: an address where it begins with `http://` or `https://`, else a path.
    pub fn from_text(text: &str) -> Self {
        if fetch::is_address(text) { Self::Url(text.to_owned()) } else { Self::File(PathBuf::from(text)) }
    }
}

impl Store {
    /// Gets what the registry knows as `name` and installs it. Where it is installed already, nothing is
    /// fetched; where only its file is there, the network is not needed.
    ///
    /// Two processes may pull at once: the second waits and then finds it there. A pull that is killed leaves
    /// nothing but temporary files, which the next one removes.
    ///
    /// # Errors
    /// [`StoreError`]: an unknown name, a missing pip or npm, no network, a wrong hash, a full disk. Each says
    /// what to do.
    pub fn pull(
        &self,
        name: &str,
        source: &PullSource,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Installed, StoreError> {
        let entry = self
            .registry
            .find(name)
            .ok_or_else(|| StoreError::Unknown { known: self.known_names(), name: name.to_owned() })?;
        let artifact = self.artifact(entry)?;
        let lock = self.lock(tell)?;
        if let Some(installed) = self.installed_intact(entry, artifact) {
            tell(PullEvent::AlreadyThere { path: installed.path.clone() });
            return Ok(installed);
        }
        let obtained = self.obtain(entry, artifact, source, &lock, tell)?;
        let installed = self.install(entry, artifact, &obtained.file, &lock, tell)?;
        if let Some(hub) = artifact.on_hub() {
            self.remove_hub_folder(&hub, &lock);
        }
        tell(PullEvent::Done { path: installed.path.clone() });
        Ok(installed)
    }

    fn artifact<'a>(&self, entry: &'a Entry) -> Result<&'a Artifact, StoreError> {
        let target = Target::here();
        entry.artifact_for(&target).ok_or_else(|| StoreError::NotForThisMachine {
            target: target.to_string(),
            kind: entry.kind,
            name: entry.name.clone(),
        })
    }

    /// The checked file of an artifact, in `files/`: kept from before, or fetched now.
    fn obtain(
        &self,
        entry: &Entry,
        artifact: &Artifact,
        source: &PullSource,
        lock: &StoreLock,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Obtained, StoreError> {
        let kept = self.kept_file(entry, artifact);
        let pinned = artifact.sha256.zip(kept);
        if let Some((expected, kept)) = &pinned
            && extract::hash_file(kept).is_ok_and(|found| found == *expected)
        {
            return Ok(Obtained { file: kept.clone(), _workplace: None });
        }
        let workplace = self.workplace(lock)?;
        let package = match source {
            PullSource::File(path) => path.clone(),
            PullSource::Url(url) => {
                let limit = artifact.package_bytes.max(artifact.bytes);
                fetch::from_url(url, workplace.path(), limit + fetch::SLACK_BYTES, tell)?
            }
            PullSource::Registry => {
                let packages = fetch::Packages { search_path: self.search_path.as_deref() };
                // Large files: what was there of them when a download was interrupted is not fetched again.
                match artifact.on_hub() {
                    Some(hub) => {
                        packages.fetch(&entry.name, artifact, &self.hub_folder(&hub, lock)?, tell)?
                    }
                    None => packages.fetch(&entry.name, artifact, workplace.path(), tell)?,
                }
            }
        };
        tell(PullEvent::Checking);
        let Some((expected, kept)) = pinned else {
            let sha256 = extract::hash_file(&package).map_err(StoreError::io("read the file", &package))?;
            tell(PullEvent::Hashed { sha256, is_known: false });
            return Ok(Obtained { file: package, _workplace: Some(workplace) });
        };
        let checked = workplace.path().join("checked");
        extract::extract_member(&package, artifact, expected, &checked)?;
        self.keep(entry, artifact, &checked, &kept)?;
        Ok(Obtained { file: kept, _workplace: None })
    }

    /// Where the file of an artifact is kept; none where it is not, as its hash is not known. A runtime's library is
    /// kept where it is used.
    pub(super) fn kept_file(&self, entry: &Entry, artifact: &Artifact) -> Option<PathBuf> {
        let folder = match entry.kind {
            EntryKind::Runtime => self.runtime_folder(&entry.name, &artifact.version),
            EntryKind::Embedder
            | EntryKind::Mask
            | EntryKind::Detector
            | EntryKind::LocalFeatures
            | EntryKind::Matcher
            | EntryKind::Classifier => self.files_folder().join(artifact.sha256?.to_string()),
        };
        Some(folder.join(artifact.file_name()))
    }

    /// Moves a checked file to its place.
    fn keep(
        &self,
        entry: &Entry,
        artifact: &Artifact,
        checked: &Path,
        kept: &Path,
    ) -> Result<(), StoreError> {
        let folder = kept.parent().unwrap_or(&self.home);
        self.claim(folder, || is_earlier(entry, artifact, kept))?;
        if entry.kind == EntryKind::Runtime {
            // It is not loaded from where others can write, whatever the user's own mask allows.
            for (path, mode) in [(folder, 0o755), (checked, 0o644)] {
                only_user_writes(path, mode).map_err(StoreError::io("keep the file", path))?;
            }
        }
        fs::rename(checked, kept).map_err(StoreError::io("keep the file", kept))
    }
}

/// The file of an artifact.
struct Obtained {
    file: PathBuf,
    /// Where the file lies in it, it is there as long as this.
    _workplace: Option<TempDir>,
}

/// Whether an earlier version, which put no mark, made the folder of a kept file: nobody else names a folder by a hash,
/// and a library that is there is the one that the registry names.
pub(super) fn is_earlier(entry: &Entry, artifact: &Artifact, kept: &Path) -> bool {
    match entry.kind {
        EntryKind::Embedder
        | EntryKind::Mask
        | EntryKind::Detector
        | EntryKind::LocalFeatures
        | EntryKind::Matcher
        | EntryKind::Classifier => true,
        EntryKind::Runtime => extract::hash_file(kept).is_ok_and(|found| artifact.sha256 == Some(found)),
    }
}

#[cfg(unix)]
fn only_user_writes(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn only_user_writes(_path: &Path, _mode: u32) -> std::io::Result<()> {
    Ok(())
}
