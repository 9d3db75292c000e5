//! The part of the catalog that may answer.

use std::collections::BTreeSet;

use resight_catalog::{Access, Catalog, Embeddings, Filtered, Gallery, GalleryFilter};
use resight_core::{BundleId, Neighbor, PhotoId, Same};

use super::{CandidateSet, IdentifyRequest};
use crate::EngineError;
use crate::calibrate::narrowing;

/// The gallery with its embeddings, and which rows of it may answer.
pub(super) struct SearchableGallery {
    gallery: Gallery,
    embeddings: Embeddings,
    filtered: Filtered,
}

impl SearchableGallery {
    /// Reads the gallery of the bundle that the photos are embedded with and applies the filters of the request.
    pub(super) fn read(request: &IdentifyRequest, bundle: &BundleId) -> Result<Self, EngineError> {
        let catalog = Catalog::open(&request.catalog, Access::Read)?;
        let gallery = catalog.gallery(bundle)?;
        let filter = GalleryFilter {
            labels: request.labels.clone(),
            since: request.since.map(|time| time.seconds()),
            area: request.area,
        };
        let filtered = gallery.filter(&filter);
        Ok(Self { embeddings: catalog.embeddings(bundle)?, gallery, filtered })
    }

    /// Every admitted annotation with its similarity to the query. The photos asked about do not answer for
    /// themselves, should the catalog have them.
    pub(super) fn neighbors(
        &self,
        query: &[f32],
        asked: &BTreeSet<PhotoId>,
    ) -> Result<Vec<Neighbor>, EngineError> {
        let similarities = self.embeddings.similarities(query)?;
        let admitted = self
            .gallery
            .rows
            .iter()
            .filter(|row| self.filtered.rows.contains(row.row) && !asked.contains(&row.photo));
        Ok(admitted
            .filter_map(|row| {
                Some(Neighbor {
                    annotation: row.annotation,
                    individual: row.individual?,
                    similarity: *similarities.get(usize::try_from(row.row).ok()?)?,
                })
            })
            .collect())
    }

    /// Whether a filter is in force.
    pub(super) fn is_filtered(&self) -> bool {
        !self.filtered.applied.is_empty()
    }

    /// Those of the filters that make the candidates fewer.
    pub(super) fn narrowing(&self, same: Same) -> Same {
        narrowing(&self.gallery, same)
    }

    /// What was compared, in words.
    pub(super) fn candidate_set(&self, individuals: usize, photos: usize) -> CandidateSet {
        let in_words = |applied: &resight_catalog::AppliedFilter| match applied.unknown {
            0 => applied.what.clone(),
            unknown => format!("{} (leaves in {unknown} photos that do not say)", applied.what),
        };
        CandidateSet { individuals, photos, filters: self.filtered.applied.iter().map(in_words).collect() }
    }
}
