//! What wrong names do to an estimate.
//!
//! Two errors: an animal that is known is taken for a new one (a *missed match*), which makes ghosts that are never seen again, and
//! an animal gets another one's name (a *false match*), which makes two of one. Ghosts make populations look larger and lives
//! shorter (J. Yoshizaki et al., "Modeling misidentification errors in capture-recapture studies using photographic identification of
//! evolving marks", 2009: their model without and with errors that are never seen twice); false matches do the reverse. How much,
//! depends on the study: so a population like the one that was found is drawn, seen with the same probabilities, named with these
//! errors, and estimated as before.

use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::CaptureHistories;
use crate::estimate::{Estimate, Matrix, abundance, seen_by_occasion, simulate, survival};

/// Populations that are drawn.
const DRAWN: usize = 200;

/// Larger populations are drawn smaller: the share stays the same.
const MOST_DRAWN: f64 = 1500.0;

/// A share with what it may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// The likeliest.
    pub value: f64,
    /// At least so much.
    pub low: f64,
    /// At most so much.
    pub high: f64,
}

impl Rate {
    /// A share that is known exactly.
    pub fn exactly(value: f64) -> Self {
        Self { value, low: value, high: value }
    }
}

/// How often names are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct IdentificationErrors {
    /// Of captures: the share that bears the name of another animal.
    pub false_matches: Rate,
    /// Of captures of an animal that has a name: the share that got a new one.
    pub missed_matches: Rate,
}

/// What such errors do to the estimates of one study.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EffectOfErrors {
    /// How many animals there are by the histories as they stand; model M_t, nobody comes or goes.
    pub abundance: Estimate,
    /// How many times too large that is, for these errors: 1 is right. Its ends are those of the rates.
    pub abundance_times: Rate,
    /// How many survive from one occasion to the next, by the histories as they stand; none where too little tells.
    pub survival: Option<Estimate>,
    /// How much too large that is: 0 is right, below 0 is too small.
    pub survival_off_by: Option<Rate>,
}

impl IdentificationErrors {
    /// What they do to these histories; none where no estimate can be made of them. The same seed gives the same answer on every
    /// machine.
    pub fn effect(&self, histories: &CaptureHistories, seed: u64) -> Option<EffectOfErrors> {
        let matrix = matrix(histories);
        let found = abundance(&matrix)?;
        let extremes = [
            (self.missed_matches.value, self.false_matches.value),
            (self.missed_matches.low, self.false_matches.high),
            (self.missed_matches.high, self.false_matches.low),
        ];
        let times = extremes.map(|errors| times_too_large(&matrix, found.value, errors, seed));
        let survived = survival(&matrix);
        let off_by =
            survived.map(|lived| extremes.map(|errors| survival_off_by(&matrix, lived.value, errors, seed)));
        Some(EffectOfErrors {
            abundance: found,
            abundance_times: rate(times),
            survival: survived,
            // Ghosts shorten lives: the ends change places.
            survival_off_by: off_by.map(|[value, low, high]| rate([value, high, low])),
        })
    }
}

fn rate([value, low, high]: [f64; 3]) -> Rate {
    Rate { value, low: low.min(value), high: high.max(value) }
}

/// The captures as they stand.
fn matrix(histories: &CaptureHistories) -> Vec<Vec<bool>> {
    histories.histories.iter().map(|one| one.seen.iter().map(|seen| seen.is_seen()).collect()).collect()
}

/// How often the population that is drawn is brought nearer to the one that the histories come from, which have these errors in
/// them.
const ROUNDS: usize = 3;

/// The mean over populations like this one of the estimate with errors over that without.
fn times_too_large(matrix: &Matrix, found: f64, errors: (f64, f64), seed: u64) -> f64 {
    let seen = seen_by_occasion(matrix);
    let mut times = 1.0;
    for _ in 0..ROUNDS {
        let animals = found / times;
        let probabilities: Vec<f64> = seen.iter().map(|seen| (*seen as f64 / animals).min(1.0)).collect();
        let drawn = animals.min(MOST_DRAWN).round() as usize;
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let ratio = |_| {
            let truth = simulate::closed(drawn, &probabilities, &mut dice);
            let named = with_errors(&truth, errors.0, errors.1, &mut dice);
            Some(abundance(&named)?.value / abundance(&truth)?.value)
        };
        times = mean((0..DRAWN).filter_map(ratio)).unwrap_or(1.0);
    }
    times
}

