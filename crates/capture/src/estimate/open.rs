//! How many animals survive from one occasion to the next.
//!
//! Cormack-Jolly-Seber with one survival φ and one probability of capture p (J.-D. Lebreton et al., "Modeling survival and testing
//! biological hypotheses using marked animals", 1992), by the m-array: of R_i animals released on occasion i, m_ij are seen next on
//! occasion j, each with the probability φ^(j−i) p (1 − p)^(j−i−1), and the rest never again.

use super::maximum::{greatest, passes_zero};
use super::{Estimate, FALL, Matrix};

/// As near as a probability comes to 0 and 1.
const EDGE: f64 = 1e-6;

/// Releases and next captures.
struct Array {
    released: Vec<f64>,
    /// By occasions between release and next capture, less one: with one φ and one p nothing else matters but for the end.
    next: Vec<Vec<f64>>,
}

/// How likely an animal survives from one occasion to the next, death and leaving for good being alike; none where nobody was seen
/// twice.
pub fn survival(matrix: &Matrix) -> Option<Estimate> {
    let array = Array::of(matrix)?;
    let profile = |phi: f64| greatest(EDGE, 1.0 - EDGE, |p| array.log_likelihood(phi, p)).1;
    let (at, best) = greatest(EDGE, 1.0 - EDGE, profile);
    let above = |phi: f64| profile(phi) - best + FALL;
    Some(Estimate { value: at, low: passes_zero(at, EDGE, above), high: passes_zero(at, 1.0 - EDGE, above) })
}

/// How likely an animal that is there is seen, where the likelihood is greatest.
pub(crate) fn capture_probability(matrix: &Matrix) -> Option<f64> {
    let array = Array::of(matrix)?;
    let phi =
        greatest(EDGE, 1.0 - EDGE, |phi| greatest(EDGE, 1.0 - EDGE, |p| array.log_likelihood(phi, p)).1).0;
    Some(greatest(EDGE, 1.0 - EDGE, |p| array.log_likelihood(phi, p)).0)
}

impl Array {
    fn of(matrix: &Matrix) -> Option<Self> {
        let occasions = matrix.first()?.len();
        if occasions < 2 {
            return None;
        }
        let mut released = vec![0.0; occasions - 1];
        let mut next = vec![vec![0.0; occasions - 1]; occasions - 1];
        let mut again = 0;
        for row in matrix {
            let seen: Vec<usize> = (0..occasions).filter(|at| row[*at]).collect();
            for at in seen.iter().filter(|at| **at + 1 < occasions) {
                released[*at] += 1.0;
            }
            for pair in seen.windows(2) {
                next[pair[0]][pair[1] - pair[0] - 1] += 1.0;
                again += 1;
            }
        }
        (again > 0).then_some(Self { released, next })
    }

    fn log_likelihood(&self, phi: f64, p: f64) -> f64 {
        let mut sum = 0.0;
        for (at, (released, next)) in self.released.iter().zip(&self.next).enumerate() {
            let mut never = 1.0;
            let mut seen_again = 0.0;
            let mut likely = phi * p;
            for count in &next[..self.released.len() - at] {
                never -= likely;
                seen_again += count;
                sum += count * likely.max(f64::MIN_POSITIVE).ln();
                likely *= phi * (1.0 - p);
            }
            sum += (released - seen_again) * never.max(f64::MIN_POSITIVE).ln();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_occasions_give_the_estimate_in_closed_form() {
        // Released on the first: 100, of whom 42 are seen on the second and 12 not there but on the third; released on the second:
        // 42 + 58 new, of whom 50 are seen on the third. With one φ and one p the greatest likelihood is found by a grid.
        let rows = [("111", 21), ("110", 21), ("101", 12), ("100", 46), ("011", 29), ("010", 29)];
        let row = |text: &str| text.chars().map(|c| c == '1').collect::<Vec<bool>>();
        let matrix: Vec<Vec<bool>> =
            rows.iter().flat_map(|(text, count)| std::iter::repeat_n(row(text), *count)).collect();
        let found = survival(&matrix).unwrap();
        let array = Array::of(&matrix).unwrap();
        let mut best = (f64::MIN, 0.0);
        for phi in 1..1000 {
            for p in 1..200 {
                let (phi, p) = (f64::from(phi) / 1000.0, f64::from(p) / 200.0);
                let likely = array.log_likelihood(phi, p);
                if likely > best.0 {
                    best = (likely, phi);
                }
            }
        }
        assert!((found.value - best.1).abs() < 0.01, "{found:?} {best:?}");
        assert!(found.low < found.value && found.value < found.high);
        assert_eq!(survival(&[vec![true, false], vec![false, true]]), None);
    }
}
