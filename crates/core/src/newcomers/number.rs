//! How many new animals some questions show.

use serde::{Deserialize, Serialize};

use super::asked::{Groups, ask};
use super::{NewcomerQuestion, Pooling};

/// Expected shares of new animals, and orders of the questions, that count alike.
const SHARES: u32 = 16;

/// How many new animals the questions show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberOfNewcomers {
    /// With a probability of .975 at least so many.
    pub low: usize,
    /// As likely more as fewer.
    pub likely: usize,
    /// With a probability of .975 at most so many.
    pub high: usize,
}

impl NumberOfNewcomers {
    /// The number by [the rule](super). At least one where there is a question.
    pub(super) fn of(questions: &[NewcomerQuestion<'_>], pooling: Pooling) -> Self {
        let count = questions.len();
        let groups = Groups::each_alone(count);
        let mut mixed = vec![0.0; count + 1];
        for turn in 0..SHARES {
            let share = (f64::from(turn) + 0.5) / f64::from(SHARES);
            let places = places(count, turn);
            let new = questions.iter().enumerate().map(|(at, question)| {
                ask(question, &groups, pooling, share, |other| places[other] < places[at]).new
            });
            let of_turn = poisson_binomial(new, count);
            mixed.iter_mut().zip(of_turn).for_each(|(sum, one)| *sum += one / f64::from(SHARES));
        }
        let low = quantile(&mixed, 0.025);
        Self { low, likely: quantile(&mixed, 0.5), high: quantile(&mixed, 0.975) }
    }
}

/// The place of each question in the order of this turn: as they stand, but beginning elsewhere; every other turn
/// backwards.
fn places(count: usize, turn: u32) -> Vec<usize> {
    let start = count * turn as usize / SHARES as usize;
    (0..count)
        .map(|at| (at + count - start) % count)
        .map(|place| if turn.is_multiple_of(2) { place } else { count - 1 - place })
        .collect()
}

/// How likely so many of these events happen: 0, 1, 2, …
fn poisson_binomial(probabilities: impl Iterator<Item = f64>, count: usize) -> Vec<f64> {
    let mut likely = vec![0.0; count + 1];
    likely[0] = 1.0;
    for (seen, probability) in probabilities.enumerate() {
        for number in (1..=seen + 1).rev() {
            likely[number] = likely[number] * (1.0 - probability) + likely[number - 1] * probability;
        }
        likely[0] *= 1.0 - probability;
    }
    likely
}

/// The least number that is reached with this probability.
fn quantile(likely: &[f64], share: f64) -> usize {
    let mut sum = 0.0;
    likely
        .iter()
        .position(|one| {
            sum += one;
            sum >= share
        })
        .unwrap_or(likely.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_events_have_their_distribution() {
        let likely = poisson_binomial([0.5, 0.5].into_iter(), 2);
        assert_eq!(likely, [0.25, 0.5, 0.25]);
        assert_eq!(poisson_binomial([1.0, 0.0, 1.0].into_iter(), 3), [0.0, 0.0, 1.0, 0.0]);
        assert_eq!((quantile(&likely, 0.025), quantile(&likely, 0.5), quantile(&likely, 0.975)), (0, 1, 2));
    }

    #[test]
    fn every_turn_orders_all_of_them() {
        for turn in 0..SHARES {
            let mut places = places(7, turn);
            places.sort_unstable();
            assert_eq!(places, [0, 1, 2, 3, 4, 5, 6]);
        }
    }
}
