//! Successive halving: how many trials are trained how long.

use serde::Serialize;

/// One round: so many trials, for so many epochs each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Trials that take part.
    pub trials: usize,
    /// Epochs of each.
    pub epochs: u32,
}

/// The rounds of a search: from each to the next half of the trials for twice the epochs, until two are trained for
/// `epochs`. Every round costs about as much as the last one; so the whole costs `rounds × 2` full trainings, and
/// those of the yardstick, where training all of them would cost `trials`.
///
/// Successive halving (Jamieson and Talwalkar 2016, *Non-stochastic best arm identification and hyperparameter
/// optimization*); halves of an odd number are rounded up. Trainings begin anew in each round, because the rate
/// falls along the whole length of a training: a short one is a whole one, not the beginning of a long one.
pub fn rounds(trials: usize, epochs: u32) -> Vec<Round> {
    let mut sizes = vec![trials.max(1)];
    while let Some(size) = sizes.last().copied().filter(|size| *size > 2) {
        sizes.push(size.div_ceil(2));
    }
    let last = sizes.len() - 1;
    let epochs_of = |round: usize| epochs.max(1).div_ceil(1 << (last - round).min(31));
    sizes.iter().enumerate().map(|(round, size)| Round { trials: *size, epochs: epochs_of(round) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(trials: usize, epochs: u32) -> Vec<(usize, u32)> {
        rounds(trials, epochs).into_iter().map(|round| (round.trials, round.epochs)).collect()
    }

    #[test]
    fn trials_are_halved_and_epochs_doubled_up_to_those_of_the_recipe() {
        assert_eq!(pairs(16, 40), [(16, 5), (8, 10), (4, 20), (2, 40)]);
        assert_eq!(pairs(5, 60), [(5, 15), (3, 30), (2, 60)]);
        assert_eq!(pairs(1, 7), [(1, 7)]);
        assert_eq!(pairs(2, 7), [(2, 7)]);
        assert_eq!(pairs(9, 3), [(9, 1), (5, 1), (3, 2), (2, 3)]);
    }

    #[test]
    fn no_number_of_trials_breaks_it() {
        for trials in 0..200 {
            let rounds = rounds(trials, 40);
            assert_eq!(rounds.last().map(|round| round.epochs), Some(40), "{trials}");
            assert!(rounds.windows(2).all(|two| two[0].trials > two[1].trials), "{trials}");
            assert!(rounds.iter().all(|round| round.epochs > 0), "{trials}");
        }
    }
}
