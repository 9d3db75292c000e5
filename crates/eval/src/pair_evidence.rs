//! How many matches of local features each asking row has with every row.

use std::collections::BTreeMap;

use resight_core::BundleId;

/// The matches of every asking row with every row, for one or several bundles of local features. They are counted
/// elsewhere; here they are numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PairEvidence {
    bundles: Vec<BundleId>,
    /// By asking row: for each bundle the matches with every row.
    matches: BTreeMap<u32, Vec<u16>>,
}

impl PairEvidence {
    /// Of these bundles, with nothing counted yet.
    pub fn of(bundles: Vec<BundleId>) -> Self {
        Self { bundles, matches: BTreeMap::new() }
    }

    /// Keeps the matches of one asking row: all rows for the first bundle, then all for the second. What is not counted
    /// is 0.
    pub fn keep(&mut self, query: u32, matches: Vec<u16>) {
        self.matches.insert(query, matches);
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.bundles.is_empty() || self.matches.is_empty()
    }

    /// The bundles, in the order of their matches.
    pub fn bundles(&self) -> &[BundleId] {
        &self.bundles
    }

    /// All that was counted, by rising rows that ask.
    pub fn all(&self) -> impl Iterator<Item = (u32, &[u16])> {
        self.matches.iter().map(|(query, matches)| (*query, &matches[..]))
    }

    /// The rows that ask.
    pub fn queries(&self) -> impl Iterator<Item = u32> {
        self.matches.keys().copied()
    }

    /// The matches of an asking row with one of `n_rows` rows, bundle by bundle; zeros where nothing was counted.
    pub(crate) fn of_pair(&self, query: u32, row: u32, n_rows: usize) -> impl Iterator<Item = u16> {
        let counted = self.matches.get(&query);
        (0..self.bundles.len()).map(move |bundle| {
            counted.and_then(|all| all.get(bundle * n_rows + row as usize)).copied().unwrap_or(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_is_nothing() {
        let bundle = |name: &str| BundleId::new(name, &[1; 32]).unwrap();
        let mut evidence = PairEvidence::of(vec![bundle("a"), bundle("b")]);
        assert!(evidence.is_empty());
        evidence.keep(4, vec![1, 2, 3, 10, 20, 30]);
        assert!(!evidence.is_empty());
        assert_eq!(evidence.of_pair(4, 2, 3).collect::<Vec<_>>(), [3, 30]);
        assert_eq!(evidence.of_pair(5, 2, 3).collect::<Vec<_>>(), [0, 0]);
        assert_eq!(evidence.queries().collect::<Vec<_>>(), [4]);
    }
}
