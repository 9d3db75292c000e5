//! Gaussian blur: much of the time of finding keypoints is spent here.
//!
//! The picture is worked on in upright strips. Of each only as many blurred rows are kept as a sum reaches over, so that they
//! stay in the processor's nearest memory.
//!
//! Written once and compiled for the instructions of each processor. Every sum is taken in the same order, so the same
//! numbers come out of all of them.

use super::picture::Picture;

/// Sums that are taken together: as many as the registers hold.
const CHUNK: usize = 64;
/// Chunks of a strip.
const CHUNKS: usize = 2;
/// Columns of a strip.
const STRIP: usize = CHUNKS * CHUNK;

/// Blurs, and keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct Blur {
    /// A row of a strip with what lies on both sides of it.
    around: Vec<f32>,
    /// Rows of a strip, each blurred along: the last ones, a new one in the place of the oldest.
    across: Vec<[[f32; CHUNK]; CHUNKS]>,
}

impl Blur {
    /// Blurs a picture by a bell of this standard deviation. Beyond its edges the picture is mirrored.
    pub(super) fn blur(&mut self, picture: &Picture, sigma: f32, blurred: &mut Picture) {
        blurred.resize(picture.width, picture.height);
        if !picture.values.is_empty() {
            self.run(picture, &half_bell(sigma), &mut blurred.values);
        }
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
        let kept = height.min(2 * reach + 1);
        self.around.clear();
        self.around.resize(STRIP + 2 * reach, 0.0);
        self.across.resize(kept, [[0.0; CHUNK]; CHUNKS]);
        let places: Vec<usize> = (0..height + 2 * reach).map(|y| mirrored(y, reach, height) % kept).collect();
        for left in (0..width).step_by(STRIP) {
            let columns = left..(left + STRIP).min(width);
            let mut next = 0;
            for (y, blurred) in values.chunks_exact_mut(width).enumerate() {
                while next < height.min(y + reach + 1) {
                    let across = &mut self.across[next % kept];
                    let row = picture.row(next);
                    let inside = left.checked_sub(reach).and_then(|from| row.get(from..left + STRIP + reach));
                    if let Some(around) = inside {
                        blur_along(around, bell, across);
                    } else {
                        surround(row, left, reach, &mut self.around);
                        blur_along(&self.around, bell, across);
                    }
                    next += 1;
                }
                blur_down(&self.across, &places[y..=y + 2 * reach], bell, &mut blurred[columns.clone()]);
            }
        }
    }
}

/// Blurs a row of a strip.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn blur_along(around: &[f32], bell: &[f32], blurred: &mut [[f32; CHUNK]; CHUNKS]) {
    let reach = bell.len() - 1;
    for (chunk, blurred) in blurred.iter_mut().enumerate() {
        let around = &around[chunk * CHUNK..][..CHUNK + 2 * reach];
        let before = around[..CHUNK + reach].array_windows().rev();
        *blurred = weighted(bell, before.zip(around[reach..].array_windows()));
    }
}

/// Blurs the columns of a strip at one row; `places` says where the rows are that its sums reach over.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn blur_down(across: &[[[f32; CHUNK]; CHUNKS]], places: &[usize], bell: &[f32], blurred: &mut [f32]) {
    let reach = bell.len() - 1;
    let pairs = |chunk: usize| {
        let (before, after) = (places[..=reach].iter().rev(), places[reach..].iter());
        before.zip(after).map(move |(before, after)| (&across[*before][chunk], &across[*after][chunk]))
    };
    let (whole, rest) = blurred.as_chunks_mut::<CHUNK>();
    let n_whole = whole.len();
    for (chunk, blurred) in whole.iter_mut().enumerate().take(CHUNKS) {
        *blurred = weighted(bell, pairs(chunk));
    }
    if !rest.is_empty() {
        let sums = weighted(bell, pairs(n_whole));
        rest.copy_from_slice(&sums[..rest.len()]);
    }
}

/// Sums of a chunk: the middle, and the pairs on both sides of it, by their weights.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
fn weighted<'a>(
    bell: &[f32],
    mut pairs: impl Iterator<Item = (&'a [f32; CHUNK], &'a [f32; CHUNK])>,
) -> [f32; CHUNK] {
    let mut sums = [0.0; CHUNK];
    let (middle, steps) = bell.split_at(1);
    if let Some((before, _)) = pairs.next() {
        for at in 0..CHUNK {
            sums[at] = middle[0] * before[at];
        }
    }
    for (weight, (before, after)) in steps.iter().zip(pairs) {
        for at in 0..CHUNK {
            sums[at] += weight * (before[at] + after[at]);
        }
    }
    sums
}

/// Puts a row's part from column `left` on into a strip, with as much on both sides as sums reach over.
fn surround(row: &[f32], left: usize, reach: usize, around: &mut [f32]) {
    let from = left.saturating_sub(reach);
    let to = (left + STRIP + reach).min(row.len());
    let lacking = from + reach - left;
    around[lacking..][..to - from].copy_from_slice(&row[from..to]);
    for (at, value) in around[..lacking].iter_mut().enumerate() {
        *value = row[mirrored(left + at, reach, row.len())];
    }
    let end = lacking + to - from;
    for (at, value) in around.iter_mut().enumerate().skip(end).take(reach) {
        *value = row[mirrored(left + at, reach, row.len())];
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
            // What was in it before leaves no trace.
            let mut blurred = Picture { width: 2, height: 2, values: vec![9.0; 4] };
            blur.blur(&picture, sigma, &mut blurred);
            assert_eq!((blurred.width, blurred.height), (width, height));
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
