//! Matrix products, the one thing that processors do at full speed.

use gemm::Parallelism;

/// A matrix that is read: numbers and the steps between its rows and columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> View<'a> {
    /// Rows of `columns` numbers, one behind the other.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self { values, rows, columns, row_step: columns, column_step: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
        }
    }

    /// Some of its columns.
    pub(crate) fn columns(self, first: usize, count: usize) -> Self {
        assert!(first + count <= self.columns, "columns beyond the matrix");
        Self {
            values: &self.values[(first * self.column_step).min(self.values.len())..],
            columns: count,
            ..self
        }
    }

    /// The product of the extents, if every element lies within the numbers.
    fn is_within(&self) -> bool {
        let is_empty = self.rows == 0 || self.columns == 0;
        is_empty
            || (self.rows - 1) * self.row_step + (self.columns - 1) * self.column_step < self.values.len()
    }
}

/// `target = left · right`, or `target += left · right`; the target holds its rows one behind the other.
///
/// Computed by the calling thread alone, in an order that depends only on the extents.
///
/// # Panics
/// When the extents do not fit: a mistake in the program.
#[allow(unsafe_code)]
pub(crate) fn product(target: &mut [f32], is_sum: bool, left: View<'_>, right: View<'_>) {
    let (rows, columns, depth) = (left.rows, right.columns, left.columns);
    assert_eq!(depth, right.rows, "the columns of the left matrix are the rows of the right one");
    assert_eq!(target.len(), rows * columns, "the target has the rows of the left, the columns of the right");
    assert!(left.is_within() && right.is_within(), "a matrix reaches beyond its numbers");
    // SAFETY: the three assertions above bound every element that is read (left: rows × depth, right: depth ×
    // columns, by their steps) and written (target: rows × columns, one behind the other); `target` is borrowed
    // exclusively, so it overlaps neither of the others; extents and steps are below isize::MAX because they
    // index slices.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            target.as_mut_ptr(),
            1,
            columns as isize,
            is_sum,
            left.values.as_ptr(),
            left.column_step as isize,
            left.row_step as isize,
            right.values.as_ptr(),
            right.column_step as isize,
            right.row_step as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
