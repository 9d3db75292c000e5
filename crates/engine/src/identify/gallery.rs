//! The part of the catalog that may answer.

use std::collections::BTreeSet;

use resight_catalog::{Area, Catalog, Embeddings, Filtered, Gallery, GalleryFilter};
use resight_core::{BundleId, LabelFilter, Neighbor, PhotoId, Same};

use super::{CandidateSet, IdentifyRequest};
use crate::EngineError;
use crate::calibrate::narrowing;

/// The gallery with its embeddings, read once for all questions.
pub(super) struct SearchableGallery {
    gallery: Gallery,
    embeddings: Embeddings,
    /// What narrows it for every question.
    since: Option<f64>,
    area: Option<Area>,
}

impl SearchableGallery {
    /// Reads the gallery of the bundle that the photos are embedded with.
    pub(super) fn read(
        catalog: &Catalog,
        request: &IdentifyRequest,
        bundle: &BundleId,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            gallery: catalog.gallery(bundle)?,
            embeddings: catalog.embeddings(bundle)?,
            since: request.since.map(|time| time.seconds()),
            area: request.area,
        })
    }

    /// Which rows may answer a question with these labels.
    pub(super) fn filter(&self, labels: &LabelFilter) -> Filtered {
        self.gallery.filter(&GalleryFilter { labels: labels.clone(), since: self.since, area: self.area })
    }

    /// Whether the row was there when the gallery was read.
    pub(super) fn has_row(&self, row: u64) -> bool {
        row < self.embeddings.n_rows()
    }

    /// A stored embedding as a query; none for a row that was stored after the gallery was read.
    pub(super) fn embedding(&self, row: u64) -> Option<Vec<f32>> {
        Some(self.embeddings.row(row)?.iter().map(|value| value.to_f32()).collect())
    }

    /// The part that may answer.
    pub(super) fn admitted<'a>(&'a self, filtered: &'a Filtered) -> AdmittedGallery<'a> {
        AdmittedGallery { all: self, filtered }
    }
}

/// The rows of the gallery that may answer one question.
#[derive(Clone, Copy)]
pub(super) struct AdmittedGallery<'a> {
    all: &'a SearchableGallery,
    filtered: &'a Filtered,
}

impl AdmittedGallery<'_> {
    /// Every admitted annotation with its similarity to the query. The photos asked about do not answer for
    /// themselves, should the catalog have them.
    pub(super) fn neighbors(
        &self,
        query: &[f32],
        asked: &BTreeSet<PhotoId>,
    ) -> Result<Vec<Neighbor>, EngineError> {
        let similarities = self.all.embeddings.similarities(query)?;
        let admitted = self
            .all
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
        narrowing(&self.all.gallery, same)
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
