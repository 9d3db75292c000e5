//! What closeness is, and what a neighbour looks like.

use std::cmp::Ordering;

/// How a query and a row are compared. Its score is always "greater is closer".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The dot product: the cosine, where both are of unit length.
    Dot,
    /// **Minus** the squared straight-line distance.
    SquaredEuclidean,
}

/// One neighbour of a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The row, counted from 0 through all parts in order.
    pub row: u64,
    /// Its score by the [`Metric`] asked for: greater is closer.
    pub score: f32,
}

impl Hit {
    /// Closest first; among equals the smaller row first. Scores that are compared are never "not a number".
    pub fn closest_first(&self, other: &Self) -> Ordering {
        // Adding zero makes −0 equal to 0.
        (other.score + 0.0).total_cmp(&(self.score + 0.0)).then(self.row.cmp(&other.row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_are_ordered_by_row_even_where_one_is_minus_zero() {
        let minus = Hit { row: 1, score: -0.0 };
        let plus = Hit { row: 2, score: 0.0 };
        assert_eq!(minus.closest_first(&plus), Ordering::Less);
        assert_eq!(Hit { row: 9, score: 1.0 }.closest_first(&minus), Ordering::Less);
    }
}
