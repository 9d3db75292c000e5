//! What a catalog is calibrated on: its photos as numbered rows, some of which ask and some of which answer.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use resight_catalog::{CalibrationRecord, Catalog, Embeddings, FittedOn, Gallery, Settings};
use resight_core::{AnnotationId, Calibration, Effort, Fusion, IndividualId, Slot, Species};
use resight_dataset::{AuditOptions, PhotoFacts, duplicate_groups};
use resight_eval::{
    CalibrateOptions, FusionMaterial, Hide, LabelledRow, Learnt, PairEvidence, Protocol, RankOptions,
    RankedQuery, Same, SlotCalibrations, SlotFusions, SlotKey, View, draw, fit_slots, rank_fused,
};
use resight_imaging::PerceptualHash;
use resight_vector::{Rows, f16};

use super::{Made, narrowing};
use crate::local::{
    CloserLook, CloserPairs, Compared, LocalGallery, LocalRows, MayAnswer, Pairs, chosen, compared, cover,
    n_compared,
};
use crate::{CancelToken, EngineError, Progress, learnt};

/// Individuals from this number on have no name: they ask as newcomers, and never answer.
const NAMELESS: u32 = 1 << 31;

/// Pairs of photos whose local features are compared to calibrate, about: of more photos, fewer ask.
const PAIRS: usize = 1_000_000;

/// Photos that ask, at least, where there are so many.
const LEAST_ASKING: usize = 150;

/// Photos that ask with a closer look, at most.
const MOST_LOOKING_CLOSER: usize = 300;

/// What is calibrated on: the catalog's photos as numbered rows.
pub(super) struct Ground<'a> {
    gallery: &'a Gallery,
    settings: &'a Settings,
    embeddings: Embeddings,
    rows: Vec<LabelledRow>,
    /// Rows with a name: they answer.
    named: Vec<u32>,
    /// Rows that ask: the named ones, and those that are known to be others.
    pub(super) asking: Vec<u32>,
    options: CalibrateOptions,
}

/// What was compared with a closer look, for each way of asking.
pub(super) struct LookedCloser {
    by_way: BTreeMap<Same, PairEvidence>,
}

impl LookedCloser {
    /// What is compared for one way of asking, one of those that it was made for.
    pub(super) fn of(&self, same: Same) -> &PairEvidence {
        &self.by_way[&same]
    }
}

/// What was fitted for one effort.
pub(super) struct Fitted {
    /// The queries, ranked without any filter.
    queries: Vec<RankedQuery>,
    pub(super) fitted: SlotCalibrations,
    /// What each evidence is worth, by the filters in force.
    fusions: Vec<(Same, SlotFusions)>,
}

impl<'a> Ground<'a> {
    pub(super) fn of(
        catalog: &Catalog,
        gallery: &'a Gallery,
        settings: &'a Settings,
        prior: Option<Calibration>,
    ) -> Result<Self, EngineError> {
        let mut rows = labelled_rows(gallery, &learnt::of_gallery(catalog, gallery)?);
        let named: Vec<u32> =
            (0..).zip(&rows).filter(|(_, row)| row.individual.is_some()).map(|(at, _)| at).collect();
        let mut asking = named.clone();
        if settings.unidentified_are_others {
            asking.extend(number_the_nameless(gallery, &mut rows));
        }
        let options = CalibrateOptions { prior, ..CalibrateOptions::default() };
        let embeddings = catalog.embeddings(&gallery.bundle)?;
        Ok(Self { gallery, settings, embeddings, rows, named, asking, options })
    }

