//! How the gray values rise: direction and size, many at once.

use super::picture::Picture;

/// As many pixels as the widest registers hold: the last ones of a row are not worth looking at one by one.
const TOGETHER: usize = 8;

/// Gradients of pixels of one row, with some that follow.
#[derive(Debug, Default)]
pub(super) struct Gradients {
    /// In degrees, from 0 to 360, from the right upwards.
    pub(super) directions: Vec<f32>,
    pub(super) sizes: Vec<f32>,
}

impl Gradients {
    /// Looks at `columns` of a row; neither may lie at the edge.
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    pub(super) fn look(&mut self, picture: &Picture, row: usize, columns: std::ops::Range<usize>) {
        let n = columns.len().next_multiple_of(TOGETHER).min(picture.width - 1 - columns.start);
        let columns = columns.start..columns.start + n;
        self.directions.resize(n, 0.0);
        self.sizes.resize(n, 0.0);
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: this processor has the instructions.
            unsafe { self.look_avx2(picture, row, columns) };
            return;
        }
        self.look_anywhere(picture, row, columns);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn look_avx2(&mut self, picture: &Picture, row: usize, columns: std::ops::Range<usize>) {
        self.look_anywhere(picture, row, columns);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
    fn look_anywhere(&mut self, picture: &Picture, row: usize, columns: std::ops::Range<usize>) {
        let (from, n) = (columns.start, columns.len());
        let part = |row: usize, from: usize| &picture.row(row)[from..][..n];
        let (above, below) = (part(row - 1, from), part(row + 1, from));
        let (left, right) = (part(row, from - 1), part(row, from + 1));
        let (directions, sizes) = (&mut self.directions[..n], &mut self.sizes[..n]);
        for at in 0..n {
            let (across, up) = (right[at] - left[at], above[at] - below[at]);
            directions[at] = degrees(up, across);
            sizes[at] = (across * across + up * up).sqrt();
        }
    }
}

/// The direction of a vector, to .01 degrees: a polynomial for the arc tangent up to 45 degrees, mirrored for the others.
#[inline(always)]
fn degrees(up: f32, across: f32) -> f32 {
    const FIRST: f32 = 57.283_627;
    const THIRD: f32 = -18.667_446;
    const FIFTH: f32 = 8.914;
    const SEVENTH: f32 = -2.539_725;
    let (x, y) = (across.abs(), up.abs());
    let (lesser, greater) = if x < y { (x, y) } else { (y, x) };
    let slope = lesser / (greater + f32::MIN_POSITIVE);
    let square = slope * slope;
    let angle = (((SEVENTH * square + FIFTH) * square + THIRD) * square + FIRST) * slope;
    let angle = if x < y { 90.0 - angle } else { angle };
    let angle = if across < 0.0 { 180.0 - angle } else { angle };
    if up < 0.0 { 360.0 - angle } else { angle }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_those_of_the_arc_tangent() {
        for at in 0..720 {
            let angle = f64::from(at) / 2.0;
            let (up, across) = angle.to_radians().sin_cos();
            let off = (f64::from(degrees(up as f32 * 9.0, across as f32 * 9.0)) - angle).abs();
            assert!(off.min(360.0 - off) < 0.011, "{angle}: {off}");
        }
        assert_eq!(degrees(0.0, 0.0), 0.0);
    }
}
