//! The models of this machine: bundles out of the store, loaded with the runtime that was asked for.

use std::path::Path;
use std::sync::LazyLock;

use resight_catalog::BundleSpec;
use resight_core::{BundleId, LearntRecord};
use resight_model::store::{Store, StoreError, default_home};
use resight_model::{
    BodyNormaliser, Bundle, Classifier, Detector, Embedder, LocalFeatures, LocalMatcher, MANIFEST_FILE,
    Manifest, MaskDetector, Normaliser, ObjectDetector, RuntimeChoice, Together, TrialProgram, WholePicture,
    load_embedder,
};

use crate::{EngineError, Hint};

/// The bundle that serves where none is named. It is part of the program.
pub const DEFAULT_EMBEDDER: &str = "resight-base";

/// The bundle behind the detector `mask` where none is named.
pub const DEFAULT_MASK: &str = "u2netp";

/// The bundles that read local features. They are part of the program too.
pub const DEFAULT_LOCAL_FEATURES: [&str; 2] = ["xfeat", "rootsift"];

/// The bundle that reads keypoints along an animal's outline: for fins. It is part of the program too; catalogs take it where it
/// is asked for.
pub const OUTLINE_FEATURES: &str = "outline";

/// The bundle that looks at local features of two crops at once. It is part of the program too.
pub const DEFAULT_MATCHER: &str = "lighterglue";

/// The bundle that finds animals one by one. It is part of the program too; catalogs take it where it is asked for.
pub const DEFAULT_DETECTOR: &str = "resight-detect";

/// The bundles that the program carries. How each was made: `recipes/`, and for the first `recipes/base.toml`.
fn all_carried() -> &'static [Bundle; 6] {
    static CARRIED: LazyLock<[Bundle; 6]> = LazyLock::new(|| {
        let open = |name: &str, manifest: &str, model: &'static [u8], learnt: Option<&[u8]>| {
            Bundle::built_in(manifest, model, learnt, name).expect("a test opens the same bytes")
        };
        let [xfeat, rootsift] = DEFAULT_LOCAL_FEATURES;
        [
            open(
                DEFAULT_EMBEDDER,
                include_str!("../bundles/resight-base/bundle.toml"),
                include_bytes!("../bundles/resight-base/model.onnx"),
                Some(include_bytes!("../bundles/resight-base/learnt.csv")),
            ),
            open(
                xfeat,
                include_str!("../bundles/xfeat/bundle.toml"),
                include_bytes!("../bundles/xfeat/model.onnx"),
                None,
            ),
            open(
                rootsift,
                include_str!("../bundles/rootsift/bundle.toml"),
                include_bytes!("../bundles/rootsift/model.onnx"),
                None,
            ),
            open(
                OUTLINE_FEATURES,
                include_str!("../bundles/outline/bundle.toml"),
                include_bytes!("../bundles/outline/model.onnx"),
                None,
            ),
            open(
                DEFAULT_MATCHER,
                include_str!("../bundles/lighterglue/bundle.toml"),
                include_bytes!("../bundles/lighterglue/model.onnx"),
                None,
            ),
            open(
                DEFAULT_DETECTOR,
                include_str!("../bundles/resight-detect/bundle.toml"),
                include_bytes!("../bundles/resight-detect/model.onnx"),
                Some(include_bytes!("../bundles/resight-detect/learnt.csv")),
            ),
        ]
    });
    &CARRIED
}

/// Where models come from and what executes them.
#[derive(Debug, Clone)]
pub struct Models {
    store: Store,
    runtime: RuntimeChoice,
    threads: usize,
    whole_gallery_up_to: usize,
}

/// Photos up to which local features are compared with every one of them: so many take half a second with two kinds on two cores,
/// and no index can leave out the right one. With one a few thousand are compared all the same: of fewer photos it would save little.
const WHOLE_GALLERY_UP_TO: usize = 5_000;

impl Models {
    /// The store in this folder (or the user's own), the runtime, and how many threads a network may use.
    ///
    /// # Errors
    /// No folder is given and the user's own cannot be told.
    pub fn open(home: Option<&Path>, runtime: RuntimeChoice, threads: usize) -> Result<Self, EngineError> {
        let home = match home {
            Some(home) => home.to_owned(),
            None => default_home()?,
        };
        Ok(Self { store: Store::open(&home), runtime, threads, whole_gallery_up_to: WHOLE_GALLERY_UP_TO })
    }

    /// The same models; networks from elsewhere are tried by this program before they are run. Without one they are
    /// not run at all.
    #[must_use]
    pub fn with_trial(self, program: TrialProgram) -> Self {
        Self { store: self.store.with_trial(program), ..self }
    }

    /// The same models; of galleries with more photos than this an index proposes those whose local features are compared
    /// (usually of more than 5,000).
    #[must_use]
    pub fn comparing_all_up_to(self, photos: usize) -> Self {
        Self { whole_gallery_up_to: photos, ..self }
    }

