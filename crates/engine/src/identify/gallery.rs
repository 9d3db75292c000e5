//! The part of the catalog that may answer.

use std::collections::{BTreeMap, BTreeSet};

use resight_catalog::{Area, Embeddings, Filtered, Gallery, GalleryFilter, GalleryRow};
use resight_core::{
    AnnotationId, Candidate, IndividualId, LabelFilter, Neighbor, PhotoId, Pooling, RankedSimilarities, Same,
    pool_exactly,
};

use super::{CandidateSet, IdentifyRequest};
use crate::EngineError;
use crate::calibrate::narrowing;
use crate::session::Loaded;

/// The gallery with its embeddings, for all questions of a request.
pub(super) struct SearchableGallery<'a> {
    gallery: &'a Gallery,
    embeddings: &'a Embeddings,
    /// What narrows it for every question.
    since: Option<f64>,
    area: Option<Area>,
}

impl<'s> SearchableGallery<'s> {
    /// The gallery of a session, as a request narrows it.
    pub(super) fn of(loaded: &'s Loaded, request: &IdentifyRequest) -> Self {
        Self {
            gallery: &loaded.gallery,
            embeddings: &loaded.embeddings,
            since: request.since.map(|time| time.seconds()),
            area: request.area,
        }
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
    all: &'a SearchableGallery<'a>,
    filtered: &'a Filtered,
}

impl AdmittedGallery<'_> {
    /// The individuals of every admitted annotation, ranked by similarity to the query. The photos asked about do not
    /// answer for themselves, should the catalog have them. What is listed is compared exactly.
    pub(super) fn candidates(
        &self,
        query: &[f32],
        asked: &BTreeSet<PhotoId>,
        pooling: Pooling,
    ) -> Result<Vec<Candidate>, EngineError> {
        let embeddings = self.all.embeddings;
        let similarities = embeddings.similarities(query)?;
        let mut row_of: BTreeMap<AnnotationId, u64> = BTreeMap::new();
        let neighbors: Vec<Neighbor> = self
            .all
            .gallery
            .rows
            .iter()
            .filter(|row| self.filtered.rows.contains(row.row) && !asked.contains(&row.photo))
            .filter_map(|row| {
                row_of.insert(row.annotation, row.row);
                Some(Neighbor {
                    annotation: row.annotation,
                    individual: row.individual?,
                    similarity: *similarities.get(usize::try_from(row.row).ok()?)?,
                })
            })
            .collect();
        let exact = |neighbor: &Neighbor| {
            let row = row_of.get(&neighbor.annotation);
            row.and_then(|row| embeddings.exact_similarity(query, *row)).unwrap_or(neighbor.similarity)
        };
        Ok(pool_exactly(&neighbors, pooling, RankedSimilarities::LISTED, exact))
    }

    /// Whether a filter is in force.
    pub(super) fn is_filtered(&self) -> bool {
        !self.filtered.applied.is_empty()
    }

    /// Those of the filters that make the candidates fewer.
    pub(super) fn narrowing(&self, same: Same) -> Same {
        narrowing(self.all.gallery, same)
    }

    /// How many individuals have photos of which the filters leave none.
    fn left_out(&self) -> usize {
        if !self.is_filtered() {
            return 0;
        }
        let rows = || self.all.gallery.rows.iter();
        let of = |row: &GalleryRow| row.individual;
        let all: BTreeSet<IndividualId> = rows().filter_map(of).collect();
        let may: BTreeSet<IndividualId> =
            rows().filter(|row| self.filtered.rows.contains(row.row)).filter_map(of).collect();
        all.len() - may.len()
    }

    /// What was compared, in words.
    pub(super) fn candidate_set(&self, individuals: usize, photos: usize) -> CandidateSet {
        let in_words = |applied: &resight_catalog::AppliedFilter| match applied.unknown {
            0 => applied.what.clone(),
            unknown => format!("{} (leaves in {unknown} photos that do not say)", applied.what),
        };
        CandidateSet {
            individuals,
            photos,
            individuals_left_out: self.left_out(),
            filters: self.filtered.applied.iter().map(in_words).collect(),
        }
    }
}
