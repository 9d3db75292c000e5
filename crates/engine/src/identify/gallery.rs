//! The part of the catalog that may answer.

use std::collections::{BTreeMap, BTreeSet};

use resight_catalog::{Area, Embeddings, Filtered, Gallery, GalleryFilter, GalleryRow};
use resight_core::{
    AnnotationId, BundleId, Candidate, Fusion, IndividualId, LabelFilter, Neighbor, PhotoId, Pooling,
    RankedSimilarities, Same, Similarity, pool_exactly,
};
use resight_vector::f16;
use tracing::debug_span;

use super::{CandidateSet, IdentifyRequest};
use crate::EngineError;
use crate::calibrate::narrowing;
use crate::local::{LocalGallery, cover};
use crate::session::Loaded;

/// The gallery with its embeddings, for all questions of a request.
pub(super) struct SearchableGallery<'a> {
    gallery: &'a Gallery,
    embeddings: &'a Embeddings,
    local: &'a [LocalGallery],
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
            local: &loaded.local,
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

/// An animal asked about, as it is compared.
#[derive(Clone, Copy)]
pub(super) struct AskedBy<'a> {
    pub(super) embedding: &'a [f32],
    /// A row of local features for each bundle of them; empty where they are not compared.
    pub(super) local: &'a [Vec<f16>],
}

/// Who may be the animal asked about.
#[derive(Debug, Clone, Default)]
pub(super) struct Proposed {
    /// Likeliest first.
    pub(super) candidates: Vec<Candidate>,
    /// What the best photos of the first of them have in common with it, where local features were compared.
    pub(super) evidence: BTreeMap<AnnotationId, PairParts>,
}

/// What two photos have in common, evidence by evidence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PairParts {
    pub(super) embedding: Similarity,
    /// By bundle of local features.
    pub(super) matches: Vec<u16>,
}

/// The matches of a query with all rows that may answer it, by bundle.
struct Local {
    weights: Vec<f64>,
    matches: Vec<Vec<u16>>,
}

impl Local {
    fn compare(
        galleries: &[LocalGallery],
        query: &[Vec<f16>],
        fusion: &Fusion,
        admitted: &[(&GalleryRow, IndividualId, Similarity)],
    ) -> Self {
        let weights = fusion.weights(galleries.iter().map(LocalGallery::bundle));
        if query.len() != galleries.len() {
            return Self { weights, matches: Vec::new() };
        }
        let _span = debug_span!("match", photos = admitted.len()).entered();
        let annotations: Vec<AnnotationId> = admitted.iter().map(|(row, ..)| row.annotation).collect();
        // What is worth nothing is not looked for.
        let matches =
            galleries.iter().zip(query).zip(&weights).map(|((gallery, row), weight)| match weight {
                weight if *weight > 0.0 => gallery.matches(row, &annotations),
                _ => vec![0; annotations.len()],
            });
        Self { matches: matches.collect(), weights }
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
        query: &AskedBy<'_>,
        fusion: &Fusion,
        asked: &BTreeSet<PhotoId>,
        pooling: Pooling,
    ) -> Result<Proposed, EngineError> {
        let embeddings = self.all.embeddings;
        let similarities = embeddings.similarities(query.embedding)?;
        let admitted: Vec<(&GalleryRow, IndividualId, Similarity)> = self
            .all
            .gallery
            .rows
            .iter()
            .filter(|row| self.filtered.rows.contains(row.row) && !asked.contains(&row.photo))
            .filter_map(|row| {
                Some((row, row.individual?, *similarities.get(usize::try_from(row.row).ok()?)?))
            })
            .collect();
        let local = Local::compare(self.all.local, query.local, fusion, &admitted);
        let fused = |at: usize, embedding: Similarity| {
            fusion.similarity(embedding, &local.weights, local.matches.iter().map(|matches| matches[at]))
        };
        let neighbors: Vec<Neighbor> = admitted
            .iter()
            .enumerate()
            .map(|(at, (row, individual, similarity))| Neighbor {
                annotation: row.annotation,
                individual: *individual,
                similarity: fused(at, *similarity),
            })
            .collect();
        let place_of: BTreeMap<AnnotationId, usize> =
            admitted.iter().enumerate().map(|(at, (row, ..))| (row.annotation, at)).collect();
        let embedding_of = |at: usize| {
            let (row, _, similarity) = admitted[at];
            embeddings.exact_similarity(query.embedding, row.row).unwrap_or(similarity)
        };
        let exact = |neighbor: &Neighbor| {
            let place = place_of.get(&neighbor.annotation);
            place.map_or(neighbor.similarity, |at| fused(*at, embedding_of(*at)))
        };
        let candidates = pool_exactly(&neighbors, pooling, RankedSimilarities::LISTED, exact);
        let listed = candidates.iter().take(RankedSimilarities::LISTED).filter(|_| !local.matches.is_empty());
        let evidence = listed
            .filter_map(|candidate| {
                let at = *place_of.get(&candidate.best)?;
                let matches = local.matches.iter().map(|matches| matches[at]).collect();
                Some((candidate.best, PairParts { embedding: embedding_of(at), matches }))
            })
            .collect();
        Ok(Proposed { candidates, evidence })
    }

    /// Whether enough of the photos that may answer have local features.
    pub(super) fn is_covered(&self) -> bool {
        let named = self.all.gallery.rows.iter().filter(|row| row.individual.is_some());
        let admitted = named.filter(|row| self.filtered.rows.contains(row.row));
        cover(self.all.local, admitted.map(|row| row.annotation))
    }

    /// The bundles of local features that serve.
    pub(super) fn local_bundles(&self) -> impl Iterator<Item = BundleId> {
        self.all.local.iter().map(|gallery| gallery.bundle().clone())
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
