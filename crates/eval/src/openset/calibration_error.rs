//! Do the probabilities mean what they say?

use serde::{Deserialize, Serialize};

/// A stated probability and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stated {
    /// The probability stated, 0 to 1.
    pub probability: f64,
    /// Whether it came true.
    pub true_then: bool,
    /// How much it counts; 1 where all count alike.
    pub weight: f64,
}

/// What happened to the statements of like probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Least probability of the bin.
    pub low: f64,
    /// Greatest probability of the bin.
    pub high: f64,
    /// Number of statements.
    pub count: usize,
    /// Share of all weight that lies in this bin.
    pub share: f64,
    /// Mean probability stated; 0 in an empty bin.
    pub stated: f64,
    /// Share that came true; 0 in an empty bin.
    pub found: f64,
}

/// The reliability diagram: `bins` of equal width from 0 to 1, empty ones included. The upper edge belongs to a
/// bin, the lower one does not (but 0 belongs to the first), as in C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On
/// calibration of modern neural networks", 2017.
pub fn reliability(statements: &[Stated], bins: usize) -> Vec<Bin> {
    let sums = sums(statements.iter().copied(), bins);
    let all: f64 = sums.iter().map(|sum| sum.weight).sum();
    #[expect(clippy::cast_precision_loss, reason = "a few bins")]
    sums.iter()
        .enumerate()
        .map(|(index, sum)| {
            let mean = |total: f64| if sum.weight > 0.0 { total / sum.weight } else { 0.0 };
            Bin {
                low: index as f64 / bins as f64,
                high: (index + 1) as f64 / bins as f64,
                count: sum.count,
                share: if all > 0.0 { sum.weight / all } else { 0.0 },
                stated: mean(sum.stated),
                found: mean(sum.found),
            }
        })
        .collect()
}

/// The expected calibration error: over bins of equal width, the mean of |stated − found|, each bin counting
/// as much as the statements in it. None without statements.
pub fn calibration_error(statements: impl IntoIterator<Item = Stated>, bins: usize) -> Option<f64> {
    let sums = sums(statements.into_iter(), bins);
    let all: f64 = sums.iter().map(|sum| sum.weight).sum();
    (all > 0.0).then(|| sums.iter().map(|sum| (sum.stated - sum.found).abs()).sum::<f64>() / all)
}

#[derive(Default, Clone)]
struct Sum {
    count: usize,
    weight: f64,
    stated: f64,
    found: f64,
}

fn sums(statements: impl Iterator<Item = Stated>, bins: usize) -> Vec<Sum> {
    let mut sums = vec![Sum::default(); bins.max(1)];
    let last = sums.len() - 1;
    for statement in statements {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let place = (statement.probability * sums.len() as f64).ceil().max(1.0) as usize - 1;
        let sum = &mut sums[place.min(last)];
        sum.count += 1;
        sum.weight += statement.weight;
        sum.stated += statement.weight * statement.probability;
        sum.found += statement.weight * f64::from(u8::from(statement.true_then));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(probability: f64, true_then: bool) -> Stated {
        Stated { probability, true_then, weight: 1.0 }
    }

    #[test]
    fn what_comes_true_as_often_as_said_is_without_error() {
        let statements = [stated(0.5, true), stated(0.5, false), stated(1.0, true), stated(0.0, false)];
        assert_eq!(calibration_error(statements, 15), Some(0.0));
        assert_eq!(calibration_error([], 15), None);
    }

    #[test]
    fn the_error_is_the_mean_gap_of_the_bins() {
        let statements = [stated(0.9, false), stated(0.9, true), stated(0.1, false), stated(0.1, false)];
        assert!((calibration_error(statements, 10).unwrap() - (0.4 + 0.1) / 2.0).abs() < 1e-12);
        let bins = reliability(&statements, 10);
        assert_eq!((bins[8].count, bins[8].found, bins[8].share), (2, 0.5, 0.5));
        assert_eq!((bins[0].count, bins[5].count), (2, 0));
    }
}
