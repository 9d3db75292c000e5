//! `resight models add`: models from elsewhere.

use std::path::{Path, PathBuf};

use super::event::PullEvent;
use super::install::Origin;
use super::inventory::Installed;
use super::lock::StoreLock;
use super::{Store, StoreError, extract, fetch, install, is_name};
use crate::bundle::{Bundle, ManifestInput, Standing};
use crate::registry::Sha256;
use crate::runtime::RuntimeChoice;

/// The most bytes of a model that is downloaded by its address.
const MAX_DOWNLOAD: u64 = 8 << 30;

/// Where a model to add lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddSource {
    /// A bundle (folder or `.resight` file), or an ONNX, torch or safetensors file.
    Path(PathBuf),
    /// The address of such a file.
    Url(String),
}

impl AddSource {
    /// A text that the user gave: an address where it begins with `http://` or `https://`, else a path.
    pub fn from_text(text: &str) -> Self {
        if fetch::is_address(text) { Self::Url(text.to_owned()) } else { Self::Path(PathBuf::from(text)) }
    }

    /// The name of the file, which tells what it is.
    fn file_name(&self) -> &str {
        match self {
            Self::Path(path) => path.file_name().and_then(|name| name.to_str()).unwrap_or_default(),
            Self::Url(url) => {
                url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default()
            }
        }
    }
}

/// A model to add to the store.
#[derive(Debug, Clone, PartialEq)]
pub struct AddRequest {
    /// Where it lies.
    pub source: AddSource,
    /// What a bare model file does not say about itself; ignored for a bundle, which says it all.
    pub manifest: Option<ManifestInput>,
    /// The SHA-256 that the file must have, where the user knows it.
    pub sha256: Option<Sha256>,
}

impl Store {
    /// Adds a bundle, an ONNX file with its preprocessing, or a torch or safetensors file whose network is
    /// known. The file is copied; the original stays as it is.
    ///
    /// # Errors
    /// When the name is taken or is one of the registry's, the file is refused, its hash is another, or its network
    /// does not stand its trial.
    pub fn add(
        &self,
        request: &AddRequest,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Installed, StoreError> {
        let lock = self.lock(tell)?;
        let workplace = self.workplace(&lock)?;
        let path = match &request.source {
            AddSource::Path(path) => path.clone(),
            AddSource::Url(url) => {
                let arrived = fetch::from_url(url, workplace.path(), MAX_DOWNLOAD, tell)?;
                let named = workplace
                    .path()
                    .join(Path::new(request.source.file_name()).file_name().unwrap_or("model.onnx".as_ref()));
                std::fs::rename(&arrived, &named).map_err(StoreError::io("name the download", &named))?;
                named
            }
        };
        tell(PullEvent::Checking);
        if let Some(expected) = request.sha256 {
            let found = extract::hash_file(&path).map_err(StoreError::io("read the file", &path))?;
            if found != expected {
                return Err(StoreError::WrongHash { expected, found, path });
            }
        }
        let bundle = self.bundle_to_add(&path, request.manifest.clone(), tell)?;
        let installed = self.add_bundle(&bundle, &lock)?;
        tell(PullEvent::Done { path: installed.path.clone() });
        Ok(installed)
    }

    /// Keeps a bundle from elsewhere, such as that of a training run, so that it is found by its id from now on:
    /// under its name, or where that is taken, under `NAME-2`, `NAME-3`, … The id stays as it is.
    ///
    /// # Errors
    /// When its name cannot be that of a folder, or it cannot be written.
    pub fn keep_bundle(
        &self,
        bundle: &Bundle,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Installed, StoreError> {
        let lock = self.lock(tell)?;
        if let Some(there) = self.by_id(bundle.id().as_str()) {
            return self.with_what_is_known(there, bundle, &lock);
        }
        let name = &bundle.manifest().name;
        if !is_name(name) {
            return Err(StoreError::BadName(name.clone()));
        }
        let mut free = name.clone();
        let mut number = 2;
        while self.check_new_name(&free).is_err() {
            free = format!("{name}-{number}");
            number += 1;
        }
        let installed = self.put_bundle_as(bundle, &free, &lock)?;
        tell(PullEvent::Done { path: installed.path.clone() });
        Ok(installed)
    }

    fn bundle_to_add(
        &self,
        path: &Path,
        manifest: Option<ManifestInput>,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Bundle, StoreError> {
        let is_bundle = path.is_dir() || path.extension().is_some_and(|extension| extension == "resight");
        if is_bundle {
            return self.tried(Bundle::open(path)?, RuntimeChoice::Auto);
        }
        let manifest = manifest.ok_or_else(|| StoreError::NoPreprocessing { path: path.to_path_buf() })?;
        self.check_new_name(&manifest.name)?;
        tell(PullEvent::Converting);
        let made = install::bundle_from_file(path, manifest, Origin::Elsewhere(self.trial.as_ref()))?;
        if made.standing() == Standing::Tried {
            self.note_tried(&made, RuntimeChoice::Auto);
        }
        Ok(made)
    }

    fn add_bundle(&self, bundle: &Bundle, lock: &StoreLock) -> Result<Installed, StoreError> {
        let name = &bundle.manifest().name;
        let there = self.open_installed(name).ok().filter(|there| there.id() == bundle.id());
        if let Some(there) = there.filter(|_| is_name(name)) {
            return self.with_what_is_known(there, bundle, lock);
        }
        self.check_new_name(name)?;
        self.put_bundle(bundle, lock)
    }

    /// The same network comes again: the one that is there stays, and knows what either has learnt.
    fn with_what_is_known(
        &self,
        there: Bundle,
        again: &Bundle,
        lock: &StoreLock,
    ) -> Result<Installed, StoreError> {
        let folder = there.path().unwrap_or(&self.home).to_path_buf();
        let name = folder.file_name().and_then(|name| name.to_str());
        let both = there.learnt().merged(again.learnt());
        match name.filter(|_| there.learnt() != again.learnt() && *there.learnt() != both) {
            Some(name) => self.put_bundle_as(&there.with_learnt(both)?, name, lock),
            None => Ok(Installed::bundle(&there, folder)),
        }
    }

    /// A new bundle may not take a name of the registry: what `pull` gives must always be the same.
    pub(super) fn check_new_name(&self, name: &str) -> Result<(), StoreError> {
        if !is_name(name) {
            return Err(StoreError::BadName(name.to_owned()));
        }
        if self.registry.find(name).is_some() || std::fs::symlink_metadata(self.bundle_folder(name)).is_ok() {
            return Err(StoreError::NameTaken { name: name.to_owned() });
        }
        Ok(())
    }
}
