//! From a checked file to something installed.

use std::fs;
use std::path::Path;

use resight_imaging::Preprocess;

use super::event::PullEvent;
use super::inventory::Installed;
use super::lock::StoreLock;
use super::ours::{BUNDLE_FILES, MARK, holds_only, take_away};
use super::{Store, StoreError};
use crate::architecture::Architecture;
use crate::bundle::{Bundle, BundleError, ManifestInput, Purpose, Standing};
use crate::import::takes_any_side;
use crate::onnx::{Normalization, write_network};
use crate::registry::{Artifact, Entry, EntryKind, NetworkFacts};
use crate::runtime::ModelError;
use crate::trial::TrialProgram;
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
            EntryKind::Detector => Purpose::Detector,
            EntryKind::LocalFeatures => Purpose::LocalFeatures,
            EntryKind::Matcher => Purpose::Matcher,
            EntryKind::Classifier => Purpose::Classifier,
        };
        tell(PullEvent::Converting);
        // Its hash is the registry's.
        let bundle = bundle_from_file(file, manifest_input(entry, purpose, file)?, Origin::Known)?;
        self.put_bundle(&bundle, lock)
    }

    /// Writes a bundle under its own name; one of ours that is there is replaced, so look first.
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
        MARK.put(&written).map_err(StoreError::io("mark the bundle", &written))?;
        let folder = self.bundle_folder(name);
        self.make_above(&folder)?;
        if fs::symlink_metadata(&folder).is_ok() {
            if !self.is_own_bundle(name) || !holds_only(&folder, &BUNDLE_FILES) {
                return Err(StoreError::NotOurs { path: folder });
            }
            take_away(&folder, &BUNDLE_FILES, workplace.path(), 0)
                .map_err(StoreError::io("put the old bundle away", &folder))?;
        }
        fs::rename(&written, &folder).map_err(StoreError::io("put the bundle in its place", &folder))?;
        if bundle.standing() == Standing::Vouched {
            self.note_vouched(bundle);
        }
        Ok(Installed::bundle(bundle, folder))
    }
}

/// Where a file comes from.
pub(super) enum Origin<'a> {
    /// From a place that is known by the file's hash.
    Known,
    /// From anywhere; a network in it is tried by this program, where there is one.
    Elsewhere(Option<&'a TrialProgram>),
}

/// A bundle out of an ONNX file, or of a weight file whose network is known.
///
/// # Errors
/// When the file is refused, or the weights belong to no known architecture.
pub(super) fn bundle_from_file(
    file: &Path,
    given: ManifestInput,
    origin: Origin<'_>,
) -> Result<Bundle, StoreError> {
    if !is_weight_file(file) {
        return Ok(match origin {
            Origin::Known => Bundle::from_onnx(file, given)?,
            Origin::Elsewhere(Some(trial)) => Bundle::from_foreign_onnx(file, given, trial)?,
            Origin::Elsewhere(None) => return Err(ModelError::Untried { bundle: given.name }.into()),
        });
    }
    let weights = Weights::read(file)?;
    let architecture = match &given.architecture {
        Some(name) => Architecture::named(name),
        None => Architecture::of(&weights),
    };
    let architecture = architecture.ok_or_else(|| StoreError::NoArchitecture { path: file.to_path_buf() })?;
    let architecture = for_input(architecture, &given.preprocess);
    let weights = architecture.import(weights)?;
    let network = write_network(&architecture, &weights, Normalization::default())?;
    let given = ManifestInput { architecture: Some(architecture.name), ..given };
    Ok(Bundle::from_onnx_bytes(network.into(), given, file)?)
}

/// The architecture for inputs of another size, where it can take them: of a window transformer the size is part of what
/// it learnt, and no network of resight's takes what is not square.
fn for_input(architecture: Architecture, preprocess: &Preprocess) -> Architecture {
    let side = preprocess.width as usize;
    let is_other = preprocess.width == preprocess.height && side != architecture.side;
    if is_other && takes_any_side(&architecture.name) { architecture.with_side(side) } else { architecture }
}

/// Whether a file holds weights without a network, by its name.
pub(crate) fn is_weight_file(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["pth", "pt", "bin", "ckpt", "safetensors"].contains(&extension.to_ascii_lowercase().as_str())
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
