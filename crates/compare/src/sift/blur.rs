//! Gaussian blur, rows first: most of the time of finding keypoints is spent here.
//!
//! Written once and compiled for the instructions of each processor. Every sum is taken in the same order, so the same
//! numbers come out of all of them.

use super::picture::Picture;

/// Sums that are taken together: as many as the registers hold.
const CHUNK: usize = 32;
/// Columns that are worked on together, so that the rows of a sum stay near.
const STRIP: usize = 4 * CHUNK;

/// Blurs, and keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct Blur {
    /// One row with what lies beyond its edges.
    padded: Vec<f32>,
    /// The picture with its rows blurred, each filled up to whole chunks.
    across: Vec<f32>,
}

impl Blur {
    /// The picture blurred by a bell of this standard deviation. Beyond its edges the picture is mirrored.
    pub(super) fn blurred(&mut self, picture: &Picture, sigma: f32) -> Picture {
        let mut values = vec![0.0; picture.values.len()];
        if !values.is_empty() {
            self.run(picture, &half_bell(sigma), &mut values);
        }
        Picture { width: picture.width, height: picture.height, values }
    }

    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    fn run(&mut self, picture: &Picture, bell: &[f32], values: &mut [f32]) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: this processor has the instructions.
            unsafe { self.run_avx2(picture, bell, values) };
            return;
        }
        self.run_anywhere(picture, bell, values);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn run_avx2(&mut self, picture: &Picture, bell: &[f32], values: &mut [f32]) {
        self.run_anywhere(picture, bell, values);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
    fn run_anywhere(&mut self, picture: &Picture, bell: &[f32], values: &mut [f32]) {
        let (width, height, reach) = (picture.width, picture.height, bell.len() - 1);
        let stride = width.next_multiple_of(CHUNK);
        self.padded.clear();
        self.padded.resize(stride + 2 * reach, 0.0);
        self.across.resize(stride * height, 0.0);
        for (y, across) in self.across.chunks_exact_mut(stride).take(height).enumerate() {
            pad(picture.row(y), reach, &mut self.padded);
            for (chunk, sums) in across.chunks_exact_mut(CHUNK).enumerate() {
                let middle = chunk * CHUNK + reach;
                let sum =
                    weighted(bell, |step| (&self.padded[middle - step..], &self.padded[middle + step..]));
                sums.copy_from_slice(&sum);
            }
        }
        let rows: Vec<usize> = (0..height + 2 * reach).map(|y| mirrored(y, reach, height) * stride).collect();
        for strip in (0..width).step_by(STRIP) {
            let columns = strip..(strip + STRIP).min(width);
            for (y, blurred) in values.chunks_exact_mut(width).enumerate() {
                for (chunk, blurred) in blurred[columns.clone()].chunks_mut(CHUNK).enumerate() {
                    let (row, column) = (y + reach, strip + chunk * CHUNK);
                    let from = |row: usize| &self.across[rows[row] + column..];
                    let sum = weighted(bell, |step| (from(row - step), from(row + step)));
                    // Of a length that is known, it needs no call.
                    match <&mut [f32; CHUNK]>::try_from(&mut *blurred) {
                        Ok(whole) => *whole = sum,
                        Err(_) => blurred.copy_from_slice(&sum[..blurred.len()]),
                    }
                }
            }
        }
    }
}

/// Sums of a chunk: the middle, and the pairs on both sides of it, by their weights.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn weighted<'a>(bell: &[f32], pair: impl Fn(usize) -> (&'a [f32], &'a [f32])) -> [f32; CHUNK] {
    let mut sums = [0.0; CHUNK];
    for (sum, middle) in sums.iter_mut().zip(&pair(0).0[..CHUNK]) {
        *sum = bell[0] * middle;
    }
    for (step, weight) in bell.iter().enumerate().skip(1) {
        let (before, after) = pair(step);
        for ((sum, before), after) in sums.iter_mut().zip(&before[..CHUNK]).zip(&after[..CHUNK]) {
            *sum += weight * (before + after);
        }
    }
    sums
}

fn pad(row: &[f32], reach: usize, padded: &mut [f32]) {
    padded[reach..][..row.len()].copy_from_slice(row);
    for at in 0..reach {
        padded[at] = row[mirrored(at, reach, row.len())];
        let behind = reach + row.len() + at;
        padded[behind] = row[mirrored(behind, reach, row.len())];
    }
}

/// Which of `size` values lies at a place that is counted from `reach` before the first: the edge itself is not repeated.
fn mirrored(place: usize, reach: usize, size: usize) -> usize {
    let period = (2 * (size - 1)).max(1);
    let folded = place.abs_diff(reach) % period;
    folded.min(period - folded).min(size - 1)
}

/// The middle of a bell and what follows on one side, to four standard deviations; the whole sums to 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "some dozen weights"
)]
fn half_bell(sigma: f32) -> Vec<f32> {
    let reach = ((f64::from(sigma) * 8.0 + 1.0).round_ties_even() as usize | 1) / 2;
    let weight = |at: usize| (-0.5 * (at as f64 / f64::from(sigma)).powi(2)).exp();
    let sum = 1.0 + 2.0 * (1..=reach).map(weight).sum::<f64>();
    (0..=reach).map(|at| (weight(at) / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Dice;

    /// The definition, in double precision, both directions at once.
    fn plain(picture: &Picture, sigma: f32) -> Vec<f64> {
        let bell = half_bell(sigma);
        let reach = bell.len() - 1;
        let weight = |at: usize| f64::from(bell[at.abs_diff(reach)]);
        let mut sums = Vec::new();
        for y in 0..picture.height {
            for x in 0..picture.width {
                let mut sum = 0.0;
                for down in 0..=2 * reach {
                    for along in 0..=2 * reach {
                        let row = picture.row(mirrored(y + down, reach, picture.height));
                        let value = row[mirrored(x + along, reach, picture.width)];
                        sum += weight(down) * weight(along) * f64::from(value);
                    }
                }
                sums.push(sum);
            }
        }
        sums
    }

    #[test]
    fn it_is_that_of_the_definition_on_every_processor() {
        let mut dice = Dice(7);
        let mut blur = Blur::default();
        for (width, height, sigma) in [(1, 1, 1.2), (3, 40, 1.9), (33, 5, 3.1), (170, 9, 1.2)] {
            let values = (0..width * height).map(|_| dice.next() * 255.0).collect();
            let picture = Picture { width, height, values };
            let blurred = blur.blurred(&picture, sigma);
            for (ours, plain) in blurred.values.iter().zip(plain(&picture, sigma)) {
                assert!((f64::from(*ours) - plain).abs() < 1e-3, "{width} × {height}: {ours}, {plain}");
            }
            let mut anywhere = vec![0.0; width * height];
            blur.run_anywhere(&picture, &half_bell(sigma), &mut anywhere);
            assert_eq!(blurred.values, anywhere);
        }
    }

    #[test]
    fn beyond_the_edge_the_picture_is_mirrored() {
        let places: Vec<usize> = (0..11).map(|place| mirrored(place, 4, 3)).collect();
        assert_eq!(places, [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert!((0..9).all(|place| mirrored(place, 4, 1) == 0));
    }
}
