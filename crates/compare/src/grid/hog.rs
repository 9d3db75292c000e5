//! Which way edges run: a histogram of gradients for each pixel of the map (N. Dalal and B. Triggs, "Histograms of
//! Oriented Gradients for Human Detection", 2005, with shares by the angle's cosine instead of between two bins).

use super::blur::Plane;
use super::{DIRECTIONS, HEIGHT, STRIDE, WIDTH};

/// How far the brightness is blurred before gradients are taken.
const FINE: usize = 1;
/// How far histograms are blurred over their neighbors.
const POOLED: usize = 1;
/// Around how far gradients are compared with what is usual, in pixels of the map.
const AROUND: usize = 3;
/// Gradients, in levels, below which there is nothing but noise.
const NOISE: f32 = 1.0;

/// Cosine and sine of twice the direction of each bin.
const TWICE: [[f32; 2]; DIRECTIONS] = {
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

/// How much runs in each direction, 0 to 1; eight numbers for each pixel of the map.
pub(super) fn directions(body: &Plane) -> Vec<f32> {
    let gray = body.blurred(FINE);
    let bins: Vec<Plane> = TWICE.iter().map(|twice| bin(&gray, *twice)).collect();
    let energy = |at: usize| bins.iter().map(|bin| bin.values[at] * bin.values[at]).sum::<f32>();
    let energies =
        Plane { width: WIDTH, height: HEIGHT, values: (0..WIDTH * HEIGHT).map(energy).collect() };
    let usual = energies.blurred(AROUND);
    let mut map = Vec::with_capacity(WIDTH * HEIGHT * DIRECTIONS);
    for (at, usual) in usual.values.iter().enumerate() {
        let factor = 0.5 / (usual + NOISE * NOISE).sqrt();
        map.extend(bins.iter().map(|bin| (bin.values[at] * factor).min(1.0)));
    }
    map
}

/// The gradients that run in one direction, pooled.
fn bin(gray: &Plane, twice: [f32; 2]) -> Plane {
    let share = |x: usize, y: usize| {
        let (x, y) = (x as isize, y as isize);
        let across = (gray.at(x + 1, y) - gray.at(x - 1, y)) / 2.0;
        let down = (gray.at(x, y + 1) - gray.at(x, y - 1)) / 2.0;
        let squared = across * across + down * down;
        if squared <= 1e-6 {
            return 0.0;
        }
        let along = ((across * across - down * down) * twice[0] + 2.0 * across * down * twice[1]) / squared;
        // The eighth power is a half where two bins meet, as if shared in proportion.
        let second = along.max(0.0) * along.max(0.0);
        let fourth = second * second;
        squared.sqrt() * fourth * fourth
    };
    Plane::from_fn(gray.width, gray.height, share).shrunk(STRIDE).blurred(POOLED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_fill_the_bin_of_their_direction() {
        let upright = Plane::from_fn(WIDTH * STRIDE, HEIGHT * STRIDE, |x, _| if x / 8 % 2 == 0 { 40.0 } else { 200.0 });
        let slanted =
            Plane::from_fn(WIDTH * STRIDE, HEIGHT * STRIDE, |x, y| if (x + y) / 8 % 2 == 0 { 40.0 } else { 200.0 });
        for (body, expected) in [(upright, 0), (slanted, 2)] {
            let map = directions(&body);
            let bins = &map[(16 * WIDTH + 30) * DIRECTIONS..][..DIRECTIONS];
            let most = (0..DIRECTIONS).max_by(|a, b| bins[*a].total_cmp(&bins[*b]));
            assert_eq!(most, Some(expected), "{bins:?}");
        }
        let flat = Plane::from_fn(WIDTH * STRIDE, HEIGHT * STRIDE, |_, _| 77.0);
        assert!(directions(&flat).iter().all(|share| *share == 0.0));
    }
}
