//! From similarities to an answer: candidates, calibration, decision.

use std::collections::{BTreeMap, BTreeSet};

use resight_catalog::{CalibrationRecord, Catalog, Settings};
use resight_core::{
    AskReason, Calibration, Candidate, Decision, IndividualId, LabelFilter, PhotoId, Pooling, Posterior,
    RankedSimilarities, Same, Similarity, Slot, Uncalibrated, UnusableReason, decide,
};

use super::gallery::AdmittedGallery;
use super::{Answer, CandidateRow};
use crate::EngineError;

/// Everything that turns the embeddings of one question into an answer.
pub(super) struct Judge<'a> {
    pub(super) gallery: AdmittedGallery<'a>,
    pub(super) calibrations: &'a [CalibrationRecord],
    pub(super) settings: &'a Settings,
    pub(super) pooling: Pooling,
    pub(super) labels: &'a LabelFilter,
    pub(super) top: usize,
}

/// The calibration that serves a question.
struct Served<'a> {
    /// The slot it was fitted for.
    slot: String,
    calibration: &'a Calibration,
    /// Whether it says what the bundle brought as much as what the catalog has shown.
    leans_on_bundle: bool,
}

impl Judge<'_> {
    /// The individuals ranked for one embedding.
    pub(super) fn candidates(
        &self,
        query: &[f32],
        asked: &BTreeSet<PhotoId>,
    ) -> Result<Vec<Candidate>, EngineError> {
        self.gallery.candidates(query, asked, self.pooling)
    }

    /// The answer for one photo, from its ranked individuals.
    pub(super) fn answer(
        &self,
        catalog: &Catalog,
        photo: String,
        candidates: &[Candidate],
    ) -> Result<Answer, EngineError> {
        let similarities: Vec<Similarity> = candidates.iter().map(|candidate| candidate.similarity).collect();
        let ranked = RankedSimilarities::from_sorted(&similarities);
        let new_rate = self.settings.policy.new_rate;
        let judged =
            self.judged(candidates.is_empty(), |calibration| calibration.posterior(&ranked, new_rate));
        self.put_together(catalog, photo, candidates, judged)
    }

    /// One answer for all photos of an encounter together, from the ranked individuals of each.
    pub(super) fn answer_together(
        &self,
        catalog: &Catalog,
        photo: String,
        per_photo: &[Vec<Candidate>],
    ) -> Result<Answer, EngineError> {
        if let [alone] = per_photo {
            return self.answer(catalog, photo, alone);
        }
        let lists: Vec<Vec<(IndividualId, Similarity)>> = per_photo
            .iter()
            .map(|candidates| candidates.iter().map(|one| (one.individual, one.similarity)).collect())
            .collect();
        let nobody = lists.iter().all(Vec::is_empty);
        let new_rate = self.settings.policy.new_rate;
        let judged = self.judged(nobody, |calibration| calibration.together(&lists, new_rate));
        let order = judged.as_ref().ok().map(|(_, together)| together.order.as_slice());
        let candidates = nearest_of(per_photo, order);
        let judged = judged.map(|(served, together)| (served, together.posterior));
        self.put_together(catalog, photo, &candidates, judged)
    }

    /// What the serving calibration says, or why nobody can say.
    fn judged<T>(
        &self,
        nobody: bool,
        says: impl FnOnce(&Calibration) -> T,
    ) -> Result<(Served<'_>, T), AskReason> {
        if nobody && self.gallery.is_filtered() {
            // Whoever is filtered out may still be the one: that is no proof of a new individual.
            return Err(AskReason::NobodyLeft);
        }
        let served = self.serving().map_err(AskReason::NotCalibrated)?;
        let said = says(served.calibration);
        Ok((served, said))
    }

    fn put_together(
        &self,
        catalog: &Catalog,
        photo: String,
        candidates: &[Candidate],
        judged: Result<(Served<'_>, Posterior), AskReason>,
    ) -> Result<Answer, EngineError> {
        let best = candidates.first().map(|candidate| candidate.individual);
        let decision = match &judged {
            Ok((_, posterior)) => decide(best, posterior, &self.settings.policy),
            Err(why) => Decision::Ask(why.clone()),
        };
        let posterior = judged.as_ref().ok().map(|(_, posterior)| posterior);
        let listed = candidates.iter().take(self.top.min(RankedSimilarities::LISTED));
        let rows = listed
            .enumerate()
            .map(|(rank, candidate)| {
                row(catalog, candidate, posterior.and_then(|p| p.candidates.get(rank).copied()))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        let individual = match &decision {
            Decision::Match(individual) => Some(name(catalog, *individual)?),
            _ => None,
        };
        let photos = candidates.iter().map(|candidate| candidate.photos).sum();
        Ok(Answer {
            individual,
            new_probability: posterior.map(|p| p.new),
            others_probability: posterior.map(|p| others(p, rows.len())),
            candidate_set: self.gallery.candidate_set(candidates.len(), photos),
            reason: match &decision {
                Decision::Ask(reason) => Some(reason.to_string()),
                _ => None,
            },
            leans_on_bundle: judged.as_ref().is_ok_and(|(served, _)| served.leans_on_bundle),
            calibration: judged.ok().map(|(served, _)| served.slot),
            candidates: rows,
            decision,
            ..self.unusable(photo, UnusableReason::NoEmbedding)
        })
    }

    /// The answer for a photo that cannot be used.
    pub(super) fn unusable(&self, photo: String, why: UnusableReason) -> Answer {
        Answer::not_identifiable(photo, self.settings.bundle.id.to_string(), why)
    }

    /// The narrowest calibration for the labels asked with, or why there is none.
    fn serving(&self) -> Result<Served<'_>, Uncalibrated> {
        if self.pooling != self.settings.pooling {
            return Err(Uncalibrated::OtherPooling);
        }
        let slot = self.slot();
        let of = |slot: &Slot| self.calibrations.iter().find(|record| record.slot == *slot);
        let served =
            slot.served_by(|slot| Some((of(slot)?.outcome.as_ref().ok()?, of(slot)?.leans_on_bundle())));
        if let Some((slot, (calibration, leans_on_bundle))) = served {
            return Ok(Served { slot: slot.to_string(), calibration, leans_on_bundle });
        }
        Err(match slot.widening().last().and_then(of).map(|record| &record.outcome) {
            Some(Err(why)) => Uncalibrated::TooLittle(why.clone()),
            _ => Uncalibrated::Never,
        })
    }

    /// The slot of the question: the labels that it filters by, as far as these leave anybody out.
    fn slot(&self) -> Slot {
        let LabelFilter { species, viewpoint } = self.labels;
        let asked = Same { species: species.is_some(), viewpoint: viewpoint.is_some() };
        Slot::of(self.gallery.narrowing(asked), species.as_ref(), viewpoint.as_ref())
    }
}

/// One row an individual over all photos of an encounter: its most similar photo to any of them, in the order given, or else
/// by the mean similarity.
fn nearest_of(per_photo: &[Vec<Candidate>], order: Option<&[IndividualId]>) -> Vec<Candidate> {
    let mut found: BTreeMap<IndividualId, (Candidate, f64, f64)> = BTreeMap::new();
    for candidate in per_photo.iter().flatten() {
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
        photos: candidate.photos,
        best_photo: paths.first().map_or_else(|| photo.to_string(), |path| path.display().to_string()),
        best: candidate.best,
    })
}
