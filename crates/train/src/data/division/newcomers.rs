//! Chooses the individuals that are kept back as a whole.

use resight_dataset::Row;

use super::new_individuals::units_of_individuals;
use super::{ENOUGH_TO_KEEP_BACK, LEAST_NEWCOMERS, units};

/// The rows of the individuals that are kept back.
///
/// Individuals — several where look-alikes join them — come from the most photographed to the least, in strata of
/// about as many as one newcomer stands for; of each, one is drawn. So the newcomers have as many photos as the others.
pub(super) fn choose(rows: &[Row], look_alikes: &[Option<u32>], share: f64, seed: u64) -> Vec<u32> {
    let units = units_of_individuals(rows, look_alikes, "newcomers", seed);
    let individuals: usize = units.iter().map(|unit| units::individuals(rows, unit).len()).sum();
    let wanted = wanted(individuals, share);
    let (mut passed, mut kept_back, mut chosen) = (0, 0, Vec::new());
    for unit in units {
        let here = units::individuals(rows, &unit).len();
        passed += here;
        // The share of those passed so far that should be kept back, rounded so that a stratum gives its middle one.
        let due = (wanted * passed * 2 + individuals) / (2 * individuals.max(1));
        if kept_back + here <= due.min(wanted) {
            kept_back += here;
            chosen.extend(unit);
        }
    }
    chosen.sort_unstable();
    chosen
}

/// How many individuals are kept back.
fn wanted(individuals: usize, share: f64) -> usize {
    if share <= 0.0 {
        return 0;
    }
    let least = if individuals >= ENOUGH_TO_KEEP_BACK { LEAST_NEWCOMERS } else { 0 };
    ((individuals as f64 * share).round_ties_even() as usize).max(least)
}
