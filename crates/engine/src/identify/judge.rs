//! From similarities to an answer: candidates, calibration, decision.

use std::collections::{BTreeMap, BTreeSet};

use resight_catalog::{CalibrationRecord, Catalog, Settings};
use resight_core::{
    AskReason, BundleId, Calibration, Candidate, Decision, Effort, Fusion, IndividualId, LabelFilter,
    PhotoId, Policy, Pooling, Posterior, RankedSimilarities, Similarity, Slot, Uncalibrated, UnusableReason,
    decide,
};

use super::gallery::{AdmittedGallery, AskedBy, Proposed};
use super::joined::{Opinion, join};
use super::{Answer, CandidateRow, EvidenceRow};
use crate::EngineError;

/// Everything that turns the embeddings of one question into an answer.
pub(super) struct Judge<'a> {
    pub(super) gallery: AdmittedGallery<'a>,
    /// How much work goes into it.
    pub(super) effort: Effort,
    /// What each evidence is worth.
    pub(super) fusion: Fusion,
    /// The calibration that serves, or why there is none.
    served: Result<Served<'a>, Uncalibrated>,
    policy: Policy,
    pooling: Pooling,
    top: usize,
}

/// What a question is asked with.
pub(super) struct AskedWith<'a> {
    pub(super) gallery: AdmittedGallery<'a>,
    pub(super) settings: &'a Settings,
    pub(super) pooling: Pooling,
    pub(super) labels: &'a LabelFilter,
    pub(super) top: usize,
}

/// The calibration that serves a question.
#[derive(Clone)]
struct Served<'a> {
    /// The slot it was fitted for.
    slot: String,
    calibration: &'a Calibration,
    /// Whether it says what the bundle brought as much as what the catalog has shown.
    leans_on_bundle: bool,
}

impl<'a> Judge<'a> {
    /// The judge of a question. Of the efforts from `most` downwards the first one serves that is calibrated; where none
    /// is, `most` ranks as usual and nothing is calibrated.
    pub(super) fn of(asked: AskedWith<'a>, most: Effort) -> Self {
        let AskedWith { gallery, settings, pooling, labels, top } = asked;
        // The labels that it filters by, as far as these leave anybody out.
        let same = gallery.narrowing(labels);
        let slot = Slot::of(same, labels.species.as_ref(), labels.viewpoint.as_ref());
        let most = most.min(gallery.most_effort());
        let there: Vec<BundleId> = gallery.local_bundles(most).cloned().collect();
        // What was fitted with other local features says nothing of these.
        let usable = |record: &&CalibrationRecord| {
            let is_there = |bundle: &BundleId| !record.fusion.weighs(bundle) || there.contains(bundle);
            record.fusion.local.keys().all(is_there)
        };
        let records: Vec<&CalibrationRecord> = gallery.calibrations().iter().filter(usable).collect();
        let serving = |effort: Effort| match pooling == settings.pooling {
            true => serving(&records, &slot, effort),
            false => Err(Uncalibrated::OtherPooling),
        };
        let efforts = Effort::ALL.into_iter().rev().filter(|effort| *effort <= most);
        let calibrated = efforts.map(|effort| (effort, serving(effort))).find(|(_, served)| served.is_ok());
        let (effort, served) = calibrated.unwrap_or_else(|| (most, serving(most)));
        // A question is weighed by what was learned for its own slot, whichever calibration serves: so were the cases that it
        // was fitted on.
        let fusion = match effort {
            Effort::Fast => Fusion::embedding_alone(),
            Effort::Normal | Effort::Thorough => learned(&records, &slot, effort)
                .cloned()
                .unwrap_or_else(|| Fusion::usual(gallery.local_bundles(effort).cloned())),
        };
        let policy = gallery.policy(settings.policy);
        Self { gallery, effort, fusion, served, policy, pooling, top }
    }

    /// The individuals ranked for one animal.
    pub(super) fn candidates(
        &self,
        animal: &AskedBy<'_>,
        asked: &BTreeSet<PhotoId>,
    ) -> Result<Proposed, EngineError> {
        let local = if self.effort == Effort::Fast { &[] } else { animal.local };
        self.gallery.candidates(&AskedBy { local, ..*animal }, &self.fusion, asked, self.pooling)
    }

    /// The answer for one photo, from its ranked individuals.
    pub(super) fn answer(
        &self,
        catalog: &Catalog,
        photo: String,
        proposed: &Proposed,
    ) -> Result<Answer, EngineError> {
        let judged = self.posterior(proposed);
        self.put_together(catalog, photo, &proposed.candidates, std::slice::from_ref(proposed), judged)
    }

    /// The opinion on one animal of which it is not known whether it is asked rightly here; none where nobody can say.
    pub(super) fn opinion(&self, proposed: &Proposed, weight: f64) -> Option<Opinion> {
        let (_, posterior) = self.posterior(proposed).ok()?;
        Some(Opinion { weight, proposed: proposed.clone(), posterior })
    }

