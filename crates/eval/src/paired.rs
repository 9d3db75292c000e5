//! Two rankings of the same questions, compared question by question.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Interval;
use crate::bootstrap::bootstrap;
use crate::retrieval::points_at_k;

/// One question that two were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairedQuestion {
    /// Whom it shows: questions about one individual are no independent evidence.
    pub individual: u32,
    /// The ranks, from 1, that the right individual had with the one and with the other; none where no right answer was left.
    /// Its individual takes part in the resampling all the same, as in every figure of a report.
    pub ranks: Option<(u32, u32)>,
}

/// How the two did, with intervals by individual; the same draws of individuals for both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Questions that had a right answer left.
    pub questions: usize,
    /// Individuals that these show.
    pub individuals: usize,
    /// Share of the one's first guesses that are right.
    pub top1_before: Interval,
    /// … of the other's.
    pub top1_after: Interval,
    /// Mean of 1/rank of the right individual within five guesses, else 0, of the one.
    #[serde(rename = "map@5_before")]
    pub map5_before: Interval,
    /// … of the other.
    #[serde(rename = "map@5_after")]
    pub map5_after: Interval,
    /// How much greater the share of right first guesses is with the other.
    pub gained_top1: Interval,
    /// How much greater the mean of 1/rank is.
    #[serde(rename = "gained_map@5")]
    pub gained_map5: Interval,
}

/// By individual: right before, points before, right after, points after, questions.
type Sums = [f64; 5];

/// Compares; none where nothing was asked.
pub fn paired(
    questions: impl IntoIterator<Item = PairedQuestion>,
    replicates: usize,
    seed: u64,
) -> Option<Paired> {
    let mut by_individual: BTreeMap<u32, Sums> = BTreeMap::new();
    let mut n_questions = 0;
    for PairedQuestion { individual, ranks } in questions {
        let sums = by_individual.entry(individual).or_default();
        let Some((before, after)) = ranks else { continue };
        let right = |rank: u32| f64::from(u8::from(rank == 1));
        let points = |rank: u32| points_at_k(Some(rank), 5);
        let values = [right(before), points(before), right(after), points(after), 1.0];
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        n_questions += 1;
    }
    let sums: Vec<Sums> = by_individual.into_values().collect();
    let mean = |times: &[f64], value: &dyn Fn(&Sums) -> f64| {
        let total = |value: &dyn Fn(&Sums) -> f64| -> f64 {
            sums.iter().zip(times).map(|(sums, times)| value(sums) * times).sum()
        };
        let asked = total(&|sums| sums[4]);
        (asked > 0.0).then(|| total(value) / asked)
    };
    let found = bootstrap(
        sums.len(),
        replicates,
        seed,
        &[
            &|times| mean(times, &|sums| sums[0]),
            &|times| mean(times, &|sums| sums[1]),
            &|times| mean(times, &|sums| sums[2]),
            &|times| mean(times, &|sums| sums[3]),
            &|times| mean(times, &|sums| sums[2] - sums[0]),
            &|times| mean(times, &|sums| sums[3] - sums[1]),
        ],
    );
    let [top1_before, map5_before, top1_after, map5_after, gained_top1, gained_map5] = found[..] else {
        return None;
    };
    Some(Paired {
        questions: n_questions,
        individuals: sums.iter().filter(|sums| sums[4] > 0.0).count(),
        top1_before: top1_before?,
        top1_after: top1_after?,
        map5_before: map5_before?,
        map5_after: map5_after?,
        gained_top1: gained_top1?,
        gained_map5: gained_map5?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(individual: u32, before: u32, after: u32) -> PairedQuestion {
        PairedQuestion { individual, ranks: Some((before, after)) }
    }

    #[test]
    fn values_are_means_over_questions_and_the_difference_is_paired() {
        let asked = [question(1, 1, 1), question(1, 2, 1), question(2, 6, 2), question(3, 1, 4)];
        let found = paired(asked, 200, 1).unwrap();
        assert_eq!((found.questions, found.individuals), (4, 3));
        assert_eq!((found.top1_before.value, found.top1_after.value), (0.5, 0.5));
        assert_eq!(found.map5_before.value, (1.0 + 0.5 + 0.0 + 1.0) / 4.0);
        assert_eq!(found.map5_after.value, (1.0 + 1.0 + 0.5 + 0.25) / 4.0);
        assert!((found.gained_map5.value - 0.0625).abs() < 1e-12);
        assert!(found.gained_top1.low <= 0.0 && 0.0 <= found.gained_top1.high);
    }

    #[test]
    fn where_every_individual_gains_alike_the_interval_is_a_point() {
        let found = paired((0..9).map(|one| question(one, 2, 1)), 100, 1).unwrap();
        let Interval { value, low, high } = found.gained_top1;
        assert_eq!((value, low, high), (1.0, 1.0, 1.0));
        assert_eq!(paired([], 100, 1), None);
        assert_eq!(paired([PairedQuestion { individual: 1, ranks: None }], 100, 1), None);
    }
}
