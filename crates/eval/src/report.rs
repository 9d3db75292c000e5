//! What an evaluation says.

mod added;
mod decisions;
mod histograms;
mod judged;
mod metrics;
mod mistakes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::openset::{Bin, RocPoint};
use crate::{Asking, Interval};

pub use added::AsPhotosAreAdded;
pub(crate) use added::as_photos_are_added;
pub use histograms::Histograms;
pub(crate) use histograms::histograms;
pub(crate) use judged::{Judged, statements, weighed};
pub use metrics::chance_of;
pub(crate) use metrics::{BINS, Newcomers, by_species, chance, metrics, newness, withheld};
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
    /// Individuals that these show.
    pub n_answerable_individuals: usize,
    /// Photos that the network has learnt: they answer, but are not asked.
    pub n_learnt: usize,
    /// What was asked at once.
    pub asking: Asking,
    /// What blind guessing would get.
    pub chance: Option<Chance>,
    /// Why figures are missing: too few individuals to speak of.
    pub withheld: Option<String>,
    /// The metrics by name; those that have no value here (no newcomer, no calibration, probabilities of too few
    /// individuals) are left out.
    ///
    /// Over the answerable queries: `map@5`, `top1`, `top5`, `top10`, `map_annotation`, `balanced_accuracy`. Over
    /// all, "new individual" being a legal guess: `map@5_new`; `baks` (answerable ones), `baus` (the others) and
    /// their geometric mean `baks_baus`. `auroc_new`: answerable queries against the others, by best similarity;
    /// `auroc_new_simulated`: answerable ones against themselves as newcomers. `ece`, `ece_new`: calibration error
    /// of the first answer and of "new", if a share `new_rate` of the queries were newcomers (simulated and real).
    ///
    /// What would be decided at the prices given: of known animals `known_right`, `known_false_match`, `known_new` and
    /// `known_asked`; of newcomers (real and simulated) `new_right`, `new_false_match`, `new_asked`. Of 100 photos, if a
    /// share `new_rate` were newcomers: `false_matches`, `stated_false_matches` (what the matches themselves say),
    /// `price`.
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
    /// What becomes of the same encounters as more of their photos are looked at; empty where photos asked one by one.
    pub as_photos_are_added: Vec<AsPhotosAreAdded>,
    /// Queries without a calibration to judge them by: for them "new" is never guessed.
    pub uncalibrated_queries: usize,
    /// Why, for the first of them.
    pub uncalibrated_reason: Option<String>,
}

/// What blind guessing would get, over the answerable queries: with n individuals to choose from, each place is right
/// with chance 1 / n.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    /// MAP@5.
    #[serde(rename = "map@5")]
    pub map5: f64,
    /// Top-1 accuracy.
    pub top1: f64,
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
