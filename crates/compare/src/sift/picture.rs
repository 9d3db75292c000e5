//! Gray values while they are worked on.

/// Gray values, row after row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Picture {
    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }

    /// Every second pixel of every second row.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let row = |y: usize| self.row(2 * y).iter().step_by(2).take(width).copied();
        Self { width, height, values: (0..height).flat_map(row).collect() }
    }

    /// At twice the size, values between pixels in proportion: each pixel becomes four, a quarter of a pixel off its
    /// centre.
    pub(super) fn doubled(width: usize, height: usize, values: &[f32]) -> Self {
        let mut doubled = Vec::with_capacity(4 * values.len());
        let mut between = vec![0.0; width];
        let row = |y: usize| &values[y * width..][..width];
        for y in 0..2 * height {
            let (near, far) = neighbours(y, height);
            for ((between, near), far) in between.iter_mut().zip(row(near)).zip(row(far)) {
                *between = 0.75 * near + 0.25 * far;
            }
            doubled.extend((0..2 * width).map(|x| {
                let (near, far) = neighbours(x, width);
                0.75 * between[near] + 0.25 * between[far]
            }));
        }
        Self { width: 2 * width, height: 2 * height, values: doubled }
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
        let doubled = Picture::doubled(3, 2, &[0.0, 4.0, 8.0, 8.0, 12.0, 16.0]);
        assert_eq!((doubled.width, doubled.height), (6, 4));
        assert_eq!(doubled.row(0), [0.0, 1.0, 3.0, 5.0, 7.0, 8.0]);
        assert_eq!(doubled.row(1), [2.0, 3.0, 5.0, 7.0, 9.0, 10.0]);
        let halved = doubled.halved();
        assert_eq!((halved.width, halved.height), (3, 2));
        assert_eq!(halved.values, [0.0, 3.0, 7.0, 6.0, 9.0, 13.0]);
        let odd = Picture { width: 3, height: 1, values: vec![1.0, 2.0, 3.0] }.halved();
        assert_eq!((odd.width, odd.height, odd.values.len()), (1, 0, 0));
    }
}
