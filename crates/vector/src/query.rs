//! The queries: checked, and laid out as the kernels want them.

use crate::VectorError;
use crate::kernel::{FEW, GREATEST_GROUPS, Kernel, LANES};

/// The greatest number in a query: far beyond any embedding, and small enough that no sum overflows `f32`.
const GREATEST: f32 = 1e15;

/// Queries that one panel holds.
pub(crate) const PANEL_QUERIES: usize = GREATEST_GROUPS * LANES;

/// Refuses queries that are not n × `dim` usable numbers.
pub(crate) fn check_queries(queries: &[f32], dim: usize) -> Result<(), VectorError> {
    if !queries.len().is_multiple_of(dim) {
        return Err(VectorError::RaggedQueries { values: queries.len(), dim });
    }
    match queries.iter().position(|value| !value.is_finite() || value.abs() > GREATEST) {
        Some(at) => Err(VectorError::UnusableQuery { query: at / dim, position: at % dim }),
        None => Ok(()),
    }
}

/// Queries in the layout of the kernel that will meet them.
pub(crate) enum Layout {
    /// For [`Kernel::few`]: one query after the other, each padded with zeros.
    Few(Vec<f32>),
    /// For [`Kernel::tile`]: groups of [`LANES`] queries, within a group number by number; the last group is
    /// padded with queries of zeros.
    Panels(Vec<f32>),
}

impl Layout {
    /// Lays out n × `dim` queries.
    pub(crate) fn new(queries: &[f32], dim: usize) -> Self {
        if queries.len() / dim <= FEW { Self::few(queries, dim) } else { Self::panels(queries, dim) }
    }

    fn few(queries: &[f32], dim: usize) -> Self {
        let padded = Kernel::padded(dim);
        let mut values = vec![0.0; queries.len() / dim * padded];
        for (values, query) in values.chunks_exact_mut(padded).zip(queries.chunks_exact(dim)) {
            values[..dim].copy_from_slice(query);
        }
        Self::Few(values)
    }

    fn panels(queries: &[f32], dim: usize) -> Self {
        let groups = (queries.len() / dim).div_ceil(LANES);
        let mut values = vec![0.0; groups * dim * LANES];
        for (index, query) in queries.chunks_exact(dim).enumerate() {
            let group = &mut values[index / LANES * dim * LANES..][..dim * LANES];
            for (numbers, value) in group.chunks_exact_mut(LANES).zip(query) {
                numbers[index % LANES] = *value;
            }
        }
        Self::Panels(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_cannot_be_compared_are_named() {
        for unusable in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.1e15] {
            let error = check_queries(&[0.0, 1.0, 2.0, unusable], 2).unwrap_err();
            assert_eq!(error, VectorError::UnusableQuery { query: 1, position: 1 });
        }
        assert_eq!(check_queries(&[0.0; 3], 2), Err(VectorError::RaggedQueries { values: 3, dim: 2 }));
        assert_eq!(check_queries(&[], 2), Ok(()));
    }

    #[test]
    fn many_queries_lie_side_by_side_number_by_number() {
        let queries: Vec<f32> =
            (0..18_u8).flat_map(|query| [f32::from(query), f32::from(query) + 0.5]).collect();
        let Layout::Panels(values) = Layout::new(&queries, 2) else { panic!("eighteen are not few") };
        assert_eq!(values.len(), 2 * 2 * LANES);
        assert_eq!(&values[..3], [0.0, 1.0, 2.0]);
        assert_eq!(&values[LANES..LANES + 3], [0.5, 1.5, 2.5]);
        assert_eq!(&values[2 * LANES..2 * LANES + 3], [16.0, 17.0, 0.0]);
    }
}
