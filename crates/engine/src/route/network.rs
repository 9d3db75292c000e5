//! What answers questions about the animals of a slot.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use resight_catalog::{CalibrationRecord, Catalog, Embeddings, Gallery, GalleryFilter, GalleryRow};
use resight_core::{AnnotationId, LabelFilter, RoutedSlot};
use resight_model::Embedder;
use resight_vector::f16;

use super::bundle_of;
use crate::{EngineError, Models};

/// One in so many animals of a slot may lack an embedding, for photos get lost.
const MOST_MISSING: u64 = 10;

/// A slot of the catalog's route, with what its own bundle has made.
pub(crate) struct RoutedNetwork {
    pub(crate) slot: RoutedSlot,
    pub(crate) gallery: Gallery,
    pub(crate) embeddings: Embeddings,
    pub(crate) calibrations: Vec<CalibrationRecord>,
    row_of: BTreeMap<AnnotationId, u64>,
    /// Whether somebody of the slot is known and nearly all of it is embedded: who is missing would be called new.
    pub(crate) can_answer: bool,
    models: Models,
    /// Loaded when it is needed first.
    network: OnceLock<Arc<dyn Embedder>>,
}

impl RoutedNetwork {
    /// Those of a catalog's route whose bundles are at hand; networks that are loaded in `before` are used again.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub(crate) fn open_all(
        catalog: &Catalog,
        models: &Models,
        before: &[Self],
    ) -> Result<Vec<Self>, EngineError> {
        let mut all = Vec::new();
        for slot in catalog.settings()?.routes {
            let id = bundle_of(&slot)?;
            if models.bundle(id.as_str()).is_err() {
                continue;
            }
            let loaded = before.iter().find(|one| one.slot.bundle == slot.bundle);
            let network = loaded.and_then(|one| one.network.get()).map(Arc::clone);
            let gallery = catalog.gallery(&id)?;
            all.push(Self {
                row_of: gallery.rows.iter().map(|row| (row.annotation, row.row)).collect(),
                can_answer: can_answer(&gallery, &slot, catalog.count_missing_in_route(&id)?),
                embeddings: catalog.embeddings(&id)?,
                calibrations: catalog.calibrations(&id)?,
                gallery,
                slot,
                models: models.clone(),
                network: network.map_or_else(OnceLock::new, OnceLock::from),
            });
        }
        Ok(all)
    }

    /// The network.
    ///
    /// # Errors
    /// No runtime takes it.
    pub(crate) fn network(&self) -> Result<&Arc<dyn Embedder>, EngineError> {
        if let Some(loaded) = self.network.get() {
            return Ok(loaded);
        }
        let loaded = self.models.embedder_for_catalog(&bundle_of(&self.slot)?)?;
        Ok(self.network.get_or_init(|| Arc::from(loaded)))
    }

    /// What it made of an annotation; none where it has not.
    pub(crate) fn embedding_of(&self, annotation: AnnotationId) -> Option<Vec<f32>> {
        let row: &[f16] = self.embeddings.row(*self.row_of.get(&annotation)?)?;
        Some(row.iter().map(|value| value.to_f32()).collect())
    }

    /// What narrows a question that it answers: the labels of the slot, and those that were asked for besides.
    pub(crate) fn narrowed(&self, labels: &LabelFilter) -> LabelFilter {
        LabelFilter {
            species: labels.species.clone().or_else(|| self.slot.species.clone()),
            viewpoint: labels.viewpoint.clone().or_else(|| self.slot.viewpoint.clone()),
        }
    }
}

fn can_answer(gallery: &Gallery, slot: &RoutedSlot, missing: u64) -> bool {
    let labels = LabelFilter { species: slot.species.clone(), viewpoint: slot.viewpoint.clone() };
    let of_slot = gallery.filter(&GalleryFilter { labels, ..GalleryFilter::default() });
    let is_known = |row: &GalleryRow| row.individual.is_some() && of_slot.rows.contains(row.row);
    missing * MOST_MISSING <= gallery.rows.len() as u64 && gallery.rows.iter().any(is_known)
}
