//! What kind of animal is it, and which side of it is seen?

use resight_core::{BundleId, ClassifierRule, ClassifierTask, Said};

use crate::bundle::{Bundle, Manifest, Purpose};
use crate::embed::Embedder;
use crate::runtime::{ModelError, RuntimeChoice};
use crate::shared::load_together;

/// Says one of its labels of a crop, or that it does not know. The scores of a crop come as an embedding does, a number a
/// label, so that whatever runs networks over photos runs this one too; [`Classifier::says`] reads them.
pub struct Classifier {
    network: Box<dyn Embedder>,
    rule: ClassifierRule,
}

/// An embedder and the classifiers that are computed with it.
pub struct Together {
    /// The embedder, where one was wanted.
    pub embedder: Option<Box<dyn Embedder>>,
    /// The classifiers, in the order of their bundles.
    pub classifiers: Vec<Classifier>,
}

impl Classifier {
    /// Loads an embedder, where one is wanted, and classifiers: those that look at the embedder's crops and were learnt on its maps
    /// are computed with it ([`load_together`]).
    ///
    /// # Errors
    /// When a bundle is for something else, or no runtime takes its network.
    pub fn load_all(
        embedder: Option<&Bundle>,
        classifiers: &[Bundle],
        choice: RuntimeChoice,
        threads: usize,
    ) -> Result<Together, ModelError> {
        if let Some(embedder) = embedder {
            embedder.expect_purpose(Purpose::Embedder)?;
        }
        let bundles: Vec<Bundle> = embedder.into_iter().chain(classifiers).cloned().collect();
        for bundle in classifiers {
            bundle.expect_purpose(Purpose::Classifier)?;
        }
        let mut networks = load_together(&bundles, choice, threads)?.into_iter();
        let embedder = embedder.and_then(|_| networks.next());
        let pairs = classifiers.iter().zip(networks);
        let classifiers =
            pairs.map(|(bundle, network)| Self::new(bundle, network)).collect::<Result<_, _>>()?;
        Ok(Together { embedder, classifiers })
    }

    /// Joins a bundle and its loaded network.
    ///
    /// # Errors
    /// When the bundle does not say what its scores mean.
    fn new(bundle: &Bundle, network: Box<dyn Embedder>) -> Result<Self, ModelError> {
        let rule = bundle.manifest().classifier.ok_or_else(|| ModelError::Shape {
            bundle: bundle.id().to_string(),
            expected: "a [classifier]".to_owned(),
            found: "none".to_owned(),
        })?;
        Ok(Self { network, rule })
    }

    /// What it tells.
    pub fn task(&self) -> ClassifierTask {
        self.rule.task
    }

    /// When it says something.
    pub fn rule(&self) -> &ClassifierRule {
        &self.rule
    }

    /// Its labels, in the order of the scores.
    pub fn labels(&self) -> &[String] {
        &self.manifest().labels
    }

    /// What the scores of a crop say; none for "not known".
    pub fn says(&self, scores: &[f32]) -> Option<(&str, f32)> {
        let Said { label, confidence } = self.rule.says(scores)?;
        Some((self.labels().get(label)?, confidence))
    }
}

impl Embedder for Classifier {
    fn bundle_id(&self) -> &BundleId {
        self.network.bundle_id()
    }

    fn manifest(&self) -> &Manifest {
        self.network.manifest()
    }

    fn embed(&self, batch: &[f32], n: usize) -> Result<Vec<f32>, ModelError> {
        self.network.embed(batch, n)
    }

    fn runtime(&self) -> &str {
        self.network.runtime()
    }
}
