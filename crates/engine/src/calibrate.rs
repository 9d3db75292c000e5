//! Learning, on the user's own catalog, what a similarity is worth and when to say "new".
//!
//! Individuals are hidden in turn, as simulated newcomers, under the same strict masks as in `evaluate`: a
//! query never sees its own individual's photos of the same encounter, nor near-duplicates, so that a burst
//! does not teach confidence. The mechanism is that of [`resight_eval`], the result is kept in the catalog.

use std::collections::BTreeMap;

use jiff::Timestamp;
use resight_catalog::{CalibrationRecord, Catalog, Embeddings, FittedOn, Gallery, Settings};
use resight_core::{AnnotationId, Calibration, Effort, Fusion, IndividualId, Policy, Pooling, Slot};
use resight_dataset::{AuditOptions, PhotoFacts, duplicate_groups};
use resight_eval::{
    CalibrateOptions, FusionMaterial, Hide, LabelledRow, Learnt, PairEvidence, Protocol, RankOptions,
    RankedQuery, Same, SlotCalibrations, SlotFusions, SlotKey, View, fit_slots, rank_fused,
};
use resight_imaging::PerceptualHash;
use resight_model::Manifest;
use serde::Serialize;

use crate::learnt::{self, LearntCount};
use crate::local::{LocalGallery, LocalRows, Pairs};
use crate::{CancelToken, EngineError, Models, Progress, Session, Stage};

/// What to calibrate, and what to change before.
#[derive(Debug, Clone)]
pub struct CalibrateRequest {
    /// New prices and expected share of newcomers.
    pub policy: PolicyChange,
    /// How the photos of an individual are pooled from now on; none keeps it.
    pub pooling: Option<Pooling>,
    /// Whether unidentified annotations are known to show none of the named individuals, from now on: then they stand for
    /// newcomers. None keeps what is set.
    pub unidentified_are_others: Option<bool>,
}

/// A change of a policy: what is none stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PolicyChange {
    /// Expected share of newcomers.
    pub new_rate: Option<f64>,
    /// Price of naming an individual that it is not.
    pub price_false_match: Option<f64>,
    /// Price of calling a known animal new.
    pub price_false_new: Option<f64>,
    /// Price of asking a person.
    pub price_ask: Option<f64>,
}

impl PolicyChange {
    /// The policy with the change made.
    pub fn over(&self, policy: Policy) -> Policy {
        Policy {
            new_rate: self.new_rate.unwrap_or(policy.new_rate),
            price_false_match: self.price_false_match.unwrap_or(policy.price_false_match),
            price_false_new: self.price_false_new.unwrap_or(policy.price_false_new),
            price_ask: self.price_ask.unwrap_or(policy.price_ask),
        }
    }
}

/// The calibrations of a catalog.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationReport {
    /// The bundle whose similarities were calibrated.
    pub bundle: String,
    /// Prices and expected share of newcomers.
    pub policy: Policy,
    /// One for each slot that occurs, and for the wider ones.
    pub slots: Vec<SlotReport>,
    /// Whether there is a calibration that serves every query.
    pub calibrated: bool,
    /// Whether it was stopped before local features were compared: answers by embeddings alone are calibrated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// What the bundle had learnt of the catalog's photos.
    pub learnt: LearntCount,
}

/// The calibration of one slot, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlotReport {
    /// The slot: `all`, a species, or a species and a viewpoint.
    pub slot: String,
    /// Which answers it is for.
    pub effort: Effort,
    /// What each evidence is worth.
    pub fusion: Fusion,
    /// Identified photos in it.
    pub photos: u64,
    /// Individuals in it.
    pub individuals: u64,
    /// Photos that another encounter of their individual can answer.
    pub answerable: u64,
    /// Mean negative log-likelihood of a case, in nats; none without a calibration.
    pub loss: Option<f64>,
    /// Whether it leans on the calibration that the bundle brought, because the photos are too few.
    pub leans_on_bundle: bool,
    /// Why there is no calibration.
    pub missing: Option<String>,
}

