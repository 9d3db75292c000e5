//! Making a catalog.

use std::path::PathBuf;

use jiff::Timestamp;
use resight_catalog::Catalog;
use resight_core::{DEFAULT_ENCOUNTER_GAP_SECS, Policy, Pooling};
use resight_model::{Detector as _, Purpose, WholePicture};

pub use resight_catalog::Settings;

use crate::classify::Classifiers;
use crate::models::spec_of;
use crate::{DEFAULT_EMBEDDER, EngineError, LocalChoice, Models, Session, local};

/// What a new catalog shall be like.
#[derive(Debug, Clone)]
pub struct InitRequest {
    /// Name or path of the bundle that makes the embeddings.
    pub bundle: String,
    /// What finds the animals in a photo: `whole-picture`, `mask`, or `mask:` or `objects:` and a bundle's name.
    pub detector: String,
    /// What brings an animal into its own frame before it is compared: `body`, or `body:` and a bundle's name; none for
    /// the crop as it is.
    pub frame: Option<String>,
    /// Names or paths of the classifiers that say of an animal what nobody else has said.
    pub classifiers: Vec<String>,
    /// Photos of one folder further apart than this many seconds belong to different encounters.
    pub encounter_gap_secs: f64,
    /// An animal with a shorter side of fewer pixels is not identifiable.
    pub least_pixels: u32,
    /// Prices of errors and expected share of newcomers.
    pub policy: Policy,
    /// How the photos of an individual are pooled.
    pub pooling: Pooling,
    /// Which local features are read and compared.
    pub local_features: LocalChoice,
}

impl Default for InitRequest {
    /// The program's own network on whole pictures, with the usual local features.
    fn default() -> Self {
        Self {
            bundle: DEFAULT_EMBEDDER.to_owned(),
            detector: WholePicture.id(),
            frame: None,
            classifiers: Vec::new(),
            encounter_gap_secs: DEFAULT_ENCOUNTER_GAP_SECS,
            least_pixels: 32,
            policy: Policy::default(),
            pooling: Pooling::default(),
            local_features: LocalChoice::default(),
        }
    }
}

impl InitRequest {
    /// A catalog set as another one is, which compares these local features.
    pub fn like(settings: &Settings, local_features: LocalChoice) -> Self {
        Self {
            bundle: settings.bundle.id.to_string(),
            detector: settings.detector.clone(),
            frame: settings.frame.clone(),
            classifiers: settings.classifiers.clone(),
            encounter_gap_secs: settings.encounter_gap_secs,
            least_pixels: settings.least_pixels,
            policy: settings.policy,
            pooling: settings.pooling,
            local_features,
        }
    }
}

impl Session {
    /// Makes a catalog in this folder. The models it needs must be there: that is found out now
    /// and not at the first photo.
    ///
    /// # Errors
    /// A model is missing (the hint says how to get it), a setting is out of range, the folder is not free.
    pub fn create(
        folder: impl Into<PathBuf>,
        models: Models,
        request: &InitRequest,
    ) -> Result<Self, EngineError> {
        let folder = folder.into();
        let bundle = models.bundle(&request.bundle)?;
        bundle.expect_purpose(Purpose::Embedder)?;
        models.keep(&bundle)?;
        let detector = models.detector(&request.detector)?;
        if let Some((_, named)) = request.detector.split_once(':') {
            models.keep(&models.bundle(named)?)?;
        }
        let frame = models.normaliser(request.frame.as_deref())?.map(|frame| frame.id());
        let classifiers = Classifiers::keep(&models, &request.classifiers)?.ids();
        let settings = Settings {
            detector: detector.id(),
            frame,
            classifiers,
            encounter_gap_secs: request.encounter_gap_secs,
            least_pixels: request.least_pixels,
            policy: request.policy,
            pooling: request.pooling,
            ..Settings::new(spec_of(&bundle))
        };
        // Found out now, and not when the folder is there.
        request.local_features.bundles(&models)?;
        let mut catalog = Catalog::create(&folder, &settings, Timestamp::now())?;
        catalog.keep_learnt(bundle.id(), bundle.learnt())?;
        local::serve(&mut catalog, &models, &request.local_features)?;
        drop(catalog);
        Ok(Self::new(folder, models))
    }

    /// How the catalog is set.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn settings(&self) -> Result<Settings, EngineError> {
        self.read(|catalog| Ok(catalog.settings()?))
    }

    /// The local features that this catalog compares.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn local_features(&self) -> Result<LocalChoice, EngineError> {
        let serving = self.read(|catalog| Ok(catalog.local_features()?))?;
        Ok(match serving.is_empty() {
            true => LocalChoice::None,
            false => LocalChoice::Named(serving.iter().map(|spec| spec.id.to_string()).collect()),
        })
    }
}
