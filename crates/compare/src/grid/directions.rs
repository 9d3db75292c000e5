//! Which way edges run: a histogram of gradients for each pixel of the map (N. Dalal and B. Triggs, "Histograms of
//! Oriented Gradients for Human Detection", 2005, with shares by the angle's cosine instead of between two bins).
//!
//! From dark to light is another direction than from light to dark: the two edges of a stripe are told apart. Histograms
//! are hardly blurred over their neighbors: cells slide, so they need no tolerance for places of their own, and fine
//! stripes are lost by it.

use super::plane::Plane;
use super::{DIRECTIONS, HEIGHT, STRIDE, WIDTH};

/// How far the brightness is blurred before gradients are taken, and the gradients of each direction after.
const FINE: usize = 1;
/// Around how far gradients are compared with what is usual, in pixels of the map.
const AROUND: usize = 3;
/// Gradients, in levels, below which there is nothing but noise.
const NOISE: f32 = 1.0;
/// So many times what is usual is the most.
const MOST: f32 = 2.0;

/// Cosine and sine of the direction of each bin.
const BINS: [[f32; 2]; DIRECTIONS] = {
    const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    [
        [1.0, 0.0],
        [HALF, HALF],
        [0.0, 1.0],
        [-HALF, HALF],
        [-1.0, 0.0],
        [-HALF, -HALF],
        [0.0, -1.0],
        [HALF, -HALF],
    ]
};

/// How much runs in each direction, 0 to 1: the root, so that weak edges count beside strong ones. Eight numbers for each
/// pixel of the map.
pub(super) fn directions(body: &Plane) -> Vec<f32> {
    let gray = body.blurred(FINE);
    let bins = BINS.map(|direction| bin(&gray, direction));
    let energy = |at: usize| bins.iter().map(|bin| bin.values[at] * bin.values[at]).sum::<f32>();
    let energies = Plane { width: WIDTH, height: HEIGHT, values: (0..WIDTH * HEIGHT).map(energy).collect() };
    let usual = energies.blurred(AROUND);
    let mut map = Vec::with_capacity(WIDTH * HEIGHT * DIRECTIONS);
    for (at, usual) in usual.values.iter().enumerate() {
        let most = MOST * (usual + NOISE * NOISE).sqrt();
        map.extend(bins.iter().map(|bin| (bin.values[at] / most).min(1.0).sqrt()));
    }
    map
}

/// The gradients that run in one direction, pooled.
fn bin(gray: &Plane, direction: [f32; 2]) -> Plane {
    let share = |x: usize, y: usize| {
        let (x, y) = (x as isize, y as isize);
        let across = (gray.at(x + 1, y) - gray.at(x - 1, y)) / 2.0;
        let down = (gray.at(x, y + 1) - gray.at(x, y - 1)) / 2.0;
        let length = (across * across + down * down).sqrt();
        if length <= 1e-3 {
            return 0.0;
        }
        let cosine = (across * direction[0] + down * direction[1]) / length;
        // The eighth power is a half where two bins meet, as if shared in proportion.
        let second = cosine.max(0.0) * cosine.max(0.0);
        let fourth = second * second;
        length * fourth * fourth
    };
    Plane::from_fn(gray.width, gray.height, share).blurred(FINE).shrunk(STRIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(level: impl Fn(usize, usize) -> f32) -> Plane {
        Plane::from_fn(WIDTH * STRIDE, HEIGHT * STRIDE, level)
    }

    /// The bin that is greatest in the middle of the map.
    fn direction(body: &Plane) -> Option<usize> {
        let map = directions(body);
        let bins = &map[(HEIGHT / 2 * WIDTH + WIDTH / 2) * DIRECTIONS..][..DIRECTIONS];
        (0..DIRECTIONS).max_by(|a, b| bins[*a].total_cmp(&bins[*b]))
    }

    #[test]
    fn edges_fill_the_bin_of_their_direction_from_dark_to_light() {
        let side = |is_light: bool| if is_light { 200.0 } else { 40.0 };
        assert_eq!(direction(&body(|x, _| side(x > 129))), Some(0));
        assert_eq!(direction(&body(|x, _| side(x < 129))), Some(4));
        assert_eq!(direction(&body(|_, y| side(y > 65))), Some(2));
        assert_eq!(direction(&body(|x, y| side(x + y > 195))), Some(1));
    }

    #[test]
    fn what_is_flat_has_no_direction() {
        assert!(directions(&body(|_, _| 77.0)).iter().all(|share| *share == 0.0));
    }
}
