//! How well clusters of photos agree with the individuals they show.

use std::collections::BTreeMap;

/// Photos with their individual and the cluster they were put into, counted.
///
/// Every measure takes how often each individual counts, so that [`crate::bootstrap()`] can resample individuals: the photos
/// of an individual that counts twice agree and disagree with others twice, and never with themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    /// For each cluster its photos of each individual.
    clusters: Vec<Vec<(u32, f64)>>,
    /// The photos of each individual.
    individuals: Vec<f64>,
}

/// Weighted numbers of pairs of photos.
struct Pairs {
    /// Of one individual.
    same: f64,
    /// In one cluster.
    together: f64,
    /// Of one individual, in one cluster.
    both: f64,
    all: f64,
}

impl Clustering {
    /// Counts photos: the individual (numbered from 0, without gaps) and the cluster of each.
    pub fn of(photos: impl IntoIterator<Item = (u32, usize)>) -> Self {
        let mut cells: BTreeMap<usize, BTreeMap<u32, f64>> = BTreeMap::new();
        let mut individuals: Vec<f64> = Vec::new();
        for (individual, cluster) in photos {
            *cells.entry(cluster).or_default().entry(individual).or_default() += 1.0;
            let place = individual as usize;
            individuals.resize(individuals.len().max(place + 1), 0.0);
            individuals[place] += 1.0;
        }
        Self { clusters: cells.into_values().map(|cell| cell.into_iter().collect()).collect(), individuals }
    }

    /// Number of individuals.
    pub fn individuals(&self) -> usize {
        self.individuals.len()
    }

    /// Agreement over all pairs of photos, 1 where it is full and 0 where it is that of chance (L. Hubert, P. Arabie,
    /// "Comparing partitions", 1985). None for fewer than two photos; 1 where both put everything, or nothing, together.
    pub fn adjusted_rand_index(&self, times: &[f64]) -> Option<f64> {
        let Pairs { same, together, both, all } = self.pairs(times);
        if all <= 0.0 {
            return None;
        }
        let expected = same * together / all;
        let most = f64::midpoint(same, together);
        // The two are equal where there is nothing to agree on.
        if (most - expected).abs() < 1e-12 { Some(1.0) } else { Some((both - expected) / (most - expected)) }
    }

    /// Share of the pairs put together that show one individual; none where nothing is put together.
    pub fn pair_precision(&self, times: &[f64]) -> Option<f64> {
        let Pairs { together, both, .. } = self.pairs(times);
        (together > 0.0).then(|| both / together)
    }

    /// Share of the pairs of one individual that are put together; none where each has one photo.
    pub fn pair_recall(&self, times: &[f64]) -> Option<f64> {
        let Pairs { same, both, .. } = self.pairs(times);
        (same > 0.0).then(|| both / same)
    }

    /// How many clusters there are for each individual. A cluster of several counts for each by its share of the photos.
    pub fn clusters_an_individual(&self, times: &[f64]) -> Option<f64> {
        let shares = self.clusters.iter().flat_map(|cluster| {
            let photos: f64 = cluster.iter().map(|(_, photos)| photos).sum();
            cluster.iter().map(move |(who, of_it)| (*who, of_it / photos))
        });
        let clusters: f64 = shares.map(|(who, share)| weight(times, who) * share).sum();
        let individuals: f64 = times.iter().sum();
        (individuals > 0.0).then(|| clusters / individuals)
    }

    fn pairs(&self, times: &[f64]) -> Pairs {
        let two = |photos: f64| photos * (photos - 1.0) / 2.0;
        let all_of = |cell: &mut dyn Iterator<Item = (f64, f64)>| {
            // Pairs of different individuals: half of the square of the sum less the squares.
            let (mut sum, mut squares, mut within) = (0.0, 0.0, 0.0);
            for (times, photos) in cell {
                sum += times * photos;
                squares += (times * photos).powi(2);
                within += times * two(photos);
            }
            (within, within + (sum * sum - squares) / 2.0)
        };
        let (mut together, mut both) = (0.0, 0.0);
        for cluster in &self.clusters {
            let (of_one, pairs) =
                all_of(&mut cluster.iter().map(|(who, photos)| (weight(times, *who), *photos)));
            both += of_one;
            together += pairs;
        }
        let (same, all) = all_of(&mut times.iter().copied().zip(self.individuals.iter().copied()));
        Pairs { same, together, both, all }
    }
}

fn weight(times: &[f64], individual: u32) -> f64 {
    times.get(individual as usize).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONCE: [f64; 3] = [1.0; 3];

    #[test]
    fn full_agreement_is_one_and_putting_all_together_is_chance() {
        let right = Clustering::of([(0, 5), (0, 5), (1, 2), (2, 9), (2, 9)]);
        assert_eq!(right.adjusted_rand_index(&ONCE), Some(1.0));
        assert_eq!(right.clusters_an_individual(&ONCE), Some(1.0));
        let all = Clustering::of([(0, 1), (0, 1), (1, 1), (2, 1), (2, 1)]);
        assert_eq!(all.adjusted_rand_index(&ONCE), Some(0.0));
        assert_eq!(all.pair_precision(&ONCE), Some(0.2));
        assert_eq!(all.pair_recall(&ONCE), Some(1.0));
        assert_eq!(all.clusters_an_individual(&ONCE), Some(1.0 / 3.0));
        let none = Clustering::of([(0, 1), (0, 2), (1, 3), (2, 4), (2, 5)]);
        assert_eq!((none.adjusted_rand_index(&ONCE), none.pair_precision(&ONCE)), (Some(0.0), None));
    }

    #[test]
    fn an_individual_that_counts_twice_does_not_meet_itself() {
        // Two photos of each: the second individual is split.
        let found = Clustering::of([(0, 0), (0, 0), (1, 1), (1, 2), (2, 2)]);
        let pairs = found.pairs(&[1.0, 2.0, 1.0]);
        // All: one within the first, two within the second, and 2·4 + 2·1 + 4·1 between.
        assert_eq!((pairs.all, pairs.same, pairs.both), (17.0, 3.0, 1.0));
        // In the third cluster the one photo meets the third individual twice.
        assert_eq!(pairs.together, 3.0);
        let without = found.pairs(&[1.0, 0.0, 1.0]);
        assert_eq!((without.all, without.same, without.together), (3.0, 1.0, 1.0));
    }

    #[test]
    fn nothing_to_compare_has_no_value() {
        assert_eq!(Clustering::of([]).adjusted_rand_index(&[]), None);
        assert_eq!(Clustering::of([(0, 1)]).adjusted_rand_index(&[1.0]), None);
        assert_eq!(Clustering::of([(0, 1), (0, 1)]).adjusted_rand_index(&[1.0]), Some(1.0));
    }
}
