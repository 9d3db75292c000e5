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

    /// The same with one more bundle, whose matches were counted with some rows only: of every asking row these rows, each
    /// with its matches. Of `n_rows` rows the others have none.
    #[must_use]
    pub fn and(mut self, bundle: BundleId, counted: &BTreeMap<u32, Vec<(u32, u16)>>, n_rows: usize) -> Self {
        let before = self.bundles.len() * n_rows;
        self.bundles.push(bundle);
        for (query, matches) in &mut self.matches {
            matches.resize(before + n_rows, 0);
            for (row, count) in counted.get(query).into_iter().flatten() {
                if let Some(kept) = matches.get_mut(before + *row as usize) {
                    *kept = *count;
                }
            }
        }
        self
    }

    /// The same of these asking rows alone.
    #[must_use]
    pub fn of_queries(&self, queries: &[u32]) -> Self {
        let of = |query: &u32| Some((*query, self.matches.get(query)?.clone()));
        Self { bundles: self.bundles.clone(), matches: queries.iter().filter_map(of).collect() }
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

    #[test]
    fn one_more_bundle_has_matches_with_those_that_were_asked_alone() {
        let bundle = |name: &str| BundleId::new(name, &[1; 32]).unwrap();
        let mut evidence = PairEvidence::of(vec![bundle("a")]);
        evidence.keep(0, vec![0, 2, 3]);
        evidence.keep(2, vec![4, 5, 0]);
        let counted = BTreeMap::from([(2, vec![(1, 40), (9, 7)])]);
        let both = evidence.and(bundle("b"), &counted, 3);
        let pair = |query: u32, row: u32| both.of_pair(query, row, 3).collect::<Vec<_>>();
        assert_eq!((pair(2, 1), pair(2, 0), pair(0, 1)), (vec![5, 40], vec![4, 0], vec![2, 0]));
        let some = both.of_queries(&[2, 8]);
        assert_eq!(some.queries().collect::<Vec<_>>(), [2]);
        assert_eq!(some.of_pair(2, 1, 3).collect::<Vec<_>>(), [5, 40]);
    }
}