/// The mean over studies like this one of the survival with errors less that without. Of the animals that seem to come in, the share
/// that are ghosts is taken out, and captures that ghosts took are given back.
fn survival_off_by(matrix: &Matrix, found: f64, errors: (f64, f64), seed: u64) -> f64 {
    let Some(capture) = crate::estimate::capture_probability(matrix) else { return 0.0 };
    let occasions = matrix.first().map_or(0, Vec::len);
    let captures = seen_by_occasion(matrix).into_iter().sum::<usize>() as f64;
    let again = captures - matrix.len() as f64;
    let ghosts = again * errors.0 / (1.0 - errors.0).max(0.1);
    let living = (1.0 - ghosts / matrix.len() as f64).max(0.1);
    let mut entering = vec![0.0; occasions];
    for first in matrix.iter().filter_map(|row| row.iter().position(|seen| *seen)) {
        entering[first] += living;
    }
    let entering: Vec<usize> = entering.into_iter().map(|animals: f64| animals.round() as usize).collect();
    let capture = (capture / (1.0 - errors.0).max(0.1)).min(0.99);
    let mut off_by = 0.0;
    for _ in 0..ROUNDS {
        let lived = (found - off_by).clamp(0.01, 0.999);
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let one = |_| {
            let truth = simulate::open(&entering, lived, capture, &mut dice);
            let named = with_errors(&truth, errors.0, errors.1, &mut dice);
            Some(survival(&named)?.value - survival(&truth)?.value)
        };
        off_by = mean((0..DRAWN / 8).filter_map(one)).unwrap_or(0.0);
    }
    off_by
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// The histories that come of true ones where names are wrong: occasion by occasion, an animal that has a name gets a new one with
/// the probability `missed`, which it bears this once, and any gets the name of another with the probability `mistaken`, where there
/// is one.
pub fn with_errors(truth: &Matrix, missed: f64, mistaken: f64, dice: &mut ChaCha8Rng) -> Vec<Vec<bool>> {
    let occasions = truth.first().map_or(0, Vec::len);
    let mut own_name: Vec<Option<usize>> = vec![None; truth.len()];
    let mut named: Vec<Vec<bool>> = Vec::new();
    let new = |named: &mut Vec<Vec<bool>>| {
        named.push(vec![false; occasions]);
        named.len() - 1
    };
    for occasion in 0..occasions {
        for (animal, row) in truth.iter().enumerate().filter(|(_, row)| row[occasion]) {
            debug_assert!(row[occasion]);
            let others = named.len() - usize::from(own_name[animal].is_some());
            // All dice are thrown for every capture: what one error is does not change what the next draws are.
            let (mistakes, misses, whose) =
                (dice.random::<f64>(), dice.random::<f64>(), dice.random::<f64>());
            let name = match own_name[animal] {
                own if mistakes < mistaken && others > 0 => {
                    let chosen = ((whose * others as f64) as usize).min(others - 1);
                    // Its own name is passed over.
                    if own.is_some_and(|own| chosen >= own) { chosen + 1 } else { chosen }
                }
                Some(own) if misses >= missed => own,
                Some(_) => new(&mut named),
                None => {
                    let name = new(&mut named);
                    own_name[animal] = Some(name);
                    name
                }
            };
            named[name][occasion] = true;
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dice(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    #[test]
    fn without_errors_everybody_keeps_his_name() {
        let truth = simulate::closed(80, &[0.3; 6], &mut dice(1));
        let mut seen: Vec<Vec<bool>> = truth.iter().filter(|row| row.contains(&true)).cloned().collect();
        let mut named = with_errors(&truth, 0.0, 0.0, &mut dice(2));
        seen.sort();
        named.sort();
        assert_eq!(seen, named);
    }

    #[test]
    fn ghosts_enlarge_a_population_and_shorten_lives_and_false_matches_do_the_reverse() {
        let truth = simulate::closed(300, &[0.25; 6], &mut dice(3));
        let plain = abundance(&truth).unwrap();
        assert!(plain.low < 300.0 && 300.0 < plain.high, "{plain:?}");
        let ghosts = abundance(&with_errors(&truth, 0.15, 0.0, &mut dice(4))).unwrap();
        let merged = abundance(&with_errors(&truth, 0.0, 0.1, &mut dice(4))).unwrap();
        assert!(ghosts.value > 1.15 * plain.value, "{ghosts:?} {plain:?}");
        assert!(merged.value < plain.value, "{merged:?} {plain:?}");

        let truth = simulate::open(&[60; 8], 0.85, 0.5, &mut dice(5));
        let plain = survival(&truth).unwrap();
        assert!(plain.low < 0.85 && 0.85 < plain.high, "{plain:?}");
        let ghosts = survival(&with_errors(&truth, 0.15, 0.0, &mut dice(6))).unwrap();
        assert!(ghosts.value < plain.value - 0.01, "{ghosts:?} {plain:?}");
    }
}
