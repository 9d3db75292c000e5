//! What an evaluation says.

mod histograms;
mod judged;
mod metrics;
mod mistakes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Interval;
use crate::openset::{Bin, RocPoint};

pub use histograms::Histograms;
pub(crate) use histograms::histograms;
pub(crate) use judged::{Judged, statements, weighed};
pub(crate) use metrics::{BINS, Newcomers, by_species, metrics, newness};
pub use mistakes::Mistake;
pub(crate) use mistakes::worst_mistakes;

/// All that is measured in one view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Labelled photos that took part, as queries or in the gallery.
    pub n_photos: usize,
    /// Individuals among them.
    pub n_individuals: usize,
    /// Queries.
    pub n_queries: usize,
    /// Queries that have a right answer left.
    pub n_answerable: usize,
    /// The metrics by name; those that have no value here (no newcomer, no calibration) are left out.
    ///
    /// Over the answerable queries: `map@5`, `top1`, `top5`, `top10`, `map_annotation`, `balanced_accuracy`. Over
    /// all, "new individual" being a legal guess: `map@5_new`; `baks` (answerable ones), `baus` (the others) and
    /// their geometric mean `baks_baus`. `auroc_new`: answerable queries against the others, by best similarity;
    /// `auroc_new_simulated`: answerable ones against themselves as newcomers. `ece`, `ece_new`: calibration error
    /// of the first answer and of "new", if a share `new_rate` of the queries were newcomers (simulated and real).
    pub metrics: BTreeMap<String, Interval>,
    /// Share of answerable queries found within the first 1, 2, … individuals.
    pub cmc: Vec<f64>,
    /// Known against new by best similarity, simulated newcomers included.
    pub roc: Vec<RocPoint>,
    /// Stated against found: probability of the first answer.
    pub reliability: Vec<Bin>,
    /// Stated against found: probability of "new".
    pub reliability_new: Vec<Bin>,
    /// How similarities are spread.
    pub similarities: Histograms,
    /// A row a species, the one without a name first.
    pub species: Vec<GroupRow>,
    /// The worst mistakes, worst first.
    pub mistakes: Vec<Mistake>,
    /// Queries without a calibration to judge them by: for them "new" is never guessed.
    pub uncalibrated_queries: usize,
    /// Why, for the first of them.
    pub uncalibrated_reason: Option<String>,
}

/// The short report of one species.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRow {
    /// The species, as the caller numbered it.
    pub species: Option<u32>,
    /// Individuals among the queries.
    pub n_individuals: usize,
    /// Queries.
    pub n_queries: usize,
    /// Queries that have a right answer left.
    pub n_answerable: usize,
    /// MAP@5 over the answerable ones.
    #[serde(rename = "map@5")]
    pub map5: Option<f64>,
    /// Top-1 accuracy over the answerable ones.
    pub top1: Option<f64>,
    /// MAP@5 over all, "new" being a legal guess.
    #[serde(rename = "map@5_new")]
    pub map5_new: Option<f64>,
}
