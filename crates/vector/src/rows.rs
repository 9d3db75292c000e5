//! Rows of half-precision numbers that lie one after the other, and several such parts counted as one.

use half::f16;

use crate::VectorError;

/// A borrowed matrix of `f16` numbers, row after row without gaps.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    dim: usize,
    values: &'a [f16],
}

impl<'a> Rows<'a> {
    /// Views `values` as rows of `dim` numbers.
    ///
    /// # Errors
    /// Where `dim` is zero, or `values` is not a whole count of rows.
    pub fn new(dim: usize, values: &'a [f16]) -> Result<Self, VectorError> {
        if dim == 0 {
            return Err(VectorError::NoDimension);
        }
        if !values.len().is_multiple_of(dim) {
            return Err(VectorError::RaggedRows { values: values.len(), dim });
        }
        Ok(Self { dim, values })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The numbers of row `index`.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn row(&self, index: usize) -> &'a [f16] {
        &self.values[index * self.dim..(index + 1) * self.dim]
    }

    /// All numbers, row after row.
    pub fn values(&self) -> &'a [f16] {
        self.values
    }

    /// The rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [f16]> {
        self.values.chunks_exact(self.dim)
    }
}

/// Several parts whose rows are counted through, in order.
#[derive(Debug, Clone)]
pub(crate) struct Parts<'a> {
    dim: usize,
    parts: Vec<Rows<'a>>,
    /// The number of the first row of each part, and the number of all rows at the end.
    starts: Vec<u64>,
}

impl<'a> Parts<'a> {
    /// Checks that all `parts` have rows of one length.
    pub(crate) fn new(parts: &[Rows<'a>]) -> Result<Self, VectorError> {
        let dim = parts.first().ok_or(VectorError::NoParts)?.dim;
        let mut starts = vec![0];
        for (part, rows) in parts.iter().enumerate() {
            if rows.dim != dim {
                return Err(VectorError::MixedDimensions { part, expected: dim, found: rows.dim });
            }
            starts.push(starts[part] + rows.len() as u64);
        }
        Ok(Self { dim, parts: parts.to_vec(), starts })
    }

    /// Numbers in a row.
    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    /// Rows in all parts.
    pub(crate) fn len(&self) -> u64 {
        self.starts[self.parts.len()]
    }

    /// The numbers of row `row`, counted through all parts.
    ///
    /// # Panics
    /// Where there is no such row.
    pub(crate) fn row(&self, row: u64) -> &'a [f16] {
        let part = self.starts.partition_point(|start| *start <= row) - 1;
        let within = usize::try_from(row - self.starts[part]).expect("a part fits memory");
        self.parts[part].row(within)
    }
}

impl<'a> Parts<'a> {
    /// Room for the addresses of up to `n_rows` rows.
    pub(crate) fn block(&self, n_rows: usize) -> RowBlock<'_, 'a> {
        RowBlock {
            parts: self,
            n_rows,
            numbers: Vec::with_capacity(n_rows),
            rows: Vec::with_capacity(n_rows),
        }
    }
}

/// The numbers and addresses of some rows.
pub(crate) struct RowBlock<'p, 'a> {
    parts: &'p Parts<'a>,
    n_rows: usize,
    numbers: Vec<u64>,
    rows: Vec<&'a [f16]>,
}

impl<'a> RowBlock<'_, 'a> {
    /// Gives `take` the rows numbered `wanted`, in growing order, a block at a time.
    pub(crate) fn each(
        &mut self,
        wanted: impl Iterator<Item = u64>,
        take: &mut impl FnMut(&[u64], &[&'a [f16]]),
    ) {
        let mut part = 0;
        for row in wanted {
            while self.parts.starts[part + 1] <= row {
                part += 1;
            }
            let within = usize::try_from(row - self.parts.starts[part]).expect("a part fits memory");
            self.numbers.push(row);
            self.rows.push(self.parts.parts[part].row(within));
            if self.rows.len() == self.n_rows {
                self.give(take);
            }
        }
        self.give(take);
    }

    fn give(&mut self, take: &mut impl FnMut(&[u64], &[&'a [f16]])) {
        if !self.rows.is_empty() {
            take(&self.numbers, &self.rows);
            self.numbers.clear();
            self.rows.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_refuse_what_is_not_a_matrix() {
        assert_eq!(Rows::new(0, &[]).unwrap_err(), VectorError::NoDimension);
        assert_eq!(Rows::new(2, &[f16::ONE]).unwrap_err(), VectorError::RaggedRows { values: 1, dim: 2 });
        assert!(Rows::new(3, &[]).unwrap().is_empty());
    }

    #[test]
    fn rows_are_counted_through_all_parts_and_empty_ones_are_skipped() {
        let values: Vec<f16> = (0..6_u8).map(f16::from).collect();
        let empty = Rows::new(2, &[]).unwrap();
        let parts = [
            empty,
            Rows::new(2, &values[..2]).unwrap(),
            empty,
            empty,
            Rows::new(2, &values[2..]).unwrap(),
            empty,
        ];
        let parts = Parts::new(&parts).unwrap();
        assert_eq!(parts.len(), 3);
        let found: Vec<&[f16]> = (0..3).map(|row| parts.row(row)).collect();
        assert_eq!(found, [&values[0..2], &values[2..4], &values[4..6]]);
    }

    #[test]
    fn parts_of_different_dimensions_are_refused() {
        let parts = [Rows::new(2, &[]).unwrap(), Rows::new(3, &[]).unwrap()];
        let error = Parts::new(&parts).unwrap_err();
        assert_eq!(error, VectorError::MixedDimensions { part: 1, expected: 2, found: 3 });
        assert_eq!(Parts::new(&[]).unwrap_err(), VectorError::NoParts);
    }
}
