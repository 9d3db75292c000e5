//! What an epoch of a sampler is made of.

use std::collections::{BTreeMap, BTreeSet};

use super::{PlannedBatch, SamplerLabels};
use crate::batch::Tuples;

/// Figures of a planned epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SamplerFigures {
    /// Batches.
    pub batches: usize,
    /// Photos of all batches together, repeats counted.
    pub places: usize,
    /// Share of all photos that come at least once, 0 to 1.
    pub used_share: f64,
    /// Share of all photos that are the only one of their class and do not come, 0 to 1.
    pub skipped_singletons: f64,
    /// Positive pairs in a batch, mean: those that the sampler fixed, or else all pairs of two photos of a class.
    pub positives: f64,
    /// Share of these that are of one encounter, 0 to 1: they teach next to nothing.
    pub same_encounter_share: f64,
    /// Share of places with no other photo of their class in the batch, 0 to 1.
    pub without_positive: f64,
    /// Share of places with no photo of another class of their own species in the batch, 0 to 1; of places whose
    /// species is known.
    pub without_like_negative: f64,
}

impl SamplerFigures {
    /// Counts a planned epoch.
    pub fn of(plan: &[PlannedBatch], labels: &SamplerLabels<'_>) -> Self {
        let mut counts = Counts::default();
        plan.iter().for_each(|batch| counts.add(batch, labels));
        let used: BTreeSet<u32> = plan.iter().flat_map(|batch| &batch.rows).copied().collect();
        let lonely = labels.by_class().into_values().filter(|rows| rows.len() == 1).flatten();
        let skipped = lonely.filter(|row| !used.contains(row)).count();
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        Self {
            batches: plan.len(),
            places: counts.places,
            used_share: share(used.len(), labels.len()),
            skipped_singletons: share(skipped, labels.len()),
            positives: share(counts.positives, plan.len()),
            same_encounter_share: share(counts.same_encounter, counts.positives),
            without_positive: share(counts.without_positive, counts.places),
            without_like_negative: share(counts.without_like_negative, counts.of_known_species),
        }
    }
}

#[derive(Default)]
struct Counts {
    places: usize,
    positives: usize,
    same_encounter: usize,
    without_positive: usize,
    of_known_species: usize,
    without_like_negative: usize,
}

impl Counts {
    fn add(&mut self, batch: &PlannedBatch, labels: &SamplerLabels<'_>) {
        let mut classes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut species: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for row in &batch.rows {
            classes.entry(labels.class(*row)).or_default().push(*row);
            labels.species(*row).map(|known| species.entry(known).or_default().insert(labels.class(*row)));
        }
        self.places += batch.rows.len();
        self.without_positive += classes.values().filter(|rows| rows.len() == 1).count();
        for known in batch.rows.iter().filter_map(|row| labels.species(*row)) {
            self.of_known_species += 1;
            self.without_like_negative += usize::from(species[&known].len() < 2);
        }
        for (a, b) in positive_pairs(batch, &classes) {
            self.positives += 1;
            let encounter = labels.encounter(a);
            self.same_encounter +=
                usize::from(a == b || (encounter.is_some() && encounter == labels.encounter(b)));
        }
    }
}

/// Rows of the positive pairs of a batch.
fn positive_pairs(batch: &PlannedBatch, classes: &BTreeMap<u32, Vec<u32>>) -> Vec<(u32, u32)> {
    let rows = |(a, b): (u32, u32)| (batch.rows[a as usize], batch.rows[b as usize]);
    match &batch.tuples {
        Some(Tuples::Pairs { positives, .. }) => positives.iter().copied().map(rows).collect(),
        Some(Tuples::Triplets(triplets)) => triplets.iter().map(|[a, p, _]| rows((*a, *p))).collect(),
        None => {
            let of_class = |rows: &Vec<u32>| {
                let pairs = (0..rows.len()).flat_map(|a| (a + 1..rows.len()).map(move |b| (a, b)));
                pairs.map(|(a, b)| (rows[a], rows[b])).collect::<Vec<_>>()
            };
            classes.values().flat_map(of_class).collect()
        }
    }
}