    /// Photos up to which local features are compared with every one of them.
    pub(crate) fn whole_gallery_up_to(&self) -> usize {
        self.whole_gallery_up_to
    }

    /// The store itself.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The runtime asked for.
    pub fn runtime(&self) -> RuntimeChoice {
        self.runtime
    }

    /// Threads that a network may use.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// A bundle that this program carries, by name or id: [`DEFAULT_EMBEDDER`], [`DEFAULT_LOCAL_FEATURES`], [`DEFAULT_MATCHER`],
    /// [`DEFAULT_DETECTOR`], [`OUTLINE_FEATURES`].
    pub fn carried(name: &str) -> Option<Bundle> {
        let is_it = |bundle: &&Bundle| bundle.manifest().name == name || bundle.id().as_str() == name;
        all_carried().iter().find(is_it).cloned()
    }

    /// A bundle by name, id or path; the folder of a training run stands for the bundle in it. What this program
    /// [carries](Self::carried) is its own, whatever another version of the program kept under that name.
    ///
    /// # Errors
    /// It is not there (the hint says how to get it), is damaged, or does not stand its trial.
    pub fn bundle(&self, name: &str) -> Result<Bundle, EngineError> {
        if let Some(carried) = Self::carried(name) {
            return Ok(carried);
        }
        let of_run = Path::new(name).join("bundle");
        if of_run.join(MANIFEST_FILE).is_file() {
            let bundle = Bundle::open(&of_run).map_err(StoreError::from)?;
            return Ok(self.store.tried(bundle, self.runtime)?);
        }
        let found = self.store.find(name).map_err(|error| match error {
            StoreError::Unknown { mut known, name } => {
                known.extend(all_carried().iter().map(|bundle| bundle.manifest().name.clone()));
                known.sort();
                known.dedup();
                StoreError::Unknown { known, name }
            }
            error => error,
        })?;
        Ok(self.store.tried(found, self.runtime)?)
    }

    /// Makes sure that a bundle is found by its id from now on, with the record of what it has learnt: one that was
    /// given by its path is copied into the store.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, bundle: &Bundle) -> Result<(), EngineError> {
        let kept = self.store.find(bundle.id().as_str());
        if !kept.is_ok_and(|kept| kept.learnt() == bundle.learnt()) {
            self.store.keep_bundle(bundle, &mut |_| {})?;
        }
        Ok(())
    }

    /// Loads the network of an embedder.
    ///
    /// # Errors
    /// The bundle is no embedder, or no runtime takes it.
    pub fn embedder(&self, bundle: &Bundle) -> Result<Box<dyn Embedder>, EngineError> {
        Ok(load_embedder(bundle, self.runtime, self.threads)?)
    }

    /// Loads the network of a bundle of local features.
    ///
    /// # Errors
    /// The bundle has another purpose, or no runtime takes it.
    pub fn local_features(&self, bundle: &Bundle) -> Result<LocalFeatures, EngineError> {
        Ok(LocalFeatures::load(bundle, self.runtime, self.threads)?)
    }

    /// Loads an embedder, where one is wanted, and classifiers, which share its network as far as they can.
    ///
    /// # Errors
    /// A bundle has another purpose, or no runtime takes it.
    pub(crate) fn load_together(
        &self,
        embedder: Option<&Bundle>,
        classifiers: &[Bundle],
    ) -> Result<Together, EngineError> {
        Ok(Classifier::load_all(embedder, classifiers, self.runtime, self.threads)?)
    }

    /// Loads the network of a matcher of local features for those of a bundle of this manifest; one thread works at a pair.
    ///
    /// # Errors
    /// The bundle has another purpose or reads other features, or no runtime takes it.
    pub fn matcher(&self, bundle: &Bundle, features: &Manifest) -> Result<LocalMatcher, EngineError> {
        Ok(LocalMatcher::load(bundle, features, self.runtime, 1)?)
    }

    /// Loads the very bundle that made a catalog's embeddings.
    ///
    /// # Errors
    /// It is not there, or another one is installed under its name: embeddings of different bundles are never
    /// compared.
    pub fn embedder_for_catalog(&self, bundle: &BundleId) -> Result<Box<dyn Embedder>, EngineError> {
        self.embedder(&self.bundle_of_catalog(bundle)?)
    }

    /// The very bundle that made a catalog's embeddings.
    ///
    /// # Errors
    /// As [`Self::embedder_for_catalog`].
    pub(crate) fn bundle_of_catalog(&self, bundle: &BundleId) -> Result<Bundle, EngineError> {
        self.bundle(bundle.as_str()).map_err(|error| {
            if bundle.as_str().split('@').next() != Some(DEFAULT_EMBEDDER) {
                return error;
            }
            error.with_hint(Hint::EmbedAnew { bundle: DEFAULT_EMBEDDER })
        })
    }

    /// What brings animals into their own frame, by its name: `body`, or `body:` and the name or id of a mask bundle, as
    /// catalogs keep it. None for none.
    ///
    /// # Errors
    /// There is no such frame, or its model is not there.
    pub fn normaliser(&self, name: Option<&str>) -> Result<Option<Box<dyn Normaliser>>, EngineError> {
        let Some(name) = name else { return Ok(None) };
        let mask = match name.split_once(':') {
            None if name == "body" => DEFAULT_MASK,
            Some(("body", bundle)) => bundle,
            _ => return Err(EngineError::user(format!("no such frame: `{name}`")).with_hint(Hint::Frames)),
        };
        let mask = MaskDetector::load(&self.bundle(mask)?, self.runtime, self.threads)?;
        Ok(Some(Box::new(BodyNormaliser::new(mask))))
    }

    /// What the detector of this name has learnt from; nothing for one that no resight has trained.
    ///
    /// # Errors
    /// Its model is not there.
    pub(crate) fn learnt_by_detector(&self, name: &str) -> Result<LearntRecord, EngineError> {
        match name.split_once(':') {
            Some((ObjectDetector::KIND, bundle)) => Ok(self.bundle(bundle)?.learnt().clone()),
            _ => Ok(LearntRecord::default()),
        }
    }

    /// A detector by its name: `whole-picture`, `mask` or `masks`, the same with `:` and the name or id of a mask bundle, `objects:`
    /// and that of a detector, as catalogs keep it.
    ///
    /// # Errors
    /// There is no such detector, or its model is not there.
    pub fn detector(&self, name: &str) -> Result<Box<dyn Detector>, EngineError> {
        if name == WholePicture.id() {
            return Ok(Box::new(WholePicture));
        }
        let (kind, mask) = match name.split_once(':') {
            None if ["mask", "masks"].contains(&name) => (name, DEFAULT_MASK),
            Some((kind @ ("mask" | "masks"), bundle)) => (kind, bundle),
            Some((ObjectDetector::KIND, bundle)) => {
                let bundle = self.bundle(bundle)?;
                return Ok(Box::new(ObjectDetector::load(&bundle, self.runtime, self.threads)?));
            }
            _ => {
                return Err(
                    EngineError::user(format!("no such detector: `{name}`")).with_hint(Hint::Detectors)
                );
            }
        };
        let mask = MaskDetector::load(&self.bundle(mask)?, self.runtime, self.threads)?;
        Ok(Box::new(if kind == "masks" { mask.each() } else { mask }))
    }
}

