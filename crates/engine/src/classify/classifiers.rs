//! The classifiers of a catalog or of a request, loaded: what they say of a crop becomes labels.

use std::collections::BTreeMap;

use resight_catalog::Settings;
use resight_core::{ClassifierTask, LabelSource, Species, SpeciesTypes, Stated, UnusableReason, Viewpoint};
use resight_model::{Bundle, Classifier, Embedder, Together};

use crate::{EngineError, Models};

/// What the classifiers say of an animal; none where they do not know, or nobody is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ModelLabels {
    pub(crate) species: Option<Stated<Species>>,
    pub(crate) viewpoint: Option<Stated<Viewpoint>>,
    /// Every label that it may have with its probability, said or not; nothing where nobody is asked.
    pub(crate) likely_species: Vec<(Species, f32)>,
    pub(crate) likely_viewpoints: Vec<(Viewpoint, f32)>,
}

/// Classifiers, one a task at most.
#[derive(Default)]
pub(crate) struct Classifiers {
    all: Vec<Classifier>,
    /// Where a species is not known its type may be.
    types: SpeciesTypes,
}

impl Classifiers {
    /// Loads classifiers by name, id or path.
    ///
    /// # Errors
    /// One is not there or is none, or two tell the same.
    pub(crate) fn load(models: &Models, names: &[String]) -> Result<Self, EngineError> {
        Self::of(models, &bundles(models, names)?)
    }

    /// Loads the classifiers of these bundles.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub(super) fn of(models: &Models, bundles: &[Bundle]) -> Result<Self, EngineError> {
        Self::checked(models.load_together(None, bundles)?.classifiers)
    }

    /// As [`Self::load`]; they are found by their ids from now on.
    ///
    /// # Errors
    /// As [`Self::load`]; they cannot be written.
    pub(crate) fn keep(models: &Models, names: &[String]) -> Result<Self, EngineError> {
        let bundles = bundles(models, names)?;
        let classifiers = Self::of(models, &bundles)?;
        bundles.iter().try_for_each(|bundle| models.keep(bundle))?;
        Ok(classifiers)
    }

    /// Their ids, as catalogs keep them.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.all.iter().map(|one| one.bundle_id().to_string()).collect()
    }

    /// They say the type of a species, where they do not know more.
    pub(crate) fn knowing(self, types: SpeciesTypes) -> Self {
        Self { types, ..self }
    }

    /// Those of a catalog, with its embedder.
    ///
    /// # Errors
    /// As [`Self::load`]; the embedder is not there.
    pub(crate) fn of_catalog(
        models: &Models,
        settings: &Settings,
    ) -> Result<(Box<dyn Embedder>, Self), EngineError> {
        let embedder = models.bundle_of_catalog(&settings.bundle.id)?;
        if settings.classifiers.is_empty() {
            return Ok((models.embedder(&embedder)?, Self::default()));
        }
        // In its own frame an animal is another picture than the crop that classifiers see: nothing would be shared.
        if settings.frame.is_some() {
            let classifiers = Self::load(models, &settings.classifiers)?;
            return Ok((models.embedder(&embedder)?, classifiers.knowing(settings.species_types.clone())));
        }
        let Together { embedder: network, classifiers } =
            models.load_together(Some(&embedder), &bundles(models, &settings.classifiers)?)?;
        let network = network.ok_or_else(|| EngineError::internal("an embedder was not loaded"))?;
        Ok((network, Self::checked(classifiers)?.knowing(settings.species_types.clone())))
    }

    /// Refuses two of one task: nobody could say whose word counts.
    fn checked(classifiers: Vec<Classifier>) -> Result<Self, EngineError> {
        for (place, one) in classifiers.iter().enumerate() {
            if let Some(other) = classifiers[..place].iter().find(|other| other.task() == one.task()) {
                return Err(EngineError::user(format!(
                    "two classifiers tell the {}: {} and {}",
                    one.task(),
                    other.bundle_id(),
                    one.bundle_id()
                )));
            }
        }
        Ok(Self { all: classifiers, types: SpeciesTypes::default() })
    }

    pub(crate) fn all(&self) -> &[Classifier] {
        &self.all
    }

    /// Their networks, for the chain.
    pub(crate) fn networks(&self) -> impl Iterator<Item = &dyn Embedder> {
        self.all.iter().map(|one| one as &dyn Embedder)
    }

    /// What they say by their scores, one each, in their order.
    pub(crate) fn say(&self, scores: &[Result<Vec<f32>, UnusableReason>]) -> ModelLabels {
        let mut labels = ModelLabels::default();
        for (classifier, scores) in self.all.iter().zip(scores) {
            let Ok(scores) = scores else { continue };
            let said = classifier.says(scores);
            let likely = || classifier.labels().iter().zip(classifier.rule().probabilities(scores));
            let by = || LabelSource::Model(classifier.bundle_id().to_string());
            match classifier.task() {
                ClassifierTask::Species => {
                    labels.likely_species = likely()
                        .filter_map(|(label, probability)| Some((Species::parse(label)?, probability)))
                        .collect();
                    labels.species = said
                        .and_then(|(label, confidence)| Some((Species::parse(label)?, confidence)))
                        .or_else(|| self.type_of(&labels.likely_species, classifier.rule().least_confidence))
                        .map(|(value, confidence)| stated(by(), value, confidence));
                }
                ClassifierTask::Viewpoint => {
                    labels.likely_viewpoints = likely()
                        .filter_map(|(label, probability)| Some((Viewpoint::parse(label)?, probability)))
                        .collect();
                    labels.viewpoint = said.and_then(|(label, confidence)| {
                        Some(stated(by(), Viewpoint::parse(label)?, confidence))
                    });
                }
            }
        }
        labels
    }

    /// The likeliest type of species, where it is as probable as what is said must be.
    fn type_of(&self, likely: &[(Species, f32)], least: f32) -> Option<(Species, f32)> {
        let mut by_type: BTreeMap<&Species, f32> = BTreeMap::new();
        for (species, probability) in likely {
            if let Some(name) = self.types.type_of(species) {
                *by_type.entry(name).or_default() += probability;
            }
        }
        let likeliest = by_type.into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
        likeliest.filter(|(_, sum)| *sum >= least).map(|(name, sum)| (name.clone(), sum.min(1.0)))
    }
}

/// The bundles of these names, ids or paths.
pub(super) fn bundles(models: &Models, names: &[String]) -> Result<Vec<Bundle>, EngineError> {
    names.iter().map(|name| models.bundle(name)).collect()
}

fn stated<T>(source: LabelSource, value: T, confidence: f32) -> Stated<T> {
    // The last digits are those of the batch that it was asked in.
    Stated { value, source, confidence: Some((confidence * 1e4).round() / 1e4) }
}