impl Session {
    /// Calibrates the catalog anew.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing, or a setting is out of range. Too little data is no error: the
    /// report says so, and `identify` goes on ranking.
    pub fn calibrate(
        &self,
        request: &CalibrateRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<CalibrationReport, EngineError> {
        let mut catalog = self.writer()?;
        if request.policy != PolicyChange::default() {
            let policy = request.policy.over(catalog.settings()?.policy);
            catalog.set_policy(&policy)?;
        }
        if let Some(pooling) = request.pooling {
            catalog.set_pooling(pooling)?;
        }
        if let Some(are_others) = request.unidentified_are_others {
            catalog.set_unidentified_are_others(are_others)?;
        }
        let report = calibrate_catalog(&mut catalog, self.models(), progress, cancel)?;
        progress.end();
        Ok(report)
    }
}

/// Calibrates an open catalog for the bundle in use, for every effort, and keeps the result in it.
///
/// # Errors
/// Errors of the catalog; embeddings that do not fit together. Being stopped is none: what was calibrated by then is kept.
pub(crate) fn calibrate_catalog(
    catalog: &mut Catalog,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<CalibrationReport, EngineError> {
    let _span = tracing::info_span!("calibrate").entered();
    let settings = catalog.settings()?;
    progress.begin(Stage { title: "calibrating".to_owned(), total: None });
    let gallery = catalog.gallery(&settings.bundle.id)?;
    let learnt = LearntCount::of_gallery(&gallery, &learnt::of_gallery(catalog, &gallery)?);
    // Where the bundle is not at hand a catalog of enough animals needs no prior.
    let bundle = models.bundle(&settings.bundle.id.to_string()).ok();
    let prior = bundle.and_then(|bundle| prior_of(bundle.manifest(), settings.pooling));
    let ground = Ground::of(catalog, &gallery, &settings, prior)?;
    let alone = ground.fit_each_as_it_is_asked(&PairEvidence::default(), ground.asking.clone())?;
    let mut records = ground.records(Effort::Fast, &alone, &alone.queries);
    let mut losses = alone.losses();
    let local = LocalGallery::open_all(catalog, models, &[])?;
    let mut interrupted = false;
    if let Some(drawn) = ground.drawn_for(&local) {
        match ground.compare(&local, &drawn, progress, cancel) {
            Ok(evidence) => {
                progress.begin(Stage { title: "calibrating".to_owned(), total: None });
                let fused = ground.fit_each_as_it_is_asked(&evidence, drawn)?;
                records.extend(ground.records(Effort::Normal, &fused, &alone.queries));
                losses.extend(fused.losses());
            }
            Err(_) if cancel.is_cancelled() => interrupted = true,
            Err(error) => return Err(error),
        }
    }
    catalog.replace_calibrations(&settings.bundle.id, &records)?;
    Ok(CalibrationReport {
        bundle: settings.bundle.id.to_string(),
        policy: settings.policy,
        learnt,
        calibrated: alone.fitted.serving(&SlotKey::default()).is_ok(),
        interrupted,
        slots: records.iter().zip(losses).map(|(record, loss)| slot_report(record, loss)).collect(),
    })
}

/// The calibration that a bundle brings along, towards which few photos are drawn. By itself it serves nobody: what is a
/// usual similarity differs too much from animal to animal. It was fitted with the reference pooling.
pub(crate) fn prior_of(manifest: &Manifest, pooling: Pooling) -> Option<Calibration> {
    manifest.calibration.clone().filter(|_| pooling == Pooling::Best)
}

/// Those of the filters that make the candidates fewer: one on a label that has a single value lets everything through.
pub(crate) fn narrowing(gallery: &Gallery, same: Same) -> Same {
    Same {
        species: same.species && gallery.species.len() > 1,
        viewpoint: same.viewpoint && gallery.viewpoints.len() > 1,
    }
}

/// Individuals from this number on have no name: they ask as newcomers, and never answer.
const NAMELESS: u32 = 1 << 31;

/// Pairs of photos whose local features are compared to calibrate, about: of more photos, fewer ask.
const PAIRS: usize = 1_000_000;

/// Photos that ask, at least, where there are so many.
const LEAST_ASKING: usize = 150;

/// Share of the photos that must have local features before these are calibrated.
const LEAST_COVERED: f64 = 0.9;

/// What is calibrated on: the catalog's photos as numbered rows.
struct Ground<'a> {
    gallery: &'a Gallery,
    settings: &'a Settings,
    embeddings: Embeddings,
    rows: Vec<LabelledRow>,
    /// Rows with a name: they answer.
    named: Vec<u32>,
    /// Rows that ask: the named ones, and those that are known to be others.
    asking: Vec<u32>,
    options: CalibrateOptions,
}

/// The calibrations of one effort.
struct Fitted {
    /// The queries, ranked without any filter.
    queries: Vec<RankedQuery>,
    fitted: SlotCalibrations,
    /// What each evidence is worth, by the filters in force.
    fusions: Vec<(Same, SlotFusions)>,
}

impl<'a> Ground<'a> {
    fn of(
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
    /// of that viewpoint answer (or of none that is known), and likewise for the species.
    fn fit_each_as_it_is_asked(
        &self,
        evidence: &PairEvidence,
        asking: Vec<u32>,
    ) -> Result<Fitted, EngineError> {
        // An annotation that is on both sides never answers itself.
        let protocol = Protocol::Split { queries: asking, gallery: self.named.clone() };
        let (queries, fusions) = self.rank(evidence, &protocol, Same::default())?;
        let fitted = fit_slots(&queries.iter().collect::<Vec<_>>(), &self.options);
        let mut all = Fitted { queries, fitted, fusions: vec![(Same::default(), fusions)] };
        for same in [
            Same { species: true, viewpoint: false },
            Same { species: false, viewpoint: true },
            Same { species: true, viewpoint: true },
        ] {
            if same != narrowing(self.gallery, same) {
                continue;
            }
            let (ranked, fusions) = self.rank(evidence, &protocol, same)?;
            let filtered = fit_slots(&ranked.iter().collect::<Vec<_>>(), &self.options);
            all.fitted.by_slot.extend(filtered.by_slot);
            all.fitted.lean_on_prior.extend(filtered.lean_on_prior);
            all.fusions.push((same, fusions));
        }
        Ok(all)
    }

    /// Every asking row ranks the named ones that share what `same` says.
    fn rank(
        &self,
        evidence: &PairEvidence,
        protocol: &Protocol,
        same: Same,
    ) -> Result<(Vec<RankedQuery>, SlotFusions), EngineError> {
        let asked = resight_eval::Gallery {
            rows: &self.rows,
            embeddings: &self.embeddings.parts(),
            distance: self.embeddings.bundle().distance,
        };
        let pooling = self.settings.pooling;
        let options = RankOptions { hide: Hide::STRICT, same, pooling, ..RankOptions::default() };
        let material = FusionMaterial::gather(&asked, evidence, protocol, &options, self.options.seed)?;
        let fusions = material.fit(|individual| individual < NAMELESS);
        let ranked = rank_fused(&asked, evidence, &fusions, protocol, &options)?;
        Ok((ranked, fusions))
    }

    /// The rows that ask where local features are compared; none where there are none to speak of.
    fn drawn_for(&self, local: &[LocalGallery]) -> Option<Vec<u32>> {
        let annotation = |row: &u32| Some(self.gallery.at_row(u64::from(*row))?.annotation);
        let has_all = |row: &&u32| {
            annotation(row).is_some_and(|one| local.iter().all(|kind| kind.row_of(one).is_some()))
        };
        let covered = self.named.iter().filter(has_all).count();
        #[expect(clippy::cast_precision_loss, reason = "numbers of photos")]
        let is_covered = covered as f64 >= LEAST_COVERED * self.named.len() as f64;
        if local.is_empty() || covered == 0 || !is_covered {
            return None;
        }
        let mut drawn: Vec<u32> = self.asking.iter().filter(has_all).copied().collect();
        draw(&mut drawn, self.named.len());
        Some(drawn)
    }

    /// Compares the local features of rows that ask with those of all named rows.
    fn compare(
        &self,
        local: &[LocalGallery],
        asking: &[u32],
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<PairEvidence, EngineError> {
        let annotation = |row: u32| Some(self.gallery.at_row(u64::from(row))?.annotation);
        let annotations: Vec<Option<AnnotationId>> = (0..).take(self.rows.len()).map(annotation).collect();
        let kinds: Vec<LocalRows<'_>> = local.iter().map(|kind| kind.rows_of(&annotations)).collect();
        let is_named =
            |row: u32| self.rows[row as usize].individual.is_some_and(|individual| individual < NAMELESS);
        let admits = |_: u32, row: u32| is_named(row);
        Pairs { kinds: &kinds, queries: asking, admits: &admits }.compare(progress, cancel)
    }

    fn records(&self, effort: Effort, all: &Fitted, counted: &[RankedQuery]) -> Vec<CalibrationRecord> {
        let fitted_at = Timestamp::now();
        all.fitted
            .by_slot
            .iter()
            .map(|(key, fit)| CalibrationRecord {
                slot: slot(self.gallery, key),
                effort,
                fusion: all.fusion_of(key),
                outcome: fit.as_ref().map(|fit| fit.calibration.clone()).map_err(ToString::to_string),
                fitted_on: FittedOn {
                    leans_on_bundle: all.fitted.lean_on_prior.contains(key),
                    ..fitted_on(counted, key)
                },
                fitted_at,
            })
            .collect()
    }
}

/// Draws so many of the rows that ask that comparing their local features with those of `answering` rows takes no longer
/// than it may.
pub(crate) fn draw(asking: &mut Vec<u32>, answering: usize) {
    let seed = CalibrateOptions::default().seed;
    asking.sort_by_key(|row| resight_eval::lot(seed, *row));
    asking.truncate((PAIRS / answering.max(1)).max(LEAST_ASKING));
    asking.sort_unstable();
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
            viewpoint: found.viewpoint,
            seconds: found.seconds,
            learnt: *learnt,
        };
    }
    rows
}

/// What the queries of a slot are, so that `status` can say how old a calibration is.
fn fitted_on(queries: &[RankedQuery], key: &SlotKey) -> FittedOn {
    let counts = |query: &&RankedQuery| query.is_evidence() && belongs(query, key);
    let of_slot: Vec<&RankedQuery> = queries.iter().filter(counts).collect();
    let named = of_slot.iter().map(|query| query.individual).filter(|individual| *individual < NAMELESS);
    let individuals: std::collections::BTreeSet<u32> = named.clone().collect();
    FittedOn {
        annotations: named.count() as u64,
        individuals: individuals.len() as u64,
        known_cases: of_slot
            .iter()
            .filter(|query| query.is_evidence() && query.own(View::Strict).is_some())
            .count() as u64,
        new_cases: of_slot.iter().filter(|query| query.may_be_newcomer()).count() as u64,
        hidden: "encounter,duplicates".to_owned(),
        leans_on_bundle: false,
    }
}

/// Whether a query that was ranked without filters would be of this slot.
fn belongs(query: &RankedQuery, key: &SlotKey) -> bool {
    let agrees = |label: Option<u32>, wanted: Option<u32>| wanted.is_none() || label == wanted;
    agrees(query.species, key.species) && agrees(query.viewpoint, key.viewpoint)
}

fn slot(gallery: &Gallery, key: &SlotKey) -> Slot {
    Slot {
        same: key.same,
        species: key.species.and_then(|index| gallery.species.get(index as usize).cloned()),
        viewpoint: key.viewpoint.and_then(|index| gallery.viewpoints.get(index as usize).cloned()),
    }
}

fn slot_report(record: &CalibrationRecord, loss: Option<f64>) -> SlotReport {
    SlotReport {
        slot: record.slot.to_string(),
        effort: record.effort,
        fusion: record.fusion.clone(),
        photos: record.fitted_on.annotations,
        individuals: record.fitted_on.individuals,
        answerable: record.fitted_on.known_cases,
        loss,
        leans_on_bundle: record.leans_on_bundle(),
        missing: record.outcome.as_ref().err().cloned(),
    }
}