    /// The answer for one photo from what several networks say: this one, which is the likeliest, and others.
    pub(super) fn answer_joined(
        &self,
        catalog: &Catalog,
        photo: String,
        proposed: &Proposed,
        opinions: &[Opinion],
    ) -> Result<Answer, EngineError> {
        let (candidates, posterior) = join(opinions);
        let judged = self.posterior(proposed).map(|(served, _)| (served, posterior));
        let proposed: Vec<Proposed> = opinions.iter().map(|opinion| opinion.proposed.clone()).collect();
        self.put_together(catalog, photo, &candidates, &proposed, judged)
    }

    fn posterior(&self, proposed: &Proposed) -> Result<(Served<'a>, Posterior), AskReason> {
        let similarities: Vec<Similarity> =
            proposed.candidates.iter().map(|candidate| candidate.similarity).collect();
        let ranked = RankedSimilarities::from_sorted(&similarities);
        let new_rate = self.policy.new_rate;
        self.judged(similarities.is_empty(), |calibration| calibration.posterior(&ranked, new_rate))
    }

    /// One answer for all photos of an encounter together, from the ranked individuals of each.
    pub(super) fn answer_together(
        &self,
        catalog: &Catalog,
        photo: String,
        per_photo: &[Proposed],
    ) -> Result<Answer, EngineError> {
        if let [alone] = per_photo {
            return self.answer(catalog, photo, alone);
        }
        let lists: Vec<Vec<(IndividualId, Similarity)>> = per_photo
            .iter()
            .map(|proposed| proposed.candidates.iter().map(|one| (one.individual, one.similarity)).collect())
            .collect();
        let nobody = lists.iter().all(Vec::is_empty);
        let new_rate = self.policy.new_rate;
        let judged = self.judged(nobody, |calibration| calibration.together(&lists, new_rate));
        let order = judged.as_ref().ok().map(|(_, together)| together.order.as_slice());
        let candidates = nearest_of(per_photo, order);
        let judged = judged.map(|(served, together)| (served, together.posterior));
        self.put_together(catalog, photo, &candidates, per_photo, judged)
    }

    /// What the serving calibration says, or why nobody can say.
    fn judged<T>(
        &self,
        nobody: bool,
        says: impl FnOnce(&Calibration) -> T,
    ) -> Result<(Served<'a>, T), AskReason> {
        if nobody && self.gallery.is_filtered() {
            // Whoever is filtered out may still be the one: that is no proof of a new individual.
            return Err(AskReason::NobodyLeft);
        }
        let served = self.served.clone().map_err(AskReason::NotCalibrated)?;
        let said = says(served.calibration);
        Ok((served, said))
    }

    fn put_together(
        &self,
        catalog: &Catalog,
        photo: String,
        candidates: &[Candidate],
        per_photo: &[Proposed],
        judged: Result<(Served<'_>, Posterior), AskReason>,
    ) -> Result<Answer, EngineError> {
        let best = candidates.first().map(|candidate| candidate.individual);
        let decision = match &judged {
            Ok((_, posterior)) => decide(best, posterior, &self.policy),
            Err(why) => Decision::Ask(why.clone()),
        };
        let posterior = judged.as_ref().ok().map(|(_, posterior)| posterior);
        let listed = candidates.iter().take(self.top.min(RankedSimilarities::LISTED));
        let rows = listed
            .enumerate()
            .map(|(rank, candidate)| {
                let probability = posterior.and_then(|p| p.candidates.get(rank).copied());
                let row = row(catalog, candidate, probability)?;
                Ok(CandidateRow { evidence: self.evidence(candidate, per_photo), ..row })
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        let individual = match &decision {
            Decision::Match(individual) => Some(name(catalog, *individual)?),
            _ => None,
        };
        let photos = candidates.iter().map(|candidate| candidate.photos).sum();
        let photos_matched = per_photo.iter().filter_map(|proposed| proposed.photos_matched).min();
        Ok(Answer {
            individual,
            new_probability: posterior.map(|p| p.new),
            others_probability: posterior.map(|p| others(p, rows.len())),
            candidate_set: self.gallery.candidate_set(candidates.len(), photos, photos_matched),
            reason: match &decision {
                Decision::Ask(reason) => Some(reason.to_string()),
                _ => None,
            },
            leans_on_bundle: judged.as_ref().is_ok_and(|(served, _)| served.leans_on_bundle),
            calibration: judged.ok().map(|(served, _)| served.slot),
            candidates: rows,
            decision,
            effort: self.effort,
            ..self.unusable(photo, UnusableReason::NoEmbedding)
        })
    }

    /// The answer for a photo that cannot be used.
    pub(super) fn unusable(&self, photo: String, why: UnusableReason) -> Answer {
        let (bundle, slot) = self.gallery.bundle();
        Answer { slot, ..Answer::not_identifiable(photo, bundle.to_string(), why) }
    }

    /// What a candidate's best photo has in common with the photo that it was best for.
    fn evidence(&self, candidate: &Candidate, per_photo: &[Proposed]) -> Option<EvidenceRow> {
        let is_it = |one: &&Candidate| {
            one.individual == candidate.individual && one.similarity == candidate.similarity
        };
        let of = |proposed: &Proposed| {
            let it = proposed.candidates.iter().take(RankedSimilarities::LISTED).find(is_it)?;
            proposed.evidence.get(&it.best).cloned()
        };
        let parts = per_photo.iter().find_map(of)?;
        let matches: BTreeMap<String, u16> = self
            .gallery
            .local_bundles(self.effort)
            .zip(parts.matches)
            .filter(|(bundle, _)| self.fusion.weighs(bundle))
            .map(|(bundle, matches)| (bundle.name().to_owned(), matches))
            .collect();
        Some(EvidenceRow { embedding: parts.embedding.0, matches })
    }
}

/// What each evidence is worth in the narrowest slot of which that was learned, whether it is calibrated or not.
fn learned<'a>(records: &[&'a CalibrationRecord], slot: &Slot, effort: Effort) -> Option<&'a Fusion> {
    let of = |slot: &Slot| {
        let record = records.iter().find(|record| record.effort == effort && record.slot == *slot)?;
        Some(&record.fusion)
    };
    slot.served_by(of).map(|(_, fusion)| fusion)
}

