//! Gray values while they are worked on.

/// Gray values, row after row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Picture {
    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }

    /// Takes another size; what its values are is not said.
    pub(super) fn resize(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.values.resize(width * height, 0.0);
    }

    /// Becomes every second pixel of every second row of another.
    pub(super) fn halve(&mut self, of: &Self) {
        self.resize(of.width / 2, of.height / 2);
        for (y, row) in self.values.chunks_exact_mut(self.width.max(1)).enumerate() {
            for (value, pair) in row.iter_mut().zip(of.row(2 * y).as_chunks::<2>().0) {
                *value = pair[0];
            }
        }
    }

    /// Becomes what values are at twice the size, those between pixels in proportion: each pixel becomes four, a quarter of
    /// a pixel off its centre.
    pub(super) fn double(&mut self, width: usize, height: usize, values: &[f32]) {
        self.resize(2 * width, 2 * height);
        // One more at each end, which is the same as the last one there.
        let mut between = vec![0.0; width + 2];
        let row = |y: usize| &values[y * width..][..width];
        for (y, doubled) in self.values.chunks_exact_mut((2 * width).max(1)).enumerate() {
            let (near, far) = neighbours(y, height);
            for ((between, near), far) in between[1..].iter_mut().zip(row(near)).zip(row(far)) {
                *between = 0.75 * near + 0.25 * far;
            }
            between[0] = between[1];
            between[width + 1] = between[width];
            for (pair, [before, here, after]) in
                doubled.as_chunks_mut().0.iter_mut().zip(between.array_windows())
            {
                *pair = [0.75 * here + 0.25 * before, 0.75 * here + 0.25 * after];
            }
        }
    }
}

/// Of a place at twice the size: the pixel it lies in and the next one, which at the edge is the same.
fn neighbours(place: usize, size: usize) -> (usize, usize) {
    let near = place / 2;
    let far = if place.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(size - 1) };
    (near, far)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_stays_one_at_twice_and_half_its_size() {
        let mut doubled = Picture::default();
        doubled.double(3, 2, &[0.0, 4.0, 8.0, 8.0, 12.0, 16.0]);
        assert_eq!((doubled.width, doubled.height), (6, 4));
        assert_eq!(doubled.row(0), [0.0, 1.0, 3.0, 5.0, 7.0, 8.0]);
        assert_eq!(doubled.row(1), [2.0, 3.0, 5.0, 7.0, 9.0, 10.0]);
        let mut halved = Picture::default();
        halved.halve(&doubled);
        assert_eq!((halved.width, halved.height), (3, 2));
        assert_eq!(halved.values, [0.0, 3.0, 7.0, 6.0, 9.0, 13.0]);
        halved.halve(&Picture { width: 3, height: 1, values: vec![1.0, 2.0, 3.0] });
        assert_eq!((halved.width, halved.height, halved.values.len()), (1, 0, 0));
    }
}
