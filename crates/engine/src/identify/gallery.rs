//! The part of the catalog that may answer.

use std::collections::{BTreeMap, BTreeSet};

use resight_catalog::{Area, CalibrationRecord, Embeddings, Filtered, Gallery, GalleryFilter, GalleryRow};
use resight_core::{
    AnnotationId, BundleId, Candidate, Effort, Fusion, IndividualId, LabelFilter, Neighbor, PhotoId, Policy,
    Pooling, RankedSimilarities, Same, Similarity, Species, pool_exactly, pool_neighbors,
};
use resight_vector::f16;
use tracing::debug_span;

use super::{CandidateSet, IdentifyRequest};
use crate::EngineError;
use crate::calibrate::narrowing;
use crate::local::{CloserLook, Compared, LocalGallery, MayAnswer, compared, cover, threads};
use crate::route::RoutedNetwork;
use crate::session::Loaded;

/// The gallery with its embeddings, for all questions of a request.
pub(super) struct SearchableGallery<'a> {
    gallery: &'a Gallery,
    embeddings: &'a Embeddings,
    local: &'a [LocalGallery],
    /// What looks at the likeliest photos more closely; none where nobody asks for it.
    closer: Option<&'a CloserLook>,
    calibrations: &'a [CalibrationRecord],
    /// The network of a slot whose animals these are; none for that of all animals.
    routed: Option<&'a RoutedNetwork>,
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
            calibrations: &loaded.calibrations,
            routed: None,
            local: &loaded.local,
            closer: loaded.closer().filter(|_| request.effort == Effort::Thorough),
            since: request.since.map(|time| time.seconds()),
            area: request.area,
        }
    }

    /// Those of the networks that slots have for themselves, in the order of the session.
    pub(super) fn of_slots(loaded: &'s Loaded, request: &IdentifyRequest) -> Vec<Self> {
        let of = |network: &'s RoutedNetwork| Self {
            gallery: &network.gallery,
            embeddings: &network.embeddings,
            calibrations: &network.calibrations,
            routed: Some(network),
            ..Self::of(loaded, request)
        };
        loaded.routed.iter().map(of).collect()
    }

    /// What a question about an animal is narrowed by, besides what was asked for: the labels of the slot.
    pub(super) fn narrowed(&self, labels: LabelFilter) -> LabelFilter {
        self.routed.map_or_else(|| labels.clone(), |network| network.narrowed(&labels))
    }

    /// The slot whose network this is; none for that of all animals.
    pub(super) fn slot(&self) -> Option<String> {
        self.routed.map(|network| network.slot.to_string())
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

    fn local_bundles(&self, effort: Effort) -> impl Iterator<Item = &BundleId> {
        let closer = self.closer.filter(|_| effort == Effort::Thorough);
        self.local.iter().map(LocalGallery::bundle).chain(closer.map(CloserLook::bundle))
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
    /// With how many photos local features were compared, where an index chose them.
    pub(super) photos_matched: Option<usize>,
}

/// What two photos have in common, evidence by evidence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PairParts {
    pub(super) embedding: Similarity,
    /// By bundle of local features, and by the one that looked closer.
    pub(super) matches: Vec<u16>,
}

/// Individuals whose photos are all compared, of a large gallery: those that can come to be listed.
const LIKELY: usize = RankedSimilarities::LISTED + 12;

/// The matches of a query with all rows that may answer it, by bundle.
struct Local {
    weights: Vec<f64>,
    /// Whose features are compared, by bundle.
    wanted: Vec<bool>,
    matches: Vec<Vec<u16>>,
    /// With whom it was compared; the others count as usual ones.
    compared: Compared,
}

impl Local {
    fn compare(
        all: &SearchableGallery<'_>,
        query: &[Vec<f16>],
        fusion: &Fusion,
        admitted: &[(&GalleryRow, IndividualId, Similarity)],
    ) -> Self {
        let galleries = all.local;
        let weights = fusion.weights(all.local_bundles(Effort::Thorough));
        // What is worth nothing is not looked for; but who gets a closer look is decided by all of them.
        let chooses = all.closer.is_some_and(|closer| fusion.weighs(closer.bundle()));
        let wanted: Vec<bool> =
            galleries.iter().map(|gallery| chooses || fusion.weighs(gallery.bundle())).collect();
        if query.len() != galleries.len() {
            return Self { weights, wanted, matches: Vec::new(), compared: Compared::All };
        }
        let _span = debug_span!("match", photos = admitted.len()).entered();
        let annotations: Vec<AnnotationId> = admitted.iter().map(|(row, ..)| row.annotation).collect();
        let photos = admitted
            .iter()
            .map(|(row, _, similarity)| MayAnswer { annotation: row.annotation, embedding: *similarity });
        let asked: Vec<(&LocalGallery, &[f16])> = those_wanted(galleries, query, &wanted).collect();
        let compared = compared(&asked, &photos.collect::<Vec<_>>(), threads());
        let matches =
            galleries.iter().zip(query).zip(&wanted).map(|((gallery, row), is_wanted)| match is_wanted {
                true => gallery.matches(row, &annotations, &compared),
                false => vec![0; annotations.len()],
            });
        Self { matches: matches.collect(), weights, wanted, compared }
    }

