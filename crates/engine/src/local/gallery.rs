//! The local features of a catalog, of one bundle.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use resight_catalog::{BundleSpec, Catalog, Embeddings};
use resight_compare::FeatureIndex;
use resight_core::{AnnotationId, BundleId};
use resight_imaging::Preprocess;
use resight_model::{Bundle, LocalFeatures, LocalForm, Manifest};
use resight_vector::f16;

use super::index::LocalIndex;
use super::shortlist::{Compared, fill_with_usual};
use super::{LocalRows, count_matches};
use crate::{EngineError, Models};

/// A bundle of local features; its network is loaded when it is needed first.
pub(crate) struct LocalReader {
    bundle: Bundle,
    form: LocalForm,
    models: Models,
    network: OnceLock<LocalFeatures>,
}

impl LocalReader {
    fn of(models: &Models, bundle: &BundleId) -> Result<Self, EngineError> {
        let bundle = models.bundle(bundle.as_str())?;
        let form = LocalForm::of(&bundle)?;
        Ok(Self { bundle, form, models: models.clone(), network: OnceLock::new() })
    }

    pub(crate) fn form(&self) -> &LocalForm {
        &self.form
    }

    /// How a crop becomes the network's input.
    pub(crate) fn preprocess(&self) -> &Preprocess {
        &self.manifest().preprocess
    }

    /// What the bundle says of itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        self.bundle.manifest()
    }

    /// The network.
    ///
    /// # Errors
    /// No runtime takes it.
    pub(crate) fn network(&self) -> Result<&LocalFeatures, EngineError> {
        if let Some(loaded) = self.network.get() {
            return Ok(loaded);
        }
        let loaded = self.models.local_features(&self.bundle)?;
        Ok(self.network.get_or_init(|| loaded))
    }
}

/// Every annotation's features by one bundle, mapped into memory.
pub(crate) struct LocalGallery {
    pub(crate) reader: Arc<LocalReader>,
    rows: Embeddings,
    row_of: BTreeMap<AnnotationId, u64>,
    /// Which photos are worth comparing; none where it is not made yet, or of so few that all are compared.
    index: Option<LocalIndex>,
    /// Photos up to which all are compared.
    pub(super) all_up_to: usize,
}

/// Share of the photos that must have local features for these to be compared.
const LEAST_COVERED: f64 = 0.9;

/// Whether enough of these annotations have the features of every bundle.
#[expect(clippy::cast_precision_loss, reason = "numbers of photos")]
pub(crate) fn cover(galleries: &[LocalGallery], annotations: impl Iterator<Item = AnnotationId>) -> bool {
    let (mut all, mut covered) = (0_usize, 0_usize);
    for annotation in annotations {
        all += 1;
        covered += usize::from(galleries.iter().all(|gallery| gallery.row_of(annotation).is_some()));
    }
    !galleries.is_empty() && covered as f64 >= LEAST_COVERED * all as f64
}

impl LocalGallery {
    /// Opens the features of every bundle of them that serves. What is loaded in `before` is used again.
    pub(crate) fn open_all(
        catalog: &Catalog,
        models: &Models,
        before: &[Self],
    ) -> Result<Vec<Self>, EngineError> {
        let open = |spec: &BundleSpec| {
            let loaded = before.iter().find(|gallery| *gallery.bundle() == spec.id);
            let reader = match loaded {
                Some(gallery) => Arc::clone(&gallery.reader),
                None => Arc::new(LocalReader::of(models, &spec.id)?),
            };
            let gallery = catalog.gallery(&spec.id)?;
            let row_of: BTreeMap<_, _> = gallery.rows.iter().map(|row| (row.annotation, row.row)).collect();
            let rows = catalog.embeddings(&spec.id)?;
            let all_up_to = models.whole_gallery_up_to();
            let index = match row_of.len() > all_up_to {
                true => LocalIndex::open(catalog, &rows, loaded.and_then(|gallery| gallery.index.as_ref()))?,
                false => None,
            };
            Ok(Self { reader, rows, row_of, index, all_up_to })
        };
        catalog.local_features()?.iter().map(open).collect()
    }

    pub(crate) fn bundle(&self) -> &BundleId {
        self.reader.form().bundle()
    }

    pub(crate) fn form(&self) -> &LocalForm {
        self.reader.form()
    }

    /// The features of an annotation as they lie; none where it has none.
    pub(crate) fn row_of(&self, annotation: AnnotationId) -> Option<&[f16]> {
        self.rows.row(self.row_number(annotation)?)
    }

    /// The row of an annotation.
    pub(super) fn row_number(&self, annotation: AnnotationId) -> Option<u64> {
        self.row_of.get(&annotation).copied()
    }

    /// What proposes photos of it.
    pub(super) fn index(&self) -> Option<&FeatureIndex> {
        self.index.as_ref().map(LocalIndex::index)
    }

    /// The features of these annotations.
    pub(crate) fn rows_of(&self, annotations: &[Option<AnnotationId>]) -> LocalRows<'_> {
        let rows = annotations.iter().map(|annotation| self.row_of((*annotation)?)).collect();
        LocalRows { form: self.form(), rows }
    }

    /// How many matches a row has with each of these annotations. One without features, or that is not compared, is taken for a
    /// usual one: nothing speaks for it, and nothing against it.
    pub(crate) fn matches(
        &self,
        query: &[f16],
        annotations: &[AnnotationId],
        compared: &Compared,
    ) -> Vec<u16> {
        let Some(packed) = self.form().packed(query) else { return vec![0; annotations.len()] };
        let row = |place: &usize| self.row_of(annotations[*place]).filter(|_| compared.has(*place));
        let places: Vec<usize> = (0..annotations.len()).collect();
        let mut counts = count_matches(self.form(), &packed.to_features(), &places, row);
        let counted: Vec<bool> = places.iter().map(|place| row(place).is_some()).collect();
        fill_with_usual(&mut counts, &counted, compared, |_| true);
        counts
    }
}
