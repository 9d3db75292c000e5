//! From similarities to an answer: candidates, calibration, decision.

use std::collections::BTreeSet;

use resight_catalog::{CalibrationRecord, Catalog, Settings};
use resight_core::{
    AskReason, Calibration, Candidate, Decision, IndividualId, LabelFilter, PhotoId, Pooling, Posterior,
    RankedSimilarities, Similarity, Slot, UnusableReason, decide, pool_neighbors,
};

use super::gallery::AdmittedGallery;
use super::{Answer, CandidateRow};
use crate::EngineError;

/// Everything that turns the embeddings of one question into an answer.
pub(super) struct Judge<'a> {
    pub(super) gallery: AdmittedGallery<'a>,
    pub(super) calibrations: &'a [CalibrationRecord],
    /// The calibration that the bundle came with: it serves until the catalog has its own.
    pub(super) of_bundle: &'a Option<Calibration>,
    pub(super) settings: &'a Settings,
    pub(super) pooling: Pooling,
    pub(super) labels: &'a LabelFilter,
    pub(super) top: usize,
}

impl Judge<'_> {
    /// The individuals ranked for one embedding.
    pub(super) fn candidates(
        &self,
        query: &[f32],
        asked: &BTreeSet<PhotoId>,
    ) -> Result<Vec<Candidate>, EngineError> {
        Ok(pool_neighbors(&self.gallery.neighbors(query, asked)?, self.pooling))
    }

    /// The answer that follows from ranked individuals.
    pub(super) fn answer(
        &self,
        catalog: &Catalog,
        photo: String,
        candidates: &[Candidate],
    ) -> Result<Answer, EngineError> {
        let similarities: Vec<Similarity> = candidates.iter().map(|candidate| candidate.similarity).collect();
        let ranked = RankedSimilarities::from_sorted(&similarities);
        let judged = match candidates {
            // Whoever is filtered out may still be the one: that is no proof of a new individual.
            [] if self.gallery.is_filtered() => Err(AskReason::NobodyLeft),
            _ => self
                .calibration()
                .map(|(slot, calibration)| {
                    (slot, calibration.posterior(&ranked, self.settings.policy.new_rate))
                })
                .map_err(AskReason::NotCalibrated),
        };
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
            calibration: judged.ok().map(|(slot, _)| slot),
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
    fn calibration(&self) -> Result<(String, &Calibration), String> {
        if self.pooling != self.settings.pooling {
            return Err(
                "the catalog is calibrated for another pooling; `resight calibrate --pooling` changes \
                        that"
                    .to_owned(),
            );
        }
        let slot = Slot { species: self.labels.species.clone(), viewpoint: self.labels.viewpoint.clone() };
        let of = |slot: &Slot| self.calibrations.iter().find(|record| record.slot == *slot);
        let served = slot.widening().into_iter().find_map(|slot| {
            of(&slot).and_then(|record| Some((slot.to_string(), record.outcome.as_ref().ok()?)))
        });
        // A bundle's own calibration was fitted with the reference pooling.
        let of_bundle = self.of_bundle.as_ref().filter(|_| self.pooling == Pooling::Best);
        served.or_else(|| of_bundle.map(|calibration| ("bundle".to_owned(), calibration))).ok_or_else(|| {
            match of(&Slot::default()).map(|record| &record.outcome) {
                Some(Err(why)) => why.clone(),
                _ => "the catalog was never calibrated; `resight calibrate` does it".to_owned(),
            }
        })
    }
}

/// Probability of all individuals that are not shown: those beyond the posterior's list and the rest of it.
fn others(posterior: &Posterior, shown: usize) -> f64 {
    posterior.others + posterior.candidates.iter().skip(shown).sum::<f64>()
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
