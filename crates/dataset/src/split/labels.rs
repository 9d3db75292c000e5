//! What a split looks at.

use std::collections::{BTreeMap, HashMap};

use resight_core::EncounterSource;

use super::UnusedReason;
use crate::Row;

/// The labels of annotations as far as a split looks at them, all lists of one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SplitLabels {
    /// Number of the individual, counted from 0; `None` where not known.
    pub individuals: Vec<Option<u32>>,
    /// Number of the encounter, counted from 0; `None` equals no other.
    pub encounters: Vec<Option<u32>>,
    /// Seconds on one time line ([`resight_core::CaptureTime::seconds_of_a_day`]).
    pub seconds: Vec<Option<f64>>,
    /// What the split column says.
    pub words: Vec<Option<String>>,
}

impl SplitLabels {
    /// Labels of rows; individuals and encounters are numbered in the order in which they first appear.
    ///
    /// What a table calls an encounter is one, with all animals in it. One that was derived from times and folders is
    /// one for each animal that was met there: they need not go to one side together.
    pub fn of_rows(rows: &[Row]) -> Self {
        let (mut individuals, mut encounters) = (HashMap::new(), HashMap::new());
        let encounter = |row: &'_ Row| -> Option<(String, Option<String>)> {
            let is_derived = row.encounter_source.is_some_and(|source| source != EncounterSource::Table);
            Some((row.encounter.clone()?, row.identity.clone().filter(|_| is_derived)))
        };
        Self {
            individuals: rows.iter().map(|row| numbered(&mut individuals, row.identity.as_deref())).collect(),
            encounters: rows.iter().map(|row| numbered(&mut encounters, encounter(row))).collect(),
            seconds: rows.iter().map(|row| row.date.and_then(|date| date.seconds_of_a_day())).collect(),
            words: rows.iter().map(|row| row.split.clone()).collect(),
        }
    }

    /// How many annotations there are.
    pub fn len(&self) -> usize {
        self.individuals.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.individuals.is_empty()
    }

    /// Annotations whose individual is known, and the others.
    pub(super) fn identified(&self) -> (Vec<u32>, Vec<(u32, UnusedReason)>) {
        let (known, unknown): (Vec<u32>, Vec<u32>) =
            (0_u32..).take(self.len()).partition(|row| self.individual(*row).is_some());
        (known, unknown.into_iter().map(|row| (row, UnusedReason::Unidentified)).collect())
    }

    pub(super) fn individual(&self, row: u32) -> Option<u32> {
        self.individuals.get(row as usize).copied().flatten()
    }

    pub(super) fn encounter(&self, row: u32) -> Option<u32> {
        self.encounters.get(row as usize).copied().flatten()
    }

    /// What stays together: encounters where they are kept whole, else single annotations.
    pub(super) fn units(&self, rows: &[u32], whole_encounters: bool) -> Vec<Vec<u32>> {
        let mut of_encounter: HashMap<u32, usize> = HashMap::new();
        let mut units: Vec<Vec<u32>> = Vec::new();
        for &row in rows {
            let encounter = self.encounter(row).filter(|_| whole_encounters);
            let position = encounter.map_or(units.len(), |e| *of_encounter.entry(e).or_insert(units.len()));
            match units.get_mut(position) {
                Some(unit) => unit.push(row),
                None => units.push(vec![row]),
            }
        }
        units
    }

    /// The annotations of each group of individuals that must go to one side: one individual a group, or,
    /// where encounters are kept whole, all individuals that share encounters.
    pub(super) fn groups_of_individuals(&self, rows: &[u32], whole_encounters: bool) -> Vec<Vec<u32>> {
        let mut union = crate::audit::UnionFind::new(self.len());
        let mut first_of: BTreeMap<(bool, u32), u32> = BTreeMap::new();
        for &row in rows {
            let encounter = self.encounter(row).filter(|_| whole_encounters).map(|e| (true, e));
            let individual = self.individual(row).map(|i| (false, i));
            for key in encounter.into_iter().chain(individual) {
                union.join(*first_of.entry(key).or_insert(row), row);
            }
        }
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut position_of: HashMap<u32, usize> = HashMap::new();
        for &row in rows {
            let position = *position_of.entry(union.root(row)).or_insert(groups.len());
            match groups.get_mut(position) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        groups
    }
}

fn numbered<K: Eq + std::hash::Hash>(numbers: &mut HashMap<K, u32>, name: Option<K>) -> Option<u32> {
    let next = u32::try_from(numbers.len()).ok()?;
    name.map(|name| *numbers.entry(name).or_insert(next))
}
