//! Drawing a mask to the edges of the picture: the guided filter.
//!
//! K. He, J. Sun, X. Tang, "Guided image filtering", IEEE TPAMI 35 (2013): in every window the mask is taken for a linear
//! function of the three colours, and what a pixel gets is the mean of what the windows around it say. A mask that is right
//! but blunt follows the edges of colour then.

use super::Picture;

/// Half the side of a window, less half a pixel: windows of 13 × 13 pixels of an input of 320.
const REACH: usize = 6;

/// Colours that differ by less than the root of this are no edge; they go from 0 to 1.
const NOISE: f64 = 1e-3;

/// The mask drawn to the picture's edges: height × width, from about 0 to about 1.
pub(super) fn drawn_to_edges(picture: &Picture<'_>, mask: &[f32]) -> Vec<f32> {
    let (width, height) = (picture.width, picture.height);
    let mean = |of: &dyn Fn(usize) -> f64| {
        let plane: Vec<f64> = (0..width * height).map(of).collect();
        means(&plane, width, height)
    };
    let colour = |channel: usize, at: usize| f64::from(picture.colours[channel][at]);
    let mask_at = |at: usize| f64::from(mask[at]);
    let colours: [Vec<f64>; 3] = std::array::from_fn(|i| mean(&|at| colour(i, at)));
    let masks = mean(&mask_at);
    let with_mask: [Vec<f64>; 3] = std::array::from_fn(|i| mean(&|at| colour(i, at) * mask_at(at)));
    // The products of two colours: red with red, green, blue, green with green, blue, blue with blue.
    const PAIRS: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
    let pairs = PAIRS.map(|(i, j)| mean(&|at| colour(i, at) * colour(j, at)));

    let mut slopes: [Vec<f64>; 3] = std::array::from_fn(|_| Vec::with_capacity(width * height));
    let mut offsets = Vec::with_capacity(width * height);
    for at in 0..width * height {
        let mut covariance = [0.0; 6];
        for (value, ((i, j), pair)) in covariance.iter_mut().zip(PAIRS.iter().zip(&pairs)) {
            *value = pair[at] - colours[*i][at] * colours[*j][at] + if i == j { NOISE } else { 0.0 };
        }
        let with: [f64; 3] = std::array::from_fn(|i| with_mask[i][at] - colours[i][at] * masks[at]);
        let slope = solved(covariance, with);
        offsets.push(masks[at] - (0..3).map(|i| slope[i] * colours[i][at]).sum::<f64>());
        slopes.iter_mut().zip(slope).for_each(|(plane, slope)| plane.push(slope));
    }
    let slopes = slopes.map(|plane| means(&plane, width, height));
    let offsets = means(&offsets, width, height);
    let value = |at: usize| offsets[at] + (0..3).map(|i| slopes[i][at] * colour(i, at)).sum::<f64>();
    #[expect(clippy::cast_possible_truncation, reason = "about 0 to 1")]
    (0..width * height).map(|at| value(at) as f32).collect()
}

/// What `[a b c; b d e; c e f] · x = y` solves, by the adjugate: the matrix is a covariance with something added along its
/// diagonal, so its determinant is above 0.
fn solved([a, b, c, d, e, f]: [f64; 6], y: [f64; 3]) -> [f64; 3] {
    let rows = [
        [d * f - e * e, c * e - b * f, b * e - c * d],
        [c * e - b * f, a * f - c * c, b * c - a * e],
        [b * e - c * d, b * c - a * e, a * d - b * b],
    ];
    let determinant = a * rows[0][0] + b * rows[0][1] + c * rows[0][2];
    rows.map(|row| row.iter().zip(y).map(|(entry, y)| entry * y).sum::<f64>() / determinant)
}

/// The mean of the window around each pixel; beyond the edge the edge goes on.
fn means(plane: &[f64], width: usize, height: usize) -> Vec<f64> {
    let mut across = vec![0.0; plane.len()];
    for (from, to) in plane.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
        running_sums(width, |at| from[at], |at, sum| to[at] = sum);
    }
    let mut means = vec![0.0; plane.len()];
    // Row by row, all columns at once: it reads memory in its order.
    let mut sums = vec![0.0; width];
    let add = |sums: &mut [f64], row: usize, sign: f64| {
        sums.iter_mut().zip(&across[row * width..]).for_each(|(sum, value)| *sum += sign * value);
    };
    for step in 0..=2 * REACH {
        add(&mut sums, clamped(step, height), 1.0);
    }
    let window = ((2 * REACH + 1) * (2 * REACH + 1)) as f64;
    for row in 0..height {
        means[row * width..][..width].iter_mut().zip(&sums).for_each(|(mean, sum)| *mean = sum / window);
        add(&mut sums, clamped(row + 2 * REACH + 1, height), 1.0);
        add(&mut sums, clamped(row, height), -1.0);
    }
    means
}

/// Sums of windows along one line.
fn running_sums(length: usize, value: impl Fn(usize) -> f64, mut give: impl FnMut(usize, f64)) {
    let mut sum: f64 = (0..=2 * REACH).map(|step| value(clamped(step, length))).sum();
    for at in 0..length {
        give(at, sum);
        sum += value(clamped(at + 2 * REACH + 1, length)) - value(clamped(at, length));
    }
}

/// The place that a window's step falls on: `step` counts from [`REACH`] before the line, whose ends go on.
fn clamped(step: usize, length: usize) -> usize {
    step.saturating_sub(REACH).min(length - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_the_definition() {
        let (width, height) = (19, 9);
        let plane: Vec<f64> = (0..width * height).map(|at| ((at * 7919) % 101) as f64).collect();
        let found = means(&plane, width, height);
        for y in 0..height {
            for x in 0..width {
                let around = |at: usize, end: usize| (0..=2 * REACH).map(move |step| clamped(at + step, end));
                let sum: f64 = around(y, height)
                    .flat_map(|row| around(x, width).map(move |column| row * width + column))
                    .map(|at| plane[at])
                    .sum();
                assert!((found[y * width + x] - sum / 169.0).abs() < 1e-9, "{x} {y}");
            }
        }
    }

    #[test]
    fn equations_are_solved() {
        let (a, b, c, d, e, f) = (2.0, 0.3, -0.4, 1.5, 0.2, 3.0);
        let x = solved([a, b, c, d, e, f], [1.0, 2.0, -1.0]);
        let rows = [[a, b, c], [b, d, e], [c, e, f]];
        for (row, y) in rows.iter().zip([1.0, 2.0, -1.0]) {
            let product: f64 = row.iter().zip(x).map(|(entry, x)| entry * x).sum();
            assert!((product - y).abs() < 1e-12);
        }
    }
}
