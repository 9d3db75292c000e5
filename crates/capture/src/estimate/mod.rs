//! Two estimates by maximum likelihood, small enough to be read: how many animals there are, and how many survive.
//!
//! They are here to say what wrong names do to an estimate ([`crate::EffectOfErrors`]) and to check what is exported. Whoever
//! publishes fits models of his own in MARK, marked, secr or multimark.

mod closed;
mod maximum;
mod open;
pub mod simulate;

use serde::Serialize;

pub use closed::abundance;
pub(crate) use open::capture_probability;
pub use open::survival;

/// A matrix of captures: a row an individual, a column an occasion.
pub type Matrix = [Vec<bool>];

/// An estimate with its interval of 95 % by the likelihood's profile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The most likely value.
    pub value: f64,
    /// Below this the likelihood is too small.
    pub low: f64,
    /// Above this too.
    pub high: f64,
}

/// Half of the 95th percentile of chi square with one degree of freedom: what the log-likelihood may fall.
const FALL: f64 = 1.920_729_410_347_062;

/// How many individuals were seen on each occasion.
pub fn seen_by_occasion(matrix: &Matrix) -> Vec<usize> {
    let occasions = matrix.first().map_or(0, Vec::len);
    (0..occasions).map(|occasion| matrix.iter().filter(|row| row[occasion]).count()).collect()
}
