//! From a checked file to something installed.

use std::fs;
use std::path::Path;

use super::event::PullEvent;
use super::inventory::Installed;
use super::lock::StoreLock;
use super::{Store, StoreError};
use crate::architecture::Architecture;
use crate::bundle::{Bundle, BundleError, ManifestInput, Purpose};
use crate::onnx::{Normalization, write_network};
use crate::registry::{Artifact, Entry, EntryKind, NetworkFacts};
use crate::weights::Weights;

impl Store {
    /// Makes what the entry is for out of its checked file, in the store.
    pub(super) fn install(
        &self,
        entry: &Entry,
        artifact: &Artifact,
        file: &Path,
        lock: &StoreLock,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Installed, StoreError> {
        let purpose = match entry.kind {
            EntryKind::Runtime => return Ok(Installed::library(file.to_path_buf(), artifact.bytes)),
            EntryKind::Embedder => Purpose::Embedder,
            EntryKind::Mask => Purpose::Mask,
        };
        tell(PullEvent::Converting);
        let bundle = bundle_from_file(file, manifest_input(entry, purpose, file)?)?;
        self.put_bundle(&bundle, lock)
    }

    /// Writes a bundle under its own name; one that is there is replaced, so look first.
    pub(super) fn put_bundle(&self, bundle: &Bundle, lock: &StoreLock) -> Result<Installed, StoreError> {
        self.put_bundle_as(bundle, &bundle.manifest().name, lock)
    }

    /// As [`Store::put_bundle`], under another name.
    pub(super) fn put_bundle_as(
        &self,
        bundle: &Bundle,
        name: &str,
        lock: &StoreLock,
    ) -> Result<Installed, StoreError> {
        let workplace = self.workplace(lock)?;
        let written = workplace.path().join("bundle");
        bundle.write(&written).map_err(as_store_error)?;
        let folder = self.bundle_folder(name);
        let parent = self.models_folder();
        fs::create_dir_all(&parent).map_err(StoreError::io("make a folder", &parent))?;
        if folder.exists() {
            let old = workplace.path().join("old");
            fs::rename(&folder, &old).map_err(StoreError::io("put the old bundle away", &folder))?;
        }
        fs::rename(&written, &folder).map_err(StoreError::io("put the bundle in its place", &folder))?;
        Ok(Installed::bundle(bundle, folder))
    }
}

/// A bundle out of an ONNX file, or of a weight file whose network is known.
///
/// # Errors
/// When the file is refused, or the weights belong to no known architecture.
pub(super) fn bundle_from_file(file: &Path, given: ManifestInput) -> Result<Bundle, StoreError> {
    if !is_weight_file(file) {
        return Ok(Bundle::from_onnx(file, given)?);
    }
    let weights = Weights::read(file)?;
    let architecture = match &given.architecture {
        Some(name) => Architecture::named(name),
        None => Architecture::of(&weights),
    };
    let architecture = architecture.ok_or_else(|| StoreError::NoArchitecture { path: file.to_path_buf() })?;
    let weights = architecture.import(weights)?;
    let network = write_network(&architecture, &weights, Normalization::default())?;
    let given = ManifestInput { architecture: Some(architecture.name), ..given };
    Ok(Bundle::from_onnx_bytes(network.into(), given, file)?)
}

/// Whether a file holds weights without a network, by its name.
fn is_weight_file(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["pth", "pt", "safetensors"].contains(&extension.to_ascii_lowercase().as_str())
}

/// What the registry says of an entry, as a manifest wants it.
fn manifest_input(entry: &Entry, purpose: Purpose, file: &Path) -> Result<ManifestInput, StoreError> {
    let preprocess = entry.preprocess.clone();
    let preprocess = preprocess.ok_or_else(|| StoreError::NoPreprocessing { path: file.to_path_buf() })?;
    let NetworkFacts { architecture, distance, input, output } = entry.network.clone().unwrap_or_default();
    Ok(ManifestInput {
        architecture,
        input,
        output,
        distance,
        origin: entry.origin.clone(),
        card: entry.card.clone(),
        ..ManifestInput::new(&entry.name, purpose, preprocess, &entry.licence)
    })
}

/// A full disk is a full disk, whoever notices.
fn as_store_error(error: BundleError) -> StoreError {
    match error {
        BundleError::Io { action, source, path } => StoreError::io(action, &path)(source),
        other => StoreError::Bundle(other),
    }
}
