//! The local features of a catalog, of one bundle.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use resight_catalog::{BundleSpec, Catalog, Embeddings};
use resight_core::{AnnotationId, BundleId};
use resight_imaging::Preprocess;
use resight_model::{Bundle, LocalFeatures, LocalForm};
use resight_vector::f16;

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
        &self.bundle.manifest().preprocess
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
            let row_of = gallery.rows.iter().map(|row| (row.annotation, row.row)).collect();
            Ok(Self { reader, rows: catalog.embeddings(&spec.id)?, row_of })
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
        self.rows.row(*self.row_of.get(&annotation)?)
    }

    /// The features of these annotations.
    pub(crate) fn rows_of(&self, annotations: &[Option<AnnotationId>]) -> LocalRows<'_> {
        let rows = annotations.iter().map(|annotation| self.row_of((*annotation)?)).collect();
        LocalRows { form: self.form(), rows }
    }

    /// How many matches a row has with each of these annotations. One without features is taken for a usual one: nothing
    /// speaks for it, and nothing against it.
    pub(crate) fn matches(&self, query: &[f16], annotations: &[AnnotationId]) -> Vec<u16> {
        let Some(packed) = self.form().packed(query) else { return vec![0; annotations.len()] };
        let row = |annotation: &AnnotationId| self.row_of(*annotation);
        let mut counts = count_matches(self.form(), &packed.to_features(), annotations, row);
        let is_missing: Vec<bool> = annotations.iter().map(|annotation| row(annotation).is_none()).collect();
        if is_missing.contains(&true) {
            let mut seen: Vec<u16> = counts
                .iter()
                .zip(&is_missing)
                .filter(|(_, missing)| !**missing)
                .map(|(count, _)| *count)
                .collect();
            seen.sort_unstable();
            let usual = seen.get(seen.len() / 2).copied().unwrap_or(0);
            counts
                .iter_mut()
                .zip(is_missing)
                .filter(|(_, missing)| *missing)
                .for_each(|(count, _)| *count = usual);
        }
        counts
    }
}
