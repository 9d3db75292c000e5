//! Learning a layer on the maps of an image network that stays as it is: what classifiers and detectors have in common.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use resight_core::{LearntRecord, Progress};
use resight_dataset::Table;
use resight_files::HeldFolder;
use resight_imaging::Preprocess;
use resight_model::{Bundle, ManifestInput, Purpose, RuntimeChoice};

use crate::cache::FeatureCache;
use crate::data::DataWarning;
use crate::finish::{BUNDLE, FinishError};
use crate::look::Looking;
use crate::trainer::TrainError;
use crate::trunk::FrozenPart;
use crate::view::{AugmentRecipe, FlipPolicy, View, ViewJob, ViewMaker};

/// What to learn from what, and where.
#[derive(Debug, Clone)]
pub struct OnMapsRequest {
    /// Name of the bundle that is made.
    pub name: String,
    /// The photos, with what is to be told of them.
    pub table: Table,
    /// The image network to look with.
    pub bundle: Bundle,
    /// The run's folder.
    pub held: Arc<HeldFolder>,
    /// Where features are cached; shared between runs.
    pub cache: PathBuf,
    /// What executes the network.
    pub runtime: RuntimeChoice,
    /// Threads.
    pub threads: usize,
    /// Seed of what is drawn.
    pub seed: u64,
}

impl OnMapsRequest {
    /// What the network makes of everything as it is (view 0) and mirrored (view 1), computed or read, and of which it makes
    /// nothing, and why.
    ///
    /// # Errors
    /// The network or the disk fails, or it was stopped; what was computed by then is kept.
    pub(crate) fn look(
        &self,
        jobs: &[ViewJob],
        preprocess: Preprocess,
        frozen: &FrozenPart,
        progress: &dyn Progress,
        cancel: &AtomicBool,
    ) -> Result<(FeatureCache, Vec<DataWarning>), TrainError> {
        let maker = ViewMaker::new(preprocess, AugmentRecipe::none(), FlipPolicy::Forbidden, self.seed)?;
        let looking = Looking { jobs, maker: &maker, frozen, cache: &self.cache, threads: self.threads };
        let title = "looking at photos as they are and mirrored";
        looking.look(&[View::PLAIN, View::Mirrored], title, progress, cancel)
    }

    /// What the bundle says of itself, as far as that does not depend on what it tells.
    pub(crate) fn manifest(&self, purpose: Purpose, preprocess: Preprocess, card: String) -> ManifestInput {
        let start = self.bundle.manifest();
        let version = env!("CARGO_PKG_VERSION");
        ManifestInput {
            origin: format!("learnt with resight {version} on maps of {} ({})", start.name, start.origin),
            card,
            ..ManifestInput::new(&self.name, purpose, preprocess, &start.licence)
        }
    }

    /// Makes the bundle of network and layer; `record` is what the layer has learnt.
    ///
    /// # Errors
    /// No runtime takes the network.
    pub(crate) fn bundle_of(
        &self,
        onnx: Vec<u8>,
        manifest: ManifestInput,
        record: &LearntRecord,
    ) -> Result<Bundle, TrainError> {
        let path = self.held.file(BUNDLE);
        let bundle = Bundle::from_onnx_bytes(onnx.into(), manifest, &path).map_err(FinishError::from)?;
        Ok(bundle.with_learnt(self.bundle.learnt().merged(record)).map_err(FinishError::from)?)
    }
}
