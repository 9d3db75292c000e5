//! Models on the hub: the files that are needed of them, in a folder that stays until they are used.

use std::fs;
use std::path::{Path, PathBuf};

use super::event::PullEvent;
use super::lock::StoreLock;
use super::{Store, StoreError, extract, fetch};
use crate::import::{CONFIG_FILES, ImportError};
use crate::registry::{HubName, Sha256};

/// Names of weight files, the one that is taken first.
const WEIGHT_FILES: [&str; 7] = [
    "model.safetensors",
    "open_clip_model.safetensors",
    "pytorch_model.bin",
    "open_clip_pytorch_model.bin",
    "*.safetensors",
    "*.bin",
    "*.onnx",
];

/// How deep in the folder, and how many files of it, are looked at.
const MOST: (usize, usize) = (3, 1000);

/// Files of a model that came from the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFiles {
    /// The folder that they lie in.
    pub folder: PathBuf,
    /// The weights, or the network as ONNX.
    pub weights: PathBuf,
    /// Their hash.
    pub sha256: Sha256,
}

impl Store {
    /// Downloads what an import needs of a model on the hub: its configs, its README and one weight file, that of
    /// the name `file` where one is given. A download that was interrupted goes on where it was; the files stay in
    /// the store until [`Store::import`] has used them.
    ///
    /// # Errors
    /// When the user has no `hf`, it fails, or the model has no weight file, or several where none was named.
    pub fn fetch_from_hub(
        &self,
        hub: &HubName,
        file: Option<&str>,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<HubFiles, StoreError> {
        if let Some(file) = file.filter(|file| !crate::registry::is_path_on_hub(file)) {
            return Err(ImportError::BadFileName(file.chars().take(120).collect()).into());
        }
        let lock = self.lock(tell)?;
        let folder = self.hub_folder(hub, &lock)?;
        let packages = fetch::Packages { search_path: self.search_path.as_deref() };
        packages.fetch_from_hub(hub, &CONFIG_FILES, &folder, tell)?;
        let arrived = folder.join("package");
        let weights = match file {
            Some(file) => {
                packages.fetch_from_hub(hub, &[file], &folder, tell)?;
                Some(arrived.join(file)).filter(|path| path.is_file())
            }
            None => self.first_weight_file(hub, &folder, tell)?,
        };
        let weights = weights.ok_or_else(|| ImportError::NoWeights { place: hub.to_string() })?;
        tell(PullEvent::Checking);
        let sha256 = extract::hash_file(&weights).map_err(StoreError::io("read the file", &weights))?;
        tell(PullEvent::Hashed { sha256, is_known: self.known_by_hash(sha256).is_some() });
        Ok(HubFiles { folder: arrived, weights, sha256 })
    }

    fn first_weight_file(
        &self,
        hub: &HubName,
        folder: &Path,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Option<PathBuf>, StoreError> {
        let packages = fetch::Packages { search_path: self.search_path.as_deref() };
        for pattern in WEIGHT_FILES {
            packages.fetch_from_hub(hub, &[pattern], folder, tell)?;
            let mut found = Vec::new();
            collect(&folder.join("package"), pattern, MOST.0, &mut found);
            found.sort();
            match found.as_slice() {
                [] => {}
                [one] => return Ok(Some(one.clone())),
                several => return Err(ImportError::several(several, &folder.join("package")).into()),
            }
        }
        Ok(None)
    }

    /// The name of the registry's entry whose file has this hash.
    pub(super) fn known_by_hash(&self, sha256: Sha256) -> Option<&str> {
        let has_it = |entry: &&crate::registry::Entry| {
            entry.artifacts.iter().any(|artifact| artifact.sha256 == Some(sha256))
        };
        self.registry.entries().iter().find(has_it).map(|entry| entry.name.as_str())
    }

    /// The folder for the files of a model on the hub, made where it is not there.
    pub(super) fn hub_folder(&self, hub: &HubName, _lock: &StoreLock) -> Result<PathBuf, StoreError> {
        let folder = self.own_folder().join(hub.folder_name());
        resight_files::own_folder(&folder).map_err(StoreError::io("make a folder", &folder))?;
        Ok(folder)
    }

    /// Removes what was downloaded of a model on the hub, once it is used.
    pub(super) fn remove_hub_folder(&self, hub: &HubName, _lock: &StoreLock) {
        // What cannot be removed now takes room, but harms nobody.
        let _kept = fs::remove_dir_all(self.own_folder().join(hub.folder_name()));
    }
}

/// Files of this name, or this ending after a `*`, in a folder and below; hidden folders are the program's own.
fn collect(folder: &Path, pattern: &str, depth: usize, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).take(MOST.1);
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 0 && pattern.starts_with('*') {
            collect(&entry.path(), pattern, depth - 1, found);
        }
        let fits = pattern.strip_prefix('*').map_or(name == pattern, |ending| name.ends_with(ending));
        if kind.is_file() && fits {
            found.push(entry.path());
        }
    }
}