    /// Looks at the likeliest photos more closely: one more count of matches, of none with all others.
    fn look_closer(
        &mut self,
        all: &SearchableGallery<'_>,
        closer: &CloserLook,
        query: &[Vec<f16>],
        admitted: &[(&GalleryRow, IndividualId, Similarity)],
    ) -> Result<(), EngineError> {
        let reads = |gallery: &LocalGallery| gallery.bundle() == closer.features();
        let Some((kind, gallery)) = all.local.iter().enumerate().find(|(_, gallery)| reads(gallery)) else {
            return Ok(());
        };
        let Some(row) = query.get(kind).filter(|_| !self.matches.is_empty()) else { return Ok(()) };
        let _span = debug_span!("look closer").entered();
        let usual = Fusion::usual(all.local.iter().map(|gallery| gallery.bundle().clone()));
        let weights = usual.weights(all.local.iter().map(LocalGallery::bundle));
        let alike = |(at, (_, who, embedding)): (usize, &(&GalleryRow, IndividualId, Similarity))| {
            (*who, usual.similarity(*embedding, &weights, self.matches.iter().map(|matches| matches[at])))
        };
        let alike: Vec<(IndividualId, Similarity)> = admitted.iter().enumerate().map(alike).collect();
        let row_at = |place: usize| gallery.row_of(admitted[place].0.annotation).unwrap_or(&[]);
        self.matches.push(closer.look(row, &alike, row_at)?);
        Ok(())
    }

    /// All evidences of the photo at a place.
    fn fused(&self, fusion: &Fusion, at: usize, embedding: Similarity) -> Similarity {
        fusion.similarity(embedding, &self.weights, self.matches.iter().map(|matches| matches[at]))
    }

    /// Compares the photos of those who are likely besides, where some were left out: what is listed is compared.
    fn compare_likely(
        &mut self,
        galleries: &[LocalGallery],
        query: &[Vec<f16>],
        likely: &BTreeSet<IndividualId>,
        admitted: &[(&GalleryRow, IndividualId, Similarity)],
    ) {
        let left_out = |place: &usize| likely.contains(&admitted[*place].1) && !self.compared.has(*place);
        let places: Vec<usize> = (0..admitted.len()).filter(left_out).collect();
        let annotations: Vec<AnnotationId> =
            places.iter().map(|place| admitted[*place].0.annotation).collect();
        let all = self.matches.iter_mut().zip(galleries).zip(query).zip(&self.wanted);
        for (((matches, gallery), row), _) in all.filter(|(_, is_wanted)| **is_wanted) {
            let counts = gallery.matches(row, &annotations, &Compared::All);
            // One without features keeps its usual count.
            let counted = places.iter().zip(&annotations).zip(counts);
            counted
                .filter(|((_, annotation), _)| gallery.row_of(**annotation).is_some())
                .for_each(|((place, _), count)| matches[*place] = count);
        }
        places.into_iter().for_each(|place| self.compared.list(place));
    }
}

/// The local features that are wanted, each with the query's row.
fn those_wanted<'a>(
    galleries: &'a [LocalGallery],
    query: &'a [Vec<f16>],
    wanted: &'a [bool],
) -> impl Iterator<Item = (&'a LocalGallery, &'a [f16])> {
    let all = galleries.iter().zip(query).zip(wanted);
    all.filter(|(_, is_wanted)| **is_wanted).map(|((gallery, row), _)| (gallery, &row[..]))
}

