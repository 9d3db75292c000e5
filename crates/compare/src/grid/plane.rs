//! Planes of numbers, and their blurring.

/// Numbers row after row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Plane {
    pub(super) fn from_fn(width: usize, height: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        let values = (0..width * height).map(|place| at(place % width, place / width)).collect();
        Self { width, height, values }
    }

    /// The value at a place; beyond the edge that of the edge.
    pub(super) fn at(&self, x: isize, y: isize) -> f32 {
        let inside = |place: isize, extent: usize| place.clamp(0, extent as isize - 1) as usize;
        self.values[inside(y, self.height) * self.width + inside(x, self.width)]
    }

    /// Means of squares of `factor` × `factor`.
    pub(super) fn shrunk(&self, factor: usize) -> Self {
        let area = (factor * factor) as f32;
        Self::from_fn(self.width / factor, self.height / factor, |x, y| {
            let row = |dy: usize| {
                let start = (y * factor + dy) * self.width + x * factor;
                self.values[start..start + factor].iter().sum::<f32>()
            };
            (0..factor).map(row).sum::<f32>() / area
        })
    }

    /// Three running means of `2 · reach + 1`: nearly Gaussian, of deviation √(reach · (reach + 1)).
    pub(super) fn blurred(&self, reach: usize) -> Self {
        let mut plane = self.clone();
        for _ in 0..3 {
            plane = plane.mean_along(reach).turned();
            plane = plane.mean_along(reach).turned();
        }
        plane
    }

    /// Running means of the rows, the edges' values going on beyond them.
    fn mean_along(&self, reach: usize) -> Self {
        let mut values = Vec::with_capacity(self.values.len());
        let share = 1.0 / (2 * reach + 1) as f32;
        for row in self.values.chunks_exact(self.width) {
            let at = |x: isize| row[x.clamp(0, self.width as isize - 1) as usize];
            let window = |x: usize| {
                let x = x as isize;
                (x - reach as isize..=x + reach as isize).map(at).sum::<f32>()
            };
            values.extend((0..self.width).map(|x| window(x) * share));
        }
        Self { values, ..*self }
    }

    fn turned(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| self.values[x * self.width + y])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blurring_keeps_the_mean_and_spreads_by_its_deviation() {
        let dot = Plane::from_fn(41, 31, |x, y| if (x, y) == (20, 15) { 1.0 } else { 0.0 });
        let blurred = dot.blurred(2);
        assert!((blurred.values.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        let spread: f32 = (0..41 * 31).map(|i| blurred.values[i] * ((i % 41) as f32 - 20.0).powi(2)).sum();
        assert!((spread - 6.0).abs() < 0.01, "{spread}");
        let flat = Plane::from_fn(9, 5, |_, _| 3.0).blurred(3);
        assert!(flat.values.iter().all(|value| (value - 3.0).abs() < 1e-4));
    }

    #[test]
    fn shrinking_takes_means() {
        let plane = Plane::from_fn(4, 2, |x, y| (x + 10 * y) as f32);
        assert_eq!(plane.shrunk(2).values, [5.5, 7.5]);
    }
}