/// A bundle as a catalog keeps it.
pub(crate) fn spec_of(bundle: &Bundle) -> BundleSpec {
    let Manifest { dimension, distance, .. } = *bundle.manifest();
    BundleSpec { id: bundle.id().clone(), dimension, distance }
}

#[cfg(test)]
mod tests {
    use resight_core::LearntPart;

    use super::*;

    #[test]
    fn the_bundle_of_the_program_knows_which_real_photos_it_has_learnt() {
        let carried = Models::carried(DEFAULT_EMBEDDER).expect("it is carried");
        let learnt = carried.learnt().photos();
        let of_training = learnt.iter().filter(|one| one.part == LearntPart::Train).count();
        // White shark fins, three of 217 there twice. Of the synthetic animals nobody else has the photos.
        assert_eq!(learnt.len(), 214);
        assert!((150..=155).contains(&of_training), "{of_training}");
    }

    #[test]
    fn the_program_carries_an_embedder_that_needs_no_store() {
        let home = tempfile::tempdir().unwrap();
        let models = Models::open(Some(&home.path().join("no-store")), RuntimeChoice::Rten, 1).unwrap();
        let bundle = models.bundle(DEFAULT_EMBEDDER).unwrap();
        assert!(bundle.model_bytes().len() < 10_000_000);
        assert_eq!(models.bundle(bundle.id().as_str()).unwrap().id(), bundle.id());
        assert_eq!(models.embedder(&bundle).unwrap().dimension(), 1280);
    }

    #[test]
    fn embeddings_of_another_version_of_the_program_say_what_to_do() {
        let home = tempfile::tempdir().unwrap();
        let models = Models::open(Some(home.path()), RuntimeChoice::Rten, 1).unwrap();
        let of_another = BundleId::new(DEFAULT_EMBEDDER, &[7; 32]).unwrap();
        let Err(error) = models.embedder_for_catalog(&of_another) else { panic!("another network answers") };
        assert_eq!(error.hint(), Some(&Hint::EmbedAnew { bundle: DEFAULT_EMBEDDER }), "{error}");
    }

    #[test]
    fn a_catalog_keeps_the_bundle_it_was_made_with() {
        let home = tempfile::tempdir().unwrap();
        let models = Models::open(Some(home.path()), RuntimeChoice::Rten, 1).unwrap();
        let bundle = models.bundle(DEFAULT_EMBEDDER).unwrap();
        models.keep(&bundle).unwrap();
        assert_eq!(models.store().find(bundle.id().as_str()).unwrap().id(), bundle.id());
    }
}