fn neighbors_of(
    admitted: &[(&GalleryRow, IndividualId, Similarity)],
    fused: impl Fn(usize, Similarity) -> Similarity,
) -> Vec<Neighbor> {
    let neighbor =
        |(at, (row, individual, similarity)): (usize, &(&GalleryRow, IndividualId, Similarity))| Neighbor {
            annotation: row.annotation,
            individual: *individual,
            similarity: fused(at, *similarity),
        };
    admitted.iter().enumerate().map(neighbor).collect()
}

/// The rows of the gallery that may answer one question.
#[derive(Clone, Copy)]
pub(super) struct AdmittedGallery<'a> {
    all: &'a SearchableGallery<'a>,
    filtered: &'a Filtered,
}

impl<'a> AdmittedGallery<'a> {
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
        let mut local = Local::compare(self.all, query.local, fusion, &admitted);
        if local.compared != Compared::All {
            let neighbors = neighbors_of(&admitted, |at, embedding| local.fused(fusion, at, embedding));
            let pooled = pool_neighbors(&neighbors, pooling);
            let likely = pooled.iter().take(LIKELY).map(|candidate| candidate.individual).collect();
            local.compare_likely(self.all.local, query.local, &likely, &admitted);
        }
        if let Some(closer) = self.all.closer.filter(|closer| fusion.weighs(closer.bundle())) {
            local.look_closer(self.all, closer, query.local, &admitted)?;
        }
        let fused = |at: usize, embedding: Similarity| local.fused(fusion, at, embedding);
        let neighbors = neighbors_of(&admitted, fused);
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
        Ok(Proposed { candidates, evidence, photos_matched: local.compared.count() })
    }

    /// The most that can be done here: local features are compared where enough of the photos that may answer have them.
    pub(super) fn most_effort(&self) -> Effort {
        let named = self.all.gallery.rows.iter().filter(|row| row.individual.is_some());
        let admitted = named.filter(|row| self.filtered.rows.contains(row.row));
        match (cover(self.all.local, admitted.map(|row| row.annotation)), self.all.closer) {
            (false, _) => Effort::Fast,
            (true, None) => Effort::Normal,
            (true, Some(_)) => Effort::Thorough,
        }
    }

    /// The bundles that count matches for an answer of an effort: of the local features that serve, and of what looks closer.
    pub(super) fn local_bundles(&self, effort: Effort) -> impl Iterator<Item = &BundleId> {
        self.all.local_bundles(effort)
    }

    /// The bundle whose embeddings are compared, and the slot that it serves, where it serves no other animals.
    pub(super) fn bundle(&self) -> (&BundleId, Option<String>) {
        (&self.all.embeddings.bundle().id, self.all.slot())
    }

    /// The calibrations of its answers.
    pub(super) fn calibrations(&self) -> &'a [CalibrationRecord] {
        self.all.calibrations
    }

    /// Whether a filter is in force.
    pub(super) fn is_filtered(&self) -> bool {
        !self.filtered.applied.is_empty()
    }

    /// Those of the filters by these labels that make the candidates fewer.
    pub(super) fn narrowing(&self, labels: &LabelFilter) -> Same {
        let species = labels.species.as_ref().is_some_and(|asked| !self.is_all_of_type(asked));
        narrowing(self.all.gallery, Same { species, viewpoint: labels.viewpoint.is_some() })
    }

    /// Whether everybody here is of this type of species.
    fn is_all_of_type(&self, asked: &Species) -> bool {
        let Gallery { rows, species, species_types, .. } = self.all.gallery;
        let is_other = |row: &GalleryRow| {
            let found = row.species.and_then(|place| species.get(usize::try_from(place).ok()?));
            row.individual.is_some()
                && found.is_some_and(|found| species_types.is_of(found, asked) == Some(false))
        };
        species_types.names().any(|name| name == asked) && !rows.iter().any(is_other)
    }

    /// The prices of errors and the share of newcomers here.
    pub(super) fn policy(&self, of_catalog: Policy) -> Policy {
        self.all.routed.map_or(of_catalog, |network| network.slot.policy.over(of_catalog))
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
    pub(super) fn candidate_set(
        &self,
        individuals: usize,
        photos: usize,
        photos_matched: Option<usize>,
    ) -> CandidateSet {
        let in_words = |applied: &resight_catalog::AppliedFilter| match applied.unknown {
            0 => applied.what.clone(),
            unknown => format!("{} (leaves in {unknown} photos that do not say)", applied.what),
        };
        CandidateSet {
            individuals,
            photos,
            photos_matched,
            individuals_left_out: self.left_out(),
            filters: self.filtered.applied.iter().map(in_words).collect(),
        }
    }
}
