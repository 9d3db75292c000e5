//! Bundles: a network together with all that is needed to use it.
//!
//! A bundle is a folder, or a single `.resight` file (a zip archive), with two files: `bundle.toml`, the
//! [`Manifest`], and `model.onnx`. The bundle of a network that was trained has a third, `learnt.csv`, the
//! [`LearntRecord`]. Whatever is opened is checked first: format version, names, checksums, and that the network keeps
//! its weights in the file itself.

mod archive;
mod canonical;
mod error;
mod files;
mod from_onnx;
mod manifest;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use prost::bytes::Bytes;
use resight_core::{BundleId, LearntRecord};

pub use error::BundleError;
pub(crate) use files::MAX_MODEL;
pub use from_onnx::ManifestInput;
pub(crate) use from_onnx::takes_one_image;
pub use manifest::{
    FORMAT_VERSION, LEARNT_FILE, MANIFEST_FILE, MODEL_FILE, Manifest, MatcherManifest, Purpose,
};

use crate::onnx::{OnnxFacts, inspect};
use crate::runtime::ModelError;

/// A network with its manifest, checked and in memory.
#[derive(Debug, Clone)]
pub struct Bundle {
    id: BundleId,
    manifest: Manifest,
    model: Bytes,
    learnt: Arc<LearntRecord>,
    facts: OnnxFacts,
    path: Option<PathBuf>,
    standing: Standing,
}

/// Whether the network of a bundle may be run in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is part of the program, was written by it, or is known by its hash.
    Vouched,
    /// It comes from elsewhere and has been tried in a process of its own.
    Tried,
    /// It comes from elsewhere.
    Foreign,
}

impl Bundle {
    /// Opens a bundle: a folder, or a single `.resight` file. Its network counts as one from elsewhere, which is not
    /// run before it was tried ([`crate::store::Store::tried`]).
    ///
    /// # Errors
    /// When it cannot be read, is not a bundle, was made by a newer resight, or its files are not those that
    /// the manifest's checksums promise.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let contents = if path.is_dir() { files::read_folder(path)? } else { archive::read(path)? };
        let manifest = Manifest::parse(&contents.manifest, path)?;
        let bundle = Self::assemble(manifest, contents.model, contents.learnt.as_deref(), path)?;
        Ok(Self { path: Some(path.to_path_buf()), standing: Standing::Foreign, ..bundle })
    }

    /// A bundle that is part of the program: its manifest as text, its network, and the record of what it has learnt,
    /// where there is one. `name` is for messages.
    ///
    /// # Errors
    /// As for [`Bundle::open`].
    pub fn built_in(
        manifest: &str,
        model: &'static [u8],
        learnt: Option<&[u8]>,
        name: &str,
    ) -> Result<Self, BundleError> {
        let path = Path::new(name);
        Self::assemble(Manifest::parse(manifest, path)?, Bytes::from_static(model), learnt, path)
    }

    /// Joins the files of a bundle that belong together and that this program made.
    fn assemble(
        manifest: Manifest,
        model: Bytes,
        learnt: Option<&[u8]>,
        path: &Path,
    ) -> Result<Self, BundleError> {
        manifest.check(path)?;
        manifest.verify(MODEL_FILE, Some(&model), path)?;
        manifest.verify(LEARNT_FILE, learnt, path)?;
        let learnt = learnt
            .map_or_else(|| Ok(LearntRecord::default()), LearntRecord::decode)
            .map_err(|source| BundleError::Learnt { source, path: path.to_path_buf() })?;
        let facts = inspect(model.clone())
            .map_err(|source| BundleError::Onnx { source, path: path.to_path_buf() })?;
        let id = canonical::bundle_id(&manifest)
            .map_err(|error| BundleError::Manifest { reason: error.to_string(), path: path.to_path_buf() })?;
        Ok(Self {
            id,
            manifest,
            model,
            learnt: Arc::new(learnt),
            facts,
            path: None,
            standing: Standing::Vouched,
        })
    }

    /// Names this exact model: its name and a hash of the network and of all that changes its embeddings.
    /// A corrected card or another default calibration leaves the id as it is.
    pub fn id(&self) -> &BundleId {
        &self.id
    }

    /// What the bundle says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The ONNX file.
    pub fn model_bytes(&self) -> &[u8] {
        &self.model
    }

    /// What the ONNX file says about itself.
    pub fn facts(&self) -> &OnnxFacts {
        &self.facts
    }

    /// Whether the network may be run in this process.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The same bundle, of which the caller knows that this program made its network, or trusts whoever did.
    #[must_use]
    pub fn vouched(self) -> Self {
        Self { standing: Standing::Vouched, ..self }
    }

    /// The same bundle, whose network has been tried.
    pub(crate) fn after_trial(self) -> Self {
        Self { standing: Standing::Tried, ..self }
    }

    /// What the network has learnt; empty where no resight trained it.
    pub fn learnt(&self) -> &LearntRecord {
        &self.learnt
    }

    /// The same network with this record of what it has learnt. The id stays: the embeddings do.
    ///
    /// # Errors
    /// When the record is too long to be written.
    pub fn with_learnt(mut self, learnt: LearntRecord) -> Result<Self, BundleError> {
        let path = self.path.clone().unwrap_or_else(|| PathBuf::from(self.id.as_str()));
        match learnt_text(&learnt, &path)? {
            Some(text) => {
                self.manifest.files.insert(LEARNT_FILE.to_owned(), manifest::checksum(text.as_bytes()))
            }
            None => self.manifest.files.remove(LEARNT_FILE),
        };
        self.learnt = Arc::new(learnt);
        Ok(self)
    }

    /// Where the bundle was opened; `None` for one that was just made.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Reads the bundle again from where it was opened and compares it with its checksums.
    ///
    /// # Errors
    /// As for [`Bundle::open`]; also when another bundle lies there by now.
    pub fn verify(&self) -> Result<(), BundleError> {
        let Some(path) = &self.path else { return Ok(()) };
        let found = Self::open(path)?;
        if found.id == self.id {
            return Ok(());
        }
        Err(BundleError::Manifest {
            reason: format!("it is another bundle by now, {}", found.id),
            path: path.clone(),
        })
    }

    /// Writes the bundle as a folder, which must not exist yet. Other programs see all of it or nothing.
    ///
    /// # Errors
    /// When the folder exists or cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), BundleError> {
        files::write_folder(folder, &self.written(folder)?)
    }

    /// Writes the bundle as a single `.resight` file; one that is there is replaced.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_single_file(&self, path: &Path) -> Result<(), BundleError> {
        archive::write(path, &self.written(path)?)
    }

    fn written(&self, path: &Path) -> Result<files::Written<'_>, BundleError> {
        Ok(files::Written {
            manifest: self.manifest.to_toml(path)?,
            model: &self.model,
            learnt: learnt_text(&self.learnt, path)?,
        })
    }

    /// Checks what the bundle is for.
    ///
    /// # Errors
    /// When it is for something else.
    pub fn expect_purpose(&self, expected: Purpose) -> Result<(), ModelError> {
        let found = self.manifest.purpose;
        if found == expected {
            return Ok(());
        }
        let bundle = self.id.to_string();
        Err(ModelError::Purpose { bundle, expected: expected.with_article(), found: found.with_article() })
    }
}

/// The file of a record; none for an empty one.
fn learnt_text(learnt: &LearntRecord, path: &Path) -> Result<Option<String>, BundleError> {
    let refuse = |source| BundleError::Learnt { source, path: path.to_path_buf() };
    (!learnt.is_empty()).then(|| learnt.encode()).transpose().map_err(refuse)
}

#[cfg(test)]
mod tests;
