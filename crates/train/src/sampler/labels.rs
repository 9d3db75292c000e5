//! The labels that a sampler plans by.

use std::collections::BTreeMap;

use super::SamplerError;

/// Labels of all photos to learn from, by their position in the training data.
#[derive(Debug, Clone, Copy, Default)]
pub struct SamplerLabels<'a> {
    /// The class that the loss separates.
    pub classes: &'a [u32],
    /// The species, where known; empty where none is.
    pub species: &'a [Option<u32>],
    /// The encounter, where known; empty where none is. A photo of no known encounter counts as taken apart.
    pub encounters: &'a [Option<u32>],
}

impl SamplerLabels<'_> {
    /// How many photos.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    pub(super) fn class(&self, row: u32) -> u32 {
        self.classes[row as usize]
    }

    pub(super) fn species(&self, row: u32) -> Option<u32> {
        self.species.get(row as usize).copied().flatten()
    }

    pub(super) fn encounter(&self, row: u32) -> Option<u32> {
        self.encounters.get(row as usize).copied().flatten()
    }

    /// Rows of each class.
    pub(super) fn by_class(&self) -> BTreeMap<u32, Vec<u32>> {
        let mut classes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, class) in (0..).zip(self.classes) {
            classes.entry(*class).or_default().push(row);
        }
        classes
    }

    /// Rows of a class in groups of which no two rows may be each other's positives: by encounter where positives
    /// must be of another one, else every row for itself.
    pub(super) fn groups(&self, rows: &[u32], other_encounter: bool) -> Vec<Vec<u32>> {
        if !other_encounter {
            return rows.iter().map(|row| vec![*row]).collect();
        }
        let mut encounters: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut groups = Vec::new();
        for row in rows {
            match self.encounter(*row) {
                Some(encounter) => encounters.entry(encounter).or_default().push(*row),
                None => groups.push(vec![*row]),
            }
        }
        groups.extend(encounters.into_values());
        groups
    }

    /// Refuses wishes for labels that no photo has, and photos of which hardly any have a positive.
    pub(super) fn check(&self, within_species: bool, other_encounter: bool) -> Result<(), SamplerError> {
        if within_species && self.species.iter().all(Option::is_none) {
            return Err(SamplerError::Unlabelled { wish: "within-species", label: "species" });
        }
        if other_encounter && self.encounters.iter().all(Option::is_none) {
            return Err(SamplerError::Unlabelled { wish: "other-encounter", label: "encounter" });
        }
        let classes = self.by_class();
        let able = classes.values().filter(|rows| self.groups(rows, other_encounter).len() > 1).count();
        if able == 0 || classes.len() < 2 {
            return Err(SamplerError::NothingToPair { able, individuals: classes.len(), other_encounter });
        }
        Ok(())
    }
}
