//! What is shown beside an export.

use serde::Serialize;

use crate::CaptureHistories;

/// Histories in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Individuals.
    pub individuals: usize,
    /// Times that one was seen on an occasion.
    pub captures: usize,
    /// Individuals seen on each occasion.
    pub seen: Vec<usize>,
    /// Those of them that had not been seen before.
    pub new: Vec<usize>,
    /// Individuals known by each occasion: the discovery curve.
    pub known: Vec<usize>,
    /// How many individuals were seen once, twice, …
    pub times_seen: Vec<usize>,
    /// Individuals of which both sides are known.
    pub linked: usize,
    /// Individuals with a capture of which a model alone says who it is.
    pub unconfirmed: usize,
}

impl Summary {
    /// Counts.
    pub fn of(histories: &CaptureHistories) -> Self {
        let occasions = histories.occasions.count();
        let (mut seen, mut new, mut times_seen) =
            (vec![0; occasions], vec![0; occasions], vec![0; occasions]);
        for history in &histories.histories {
            for (occasion, _) in history.seen.iter().enumerate().filter(|(_, seen)| seen.is_seen()) {
                seen[occasion] += 1;
            }
            if let Some(first) = history.seen.iter().position(|seen| seen.is_seen()) {
                new[first] += 1;
                times_seen[history.captures() - 1] += 1;
            }
        }
        let mut sum = 0;
        let known = new.iter().map(|count: &usize| {
            sum += count;
            sum
        });
        Self {
            known: known.collect(),
            individuals: histories.histories.len(),
            captures: seen.iter().sum(),
            linked: histories.histories.iter().filter(|one| one.linked).count(),
            unconfirmed: histories.unconfirmed(),
            seen,
            new,
            times_seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use resight_core::CaptureTime;

    use super::*;
    use crate::{Division, Occasions, Selection, Sighting};

    #[test]
    fn the_discovery_curve_grows_to_all_that_were_seen() {
        let seen = |name: &str, month| Sighting::of(name, CaptureTime::on(date(2024, month, 1)));
        let all = [seen("Ana", 1), seen("Ben", 1), seen("Ana", 3), seen("Cem", 3), seen("Ana", 4)];
        let occasions = Occasions::dividing(&all, Division::Month).unwrap();
        let found = Summary::of(&CaptureHistories::of(&all, occasions, Selection::default()).unwrap());
        assert_eq!((found.seen, found.new), (vec![2, 0, 2, 1], vec![2, 0, 1, 0]));
        assert_eq!((found.known, found.times_seen), (vec![2, 2, 3, 3], vec![2, 0, 1, 0]));
        assert_eq!((found.individuals, found.captures), (3, 5));
    }
}
