//! Metrics and protocols: how well does the answer hold?
//!
//! Numbers in, numbers out: labelled rows with their embeddings go in ([`Gallery`]), and out come rankings
//! ([`rank()`]), calibrations ([`fit_slots`], [`CrossFit`]) and a [`Report`] with every metric and its interval
//! ([`evaluate()`]).
//!
//! Ranking, the simulated newcomers and the fit of calibrations are one mechanism, used by the evaluation of a
//! table and by the calibration of a catalog alike. So a probability is measured by what made it.
//!
//! This room knows no files and no models. The same input and seed give the same numbers on every machine,
//! up to the rounding of the machine's exponential function.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alone;
mod bootstrap;
mod by_encounter;
mod calibrate;
mod classification;
mod clustering;
mod detection;
mod error;
mod evaluate;
mod fusion;
mod gallery;
mod likeliest;
pub mod openset;
mod pair_evidence;
mod paired;
mod rank;
mod ranked_query;
mod report;
pub mod retrieval;
mod seeded;
mod suspects;

pub use alone::EvidenceAlone;
pub use bootstrap::{Interval, Weighted, bootstrap};
pub use by_encounter::{Asking, encounter_cases};
pub use calibrate::{
    CalibrateOptions, CrossFit, Folds, Judgement, LabelledCase, Least, RankedByFold, Ranking,
    SlotCalibrations, SlotReason, calibration_cases, fit_slots,
};
pub use classification::{ClassificationMetrics, ClassifiedAnimal, measure_classification};
pub use clustering::Clustering;
pub use detection::{DetectedPhoto, DetectionMetrics, measure_detection};
pub use error::EvalError;
pub use evaluate::{EvaluateOptions, Evaluation, evaluate, evaluate_fused, report};
pub use fusion::{FusionMaterial, SlotFusions};
pub use gallery::{Gallery, Hide, LabelledRow, Learnt, Protocol, Sides, SlotKey, UnknownEncounter, admits};
pub use likeliest::{Likeliest, likeliest};
pub use pair_evidence::PairEvidence;
pub use paired::{Paired, PairedQuestion, paired};
pub use rank::{RankOptions, rank, rank_fused};
pub use ranked_query::{Own, RankedQuery, Scored, View};
pub use report::{AsPhotosAreAdded, Chance, GroupRow, Histograms, Mistake, Report, chance_of};
pub use resight_core::Same;
pub use seeded::draw;
pub use suspects::{OneAnimal, SuspectOptions, Suspects, WrongName, suspects};