/// The narrowest calibration of an effort for a slot, or why there is none.
fn serving<'a>(
    records: &[&'a CalibrationRecord],
    slot: &Slot,
    effort: Effort,
) -> Result<Served<'a>, Uncalibrated> {
    let of =
        |slot: &Slot| records.iter().copied().find(|record| record.effort == effort && record.slot == *slot);
    let usable = |slot: &Slot| {
        let record = of(slot)?;
        record.outcome.as_ref().ok().map(|calibration| (record, calibration))
    };
    if let Some((slot, (record, calibration))) = slot.served_by(usable) {
        return Ok(Served { slot: slot.to_string(), calibration, leans_on_bundle: record.leans_on_bundle() });
    }
    Err(match slot.widening().last().and_then(of).map(|record| &record.outcome) {
        Some(Err(why)) => Uncalibrated::TooLittle(why.clone()),
        _ => Uncalibrated::Never,
    })
}

/// One row an individual over all photos of an encounter: its most similar photo to any of them, in the order given, or else
/// by the mean similarity.
fn nearest_of(per_photo: &[Proposed], order: Option<&[IndividualId]>) -> Vec<Candidate> {
    let mut found: BTreeMap<IndividualId, (Candidate, f64, f64)> = BTreeMap::new();
    for candidate in per_photo.iter().flat_map(|proposed| &proposed.candidates) {
        let entry = found.entry(candidate.individual).or_insert((*candidate, 0.0, 0.0));
        if candidate.similarity.closest_first(&entry.0.similarity).is_lt() {
            entry.0 = *candidate;
        }
        entry.1 += f64::from(candidate.similarity.0);
        entry.2 += 1.0;
    }
    if let Some(order) = order {
        return order.iter().filter_map(|who| found.get(who)).map(|(candidate, ..)| *candidate).collect();
    }
    let mut by_mean: Vec<(Candidate, f64, f64)> = found.into_values().collect();
    by_mean.sort_by(|a, b| (b.1 / b.2).total_cmp(&(a.1 / a.2)).then(a.0.individual.cmp(&b.0.individual)));
    by_mean.into_iter().map(|(candidate, ..)| candidate).collect()
}

/// Probability of all individuals that are not shown: those beyond the posterior's list and the rest of it.
fn others(posterior: &Posterior, shown: usize) -> f64 {
    // Sums of nothing are -0.
    0.0 + posterior.others + posterior.candidates.iter().skip(shown).sum::<f64>()
}

fn name(catalog: &Catalog, individual: IndividualId) -> Result<String, EngineError> {
    Ok(catalog.individual_name(individual)?.unwrap_or_else(|| individual.to_string()))
}

fn row(
    catalog: &Catalog,
    candidate: &Candidate,
    probability: Option<f64>,
) -> Result<CandidateRow, EngineError> {
    let photo = catalog.annotation(candidate.best)?.photo;
    let paths = catalog.photo_paths(&photo)?;
    Ok(CandidateRow {
        individual: name(catalog, candidate.individual)?,
        probability,
        similarity: candidate.similarity.0,
        evidence: None,
        photos: candidate.photos,
        best_photo: paths.first().map_or_else(|| photo.to_string(), |path| path.display().to_string()),
        best: candidate.best,
    })
}
