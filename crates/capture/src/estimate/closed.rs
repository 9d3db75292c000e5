//! How many animals there are, where none come and none go.
//!
//! Model M_t: every occasion has its own probability of capture, the same for all animals (J. Darroch, "The multiple-recapture
//! census", 1958; D. Otis et al., "Statistical inference from capture data on closed animal populations", 1978). With n_t seen on
//! occasion t and M seen at all, the probabilities being n_t / N where the likelihood is greatest,
//!
//! `ln L(N) = Σ_{k<M} ln(N − k) + Σ_t [n_t ln(n_t / N) + (N − n_t) ln(1 − n_t / N)]`

use super::maximum::{greatest, passes_zero};
use super::{Estimate, FALL, Matrix, seen_by_occasion};

/// The greatest number that is looked at, in animals seen.
const MOST: f64 = 1e4;

/// How many animals there are; none where nobody was seen twice, which leaves it open.
pub fn abundance(matrix: &Matrix) -> Option<Estimate> {
    let seen = matrix.iter().filter(|row| row.contains(&true)).count() as f64;
    let by_occasion: Vec<f64> = seen_by_occasion(matrix).into_iter().map(|count| count as f64).collect();
    if by_occasion.iter().sum::<f64>() <= seen || seen == 0.0 {
        return None;
    }
    let likelihood = |all: f64| log_likelihood(all, seen, &by_occasion);
    // Distances above what was seen, evenly in their logarithm: near it and far from it alike.
    let number = |log: f64| seen + log.exp() - 0.01;
    let (least, most) = (0.01_f64.ln(), (MOST * seen).ln());
    let (at, best) = greatest(least, most, |log| likelihood(number(log)));
    let above = |log: f64| likelihood(number(log)) - best + FALL;
    Some(Estimate {
        value: number(at),
        low: number(passes_zero(at, least, above)),
        high: number(passes_zero(at, most, above)),
    })
}

fn log_likelihood(all: f64, seen: f64, by_occasion: &[f64]) -> f64 {
    let orders: f64 = (0..seen as usize).map(|k| (all - k as f64).ln()).sum();
    let term = |count: &f64| {
        let missed = all - count;
        let caught = if *count > 0.0 { count * (count / all).ln() } else { 0.0 };
        caught + if missed > 0.0 { missed * (missed / all).ln() } else { 0.0 }
    };
    orders + by_occasion.iter().map(term).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[(&str, usize)]) -> Vec<Vec<bool>> {
        let row = |text: &str| text.chars().map(|c| c == '1').collect::<Vec<bool>>();
        rows.iter().flat_map(|(text, count)| std::iter::repeat_n(row(text), *count)).collect()
    }

    #[test]
    fn two_occasions_give_the_estimate_of_lincoln_and_petersen() {
        // 40 and 50 seen, 20 of them twice: 40 * 50 / 20 = 100.
        let found = abundance(&matrix(&[("10", 20), ("01", 30), ("11", 20)])).unwrap();
        assert!((found.value - 100.0).abs() < 2.5, "{found:?}");
        assert!(found.low < 90.0 && found.high > 115.0, "{found:?}");
    }

    #[test]
    fn whoever_was_seen_at_every_turn_is_all_there_is() {
        let found = abundance(&matrix(&[("1111", 30)])).unwrap();
        assert!((found.value - 30.0).abs() < 0.1 && found.low < 30.1, "{found:?}");
        assert_eq!(abundance(&matrix(&[("10", 5), ("01", 5)])), None);
        assert_eq!(abundance(&[]), None);
    }
}