    /// Fits every slot on rankings over the candidates that `identify` will have: asked with a viewpoint, only photos
    /// of that viewpoint answer (or of none that is known), and likewise for the species. `evidence` is what is compared for each way
    /// of asking.
    pub(super) fn fit_each_as_it_is_asked<'e>(
        &self,
        evidence: impl Fn(Same) -> Cow<'e, PairEvidence>,
        asking: Vec<u32>,
    ) -> Result<Fitted, EngineError> {
        let protocol = self.protocol(asking);
        let (queries, fusions) = self.rank(&evidence(Same::default()), &protocol, Same::default())?;
        let fitted = fit_slots(&queries.iter().collect::<Vec<_>>(), &self.options);
        let mut all = Fitted { queries, fitted, fusions: vec![(Same::default(), fusions)] };
        for same in self.filters() {
            let (ranked, fusions) = self.rank(&evidence(same), &protocol, same)?;
            let filtered = fit_slots(&ranked.iter().collect::<Vec<_>>(), &self.options);
            all.fitted.by_slot.extend(filtered.by_slot);
            all.fitted.lean_on_prior.extend(filtered.lean_on_prior);
            all.fusions.push((same, fusions));
        }
        Ok(all)
    }

    /// An annotation that is on both sides never answers itself.
    fn protocol(&self, asking: Vec<u32>) -> Protocol {
        Protocol::Split { queries: asking, gallery: self.named.clone() }
    }

    /// The filters that leave somebody out.
    fn filters(&self) -> impl Iterator<Item = Same> {
        let all = [
            Same { species: true, viewpoint: false },
            Same { species: false, viewpoint: true },
            Same { species: true, viewpoint: true },
        ];
        all.into_iter().filter(|same| *same == narrowing(self.gallery, *same))
    }

    fn rank_options(&self, same: Same) -> RankOptions {
        let pooling = self.settings.pooling;
        RankOptions { hide: Hide::STRICT, same, pooling, ..RankOptions::default() }
    }

    fn asked<'b>(&'b self, parts: &'b [Rows<'b>]) -> resight_eval::Gallery<'b> {
        let distance = self.embeddings.bundle().distance;
        resight_eval::Gallery { rows: &self.rows, embeddings: parts, distance }
    }

    /// Every asking row ranks the named ones that share what `same` says.
    fn rank(
        &self,
        evidence: &PairEvidence,
        protocol: &Protocol,
        same: Same,
    ) -> Result<(Vec<RankedQuery>, SlotFusions), EngineError> {
        let parts = self.embeddings.parts();
        let (asked, options) = (self.asked(&parts), self.rank_options(same));
        let material = FusionMaterial::gather(&asked, evidence, protocol, &options, self.options.seed)?;
        let fusions = material.fit(|individual| individual < NAMELESS);
        let ranked = rank_fused(&asked, evidence, &fusions, protocol, &options)?;
        Ok((ranked, fusions))
    }

    /// The rows that ask where local features are compared; none where there are none to speak of.
    pub(super) fn drawn_for(&self, local: &[LocalGallery]) -> Option<Vec<u32>> {
        let annotation = |row: &u32| Some(self.gallery.at_row(u64::from(*row))?.annotation);
        let has_all = |row: &&u32| {
            annotation(row).is_some_and(|one| local.iter().all(|kind| kind.row_of(one).is_some()))
        };
        let named = self.named.iter().filter_map(annotation);
        if self.named.is_empty() || !cover(local, named) {
            return None;
        }
        // Those without a name do not crowd out those with one.
        let of = |named: bool| {
            let is_named = |row: &&u32| self.is_named(**row) == named;
            let mut drawn: Vec<u32> = self.asking.iter().filter(is_named).filter(has_all).copied().collect();
            draw(&mut drawn, most_asking(n_compared(local, self.named.len())), self.options.seed);
            drawn
        };
        let mut drawn = [of(true), of(false)].concat();
        drawn.sort_unstable();
        Some(drawn)
    }

    fn is_named(&self, row: u32) -> bool {
        self.rows[row as usize].individual.is_some_and(|individual| individual < NAMELESS)
    }

    /// Compares the local features of rows that ask with those of all named rows.
    pub(super) fn compare(
        &self,
        local: &[LocalGallery],
        asking: &[u32],
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<PairEvidence, EngineError> {
        let annotation = |row: u32| Some(self.gallery.at_row(u64::from(row))?.annotation);
        let annotations: Vec<Option<AnnotationId>> = (0..).take(self.rows.len()).map(annotation).collect();
        let kinds: Vec<LocalRows<'_>> = local.iter().map(|kind| kind.rows_of(&annotations)).collect();
        let admits = |_: u32, row: u32| self.is_named(row);
        let compared = |query: u32| self.compared_with(local, query).unwrap_or(Compared::All);
        Pairs { kinds: &kinds, queries: asking, admits: &admits, compared: &compared }
            .compare(progress, cancel)
    }

    /// Some of those that ask: a closer look takes its time.
    pub(super) fn few_of(&self, asking: &[u32]) -> Vec<u32> {
        let of = |named: bool, most: usize| {
            let mut few: Vec<u32> =
                asking.iter().filter(|row| self.is_named(**row) == named).copied().collect();
            draw(&mut few, most, self.options.seed);
            few
        };
        // Those without a name do not crowd out those with one: they come into the room that is left, a third at least.
        let named = of(true, MOST_LOOKING_CLOSER);
        let nameless = of(false, (MOST_LOOKING_CLOSER - named.len()).max(MOST_LOOKING_CLOSER / 3));
        let mut few = [named, nameless].concat();
        few.sort_unstable();
        few
    }

    /// Adds a closer look at what is most alike by the evidence so far, for each way of asking at what is most alike among those who
    /// may answer then.
    pub(super) fn look_closer(
        &self,
        local: &[LocalGallery],
        closer: &CloserLook,
        evidence: &PairEvidence,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<LookedCloser, EngineError> {
        let protocol = self.protocol(evidence.queries().collect());
        let parts = self.embeddings.parts();
        let choose = |same: Same| {
            let chosen = chosen(&self.asked(&parts), evidence, &protocol, &self.rank_options(same))?;
            Ok::<_, EngineError>((same, chosen))
        };
        let ways: Vec<(Same, BTreeMap<u32, Vec<u32>>)> =
            [Same::default()].into_iter().chain(self.filters()).map(choose).collect::<Result<_, _>>()?;
        let mut all: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (query, rows) in ways.iter().flat_map(|(_, chosen)| chosen) {
            all.entry(*query).or_default().extend(rows);
        }
        let all = all.into_iter().map(|(query, rows)| (query, rows.into_iter().collect())).collect();
        let annotation = |row: u32| Some(self.gallery.at_row(u64::from(row))?.annotation);
        let kind = local.iter().find(|kind| kind.bundle() == closer.features());
        let row = |row: u32| kind?.row_of(annotation(row)?);
        let rows: Vec<Option<&[f16]>> = (0..).take(self.rows.len()).map(row).collect();
        let counted = CloserPairs { closer, rows: &rows, chosen: &all }.compare(None, progress, cancel)?;
        // Asked in one way, nothing is known of the photos that were chosen for another.
        let of_way = |(same, chosen): (Same, BTreeMap<u32, Vec<u32>>)| {
            let of_query = |(query, matches): (&u32, &Vec<(u32, u16)>)| {
                let is_chosen =
                    |(row, _): &&(u32, u16)| chosen.get(query).is_some_and(|rows| rows.contains(row));
                (*query, matches.iter().filter(is_chosen).copied().collect())
            };
            let counted = counted.iter().map(of_query).collect();
            (same, evidence.clone().and(closer.bundle().clone(), &counted, self.rows.len()))
        };
        Ok(LookedCloser { by_way: ways.into_iter().map(of_way).collect() })
    }

    /// Which rows are compared with one that asks, as `identify` chooses them.
    fn compared_with(&self, local: &[LocalGallery], query: u32) -> Option<Compared> {
        if n_compared(local, self.named.len()) >= self.named.len() {
            return None;
        }
        let annotation = |row: u32| Some(self.gallery.at_row(u64::from(row))?.annotation);
        let own = annotation(query)?;
        let rows = local.iter().map(|kind| Some((kind, kind.row_of(own)?)));
        let embedding: Vec<f32> =
            self.embeddings.row(u64::from(query))?.iter().map(|value| value.to_f32()).collect();
        let similarities = self.embeddings.similarities(&embedding).ok()?;
        let (places, photos): (Vec<usize>, Vec<MayAnswer>) = self
            .named
            .iter()
            .filter(|row| **row != query)
            .filter_map(|row| {
                let embedding = *similarities.get(*row as usize)?;
                Some((*row as usize, MayAnswer { annotation: annotation(*row)?, embedding }))
            })
            .unzip();
        // Queries are taken by all threads already.
        let found = compared(&rows.collect::<Option<Vec<_>>>()?, &photos, 1);
        Some(found.moved_to(&places, self.rows.len()))
    }

    /// How many named rows of a slot there are that may say something.
    fn identified(&self, key: &SlotKey) -> u64 {
        let is_of_it =
            |row: &&LabelledRow| row.learnt != Learnt::Photo && belongs(row.species, row.viewpoint, key);
        self.named.iter().map(|row| &self.rows[*row as usize]).filter(is_of_it).count() as u64
    }

    /// The calibrations of one effort, as the catalog keeps them.
    pub(super) fn made(&self, effort: Effort, all: &Fitted) -> Made {
        let fitted_at = Timestamp::now();
        let records = all
            .fitted
            .by_slot
            .iter()
            .map(|(key, fit)| CalibrationRecord {
                slot: slot(self.gallery, key),
                effort,
                fusion: all.fusion_of(key),
                outcome: fit.as_ref().map(|fit| fit.calibration.clone()).map_err(ToString::to_string),
                fitted_on: FittedOn {
                    identified: self.identified(key),
                    leans_on_bundle: all.fitted.lean_on_prior.contains(key),
                    ..fitted_on(&all.queries, key)
                },
                fitted_at,
            })
            .collect();
        let known = all.queries.iter().filter(|query| query.is_evidence() && query.individual < NAMELESS);
        let named = known.filter_map(|query| {
            let annotation = self.gallery.at_row(u64::from(query.row))?.annotation;
            Some((annotation, query.own(View::Strict)?.rank == 1))
        });
        Made { effort, records, losses: all.losses(), named: named.collect() }
    }
}

/// How many rows may ask so that comparing their local features with those of `answering` rows takes no longer than it may.
pub(crate) fn most_asking(answering: usize) -> usize {
    (PAIRS / answering.max(1)).max(LEAST_ASKING)
}

impl Fitted {
    fn losses(&self) -> Vec<Option<f64>> {
        self.fitted.by_slot.values().map(|fit| fit.as_ref().ok().map(|fit| fit.loss)).collect()
    }

    fn fusion_of(&self, key: &SlotKey) -> Fusion {
        let found = self.fusions.iter().find(|(same, _)| *same == key.same);
        found.map_or_else(Fusion::embedding_alone, |(_, fusions)| fusions.serving(key).clone())
    }
}

/// Makes an individual of every encounter without a name, for photos of one animal are no independent evidence. Returns
/// their rows.
fn number_the_nameless(gallery: &Gallery, rows: &mut [LabelledRow]) -> Vec<u32> {
    let mut numbers: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let nameless = gallery.rows.iter().filter(|found| found.individual.is_none());
    let mut asking = Vec::new();
    for at in nameless.filter_map(|found| u32::try_from(found.row).ok()) {
        let Some(row) = rows.get_mut(at as usize) else { continue };
        let key = row.encounter.map_or((1, at), |encounter| (0, encounter));
        let next = NAMELESS + u32::try_from(numbers.len()).unwrap_or(0);
        row.individual = Some(*numbers.entry(key).or_insert(next));
        asking.push(at);
    }
    asking
}

/// The rows of the bundle's segments with their labels as numbers; rows without an annotation have none.
fn labelled_rows(gallery: &Gallery, learnt: &[Learnt]) -> Vec<LabelledRow> {
    let numbers: BTreeMap<IndividualId, u32> = gallery
        .rows
        .iter()
        .filter_map(|row| row.individual)
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .zip(0..)
        .collect();
    let facts: Vec<PhotoFacts> = gallery
        .rows
        .iter()
        .map(|row| PhotoFacts {
            photo_id: Some(row.photo),
            perceptual_hash: row.perceptual_hash.map(PerceptualHash),
            size: None,
        })
        .collect();
    let duplicates = duplicate_groups(&facts, AuditOptions::default().near_duplicate_distance);
    let place_of = |name: &Species| u32::try_from(gallery.species.binary_search(name).ok()?).ok();
    let type_of = |species: &Species| place_of(gallery.species_types.type_of(species)?);
    let types: Vec<Option<u32>> = gallery.species.iter().map(type_of).collect();
    let n_rows = usize::try_from(gallery.n_segment_rows).unwrap_or(usize::MAX);
    let mut rows = vec![LabelledRow::default(); n_rows];
    for ((found, duplicate_group), learnt) in gallery.rows.iter().zip(duplicates).zip(learnt) {
        let Some(row) = usize::try_from(found.row).ok().and_then(|index| rows.get_mut(index)) else {
            continue;
        };
        *row = LabelledRow {
            individual: found.individual.and_then(|individual| numbers.get(&individual).copied()),
            encounter: found.encounter.and_then(|encounter| u32::try_from(encounter.0).ok()),
            duplicate_group,
            species: found.species,
            species_type: found.species.and_then(|place| types.get(place as usize).copied().flatten()),
            viewpoint: found.viewpoint,
            seconds: found.seconds,
            learnt: *learnt,
        };
    }
    rows
}

/// What the queries of a slot are, so that `status` can say how old a calibration is.
fn fitted_on(queries: &[RankedQuery], key: &SlotKey) -> FittedOn {
    let counts = |query: &&RankedQuery| query.is_evidence() && belongs(query.species, query.viewpoint, key);
    let of_slot: Vec<&RankedQuery> = queries.iter().filter(counts).collect();
    let named = of_slot.iter().map(|query| query.individual).filter(|individual| *individual < NAMELESS);
    let individuals: std::collections::BTreeSet<u32> = named.clone().collect();
    FittedOn {
        annotations: named.count() as u64,
        individuals: individuals.len() as u64,
        identified: 0,
        known_cases: of_slot
            .iter()
            .filter(|query| query.is_evidence() && query.own(View::Strict).is_some())
            .count() as u64,
        new_cases: of_slot.iter().filter(|query| query.may_be_newcomer()).count() as u64,
        hidden: "encounter,duplicates".to_owned(),
        leans_on_bundle: false,
    }
}

/// Whether what has these labels is of this slot.
fn belongs(species: Option<u32>, viewpoint: Option<u32>, key: &SlotKey) -> bool {
    let agrees = |label: Option<u32>, wanted: Option<u32>| wanted.is_none() || label == wanted;
    agrees(species, key.species) && agrees(viewpoint, key.viewpoint)
}

fn slot(gallery: &Gallery, key: &SlotKey) -> Slot {
    Slot {
        same: key.same,
        species: key.species.and_then(|index| gallery.species.get(index as usize).cloned()),
        viewpoint: key.viewpoint.and_then(|index| gallery.viewpoints.get(index as usize).cloned()),
    }
}
